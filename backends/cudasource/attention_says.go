package cudasource

import (
	"fmt"
	"strings"

	"archc/backends/source"
	"archc/ir"
	"archc/passes/plan"
)

// describe writes the comment in front of a kernel: what it computes, how large that is, and what it costs at least.
func (p *attend) describe(norm normText) {
	lanes, keys := elements(p.lane), p.a.Key.Size
	points := p.size(elements(p.over).Mul(lanes))
	pair, key := p.value.Size, p.value.Size
	query := ir.Size{}
	for _, d := range p.a.Dots {
		n := source.Product(source.AxesOf(d.Sum))
		pair, key, query = pair.Add(n), key.Add(n), query.Add(n)
	}
	p.say("attention: %s x %s queries over %s keys (%s).", p.shown(elements(p.over)), p.shown(lanes), p.shown(p.size(keys)), p.a.Key.Label)
	last := len(p.a.Score) - 1
	p.say("  score = %s", p.formula(last))
	p.say("  keys: %s", p.seen())
	p.say("  weights: %s", norm.says)
	p.say("  result = the sum of weight x value over the keys, %s numbers for each query", p.shown(p.size(p.value.Size)))
	p.say("FLOPs: %s for each pair that is visited, of %s.", p.shown(p.size(pair.Mul(ir.Const(2)))), p.shown(points.Mul(p.size(keys))))
	result := int64(4) // bytes of a number
	if p.halves[p.value.Out.Store] {
		result = 2
	}
	p.say("Bytes: %s of queries and results, %s of keys and values.",
		p.shown(points.Mul(p.size(query.Mul(ir.Const(4)).Add(p.value.Size.Mul(ir.Const(result)))))),
		p.shown(p.size(elements(p.over).Mul(keys).Mul(key).Mul(ir.Const(4)))))
	p.tensor = p.shape.element == "bf16"
	p.sayFloors()
}

// seen says which keys a lane sees, at being where it stands.
func (p *attend) seen() string {
	var parts []string
	for _, b := range []struct {
		sign string
		e    *plan.Expr
	}{{"key >= ", p.a.First}, {"key < ", p.a.End}, {"", p.a.Admits}} {
		if b.e == nil {
			continue
		}
		e := p.folded(b.e, p.where)
		text, ok := p.whole(e, false)
		if b.sign == "" {
			text, ok = p.condition(e, false)
		}
		if !ok {
			text = b.e.String()
		}
		parts = append(parts, b.sign+bare(text))
	}
	if len(parts) == 0 {
		return "all"
	}
	return strings.Join(parts, ", ")
}

// formula is a line of the score as a reader would write it, as far as it fits in a line.
func (p *attend) formula(i int) string {
	o := p.a.Score[i]
	args := func() (out []string) {
		for _, a := range o.Args {
			out = append(out, p.formula(a))
		}
		return out
	}
	over := func() string {
		var labels []string
		for _, d := range o.Sum {
			labels = append(labels, d.Label)
		}
		return strings.Join(labels, ", ")
	}
	text := ""
	switch o.Fn {
	case "dot":
		text = "q.k"
		if len(p.a.Dots) > 1 {
			text = fmt.Sprintf("q%d.k%d", o.Dot, o.Dot)
		}
	case "imm":
		text = fmt.Sprint(o.Imm)
	case "view":
		text = p.data(o.View, false)
	case "position":
		text = o.Expr.String()
	case "lookup":
		at := ""
		if o.Expr != nil {
			at = o.Expr.String()
		} else {
			at = p.formula(o.Args[0])
		}
		text = p.data(o.View, false) + "[" + at + "]"
	case "admit":
		a := args()
		text = a[1] + " where " + a[0]
	case "sum", "max_of", "min_of", "product":
		text = fmt.Sprintf("%s[%s](%s)", o.Fn, over(), strings.Join(args(), ", "))
	case "add", "sub", "mul", "div":
		a := args()
		text = "(" + a[0] + map[string]string{"add": " + ", "sub": " - ", "mul": " * ", "div": " / "}[o.Fn] + a[1] + ")"
	default:
		text = o.Fn + "(" + strings.Join(args(), ", ") + ")"
	}
	if len(text) > 400 {
		return text[:400] + " ..."
	}
	return text
}
