package search

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"archc/ir/diag"
)

func firstRune(s string) (rune, int) { return utf8.DecodeRuneInString(s) }

// text is a value that is one text.
func (r *reader) text(n *yaml.Node, what string) string {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" || n.Value == "" {
		r.fail(n, badSpace, "%s has one value, not %s", what, kind(n))
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
		r.fail(n, badSpace, "%s is a whole number of %d or more, not %s", what, least, text)
		return 0
	}
	return v
}

func (r *reader) dtype(n *yaml.Node) {
	r.space.Dtype = r.text(n, "dtype")
	if r.space.Dtype != "" && !slices.Contains(r.dtypes, r.space.Dtype) {
		r.fail(n, badSpace, "dtype %s is not known", r.space.Dtype).Suggest("it is one of %s", strings.Join(r.dtypes, ", "))
	}
}

func (r *reader) parameters(n *yaml.Node) {
	if !r.mapping(n, "parameters", nil) {
		return
	}
	for i := 0; i < len(n.Content); i += 2 {
		p := Parameter{Name: n.Content[i].Value, At: r.span(n.Content[i])}
		r.values(&p, n.Content[i+1])
		r.space.Parameters = append(r.space.Parameters, p)
	}
}

// values reads one value, a list of them or a range.
func (r *reader) values(p *Parameter, n *yaml.Node) {
	switch n.Kind {
	case yaml.SequenceNode:
		if len(n.Content) == 0 {
			r.fail(n, badValues, "%s has no values", p.Name)
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
		r.fail(n, badValues, "a value of %s is a number or a word, not %s", p.Name, kind(n))
		return
	}
	r.keep(p.add(n.Value, r.span(n)))
}

func (r *reader) bounds(p *Parameter, n *yaml.Node) {
	what, before := "the range of "+p.Name, len(r.list.All)
	if !r.mapping(n, what, []string{"from", "to", "step", "factor"}) {
		return
	}
	var b bounds
	has := map[string]bool{}
	for i := 0; i < len(n.Content); i += 2 {
		name, v := n.Content[i].Value, n.Content[i+1]
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
	case len(r.list.All) > before:
	case !has["from"] || !has["to"]:
		r.fail(n, badValues, "%s needs both from and to", what)
	case has["step"] == has["factor"]:
		r.fail(n, badValues, "%s needs step or factor, one of them", what).Suggest("{from: 8, to: 64, factor: 2}")
	default:
		r.keep(b.add(p, r.span(n)))
	}
}

// each reads the texts of a list of expressions.
func (r *reader) each(n *yaml.Node, what string, read func(*yaml.Node) error) {
	if n.Kind != yaml.SequenceNode {
		r.fail(n, badSpace, "%s is a list of expressions, not %s", what, kind(n)).Suggest("begin each line with `- `")
		return
	}
	for _, c := range n.Content {
		if c.Kind != yaml.ScalarNode {
			r.fail(c, badSpace, "an expression of %s is one text, not %s", what, kind(c)).Suggest("put it into quotes")
			continue
		}
		if r.span(c).Text() != c.Value || c.Value == "" {
			r.fail(c, badSpace, "an expression stands on one line, without escapes")
			continue
		}
		r.keep(read(c))
	}
}

func (r *reader) constraints(n *yaml.Node) {
	r.each(n, "constraints", func(c *yaml.Node) error {
		e, err := Condition(r.span(c))
		r.space.Constraints = append(r.space.Constraints, e)
		return err
	})
}

func (r *reader) objectives(n *yaml.Node) {
	r.each(n, "objectives", func(c *yaml.Node) error {
		o, err := Goal(r.span(c))
		r.space.Objectives = append(r.space.Objectives, o)
		return err
	})
}

// keep adds a mistake that a part of the space gave.
func (r *reader) keep(err error) {
	if d := (*diag.Diagnostic)(nil); errors.As(err, &d) {
		r.list.Add(d)
	}
}
