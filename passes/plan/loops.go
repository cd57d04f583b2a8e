package plan

import (
	"slices"

	"archc/ir"
)

// repeat plans a loop. What it carries stands in two stores that change places behind each run.
func (b *builder) repeat(n *ir.Node) {
	a, body := n.Attr.(*ir.RepeatAttr), n.Regions[0]
	carries := a.Carries(len(n.Args))
	loop := b.newLoop(a.Var, a.First, a.Step, b.size(a.Count))
	var now, next []View
	for i, arg := range n.Args[:carries] {
		axes := b.typed(n, n.Outs[i])
		to, laid := b.carried[ir.Value{Node: n, Out: i}]
		if !laid {
			to = b.fresh(axes)
		}
		x := b.value(arg)
		if x.expr != nil && x.expr.Fn == "const" {
			b.add(&Fill{To: to, Value: x.expr.Const})
		} else if from := b.inMemory(x); !from.Same(to) {
			b.add(&Move{To: to, From: from})
		}
		now, next = append(now, to), append(next, b.fresh(axes))
		loop.Carries = append(loop.Carries, Carry{to.Store, next[i].Store})
		b.values[ir.Value{Node: body.Params[i+1]}] = value{view: &now[i]}
		b.values[ir.Value{Node: n, Out: i}] = value{view: &now[i]}
	}
	b.values[ir.Value{Node: body.Params[0]}] = value{expr: loopVar(loop)}
	for i, arg := range n.Args[carries:] {
		b.values[ir.Value{Node: body.Params[1+carries+i]}] = b.value(arg).at(a.Slices[i], loop)
	}
	var stacked []View
	for i, axis := range a.Stacked {
		v := ir.Value{Node: n, Out: carries + i}
		to := b.into(v, b.typed(n, n.Outs[carries+i]))
		stacked = append(stacked, to.at(axis.Label, loop))
		b.values[v] = value{view: &to}
	}
	for i, v := range body.Results {
		switch _, taken := b.wanted[v]; {
		case taken:
		case i < carries:
			b.wanted[v] = next[i]
		default:
			b.wanted[v] = stacked[i-carries]
		}
	}
	b.inside(loop, loop, loop.Body, func() {
		b.region(body)
		for i, v := range body.Results {
			to := append(slices.Clone(next), stacked...)[i]
			x := b.value(v)
			if x.expr != nil && x.expr.Fn == "const" {
				b.add(&Fill{To: to, Value: x.expr.Const})
			} else if from := b.inMemory(x); !from.Same(to) {
				b.add(&Move{To: to, From: from})
			}
		}
	})
}

// loopNumber is the number of the run, counted from 0, where the variable is First + number * Stride.
func loopNumber(l *Loop) *Expr {
	e := loopVar(l)
	if l.First != 0 {
		e = apply("sub", e, constant(float64(l.First)))
	}
	if l.Stride != 1 {
		e = apply("quo", e, constant(float64(l.Stride)))
	}
	return e
}

// over opens a loop over an axis, at whose number values from outside are taken.
func (b *builder) over(label string, size ir.Size, build func(*Loop)) {
	loop := b.newLoop(label, 0, 1, size)
	b.inside(loop, loop, loop.Body, func() {
		b.fixed = append(b.fixed, Fixed{label, loop})
		build(loop)
		b.fixed = b.fixed[:len(b.fixed)-1]
	})
}

// overAll opens loops over several axes.
func (b *builder) overAll(axes []ir.Axis, build func()) {
	if len(axes) == 0 {
		build()
		return
	}
	b.over(axes[0].Label, axes[0].Size, func(*Loop) { b.overAll(axes[1:], build) })
}
