package search

import (
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"archc/ir/diag"
)

// keys is the table of what a space can say.
var keys = []struct {
	name string
	read func(r *reader, n *yaml.Node)
}{
	{"file", func(r *reader, n *yaml.Node) { r.space.File = r.text(n, "file") }},
	{"model", func(r *reader, n *yaml.Node) { r.space.Model = r.text(n, "model") }},
	{"parameters", (*reader).parameters},
	{"constraints", (*reader).constraints},
	{"objectives", (*reader).objectives},
	{"batch", func(r *reader, n *yaml.Node) { r.space.Batch = r.whole(n, "batch", 1) }},
	{"seq", func(r *reader, n *yaml.Node) { r.space.Seq = r.text(n, "seq") }},
	{"context", func(r *reader, n *yaml.Node) { r.space.Context = r.whole(n, "context", 1) }},
	{"dtype", (*reader).dtype},
}

// reader turns the nodes of a YAML document into a space and keeps the mistakes.
type reader struct {
	src    *diag.Source
	lines  []int // where each begins
	dtypes []string
	list   *diag.List
	space  *Space
}

// Read reads a space that may name one of the dtypes. All mistakes come at once, each with its place.
func Read(src *diag.Source, dtypes []string) (*Space, error) {
	r := &reader{src: src, dtypes: dtypes, list: &diag.List{}, space: &Space{}, lines: []int{0}}
	for i, c := range []byte(src.Text) {
		if c == '\n' {
			r.lines = append(r.lines, i+1)
		}
	}
	root, err := r.document()
	if err != nil {
		return nil, err
	}
	if !r.plain(root) {
		return nil, r.list.Err()
	}
	var names []string
	for _, k := range keys {
		names = append(names, k.name)
	}
	if r.mapping(root, "a search space", names) {
		for i := 0; i < len(root.Content); i += 2 {
			for _, k := range keys {
				if k.name == root.Content[i].Value {
					k.read(r, root.Content[i+1])
				}
			}
		}
		if r.space.File == "" && r.list.Empty() {
			r.fail(root, badSpace, "the space names no file").Suggest("add `file: NAME.arch`")
		}
	}
	return r.space, r.list.Err()
}

var atLine = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)`)

// late are the messages for which yaml.v3 tells the line before: it counts lines from 0 where its parser fails, and from
// 1 where its scanner does.
var late = regexp.MustCompile(`^did not find expected (?:',' or|key|'-'|node content|<)`)

// document parses the text, which is to be one document that is not empty.
func (r *reader) document() (*yaml.Node, error) {
	if len(r.src.Text) > MaxBytes {
		return nil, diag.New(badSpace, diag.Span{}, "%s has more than %d bytes", r.src.Name, MaxBytes)
	}
	decoder := yaml.NewDecoder(strings.NewReader(r.src.Text))
	var root, more yaml.Node
	if err := decoder.Decode(&root); err != nil {
		if err == io.EOF {
			return nil, diag.New(badSpace, diag.Span{}, "%s is empty", r.src.Name)
		}
		at, msg := r.line(1), strings.TrimPrefix(err.Error(), "yaml: ") // of the first line no line is told
		if m := atLine.FindStringSubmatch(err.Error()); m != nil {
			line, _ := strconv.Atoi(m[1])
			if msg = m[2]; late.MatchString(msg) {
				line++
			}
			at = r.line(line)
		}
		return nil, diag.New(badSpace, at, "%s is no YAML: %s", r.src.Name, msg)
	}
	if err := decoder.Decode(&more); err == nil {
		return nil, diag.New(badSpace, r.span(&more), "a second document stands in the space").Suggest("leave it out")
	}
	if len(root.Content) != 1 {
		return nil, errors.New("yaml: a document without a root")
	}
	return root.Content[0], nil
}

// plain refuses what would make a value stand elsewhere than it counts.
func (r *reader) plain(n *yaml.Node) bool {
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		r.fail(n, badSpace, "anchors and aliases are not read").Suggest("write the value out")
		return false
	case n.Style&yaml.TaggedStyle != 0:
		r.fail(n, badSpace, "tags are not read").Suggest("leave %s out", n.Tag)
		return false
	}
	ok := true
	for _, c := range n.Content {
		ok = r.plain(c) && ok
	}
	return ok
}

// mapping checks that a node is a mapping with these keys alone (any, when names is nil), each once.
func (r *reader) mapping(n *yaml.Node, what string, names []string) bool {
	if n.Kind != yaml.MappingNode {
		r.fail(n, badSpace, "%s is a mapping with keys, not %s", what, kind(n))
		return false
	}
	seen := map[string]int{}
	for i := 0; i < len(n.Content); i += 2 {
		k := n.Content[i]
		if k.Kind != yaml.ScalarNode || k.Value == "" {
			r.fail(k, badSpace, "a key of %s is a word", what)
			return false
		}
		if line := seen[k.Value]; line > 0 {
			r.fail(k, badSpace, "%s stands twice, first in line %d", k.Value, line)
			return false
		}
		seen[k.Value] = k.Line
		r.known(k, what, names)
	}
	return true
}

func (r *reader) known(k *yaml.Node, what string, names []string) {
	for _, name := range names {
		if name == k.Value {
			return
		}
	}
	if names == nil {
		return
	}
	d := r.fail(k, unknownKey, "%s has no key %s", what, k.Value)
	if near := diag.Nearest(k.Value, names); near != "" {
		d.Suggest("did you mean %s?", near)
		return
	}
	d.Suggest("it has %s", strings.Join(names, ", "))
}

func (r *reader) fail(n *yaml.Node, code *diag.Code, format string, args ...any) *diag.Diagnostic {
	return r.list.Add(diag.New(code, r.span(n), format, args...))
}

func kind(n *yaml.Node) string {
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

// span is where a node stands: its text, when it is written in the source as it is meant, else its first character.
func (r *reader) span(n *yaml.Node) diag.Span {
	if n.Line < 1 || n.Line > len(r.lines) {
		return diag.Span{}
	}
	start := r.lines[n.Line-1]
	for range n.Column - 1 { // columns count characters
		_, size := firstRune(r.src.Text[start:])
		start += size
	}
	if n.Kind == yaml.ScalarNode && n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
		start++
	}
	start = min(start, len(r.src.Text))
	if n.Kind == yaml.ScalarNode && strings.HasPrefix(r.src.Text[start:], n.Value) {
		return diag.Span{Src: r.src, Start: start, End: start + len(n.Value)}
	}
	return diag.Span{Src: r.src, Start: start, End: min(start+1, len(r.src.Text))}
}

func (r *reader) line(number int) diag.Span {
	number = max(1, min(number, len(r.lines)))
	start := r.lines[number-1]
	return diag.Span{Src: r.src, Start: start, End: start + len(r.src.Line(number))}
}
