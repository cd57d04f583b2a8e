package plan

import (
	"maps"
	"slices"
)

// Walk visits the instructions of a block and of the blocks inside in order, outer before inner.
func (k *Block) Walk(visit func(i Instruction)) {
	for _, i := range k.Code {
		visit(i)
		if inner := Inside(i); inner != nil {
			inner.Walk(visit)
		}
	}
}

// Inside is the block that an instruction holds, nil without one.
func Inside(i Instruction) *Block {
	switch i := i.(type) {
	case *Loop:
		return i.Body
	case *Admit:
		return i.Body
	case *Select:
		return i.Body
	}
	return nil
}

// number counts the instructions.
func (b *builder) number() {
	n := 0
	b.plan.Body.Walk(func(i Instruction) {
		i.note().Number = n
		n++
	})
	for _, s := range slices.Sorted(maps.Keys(b.dynamic)) {
		b.plan.Bounds = append(b.plan.Bounds, Bound{s, b.dynamic[s]})
	}
}

// Reads are the views that an instruction itself reads, without those of the block that it holds.
func Reads(i Instruction) []View {
	switch i := i.(type) {
	case *Rows:
		var out []View
		for _, op := range i.Code {
			if op.Fn == "load" {
				out = append(out, op.Load)
			}
		}
		return out
	case *Product:
		return []View{i.In}
	case *Products:
		return []View{i.List[0].In}
	case *Stream:
		return i.reads()
	case *Contract:
		return []View{i.A, i.B}
	case *Gather:
		if i.Panels != nil {
			return []View{i.Index}
		}
		return []View{i.Index, i.Table}
	case *TopK:
		return []View{i.In}
	case *Move:
		return []View{i.From}
	case *Attention:
		var out []View
		for _, d := range i.Dots {
			out = append(out, d.Query, d.Key)
		}
		for _, o := range i.Score {
			if o.View.Store != nil {
				out = append(out, o.View)
			}
		}
		for _, o := range i.Norm {
			if o.View.Store != nil {
				out = append(out, o.View)
			}
		}
		for _, v := range i.Values {
			out = append(out, v.Value)
		}
		return out
	case *Admit:
		return []View{i.Mask}
	case *Select:
		return []View{i.Index, i.Valid}
	case *Collect:
		return []View{i.List, i.From}
	}
	return nil
}

// Writes are the views that an instruction itself writes.
func Writes(i Instruction) []View {
	switch i := i.(type) {
	case *Table:
		return []View{i.Out}
	case *Rows:
		var out []View
		for _, p := range i.Out {
			out = append(out, p.To)
		}
		return out
	case *Product:
		return []View{i.Out}
	case *Products:
		var out []View
		for _, p := range i.List {
			out = append(out, p.Out)
		}
		return out
	case *Stream:
		var out []View
		for _, p := range i.Parts {
			out = append(out, Writes(p.After)...)
		}
		return out
	case *Contract:
		return []View{i.Out}
	case *Gather:
		return []View{i.Out}
	case *TopK:
		return []View{i.Out}
	case *Move:
		return []View{i.To}
	case *Fill:
		return []View{i.To}
	case *Attention:
		var out []View
		for _, v := range i.Values {
			out = append(out, v.Out)
		}
		return out
	case *Admit:
		return []View{i.List}
	case *Select:
		return []View{i.List}
	case *Collect:
		return []View{i.To}
	}
	return nil
}
