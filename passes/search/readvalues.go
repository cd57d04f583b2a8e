package search

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"archc/ir/diag"
	"archc/passes/document"
)

// text is a value that is one text.
func (r *reader) text(n *yaml.Node, what string) string {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" || n.Value == "" {
		r.Fail(n, badSpace, "%s has one value, not %s", what, document.Shape(n))
		return ""
	}
	return n.Value
}

// whole is a whole number of at least a minimum.
func (r *reader) whole(n *yaml.Node, what string, least int64) int64 {
	text := r.text(n, what)
	if text == "" {
		return 0
	}
	v, err := strconv.ParseInt(strings.ReplaceAll(text, "_", ""), 10, 62)
	if err != nil || v < least {
		r.Fail(n, badSpace, "%s is a whole number of %d or more, not %s", what, least, text)
		return 0
	}
	return v
}

func (r *reader) dtype(n *yaml.Node) {
	r.space.Dtype = r.text(n, "dtype")
	if r.space.Dtype != "" && !slices.Contains(r.dtypes, r.space.Dtype) {
		r.Fail(n, badSpace, "dtype %s is not known", r.space.Dtype).Suggest("it is one of %s", strings.Join(r.dtypes, ", "))
	}
}

func (r *reader) parameters(n *yaml.Node) {
	fields, _ := r.Mapping(n, "parameters", nil)
	for _, f := range fields {
		p := Parameter{Name: f.Key.Value, At: r.Span(f.Key)}
		r.values(&p, f.Value)
		r.space.Parameters = append(r.space.Parameters, p)
	}
}

// values reads one value, a list of them or a range.
func (r *reader) values(p *Parameter, n *yaml.Node) {
	switch n.Kind {
	case yaml.SequenceNode:
		if len(n.Content) == 0 {
			r.Fail(n, badValues, "%s has no values", p.Name)
		}
		for _, c := range n.Content {
			r.value(p, c)
		}
	case yaml.MappingNode:
		r.bounds(p, n)
	default:
		r.value(p, n)
	}
}

func (r *reader) value(p *Parameter, n *yaml.Node) {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		r.Fail(n, badValues, "a value of %s is a number or a word, not %s", p.Name, document.Shape(n))
		return
	}
	r.keep(p.add(n.Value, r.Span(n)))
}

func (r *reader) bounds(p *Parameter, n *yaml.Node) {
	what, before := "the range of "+p.Name, len(r.List.All)
	fields, _ := r.Mapping(n, what, []string{"from", "to", "step", "factor"})
	var b bounds
	has := map[string]bool{}
	for _, f := range fields {
		name, v := f.Key.Value, f.Value
		has[name] = true
		switch name {
		case "from":
			b.from = r.whole(v, "from", 0)
		case "to":
			b.to = r.whole(v, "to", 0)
		case "step":
			b.step = r.whole(v, "step", 1)
		case "factor":
			b.factor = r.whole(v, "factor", 2)
		}
	}
	switch {
	case len(r.List.All) > before:
	case !has["from"] || !has["to"]:
		r.Fail(n, badValues, "%s needs both from and to", what)
	case has["step"] == has["factor"]:
		r.Fail(n, badValues, "%s needs step or factor, one of them", what).Suggest("{from: 8, to: 64, factor: 2}")
	default:
		r.keep(b.add(p, r.Span(n)))
	}
}

// each reads the texts of a list of expressions.
func (r *reader) each(n *yaml.Node, what string, read func(*yaml.Node) error) {
	if n.Kind != yaml.SequenceNode {
		r.Fail(n, badSpace, "%s is a list of expressions, not %s", what, document.Shape(n)).Suggest("begin each line with `- `")
		return
	}
	for _, c := range n.Content {
		if c.Kind != yaml.ScalarNode {
			r.Fail(c, badSpace, "an expression of %s is one text, not %s", what, document.Shape(c)).Suggest("put it into quotes")
			continue
		}
		if r.Span(c).Text() != c.Value || c.Value == "" {
			r.Fail(c, badSpace, "an expression stands on one line, without escapes")
			continue
		}
		r.keep(read(c))
	}
}

func (r *reader) constraints(n *yaml.Node) {
	r.each(n, "constraints", func(c *yaml.Node) error {
		e, err := Condition(r.Span(c))
		r.space.Constraints = append(r.space.Constraints, e)
		return err
	})
}

func (r *reader) objectives(n *yaml.Node) {
	r.each(n, "objectives", func(c *yaml.Node) error {
		o, err := Goal(r.Span(c))
		r.space.Objectives = append(r.space.Objectives, o)
		return err
	})
}

// keep adds a mistake that a part of the space gave.
func (r *reader) keep(err error) {
	if d := (*diag.Diagnostic)(nil); errors.As(err, &d) {
		r.List.Add(d)
	}
}
