package lower

import (
	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
)

// `[E] Expert`: a stack whose copies have their tensors together, each with the axis E in front. It is a stack like any
// other but for its keys, which have no numbers, and for what a copy reads: its part of each tensor.

// copied says which of the copies of a block an instance is.
type copied struct {
	field *field // the stack
	along *axis
	index value // its number: known, a layer's, or that of a choice
}

// makeJoint reads `[E] Expert(e)`.
func (l *lowerer) makeJoint(f *field, list *syntax.List, block syntax.Expr) value {
	if len(list.Args) != 1 {
		l.fail(diag.New(diag.WrongPlace, list.At, "the copies of a block lie along one dim, not `%s`", list.At.Text()).
			Suggest("`%s : [E] %s`", f.name, clip(block.Span().Text())))
		return poison{}
	}
	e := list.Args[0].Value
	along, ok := l.oneDim(e, "the copies of a block", f.inst.scope)
	if !ok {
		return poison{}
	}
	st := l.stackOf(f, dims{shape{along}}, e.Span(), block)
	if s, ok := st.(*stack); ok {
		s.joint = true
	}
	return st
}

// copies are the dims along which copies of the instance lie, and of the blocks around it, from the outside in.
func (in *instance) copies() []copied {
	var out []copied
	for ; in != nil; in = in.outer {
		if in.copy != nil {
			out = append([]copied{*in.copy}, out...)
		}
	}
	return out
}

// copyOf takes the part of one copy of a tensor.
func (l *lowerer) copyOf(v ir.Value, c copied) ir.Value {
	if n, ok := c.index.(constant); ok {
		return l.b.Must(ir.Pick, &ir.PickAttr{Label: c.along.label, At: ir.Const(int64(n.f))}, v)
	}
	at, _ := l.tensorOf(c.index)
	return l.b.Must(ir.Gather, &ir.LabelAttr{Label: c.along.label}, v, at)
}
