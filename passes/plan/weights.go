package plan

import (
	"fmt"
	"slices"
	"strings"

	"archc/ir"
)

// param is a stored tensor under the labels of its type. A stored dim of several labels has them outer first.
func (b *builder) param(n *ir.Node) View {
	a, t := n.Attr.(*ir.ParamAttr), n.Outs[0]
	var axes []Axis
	var shape []ir.Size
	for _, dim := range a.Stored {
		size := one()
		for _, l := range dim {
			x := t.Axes[t.Find(l)]
			axes = append(axes, Axis{Label: l, Size: x.Size})
			size = size.Mul(x.Size)
		}
		shape = append(shape, size)
	}
	axes = compact(axes)
	p := &Param{Key: a.Key, Shape: shape}
	id := a.Key
	for _, o := range b.open {
		if o.loop != nil && names(a.Key, o.loop.Var) {
			p.Loops = append(p.Loops, o.loop)
			id += fmt.Sprint(" ", o.loop.ID)
		}
	}
	if b.stores[id] == nil {
		b.stores[id] = &Store{Name: a.Key, Role: Weight, Elements: elements(axes), Param: p}
	}
	return View{Store: b.stores[id], Axes: axes}
}

// names reports whether a key holds a loop's variable: {l}, {l+1} or {l-1}.
func names(key, variable string) bool {
	for _, form := range []string{"", "+1", "-1"} {
		if strings.Contains(key, "{"+variable+form+"}") {
			return true
		}
	}
	return false
}

// raw notes that a param is read as it is stored.
func (b *builder) raw(views ...View) {
	for _, v := range views {
		if p := v.Store.Param; p != nil && !slices.Contains(b.plan.Params, p) {
			b.plan.Params = append(b.plan.Params, p)
		}
	}
}

// pack asks for the panels of a param: batch axes, N and K in the order given.
func (b *builder) pack(w View, batch, n, k []Axis) *Panels {
	p := &Panels{Param: w.Store.Param, Base: w.Base, Batch: batch, N: n, K: k, Steps: w.Steps}
	id := p.Key()
	if old, ok := b.panels[id]; ok {
		return old
	}
	p.ID = len(b.plan.Panels)
	b.panels[id] = p
	b.plan.Panels = append(b.plan.Panels, p)
	return p
}

// packable reports whether a param's panels are known before the run, no loop that it hangs on having a free number of
// runs, and stand in the order of its file.
func packable(v View) bool {
	for _, s := range v.Steps {
		if _, ok := s.Loop.Count.Int(); !ok {
			return false
		}
	}
	return weight(v) && !backwards(v)
}

// Key tells panels apart: equal keys are equal weights, also in the plans of other modules of one model.
func (p *Panels) Key() string {
	var s strings.Builder
	fmt.Fprint(&s, p.Param.Key, " ", p.Base)
	for _, l := range p.Param.Loops {
		fmt.Fprint(&s, " ", l.runs())
	}
	for _, st := range p.Steps {
		fmt.Fprint(&s, " ", st.Loop.runs(), ":", st.Stride)
	}
	for _, axes := range [][]Axis{p.Batch, p.N, p.K} {
		s.WriteString(" |")
		for _, a := range axes {
			fmt.Fprint(&s, " ", a.Size, ":", a.Stride)
		}
	}
	return s.String()
}

// Key tells params apart.
func (p *Param) Full() string {
	s := p.Key
	for _, l := range p.Loops {
		s += " " + l.runs()
	}
	return s
}

func (l *Loop) runs() string { return fmt.Sprintf("%s=%d+%d*%s", l.Var, l.First, l.Stride, l.Count) }

// Rows is the number of outputs of one matrix, Columns the number of inputs.
func (p *Panels) Rows() ir.Size { return elements(p.N) }

// Columns is the number of inputs of one matrix.
func (p *Panels) Columns() ir.Size { return elements(p.K) }
