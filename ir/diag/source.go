package diag

import (
	"fmt"
	"path/filepath"
	"sort"
	"strings"
	"unicode/utf8"
)

// Source is one text that diagnostics point into. Name is what the user called it ("llama.arch", "<stdin>").
type Source struct {
	Name  string
	Text  string
	lines []int // byte offset at which each line starts
}

// NewSource indexes the lines of text.
func NewSource(name, text string) *Source {
	s := &Source{Name: name, Text: text, lines: []int{0}}
	for i := 0; i < len(text); i++ {
		if text[i] == '\n' {
			s.lines = append(s.lines, i+1)
		}
	}
	return s
}

// Position returns the 1-based line and column of a byte offset; columns count characters, not bytes.
func (s *Source) Position(offset int) (line, col int) {
	offset = max(0, min(offset, len(s.Text)))
	line = sort.SearchInts(s.lines, offset+1)
	start := s.lines[line-1]
	return line, utf8.RuneCountInString(s.Text[start:offset]) + 1
}

// Line returns the text of a 1-based line without its line end.
func (s *Source) Line(n int) string {
	if n < 1 || n > len(s.lines) {
		return ""
	}
	start, end := s.lines[n-1], len(s.Text)
	if n < len(s.lines) {
		end = s.lines[n] - 1
	}
	return strings.TrimSuffix(s.Text[start:end], "\r")
}

// Span is a half-open range of bytes [Start, End) in a source. The zero Span points nowhere.
type Span struct {
	Src        *Source
	Start, End int
}

// IsZero reports whether the span points nowhere.
func (s Span) IsZero() bool { return s.Src == nil }

// Text returns the source text under the span.
func (s Span) Text() string {
	if s.Src == nil {
		return ""
	}
	return s.Src.Text[s.Start:s.End]
}

// To returns the smallest span of the same source that covers s and t.
func (s Span) To(t Span) Span {
	if s.Src == nil {
		return t
	}
	if t.Src != s.Src {
		return s
	}
	return Span{s.Src, min(s.Start, t.Start), max(s.End, t.End)}
}

// Line returns the 1-based line of the span's start, 0 when it points nowhere.
func (s Span) Line() int {
	if s.Src == nil {
		return 0
	}
	line, _ := s.Src.Position(s.Start)
	return line
}

// String prints file:line:column, the file as its base name.
func (s Span) String() string {
	if s.Src == nil {
		return ""
	}
	line, col := s.Src.Position(s.Start)
	return fmt.Sprintf("%s:%d:%d", filepath.Base(s.Src.Name), line, col)
}
