package simplify

import (
	"math"

	"archc/ir"
)

// fold computes a node of numbers alone: a scalar function of constants, their conversion, a size that is a number. The
// result is the one that the evaluation would give, to the bit. It is nil for other nodes.
func fold(n *ir.Node) *ir.Node {
	x := make([]float64, len(n.Args))
	for i, v := range n.Args {
		a, ok := v.Node.Attr.(*ir.ConstAttr)
		if !ok {
			return nil
		}
		x[i] = a.Value
	}
	switch a := n.Attr.(type) {
	case *ir.MapAttr:
		return number(n, a.Fn.Eval(x))
	case *ir.KindAttr:
		y := x[0]
		if a.Kind == ir.Bool && y != 0 {
			y = 1
		}
		return number(n, y)
	case *ir.SizeAttr:
		if k, ok := a.Size.Int(); ok && k < 1<<53 && k > -1<<53 {
			return number(n, float64(k))
		}
	}
	return nil
}

// number is a constant in the place of a node.
func number(n *ir.Node, x float64) *ir.Node {
	if n.Outs[0].Kind == ir.Int && (x != math.Trunc(x) || math.Abs(x) >= 1<<53) {
		return nil // no constant is like that (V13), and what a cast makes of it is the evaluation's business
	}
	return &ir.Node{Op: ir.Constant, Attr: &ir.ConstAttr{Value: x}, Outs: n.Outs, Src: n.Src, Scope: n.Scope, Name: n.Name}
}
