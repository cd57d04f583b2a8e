package source

import (
	"fmt"
	"slices"
	"strings"

	"archc/ir"
	"archc/passes/plan"
)

// Weights are the stored tensors that the plans of a model read, each once.
type Weights struct {
	Order []*Weight
	byKey map[string]*Weight // raw ones by Param.Full, packed ones by Panels.Key
}

// Weight is a stored tensor as an engine holds it: raw, or packed, for each run of its loops and element of its batch.
type Weight struct {
	Name   string // an identifier
	Param  *plan.Param
	Panels *plan.Panels // nil for a raw one
	Loops  []*plan.Loop
	Batch  int64
}

// NewWeights collects what plans of a module read. identifier makes one of a text, another one each time.
func NewWeights(m *ir.Module, identifier func(text string) string, plans ...*plan.Plan) *Weights {
	w := &Weights{byKey: map[string]*Weight{}}
	var known []string
	Stored(m.Body, nil, func(p StoredParam) { known = append(known, p.Key) })
	put := func(id string, x *Weight) {
		if w.byKey[id] != nil {
			return
		}
		x.Name = identifier(Short(known, x.Param.Key))
		w.byKey[id] = x
		w.Order = append(w.Order, x)
	}
	for _, p := range plans {
		for _, x := range p.Params {
			put(rawID(x), &Weight{Param: x, Loops: x.Loops, Batch: 1})
		}
		for _, x := range p.Panels {
			put(packedID(x), &Weight{Param: x.Param, Panels: x, Loops: LoopsOf(x), Batch: Whole(Product(x.Batch))})
		}
	}
	return w
}

func rawID(p *plan.Param) string     { return "raw " + p.Full() }
func packedID(p *plan.Panels) string { return "packed " + p.Key() }

// Raw is a stored tensor as a program reads it. A plan lists what its instructions read; one that does not is a bug.
func (w *Weights) Raw(p *plan.Param) *Weight { return w.found(rawID(p), p.Key) }

// Packed is one as products read it.
func (w *Weights) Packed(p *plan.Panels) *Weight { return w.found(packedID(p), p.Param.Key) }

func (w *Weights) found(id, key string) *Weight {
	x := w.byKey[id]
	if x == nil {
		panic("source: the plan reads " + key + " and does not list it")
	}
	return x
}

// Groups are the weights in order, those together that stand in the same runs of loops.
func (w *Weights) Groups() (out [][]*Weight) {
	for _, x := range w.Order {
		if n := len(out); n > 0 && slices.EqualFunc(out[n-1][0].Loops, x.Loops, sameRuns) {
			out[n-1] = append(out[n-1], x)
			continue
		}
		out = append(out, []*Weight{x})
	}
	return out
}

func sameRuns(a, b *plan.Loop) bool {
	return a.Var == b.Var && a.First == b.First && a.Stride == b.Stride && a.Count.Equal(b.Count)
}

// Elements is how many numbers one run of a raw one has.
func (x *Weight) Elements() int64 {
	n := int64(1)
	for _, s := range x.Param.Shape {
		n *= Whole(s)
	}
	return n
}

// String is its key and the shape that is stored: q_proj.weight [64, 64].
func (x *Weight) String() string {
	parts := make([]string, len(x.Param.Shape))
	for i, s := range x.Param.Shape {
		parts[i] = s.String()
	}
	return x.Param.Key + " [" + strings.Join(parts, ", ") + "]"
}

// Whole is a size of a stored tensor, which hangs on nothing.
func Whole(s ir.Size) int64 {
	n, ok := s.Int()
	if !ok {
		panic(fmt.Sprintf("source: the size %s of a weight is free", s))
	}
	return n
}

// RunsBefore is how many runs of loops come before the one that is on, whose number in its loop run tells; of the loop ahead
// it is its next run, or its last.
func RunsBefore(loops []*plan.Loop, run func(*plan.Loop) ir.Size, ahead *plan.Loop) ir.Size {
	n := ir.Const(0)
	for _, l := range loops {
		at := run(l)
		if l == ahead {
			at = ir.Min(at.Add(ir.Const(1)), l.Count.Sub(ir.Const(1)))
		}
		n = n.Mul(l.Count).Add(at)
	}
	return n
}
