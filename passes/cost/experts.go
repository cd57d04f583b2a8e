package cost

import (
	"fmt"
	"slices"

	"archc/ir"
)

// experts counts the body over all experts. Each selection of a row is a row of one expert, whichever: work that is
// c for a row and d for an expert sums to c*selections + d*experts. Inside, the rows hold all elements of the batch.
func (w *walker) experts(n *ir.Node, p place) error {
	a, ok := n.Attr.(*ir.ExpertsAttr)
	if !ok || len(n.Regions) != 1 || len(n.Args) < 2 || len(n.Regions[0].Results) != 1 {
		return fmt.Errorf("%s: malformed experts", n.Scope)
	}
	batched := slices.ContainsFunc(n.Args, w.isBatched)
	selections := n.Args[0].Type().Without(p.fixed...).Elements()
	if batched && !p.each {
		selections = selections.Mul(w.batch)
	}
	runs, err := w.opt.Experts.rows(selections, n)
	if err != nil {
		return fmt.Errorf("%s: %w", n.Scope, err)
	}
	if !w.isTrue(n.Args[1]) && w.opt.Experts.What == Active {
		note(&w.report.Bounds, fmt.Sprintf("%s: all selections are counted: which are valid is known when running alone",
			n.Scope))
	}
	in := p
	in.counts = append(slices.Clip(p.counts), a.Rows, a.Var)
	in.fold = fold(func(perExpert ir.Size) (ir.Size, error) {
		c, d, ok := linear(perExpert, a.Rows)
		if !ok || slices.Contains(perExpert.Frees(), a.Var) {
			return ir.Size{}, fmt.Errorf("its work in an expert, %s, is not linear in the rows %s, the same for all experts",
				perExpert, a.Rows)
		}
		return c.Mul(runs).Add(d.Mul(a.Of.Size)), nil
	}).then(p.fold)
	w.markAll(n.Regions[0].Params, false)
	if err := w.region(n.Regions[0], in); err != nil {
		return err
	}
	w.mark(n, batched)
	w.charge(n, p, batched)
	return nil
}

// isTrue reports whether a value is true everywhere, whatever is given; false is no promise.
func (w *walker) isTrue(v ir.Value) bool {
	is, known := w.trues[v.Node]
	if !known {
		is = w.findTrue(v.Node)
		w.trues[v.Node] = is
	}
	return is
}

func (w *walker) findTrue(n *ir.Node) bool {
	switch a := n.Attr.(type) {
	case *ir.ConstAttr:
		return a.Value == 1
	case *ir.InputAttr:
		return !w.isGiven(n) && *a.Default == 1
	case *ir.MapAttr:
		switch a.Fn.Name {
		case "and":
			return w.isTrue(n.Args[0]) && w.isTrue(n.Args[1])
		case "or":
			return w.isTrue(n.Args[0]) || w.isTrue(n.Args[1])
		}
		return false
	}
	switch n.Op {
	case ir.Gather, ir.Rename, ir.Split, ir.Merge, ir.Slice, ir.Pick, ir.Transpose, ir.Reverse, ir.Stop:
		return w.isTrue(n.Args[0])
	}
	return false
}
