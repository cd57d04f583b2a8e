package gosource

import (
	"fmt"

	"archc/backends/source"
	"archc/ir"
	"archc/passes/plan"
)

// fields are the weights of the generated Model: what the plans of a model read, each once.
type fields struct {
	names *names
	byKey map[string]*field // raw ones by Param.Full, packed ones by Panels.Key
	order []*field
	known []string // keys of all tensors, for short names
}

// field is a stored tensor as the model holds it: raw, or packed, for each run of its loops and element of its batch.
type field struct {
	name   string
	param  *plan.Param
	panels *plan.Panels // nil for a raw one
	loops  []*plan.Loop
	batch  int64
}

// one reports whether there is one of it, no list.
func (f *field) one() bool { return len(f.loops) == 0 && f.batch == 1 }

// add notes the weights of a plan.
func (f *fields) add(p *plan.Plan) {
	for _, x := range p.Params {
		if id := "raw " + x.Full(); f.byKey[id] == nil {
			f.put(id, &field{param: x, loops: x.Loops, batch: 1})
		}
	}
	for _, x := range p.Panels {
		if id := "packed " + x.Key(); f.byKey[id] == nil {
			f.put(id, &field{param: x.Param, panels: x, loops: source.LoopsOf(x), batch: whole(source.Product(x.Batch))})
		}
	}
}

func (f *fields) put(id string, x *field) {
	x.name = f.names.Of(source.Short(f.known, x.param.Key))
	f.byKey[id] = x
	f.order = append(f.order, x)
}

// whole is a size of a stored tensor.
func whole(s ir.Size) int64 {
	n, ok := s.Int()
	if !ok {
		panic(fmt.Sprintf("gosource: a weight of size %s", s))
	}
	return n
}

// index is the number of a weight in its list, in the runs that are on; of the loop ahead in its next run, or its last.
func (w *printer) index(loops []*plan.Loop, ahead *plan.Loop, batch int64, lane ir.Size) string {
	n := ir.Const(0)
	for _, l := range loops {
		at := w.runOf(l)
		if l == ahead {
			at = ir.Min(at.Add(ir.Const(1)), l.Count.Sub(ir.Const(1)))
		}
		n = n.Mul(l.Count).Add(at)
	}
	return w.text(n.Mul(ir.Const(batch)).Add(lane))
}

// param is a raw weight.
func (w *printer) param(p *plan.Param, ahead *plan.Loop) string {
	f := w.model.byKey["raw "+p.Full()]
	if f == nil {
		panic("gosource: the plan reads " + p.Key + " and does not list it")
	}
	w.used["m"] = true
	if f.one() {
		return "m." + f.name
	}
	return fmt.Sprintf("m.%s[%s]", f.name, w.index(p.Loops, ahead, 1, ir.Const(0)))
}

// panels are packed weights; the plan's own loops tell which.
func (w *printer) panels(p *plan.Panels, lane ir.Size) string {
	f := w.model.byKey["packed "+p.Key()]
	w.used["m"] = true
	if f.one() {
		return "m." + f.name
	}
	return fmt.Sprintf("m.%s[%s]", f.name, w.index(source.LoopsOf(p), nil, f.batch, lane))
}
