package gosource

import (
	"fmt"

	"archc/backends/source"
	"archc/ir"
	"archc/passes/plan"
)

// one reports whether there is one of a weight, no list.
func one(f *source.Weight) bool { return len(f.Loops) == 0 && f.Batch == 1 }

// index is the number of a weight in its list, in the runs that are on; of the loop ahead in its next run, or its last.
func (w *printer) index(loops []*plan.Loop, ahead *plan.Loop, batch int64, lane ir.Size) string {
	n := source.RunsBefore(loops, w.runOf, ahead)
	return w.text(n.Mul(ir.Const(batch)).Add(lane))
}

// param is a raw weight.
func (w *printer) param(p *plan.Param, ahead *plan.Loop) string {
	f := w.weights.Raw(p)
	w.used["m"] = true
	if one(f) {
		return "m." + f.Name
	}
	return fmt.Sprintf("m.%s[%s]", f.Name, w.index(p.Loops, ahead, 1, ir.Const(0)))
}

// panels are packed weights; the plan's own loops tell which.
func (w *printer) panels(p *plan.Panels, lane ir.Size) string {
	f := w.weights.Packed(p)
	w.used["m"] = true
	if one(f) {
		return "m." + f.Name
	}
	return fmt.Sprintf("m.%s[%s]", f.Name, w.index(source.LoopsOf(p), nil, f.Batch, lane))
}
