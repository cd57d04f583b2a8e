package plan

import "slices"

// fuse makes one rows program of several that run over the same rows, so that what one writes for another stays in a
// register; and one dispatch of products that read the same rows. What nobody reads any more is not stored.
func (p *Plan) fuse() {
	f := &fuser{plan: p}
	f.uses()
	f.block(p.Body)
	f.drop()
}

type fuser struct {
	plan  *Plan
	reads map[*Store]int // how many views read a store, outputs, states and carries counted
}

// uses counts the readers of stores.
func (f *fuser) uses() {
	f.reads = map[*Store]int{}
	f.plan.Body.Walk(func(i Instruction) {
		for _, v := range Reads(i) {
			f.reads[v.Store]++
		}
		if l, ok := i.(*Loop); ok {
			for _, c := range l.Carries {
				f.reads[c.Now]++
				f.reads[c.Next]++
			}
		}
	})
	for _, o := range f.plan.Outputs {
		f.reads[o.View.Store]++
	}
	for _, s := range f.plan.States {
		f.reads[s.View.Store]++
	}
}

// touched are the stores that an instruction and what it holds read and write.
func touched(i Instruction) (reads, writes map[*Store]bool) {
	reads, writes = map[*Store]bool{}, map[*Store]bool{}
	note := func(i Instruction) {
		for _, v := range Reads(i) {
			reads[v.Store] = true
		}
		for _, v := range Writes(i) {
			writes[v.Store] = true
		}
		if l, ok := i.(*Loop); ok {
			for _, c := range l.Carries {
				reads[c.Now], writes[c.Now], writes[c.Next] = true, true, true
			}
		}
	}
	note(i)
	if b := Inside(i); b != nil {
		b.Walk(note)
	}
	return reads, writes
}

// block fuses the instructions of a block and of the blocks inside.
func (f *fuser) block(b *Block) {
	for _, i := range b.Code {
		if inner := Inside(i); inner != nil {
			f.block(inner)
		}
	}
	var code []Instruction
	for _, o := range f.steps(b) {
		first := b.Code[o.group[0]]
		switch i := first.(type) {
		case *Rows:
			if len(o.group) > 1 {
				first = f.merge(b, o.group, o.space)
			}
		case *Product:
			if len(o.group) > 1 {
				together := &Products{Note: i.Note}
				for _, k := range o.group {
					together.List = append(together.List, b.Code[k].(*Product))
				}
				first = together
			}
		}
		code = append(code, first)
	}
	b.Code = code
}

// drop forgets stores that nothing touches.
func (f *fuser) drop() {
	used := map[*Store]bool{}
	f.plan.Body.Walk(func(i Instruction) {
		for _, v := range Reads(i) {
			used[v.Store] = true
		}
		for _, v := range Writes(i) {
			used[v.Store] = true
		}
		if l, ok := i.(*Loop); ok {
			for _, c := range l.Carries {
				used[c.Now], used[c.Next] = true, true
			}
		}
	})
	for _, o := range f.plan.Outputs {
		used[o.View.Store] = true
	}
	f.plan.Stores = slices.DeleteFunc(f.plan.Stores, func(s *Store) bool { return !used[s] })
}
