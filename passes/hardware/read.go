package hardware

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"archc/ir/diag"
	"archc/passes/document"
)

// MaxFile is the largest device file in bytes.
const MaxFile = 1 << 16

// confidences are the grades of a figure.
var confidences = []string{"high", "medium", "low"}

// Read reads one device file. All mistakes come at once, each with its line.
func Read(src *diag.Source) (*Device, *diag.List) {
	kind := document.Kind{Name: "a device file", MaxBytes: MaxFile, Malformed: Malformed, UnknownKey: UnknownKey}
	r := &reader{document.New(src, kind), &Device{Compute: map[string]*Figure{}, File: src}}
	if root := r.Root(); root != nil {
		r.mapping(root, kind.Name, keys())
		r.inherit()
	}
	if r.List.Empty() {
		r.doubt()
	}
	r.List.Sort()
	return r.device, r.List
}

type reader struct {
	*document.Reader
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

// mapping takes the fields of a mapping in; what says what it is.
func (r *reader) mapping(n *yaml.Node, what string, known []field) {
	var names []string
	for _, f := range known {
		names = append(names, f.name)
	}
	fields, ok := r.Mapping(n, what, names)
	seen := map[string]bool{}
	for _, f := range fields {
		seen[f.Key.Value] = true
		known[slices.Index(names, f.Key.Value)].take(r, f.Value)
	}
	for _, f := range known {
		if ok && f.needed && !seen[f.name] {
			r.Fail(n, Malformed, "%s says no %s", what, f.name)
		}
	}
}

func (r *reader) compute(n *yaml.Node) {
	if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		r.Fail(n, Malformed, "compute is a mapping from formats to 10^12 operations a second: `compute: {fp32: 67}`")
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
	f := &Figure{At: r.Span(n)}
	if n.Kind != yaml.MappingNode {
		f.Value = r.number(n)
		return f
	}
	r.mapping(n, "a figure", []field{
		{"value", true, func(r *reader, n *yaml.Node) { f.Value, f.At = r.number(n), r.Span(n) }},
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
		r.Fail(n, Malformed, "a figure is a decimal number without a unit, such as 989.4")
		return 0
	}
	return x
}

func (r *reader) text(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode || strings.TrimSpace(n.Value) == "" || n.Tag == "!!null" {
		r.Fail(n, Malformed, "a text is expected here")
		return ""
	}
	return strings.Join(strings.Fields(n.Value), " ")
}

func (r *reader) texts(n *yaml.Node) []string {
	if n.Kind != yaml.SequenceNode {
		r.Fail(n, Malformed, "aliases are a list: `aliases: [h200]`")
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
		r.Fail(n, Malformed, "confidence is one of %s", strings.Join(confidences, ", "))
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
