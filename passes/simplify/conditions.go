package simplify

import (
	"fmt"
	"slices"
	"strings"

	"archc/ir"
)

// condition is one test on what the names of a pattern stand for.
type condition struct {
	name string
	args []string
}

// conditions is the table of tests.
var conditions = map[string]func(b *bindings, args []string) bool{
	// number(x): a constant.
	"number": func(b *bindings, args []string) bool {
		return b.values[args[0]].Node.Op == ir.Constant && b.values[args[0]].Type().Kind != ir.Bool
	},
	// whole(x): whole numbers.
	"whole": func(b *bindings, args []string) bool { return b.values[args[0]].Type().Kind == ir.Int },
	// zero(s): a size that is 0.
	"zero": func(b *bindings, args []string) bool {
		s, ok := b.parts[args[0]].(ir.Size)
		return ok && s.IsZero()
	},
	// sum(f): the reduction is a sum.
	"sum": func(b *bindings, args []string) bool { return b.parts[args[0]] == "sum" },
	// label(axis, l): the axis has the label.
	"label": func(b *bindings, args []string) bool {
		x, ok := b.parts[args[0]].(ir.Axis)
		return ok && x.Label == b.parts[args[1]]
	},
	// labels(axes, ls): the axes have the labels, in their order.
	"labels": func(b *bindings, args []string) bool {
		axes, ok := b.parts[args[0]].([]ir.Axis)
		return ok && slices.Equal(ir.Type{Axes: axes}.Labels(), b.parts[args[1]].([]string))
	},
}

// parseConditions reads the conditions of a rule; a mistake panics, as in parseTerm.
func parseConditions(text string) []condition {
	var out []condition
	for _, c := range strings.SplitAfter(text, ")") {
		c = strings.TrimLeft(c, ", ")
		if c == "" {
			continue
		}
		name, args, ok := strings.Cut(strings.TrimSuffix(c, ")"), "(")
		if conditions[name] == nil || !ok {
			panic(fmt.Sprintf("simplify: a rule: there is no condition %q", c))
		}
		out = append(out, condition{name, strings.Split(args, ", ")})
	}
	return out
}

func (b *bindings) holds(cs []condition) bool {
	return !slices.ContainsFunc(cs, func(c condition) bool { return !conditions[c.name](b, c.args) })
}
