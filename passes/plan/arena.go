package plan

import (
	"slices"

	"archc/ir"
)

// Slot is a part of the arena that several stores use one after the other. It is as large as the largest of them.
type Slot struct {
	Sizes []ir.Size // of its stores, each once; without the symbols of choices
}

// arrange gives every store of the arena a slot: stores that are live at the same time have different ones.
func (p *Plan) arrange() {
	p.lives()
	stores := slices.Clone(p.Stores)
	slices.SortStableFunc(stores, func(a, b *Store) int { return a.First - b.First })
	var ends, most []int64 // of each slot: where its last store ends, and its nominal size
	p.Slots = nil
	for _, s := range stores {
		size := p.Most(s.Elements)
		n := nominal(size)
		best := -1
		for k := range p.Slots {
			if ends[k] >= int64(s.First) {
				continue
			}
			if best < 0 || waste(most[k], n) < waste(most[best], n) {
				best = k
			}
		}
		if best < 0 {
			best = len(p.Slots)
			p.Slots = append(p.Slots, Slot{})
			ends, most = append(ends, 0), append(most, 0)
		}
		s.Slot, ends[best], most[best] = best, int64(s.Last), max(most[best], n)
		slot := &p.Slots[best]
		if !slices.ContainsFunc(slot.Sizes, size.Equal) {
			slot.Sizes = append(slot.Sizes, size)
		}
	}
}

// waste is by how much a slot grows for a store, or else how much of it stays empty, which is cheaper.
func waste(slot, store int64) int64 {
	if store > slot {
		return 4 * (store - slot)
	}
	return slot - store
}

// nominal is a size with 512 in the place of every free dim but the batch, which is 1.
func nominal(s ir.Size) int64 {
	env := map[string]int64{}
	for _, f := range s.Frees() {
		env[f] = 512
	}
	env[Batch] = 1
	r, ok := s.Eval(env)
	if !ok || r.Sign() <= 0 {
		return 0
	}
	f, _ := r.Float64()
	return int64(min(f, 1<<60))
}

// Most is a size with the most that choices find in the place of their symbols.
func (p *Plan) Most(s ir.Size) ir.Size {
	for range p.Bounds {
		env := map[string]ir.Size{}
		for _, b := range p.Bounds {
			env[b.Symbol] = b.Most
		}
		s = s.Substitute(env)
	}
	return s
}

// span is an instruction's number and that of the last one that it holds.
type span struct{ first, last int }

// lives finds the first and the last instruction that a store is needed at. What a loop uses that is also used outside
// of it lives through all of its runs.
func (p *Plan) lives() {
	at := map[*Store][]int{}
	var loops []span
	var pairs []Carry
	end := 0
	var walk func(b *Block)
	walk = func(b *Block) {
		for _, i := range b.Code {
			n := i.note().Number
			end = n
			note := func(s *Store) {
				if s.Role == Arena {
					at[s] = append(at[s], n)
				}
			}
			for _, v := range Reads(i) {
				note(v.Store)
			}
			for _, v := range Writes(i) {
				note(v.Store)
			}
			l, isLoop := i.(*Loop)
			if isLoop {
				for _, c := range l.Carries {
					note(c.Now)
					note(c.Next)
					pairs = append(pairs, c)
				}
			}
			if inner := Inside(i); inner != nil {
				walk(inner)
			}
			if isLoop {
				loops = append(loops, span{n, end})
			}
		}
	}
	walk(p.Body)
	for _, o := range p.Outputs {
		if o.View.Store.Role == Arena {
			at[o.View.Store] = append(at[o.View.Store], end+1)
		}
	}
	slices.SortFunc(loops, func(a, b span) int { return a.last - a.first - b.last + b.first }) // inner ones first
	for _, s := range p.Stores {
		s.First, s.Last = slices.Min(at[s]), slices.Max(at[s])
	}
	extend := func(s *Store) {
		for _, l := range loops {
			inside := slices.ContainsFunc(at[s], func(n int) bool { return n > l.first && n <= l.last })
			if inside && (s.First <= l.first || s.Last > l.last) {
				s.First, s.Last = min(s.First, l.first), max(s.Last, l.last)
			}
		}
	}
	for _, s := range p.Stores {
		extend(s)
	}
	// The stores of a carry change places: each may hold the other's memory for as long as that one lives.
	for _, c := range pairs {
		first, last := min(c.Now.First, c.Next.First), max(c.Now.Last, c.Next.Last)
		c.Now.First, c.Now.Last, c.Next.First, c.Next.Last = first, last, first, last
	}
}
