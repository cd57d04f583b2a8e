package document

import (
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"archc/ir/diag"
)

// Kind is what a document is: its mistakes are told in its words.
type Kind struct {
	Name                  string // a device file
	MaxBytes              int
	Malformed, UnknownKey *diag.Code
}

// Reader is a document that is being read, with the mistakes so far.
type Reader struct {
	Src   *diag.Source
	List  *diag.List
	kind  Kind
	lines []int // where each begins
}

// New begins to read a source.
func New(src *diag.Source, kind Kind) *Reader {
	r := &Reader{Src: src, List: &diag.List{}, kind: kind, lines: []int{0}}
	for i, c := range []byte(src.Text) {
		if c == '\n' {
			r.lines = append(r.lines, i+1)
		}
	}
	return r
}

var atLine = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)`)

// late are the messages for which yaml.v3 tells the line before: it counts lines from 0 where its parser fails, and from
// 1 where its scanner does.
var late = regexp.MustCompile(`^did not find expected (?:',' or|key|'-'|node content|<)`)

// Root is the one document of the source, which has no anchors, aliases and tags; nil after a mistake.
func (r *Reader) Root() *yaml.Node {
	if len(r.Src.Text) > r.kind.MaxBytes {
		r.fail(diag.Span{}, "%s has more than %d bytes", r.Src.Name, r.kind.MaxBytes)
		return nil
	}
	decoder := yaml.NewDecoder(strings.NewReader(r.Src.Text))
	var doc, more yaml.Node
	if err := decoder.Decode(&doc); err == io.EOF {
		r.fail(diag.Span{}, "%s is empty", r.Src.Name)
		return nil
	} else if err != nil {
		at, msg := r.line(1), strings.TrimPrefix(err.Error(), "yaml: ") // of the first line no line is told
		if m := atLine.FindStringSubmatch(err.Error()); m != nil {
			line, _ := strconv.Atoi(m[1])
			if msg = m[2]; late.MatchString(msg) {
				line++
			}
			at = r.line(line)
		}
		r.fail(at, "%s is no YAML: %s", r.Src.Name, msg)
		return nil
	}
	if err := decoder.Decode(&more); err == nil {
		r.Fail(&more, r.kind.Malformed, "a second document: %s is one", r.kind.Name).Suggest("leave it out")
		return nil
	}
	if len(doc.Content) != 1 || !r.plain(doc.Content[0]) {
		return nil
	}
	return doc.Content[0]
}

// plain refuses what would make a value stand elsewhere than it counts.
func (r *Reader) plain(n *yaml.Node) bool {
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		r.Fail(n, r.kind.Malformed, "anchors and aliases are not read").Suggest("write the value out")
		return false
	case n.Style&yaml.TaggedStyle != 0:
		r.Fail(n, r.kind.Malformed, "tags are not read").Suggest("leave %s out", n.Tag)
		return false
	}
	ok := true
	for _, c := range n.Content {
		ok = r.plain(c) && ok
	}
	return ok
}

// Field is a key of a mapping and its value.
type Field struct{ Key, Value *yaml.Node }

// Mapping gives the fields of a mapping with these keys alone (any, where names is nil), each once: what else there is is
// a mistake, and left out. False where it is no mapping. what says what it is: a device file, the range of H.
func (r *Reader) Mapping(n *yaml.Node, what string, names []string) ([]Field, bool) {
	if n.Kind != yaml.MappingNode {
		r.Fail(n, r.kind.Malformed, "%s is a mapping with keys, not %s", what, Shape(n))
		return nil, false
	}
	seen := map[string]int{}
	var out []Field
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		switch {
		case k.Kind != yaml.ScalarNode || k.Value == "":
			r.Fail(k, r.kind.Malformed, "a key of %s is a word", what)
		case seen[k.Value] > 0:
			r.Fail(k, r.kind.Malformed, "%s stands twice, first in line %d", k.Value, seen[k.Value])
		case names != nil && !slices.Contains(names, k.Value):
			r.unknown(k, what, names)
		default:
			out = append(out, Field{k, n.Content[i+1]})
		}
		if seen[k.Value] == 0 {
			seen[k.Value] = k.Line
		}
	}
	return out, true
}

func (r *Reader) unknown(k *yaml.Node, what string, names []string) {
	d := r.Fail(k, r.kind.UnknownKey, "%s has no key %s", what, k.Value)
	if near := diag.Nearest(k.Value, names); near != "" {
		d.Suggest("did you mean `%s`?", near)
		return
	}
	d.Suggest("it has %s", strings.Join(names, ", "))
}

// Fail adds a mistake at a node.
func (r *Reader) Fail(n *yaml.Node, code *diag.Code, format string, args ...any) *diag.Diagnostic {
	return r.List.Add(diag.New(code, r.Span(n), format, args...))
}

func (r *Reader) fail(at diag.Span, format string, args ...any) {
	r.List.Add(diag.New(r.kind.Malformed, at, format, args...))
}

// Shape says what a node is, for a mistake.
func Shape(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Tag == "!!null":
		return "nothing"
	}
	return "one value"
}

// Span is where a node stands: its text, when it is written in the source as it is meant, else its first character.
func (r *Reader) Span(n *yaml.Node) diag.Span {
	if n.Line < 1 || n.Line > len(r.lines) {
		return diag.Span{}
	}
	start := r.lines[n.Line-1]
	for range n.Column - 1 { // columns count characters
		_, size := utf8.DecodeRuneInString(r.Src.Text[start:])
		start += size
	}
	if n.Kind == yaml.ScalarNode && n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
		start++
	}
	start = min(start, len(r.Src.Text))
	if n.Kind == yaml.ScalarNode && strings.HasPrefix(r.Src.Text[start:], n.Value) {
		return diag.Span{Src: r.Src, Start: start, End: start + len(n.Value)}
	}
	return diag.Span{Src: r.Src, Start: start, End: min(start+1, len(r.Src.Text))}
}

func (r *Reader) line(number int) diag.Span {
	number = max(1, min(number, len(r.lines)))
	start := r.lines[number-1]
	return diag.Span{Src: r.Src, Start: start, End: start + len(r.Src.Line(number))}
}
