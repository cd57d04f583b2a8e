package sparsity

import "archc/ir"

// Reach is how far back queries look. With the query of row i standing at key p = i + shift, it needs no keys but
// those with p - Window < j, and those with j < Sinks, which all later queries need too. So a cache of the last
// Window keys and of the first Sinks is enough.
type Reach struct {
	Window *ir.Size // nil: some query may look back as far as there are keys
	Sinks  ir.Size  // 0: none
}

// Reach covers all heads and layers, whatever the data are. Bounds that depend on free dims stand as sizes over them.
func (p *Pattern) Reach(shift ir.Size) Reach {
	zero := ir.Size{}
	out := Reach{Window: &zero}
	for m := range p.distinct() {
		out = out.with(m.Reach(shift))
	}
	return out
}

// Reach is that of one mask.
func (m *Mask) Reach(shift ir.Size) Reach {
	zero := ir.Size{}
	out := Reach{Window: &zero}
	f := m.wide
	for _, p := range f.may {
		one := Reach{}
		switch gap, key := f.mostGap(p), f.most(p, keyBlock, keyRest); {
		case gap != nil:
			window := ir.Facts{}.Larger(f.out(gap.Add(ir.Const(1))).Add(shift), ir.Size{})
			one.Window = &window
		case key != nil:
			one = Reach{&zero, f.out(key.Add(ir.Const(1)))}
		}
		out = out.with(one)
	}
	return out
}

func (r Reach) with(o Reach) Reach {
	out := Reach{Sinks: ir.Facts{}.Larger(r.Sinks, o.Sinks)}
	if r.Window != nil && o.Window != nil {
		window := ir.Facts{}.Larger(*r.Window, *o.Window)
		out.Window = &window
	}
	return out
}

// most is an upper bound of a position of a piece, from its block and its place there.
func (f *frame) most(p piece, block, rest int) *ir.Size {
	if p[block].hi == nil {
		return nil
	}
	end := ir.Const(f.period - 1)
	if p[rest].hi != nil {
		end = f.facts.Smaller(end, *p[rest].hi)
	}
	v := p[block].hi.Mul(ir.Const(f.period)).Add(end)
	return &v
}

// mostGap is an upper bound of i - j in a piece: its own, or that of i less the least j.
func (f *frame) mostGap(p piece) *ir.Size {
	if gap := f.most(p, blockGap, restGap); gap != nil {
		return gap
	}
	row := f.most(p, rowBlock, rowRest)
	if row == nil || p[keyBlock].lo == nil {
		return row
	}
	v := row.Sub(p[keyBlock].lo.Mul(ir.Const(f.period)))
	return &v
}
