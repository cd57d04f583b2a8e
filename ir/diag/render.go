package diag

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"unicode"
)

// Human prints diagnostics as a person reads them: place, message and code, the line with carets, notes, help.
func Human(w io.Writer, list []*Diagnostic) error {
	for i, d := range list {
		if i > 0 {
			if _, err := fmt.Fprintln(w); err != nil {
				return err
			}
		}
		if _, err := io.WriteString(w, d.human()); err != nil {
			return err
		}
	}
	return nil
}

func (d *Diagnostic) human() string {
	var b strings.Builder
	fmt.Fprintln(&b, Clean(d.Error()))
	if d.Span.Src != nil {
		b.WriteString(excerpt(d.Span, d.Label))
	}
	for _, n := range d.Notes {
		fmt.Fprintf(&b, "   %s%s\n", Clean(n.Text), d.where(n.Span))
	}
	if d.Help != "" {
		fmt.Fprintf(&b, "   help: %s\n", Clean(d.Help))
	}
	return b.String()
}

// where says the line of a note, with the file when it is another one.
func (d *Diagnostic) where(at Span) string {
	switch {
	case at.Src == nil:
		return ""
	case at.Src == d.Span.Src:
		return fmt.Sprintf(" (line %d)", at.Line())
	}
	return fmt.Sprintf(" (%s:%d)", filepath.Base(at.Src.Name), at.Line())
}

// maxExcerpt bounds the characters of a source line that are shown; a longer line is shown around the span.
const maxExcerpt = 160

func excerpt(at Span, label string) string {
	line, col := at.Src.Position(at.Start)
	text := []rune(at.Src.Line(line))
	endLine, endCol := at.Src.Position(at.End)
	if endLine != line {
		endCol = len(text) + 1
	}
	from := 0
	if len(text) > maxExcerpt {
		from = max(0, min(col-maxExcerpt/2, len(text)-maxExcerpt))
		text = text[from:min(len(text), from+maxExcerpt)]
	}
	col, endCol = col-from, min(endCol-from, len(text)+1)
	carets := strings.Repeat("^", max(1, endCol-col))
	if label != "" {
		carets += " " + Clean(label)
	}
	pad := []rune(strings.Repeat(" ", max(0, col-1)))
	for i := range pad {
		if i < len(text) && text[i] == '\t' {
			pad[i] = '\t'
		}
	}
	return fmt.Sprintf("%5d | %s\n      | %s%s\n", line, Clean(string(text)), string(pad), carets)
}

// Clean replaces control characters and bidirectional overrides, so that a name in a file cannot drive a terminal
// or make a line read differently from what it is.
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\t' && (unicode.IsControl(r) || IsBidi(r)) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// IsBidi reports whether r is one of Unicode's explicit directional formatting characters (UAX #9, section 2).
func IsBidi(r rune) bool {
	return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 || r == 0x200E || r == 0x200F || r == 0x061C
}

type jsonPlace struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Start  int    `json:"start"` // byte offset
	End    int    `json:"end"`
}

type jsonNote struct {
	Text string     `json:"text"`
	At   *jsonPlace `json:"at,omitempty"`
}

type jsonDiagnostic struct {
	Code    string     `json:"code"`
	Title   string     `json:"title"`
	At      *jsonPlace `json:"at,omitempty"`
	Message string     `json:"message"`
	Label   string     `json:"label,omitempty"`
	Notes   []jsonNote `json:"notes,omitempty"`
	Help    string     `json:"help,omitempty"`
}

func place(s Span) *jsonPlace {
	if s.Src == nil {
		return nil
	}
	line, col := s.Src.Position(s.Start)
	return &jsonPlace{s.Src.Name, line, col, s.Start, s.End}
}

// JSON prints {"diagnostics": [...]} with every place as file, line, column and byte offsets.
func JSON(w io.Writer, list []*Diagnostic) error {
	out := []jsonDiagnostic{}
	for _, d := range list {
		j := jsonDiagnostic{Code: d.Code.ID, Title: d.Code.Title, At: place(d.Span), Message: d.Msg,
			Label: d.Label, Help: d.Help}
		for _, n := range d.Notes {
			j.Notes = append(j.Notes, jsonNote{n.Text, place(n.Span)})
		}
		out = append(out, j)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(map[string]any{"diagnostics": out})
}
