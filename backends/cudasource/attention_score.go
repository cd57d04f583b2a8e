package cudasource

import (
	"fmt"
	"maps"
	"strconv"
	"strings"

	"archc/ir"
	"archc/passes/plan"
)

// near are functions that a device computes fast, near enough for what is rounded to bf16 next (kernels/functions.cuh).
var near = map[string]string{"exp": "exp_of(%s)", "tanh": "tanh_of(%s)"}

// call is a scalar function of arguments in the precision of the attention.
func (p *attend) call(fn string, args ...string) string {
	if p.shape.element == "bf16" {
		if form, ok := near[fn]; ok {
			return fmt.Sprintf(form, args[0])
		}
		if x, err := strconv.ParseFloat(strings.TrimSuffix(args[len(args)-1], "f"), 32); fn == "div" && err == nil {
			return fmt.Sprintf("%s * %s", args[0], number32(1/x)) // a quotient takes ten instructions
		}
	}
	p.use("numbers.cuh")
	return applied(fn, "float", args...)
}

// scoreText writes the score of a pair.
func (p *attend) scoreText() string {
	start := p.body.Len()
	for i, o := range p.a.Score {
		if len(o.Axes) == 0 {
			p.lineOf(i)
		}
	}
	p.put("return %s;", p.lineOf(len(p.a.Score)-1))
	body := p.body.String()[start:]
	return p.functor("score", "The score of a query and a key, of their dot products.") +
		"template <class P> __device__ float operator()(const float* dots, const P& at, int key) const {\n" + body + "}\n};\n"
}

// lineOf is the text of a line's value for the pair, and the elements of inner axes, that is looked at. What it is made of
// is written in front.
func (p *attend) lineOf(i int) string {
	if text, ok := p.memo[i]; ok {
		return text
	}
	o := p.a.Score[i]
	id := fmt.Sprint("s_", i)
	value := ""
	switch o.Fn {
	case "imm":
		p.memo[i] = number32(o.Imm)
		return p.memo[i]
	case "dot":
		p.memo[i] = p.dotOf(o.Dot)
		return p.memo[i]
	case "view":
		value = fmt.Sprintf("%s[%s]", p.data(o.View, false), p.spot(o.View, ir.Size{}))
	case "position":
		value = "float(" + p.number(o.Expr) + ")"
	case "lookup":
		value = p.lookup(i, o)
	case "admit":
		value = fmt.Sprintf("%s != 0.f ? %s : -INFINITY", p.lineOf(o.Args[0]), p.lineOf(o.Args[1]))
	case "sum", "max_of", "min_of", "product":
		p.reduction(id, o)
		p.memo[i] = id
		return id
	default:
		args := make([]string, len(o.Args))
		for n, a := range o.Args {
			args[n] = p.lineOf(a)
		}
		value = p.call(o.Fn, args...)
	}
	p.put("const float %s = %s;", id, value)
	p.memo[i] = id
	return id
}

// number is a function of where the pair stands: in whole numbers where it is made of them.
func (p *attend) number(e *plan.Expr) string {
	if text, ok := p.whole(p.folded(e, p.where), false); ok {
		return bare(text)
	}
	if text, ok := p.tabulated(e); ok {
		return text
	}
	p.use("numbers.cuh")
	return p.expr(p.folded(e, p.at))
}

func (p *attend) lookup(i int, o plan.PairOp) string {
	number := ""
	if o.Expr != nil {
		number = "float(" + p.number(o.Expr) + ")"
	} else {
		number = p.lineOf(o.Args[0])
	}
	id := fmt.Sprint("n_", i)
	p.put("const long %s = element(%s, %s, %d, fault);", id, number, p.kernel.text(o.Size), p.faultNumber())
	symbol := "#in.lookup." + id
	p.local[symbol] = id
	return fmt.Sprintf("%s[%s]", p.data(o.View, false), p.spot(o.View, ir.Free(symbol).Mul(o.Unit)))
}

// loops opens loops over axes; what they are given closes them.
func (p *attend) loops(id string, axes []plan.Dim) func() {
	outer := maps.Clone(p.memo)
	for n, x := range axes {
		name := fmt.Sprintf("i_%s_%d", strings.TrimLeft(id, "sdot_"), n)
		symbol := "#in.inner." + id + "." + x.Label
		p.local[symbol] = name
		p.at[x.Label], p.where[x.Label] = ir.Free(symbol), ir.Free(symbol)
		p.put("for (long %s = 0; %s < %s; %s++) {", name, name, p.kernel.text(x.Size), name)
	}
	return func() {
		for _, x := range axes {
			delete(p.at, x.Label)
			delete(p.where, x.Label)
			p.put("}")
		}
		p.memo = outer
	}
}

func (p *attend) reduction(id string, o plan.PairOp) {
	from := map[string]string{"max_of": "-INFINITY", "min_of": "INFINITY"}[o.Fn]
	if from == "" {
		from = "0.f"
	}
	p.put("float %s = %s;", id, from)
	end := p.loops(id, o.Sum)
	x := p.lineOf(o.Args[0])
	switch o.Fn {
	case "sum":
		p.put("%s += %s;", id, x)
	case "product":
		p.put("%s = fmaf(%s, %s, %s);", id, x, p.lineOf(o.Args[1]), id)
	case "max_of":
		p.use("numbers.cuh")
		p.put("%s = larger(%s, %s);", id, id, x)
	case "min_of":
		p.use("numbers.cuh")
		p.put("%s = smaller(%s, %s);", id, id, x)
	}
	end()
}

// dotOf is a product of a query and a key: one of those that the kernel computed, or a loop where the data tell its width.
func (p *attend) dotOf(n int) string {
	place := 0
	for _, c := range p.dots[:n] {
		if c.width >= 0 {
			place++
		}
	}
	if p.dots[n].width >= 0 {
		return fmt.Sprintf("dots[%d]", place)
	}
	d := p.a.Dots[n]
	id := fmt.Sprint("dot_", n)
	p.put("float %s = 0.f;", id)
	end := p.loops(id, d.Sum)
	number := ir.Size{}
	for _, x := range d.Sum {
		number = number.Mul(x.Size).Add(p.at[x.Label])
	}
	p.put("%s = fmaf(%s[%s], %s[%s], %s);", id, p.data(d.Query, false), p.spot(d.Query, ir.Size{}), p.data(d.Key, false),
		p.spot(d.Key, number.Mul(d.Unit)), id)
	end()
	return id
}
