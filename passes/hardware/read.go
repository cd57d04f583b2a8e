package hardware

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"archc/ir/diag"
)

// MaxFile is the largest device file in bytes.
const MaxFile = 1 << 16

// confidences are the grades of a figure.
var confidences = []string{"high", "medium", "low"}

// Read reads one device file. All mistakes come at once, each with its line.
func Read(src *diag.Source) (*Device, *diag.List) {
	r := &reader{src: src, list: &diag.List{}, device: &Device{Compute: map[string]*Figure{}, File: src}}
	if root := r.parse(); root != nil {
		r.mapping(root, "", keys())
		r.inherit()
	}
	if r.list.Empty() {
		r.doubt()
	}
	r.list.Sort()
	return r.device, r.list
}

type reader struct {
	src    *diag.Source
	list   *diag.List
	device *Device
}

// field is a key of a mapping and what takes its value in.
type field struct {
	name   string
	needed bool
	take   func(r *reader, n *yaml.Node)
}

// keys is the table of a device file.
func keys() []field {
	text := func(into func(*Device) *string) func(*reader, *yaml.Node) {
		return func(r *reader, n *yaml.Node) { *into(r.device) = r.text(n) }
	}
	figure := func(into func(*Device) **Figure) func(*reader, *yaml.Node) {
		return func(r *reader, n *yaml.Node) { *into(r.device) = r.figure(n) }
	}
	return []field{
		{"name", true, text(func(d *Device) *string { return &d.Name })},
		{"aliases", false, func(r *reader, n *yaml.Node) { r.device.Aliases = r.texts(n) }},
		{"compute", true, (*reader).compute},
		{"memory_GB", false, figure(func(d *Device) **Figure { return &d.Memory })},
		{"bandwidth_GBps", true, figure(func(d *Device) **Figure { return &d.Bandwidth })},
		{"interconnect", false, text(func(d *Device) *string { return &d.Interconnect })},
		{"note", false, text(func(d *Device) *string { return &d.Note })},
		{"source", true, text(func(d *Device) *string { return &d.Source })},
		{"confidence", true, func(r *reader, n *yaml.Node) { r.device.Confidence = r.confidence(n) }},
	}
}

var yamlLine = regexp.MustCompile(`^yaml: line (\d+): `)

// parse gives the mapping of the one document, nil after a mistake.
func (r *reader) parse() *yaml.Node {
	if len(r.src.Text) > MaxFile {
		r.bad(diag.Span{}, "%s has more than %d bytes", r.src.Name, MaxFile)
		return nil
	}
	dec := yaml.NewDecoder(strings.NewReader(r.src.Text))
	var doc, second yaml.Node
	err := dec.Decode(&doc)
	if err == nil && dec.Decode(&second) == nil {
		r.bad(r.at(&second), "a second document: a file is one device")
		return nil
	}
	if err != nil {
		line, text := 1, strings.TrimPrefix(err.Error(), "yaml: ")
		if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
			line, _ = strconv.Atoi(m[1])
			text = strings.TrimPrefix(err.Error(), m[0])
		}
		r.bad(r.at(&yaml.Node{Line: line, Column: 1}), "this is no YAML: %s", text)
		return nil
	}
	if doc.Content[0].Kind != yaml.MappingNode {
		r.bad(r.at(doc.Content[0]), "a device file is a mapping: `name: H200-SXM`, `compute: ...`")
		return nil
	}
	return doc.Content[0]
}

// mapping takes the fields of a mapping; in says in what, "" for the file.
func (r *reader) mapping(n *yaml.Node, in string, known []field) {
	var names []string
	for _, f := range known {
		names = append(names, f.name)
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		k := slices.Index(names, key.Value)
		switch {
		case k < 0:
			d := r.add(UnknownKey, key, "%s has no key %q", orFile(in), key.Value)
			if near := diag.Nearest(key.Value, names); near != "" {
				d.Suggest("did you mean `%s`?", near)
			} else {
				d.Suggest("the keys are %s", strings.Join(names, ", "))
			}
		case seen[key.Value]:
			r.bad(r.at(key), "%s stands twice", key.Value)
		default:
			known[k].take(r, value)
		}
		seen[key.Value] = true
	}
	for _, f := range known {
		if f.needed && !seen[f.name] {
			r.bad(r.at(n), "%s says no %s", orFile(in), f.name)
		}
	}
}

