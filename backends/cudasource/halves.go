package cudasource

import (
	"slices"

	"archc/backends/source"
	"archc/ir"
	"archc/passes/plan"
)

// halvesOf are the stores that hold bf16 where weights do: rows that programs of rows or attention write, or that are collected for
// an expert, and that products alone read. Tensor cores would round them in any case; so they are rounded once, by who writes them, and move as half the bytes.
func (w *printer) halvesOf(p *plan.Plan) map[*plan.Store]bool {
	halves, full := map[*plan.Store]bool{}, map[*plan.Store]bool{}
	if !w.model.BFloat16 {
		return halves
	}
	for _, o := range p.Outputs {
		full[o.View.Store] = true
	}
	p.Body.Walk(func(i plan.Instruction) {
		switch i := i.(type) {
		case *plan.Loop:
			for _, c := range i.Carries {
				full[c.Now], full[c.Next] = true, true
			}
		case *plan.Product:
			halves[i.In.Store] = true
		case *plan.Products:
			halves[i.List[0].In.Store] = true
		}
		for _, x := range plan.Reads(i) {
			full[x.Store] = full[x.Store] || !w.takesHalves(i)
		}
		for _, x := range plan.Writes(i) {
			full[x.Store] = full[x.Store] || !givesHalves(i)
		}
	})
	for s := range halves {
		if full[s] || s.Role != plan.Arena {
			delete(halves, s)
		}
	}
	return halves
}

// takesHalves reports whether an instruction is products of rows that lie side by side, each at a 16-byte address.
func (w *printer) takesHalves(i plan.Instruction) bool {
	list := []*plan.Product{}
	switch i := i.(type) {
	case *plan.Product:
		list = append(list, i)
	case *plan.Products:
		list = i.List
	}
	for _, p := range list {
		sizes := []ir.Size{p.In.Axes[0].Stride, p.In.Base}
		for _, s := range p.In.Steps {
			sizes = append(sizes, s.Stride)
		}
		for _, l := range p.Over {
			sizes = append(sizes, l.In)
		}
		if !source.IsOne(w.size(p.In.Axes[1].Stride)) || slices.ContainsFunc(sizes, func(s ir.Size) bool { return !multiples(w.size(s), 8) }) {
			return false
		}
	}
	return len(list) > 0
}

func givesHalves(i plan.Instruction) bool {
	switch i := i.(type) {
	case *plan.Rows, *plan.Attention:
		return true
	case *plan.Collect:
		return !i.Scatter
	}
	return false
}

// multiples reports whether a size is a multiple of n, whatever free dims are.
func multiples(s ir.Size, n int64) bool {
	for _, t := range s.Summands() {
		if !t.Coef.IsInt() || t.Coef.Num().Int64()%n != 0 {
			return false
		}
	}
	return true
}

// stored is a number as a store holds it.
func (w *printer) stored(v plan.View, number string) string {
	if w.halves[v.Store] {
		return "bf16_of(" + number + ")"
	}
	return number
}

// element is the type of a store's numbers.
func (w *printer) element(s *plan.Store) string {
	if w.halves[s] {
		return "bf16"
	}
	return "float"
}