func orFile(in string) string {
	if in == "" {
		return "a device file"
	}
	return in
}

func (r *reader) compute(n *yaml.Node) {
	if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		r.bad(r.at(n), "compute is a mapping from formats to 10^12 operations a second: `compute: {fp32: 67}`")
		return
	}
	var known []field
	for _, f := range Formats() {
		known = append(known, field{f, false, func(r *reader, n *yaml.Node) { r.device.Compute[f] = r.figure(n) }})
	}
	r.mapping(n, "compute", known)
}

// figure reads a number, or a mapping of a number with its source.
func (r *reader) figure(n *yaml.Node) *Figure {
	f := &Figure{At: r.at(n)}
	if n.Kind != yaml.MappingNode {
		f.Value = r.number(n)
		return f
	}
	r.mapping(n, "a figure", []field{
		{"value", true, func(r *reader, n *yaml.Node) { f.Value, f.At = r.number(n), r.at(n) }},
		{"source", false, func(r *reader, n *yaml.Node) { f.Source = r.text(n) }},
		{"confidence", false, func(r *reader, n *yaml.Node) { f.Confidence = r.confidence(n) }},
	})
	return f
}

// decimal is how a number is written. YAML's own forms of numbers (octal, .inf, 1_000) are mistakes here.
var decimal = regexp.MustCompile(`^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$`)

func (r *reader) number(n *yaml.Node) float64 {
	x, err := strconv.ParseFloat(n.Value, 64)
	if n.Kind != yaml.ScalarNode || n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 ||
		!decimal.MatchString(n.Value) || err != nil {
		r.bad(r.at(n), "a figure is a decimal number without a unit, such as 989.4")
		return 0
	}
	return x
}

func (r *reader) text(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode || strings.TrimSpace(n.Value) == "" || n.Tag == "!!null" {
		r.bad(r.at(n), "a text is expected here")
		return ""
	}
	return strings.Join(strings.Fields(n.Value), " ")
}

func (r *reader) texts(n *yaml.Node) []string {
	if n.Kind != yaml.SequenceNode {
		r.bad(r.at(n), "aliases are a list: `aliases: [h200]`")
		return nil
	}
	var out []string
	for _, x := range n.Content {
		out = append(out, r.text(x))
	}
	return out
}

func (r *reader) confidence(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode || !slices.Contains(confidences, n.Value) {
		r.bad(r.at(n), "confidence is one of %s", strings.Join(confidences, ", "))
	}
	return n.Value
}

// inherit gives figures without a source or confidence those of the file.
func (r *reader) inherit() {
	d := r.device
	for _, f := range append([]*Figure{d.Memory, d.Bandwidth}, d.rates()...) {
		if f == nil {
			continue
		}
		if f.Source == "" {
			f.Source = d.Source
		}
		if f.Confidence == "" {
			f.Confidence = d.Confidence
		}
	}
}

// rates are the figures of compute, the widest format first; nil where there is none.
func (d *Device) rates() []*Figure {
	var out []*Figure
	for _, f := range Formats() {
		out = append(out, d.Compute[f])
	}
	return out
}

func (r *reader) bad(at diag.Span, format string, args ...any) {
	r.list.Add(diag.New(Malformed, at, format, args...))
}

func (r *reader) add(code *diag.Code, n *yaml.Node, format string, args ...any) *diag.Diagnostic {
	return r.list.Add(diag.New(code, r.at(n), "%s", fmt.Sprintf(format, args...)))
}

// at is the place of a node: its text where it is a plain scalar, else the rest of its line.
func (r *reader) at(n *yaml.Node) diag.Span {
	start := 0
	for range max(0, n.Line-1) {
		next := strings.IndexByte(r.src.Text[start:], '\n')
		if next < 0 {
			break
		}
		start += next + 1
	}
	line := r.src.Text[start:]
	if end := strings.IndexByte(line, '\n'); end >= 0 {
		line = line[:end]
	}
	column := min(max(0, n.Column-1), len(line))
	length := len(strings.TrimRight(line[column:], " \r"))
	if n.Kind == yaml.ScalarNode && strings.HasPrefix(line[column:], n.Value) {
		length = len(n.Value)
	}
	return diag.Span{Src: r.src, Start: start + column, End: start + column + length}
}
