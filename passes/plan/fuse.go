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

// schedule is the order in which a block's instructions may run: behind runs[k] are those that k needs.
type schedule struct {
	block         *Block
	needs         [][]int
	reads, writes []map[*Store]bool
	links         [][]int // of a rows program: others that read or write what it reads or writes
	all, far      []bits  // what an instruction hangs on; and through one that is no rows program
	done          []bool
	left          int
}

func newSchedule(b *Block) *schedule {
	s := &schedule{block: b, needs: make([][]int, len(b.Code)), done: make([]bool, len(b.Code)), left: len(b.Code)}
	writers, readers := map[*Store][]int{}, map[*Store][]int{}
	for k, i := range b.Code {
		reads, writes := touched(i)
		s.reads, s.writes = append(s.reads, reads), append(s.writes, writes)
		_, rows := i.(*Rows)
		for st := range reads {
			s.needs[k] = append(s.needs[k], writers[st]...)
		}
		for st := range writes {
			s.needs[k] = append(s.needs[k], readers[st]...)
			for _, w := range writers[st] {
				// Two rows programs that write to one store write different parts of it.
				if _, also := b.Code[w].(*Rows); !rows || !also {
					s.needs[k] = append(s.needs[k], w)
				}
			}
		}
		for st := range reads {
			readers[st] = append(readers[st], k)
		}
		for st := range writes {
			writers[st] = append(writers[st], k)
		}
		above, far := newBits(len(b.Code)), newBits(len(b.Code))
		for _, n := range s.needs[k] {
			above.add(n)
			above.join(s.all[n])
			far.join(s.far[n])
			if _, rows := b.Code[n].(*Rows); !rows {
				far.join(s.all[n])
				far.add(n)
			}
		}
		s.all, s.far = append(s.all, above), append(s.far, far)
	}
	s.link()
	return s
}

// link finds the rows programs that share memory of the arena.
func (s *schedule) link() {
	users := map[*Store][]int{}
	for k, i := range s.block.Code {
		if _, ok := i.(*Rows); ok {
			for _, touched := range []map[*Store]bool{s.reads[k], s.writes[k]} {
				for st := range touched {
					users[st] = append(users[st], k)
				}
			}
		}
	}
	s.links = make([][]int, len(s.block.Code))
	for k := range s.block.Code {
		seen := newBits(len(s.block.Code))
		seen.add(k)
		for st := range s.reads[k] {
			for _, j := range users[st] {
				if st.Role == Arena || s.writes[j][st] {
					seen.add(j)
				}
			}
		}
		for st := range s.writes[k] {
			for _, j := range users[st] {
				seen.add(j)
			}
		}
		for j := range s.block.Code {
			if j != k && seen.has(j) {
				s.links[k] = append(s.links[k], j)
			}
		}
	}
}

// bits is a set of instructions of a block.
type bits []uint64

func newBits(n int) bits      { return make(bits, (n+63)/64) }
func (b bits) add(k int)      { b[k/64] |= 1 << (k % 64) }
func (b bits) has(k int) bool { return b[k/64]&(1<<(k%64)) != 0 }
func (b bits) join(other bits) {
	for i := range b {
		b[i] |= other[i]
	}
}

func (s *schedule) take(group []int) {
	for _, k := range group {
		s.done[k] = true
	}
	s.left -= len(group)
}

// back undoes take.
func (s *schedule) back(group []int) {
	for _, k := range group {
		s.done[k] = false
	}
	s.left += len(group)
}

// ready reports whether an instruction may run behind what is done and a group.
func (s *schedule) ready(k int, group []bool) bool {
	for _, n := range s.needs[k] {
		if !s.done[n] && (group == nil || !group[n]) {
			return false
		}
	}
	return true
}

// products are those that read the same rows as one of them and could run with it.
func (s *schedule) products(at int, first *Product) []int {
	group := []int{at}
	for k := at + 1; k < len(s.block.Code); k++ {
		p, ok := s.block.Code[k].(*Product)
		if ok && !s.done[k] && s.ready(k, nil) && bare(p.In).Same(bare(first.In)) {
			group = append(group, k)
		}
	}
	return group
}

// space is what a fused program runs over. Inner may be open: then all members run over Outer alone.
type space struct {
	outer []Dim
	inner Dim
	open  bool
}

// all are the axes that a program runs over.
func all(r *Rows) []Dim {
	if r.Inner.Label == "" {
		return r.Outer
	}
	return append(slices.Clone(r.Outer), r.Inner)
}

// rowwise reports whether a program needs whole rows: it reduces them, or runs along them.
func rowwise(r *Rows) bool {
	return slices.ContainsFunc(r.Code, func(o Op) bool { return rowFn[o.Fn] })
}

// WholeRows reports whether a function of a rows program needs whole rows.
func WholeRows(fn string) bool { return rowFn[fn] }

var rowFn = map[string]bool{
	"sum": true, "add_all": true, "max_of": true, "min_of": true, "cumsum": true, "cummax": true, "cummin": true,
}

func sameDims(a, b []Dim) bool {
	if len(a) != len(b) {
		return false
	}
	for _, d := range a {
		if !slices.ContainsFunc(b, func(e Dim) bool { return e.Label == d.Label && e.Size.Equal(d.Size) }) {
			return false
		}
	}
	return true
}

// fits reports whether a program runs over a space, and whether as one number a row.
func (sp *space) fits(r *Rows) (fits, scalar bool) {
	if !rowwise(r) && sameDims(all(r), sp.outer) {
		return true, true
	}
	if r.Inner.Label == "" || !sameDims(r.Outer, sp.outer) {
		return false, false
	}
	if sp.open {
		return true, false
	}
	return sp.inner.Label == r.Inner.Label && sp.inner.Size.Equal(r.Inner.Size), false
}

// cluster is a group while it is collected.
type cluster struct {
	members     []int
	in          []bool
	loads, puts map[*Store][]View
}

// group collects programs from one on, but for those without, until none joins. An open space takes the inner axis of
// the first that has one.
func (f *fuser) group(s *schedule, at int, sp *space, without []int) []int {
	c := &cluster{in: make([]bool, len(s.block.Code)), loads: map[*Store][]View{}, puts: map[*Store][]View{}}
	c.join(at, s.block.Code[at].(*Rows), sp)
	for before := 0; before < len(c.members); {
		before = len(c.members)
		for k, i := range s.block.Code {
			r, ok := i.(*Rows)
			if ok && !s.done[k] && !c.in[k] && !slices.Contains(without, k) && c.flows(r) && s.ready(k, c.in) {
				c.join(k, r, sp)
			}
		}
	}
	return c.members
}

// join takes a program that fits the space. An open space becomes that of the first that has an inner axis.
func (c *cluster) join(k int, r *Rows, sp *space) {
	fits, scalar := sp.fits(r)
	if !fits {
		return
	}
	if !scalar && sp.open {
		sp.inner, sp.open = r.Inner, false
	}
	c.add(k, r)
}

func (c *cluster) add(k int, r *Rows) {
	c.members, c.in[k] = append(c.members, k), true
	for _, o := range r.Code {
		if o.Fn == "load" {
			c.loads[o.Load.Store] = append(c.loads[o.Load.Store], o.Load)
		}
	}
	for _, p := range r.Out {
		c.puts[p.To.Store] = append(c.puts[p.To.Store], p.To)
	}
}

// flows reports whether a program reads something that the cluster has in registers, and whether it reads the
// cluster's results as they are written.
func (c *cluster) flows(r *Rows) bool {
	linked := len(c.members) == 0
	for _, o := range r.Code {
		if o.Fn != "load" {
			continue
		}
		same := func(v View) bool { return v.Same(o.Load) }
		if puts := c.puts[o.Load.Store]; len(puts) > 0 {
			for _, v := range puts {
				if !same(v) {
					return false
				}
			}
			linked = true
		}
		linked = linked || slices.ContainsFunc(c.loads[o.Load.Store], same)
	}
	return linked
}

// merge makes one program of a group.
func (f *fuser) merge(b *Block, group []int, sp space) *Rows {
	first := b.Code[group[0]].(*Rows)
	out := &Rows{Note: first.Note, Outer: sp.outer, Inner: sp.inner}
	if sp.open {
		out.Outer, out.Inner = first.Outer, first.Inner
	}
	var put []Put
	for _, k := range group {
		r := b.Code[k].(*Rows)
		at := make([]int, len(r.Code))
		for i, o := range r.Code {
			args := slices.Clone(o.Args)
			for j, a := range args {
				args[j] = at[a]
			}
			o.Args = args
			switch {
			case o.Fn == "load":
				f.reads[o.Load.Store]--
				at[i] = out.reload(put, o)
				if at[i] < 0 {
					at[i] = out.load(o.Load)
					f.reads[o.Load.Store]++
				}
				continue
			case o.Fn == "imm" || rowFn[o.Fn] && !o.Vector:
				o.Vector = false
			default:
				o.Vector = o.Fn == "cumsum" || o.Fn == "cummax" || o.Fn == "cummin" ||
					slices.ContainsFunc(args, func(a int) bool { return out.Code[a].Vector })
			}
			at[i] = out.once(o)
		}
		for _, x := range r.Out {
			put = append(put, Put{at[x.Reg], x.To})
		}
	}
	for _, x := range put {
		if f.reads[x.To.Store] > 0 || x.To.Store.Role != Arena {
			out.Out = append(out.Out, x)
		}
	}
	out.trim()
	return out
}

// reload is the register that a load would read back, -1 without.
func (r *Rows) reload(put []Put, o Op) int {
	for _, x := range put {
		if x.To.Same(o.Load) {
			return x.Reg
		}
	}
	for k, have := range r.Code {
		if have.Fn == "load" && have.Load.Same(o.Load) {
			return k
		}
	}
	return -1
}

// once adds a line unless it stands already.
func (r *Rows) once(o Op) int {
	for k, have := range r.Code {
		if have.Fn == o.Fn && o.Fn != "load" && have.Imm == o.Imm && have.Vector == o.Vector && slices.Equal(have.Args, o.Args) {
			return k
		}
	}
	return r.op(o)
}

// trim leaves out lines that nothing hangs on.
func (r *Rows) trim() {
	used := make([]bool, len(r.Code))
	for _, p := range r.Out {
		used[p.Reg] = true
	}
	for k := len(r.Code) - 1; k >= 0; k-- {
		if used[k] {
			for _, a := range r.Code[k].Args {
				used[a] = true
			}
		}
	}
	var code []Op
	at := make([]int, len(r.Code))
	for k, o := range r.Code {
		if !used[k] {
			continue
		}
		for i, a := range o.Args {
			o.Args[i] = at[a]
		}
		at[k] = len(code)
		code = append(code, o)
	}
	r.Code = code
	for i := range r.Out {
		r.Out[i].Reg = at[r.Out[i].Reg]
	}
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

// collapse makes one axis of the inner one and the last of the outer ones where every view runs over both with one
// stride, or over neither.
func (r *Rows) collapse() {
	if rowwise(r) || r.Inner.Label == "" {
		return
	}
	for len(r.Outer) > 0 {
		last := r.Outer[len(r.Outer)-1]
		labels := []string{last.Label, r.Inner.Label}
		into := last.Label + " " + r.Inner.Label
		joined := func(v View) (View, bool) {
			switch a, b := v.Find(labels[0]) >= 0, v.Find(labels[1]) >= 0; {
			case a && b:
				return v.merge(labels, into)
			case a || b:
				return v, false
			}
			return v, true
		}
		for _, o := range r.Code {
			if o.Fn == "load" {
				if _, ok := joined(o.Load); !ok {
					return
				}
			}
		}
		for _, p := range r.Out {
			if _, ok := joined(p.To); !ok {
				return
			}
		}
		for i := range r.Code {
			if r.Code[i].Fn == "load" {
				r.Code[i].Load, _ = joined(r.Code[i].Load)
			}
		}
		for i := range r.Out {
			r.Out[i].To, _ = joined(r.Out[i].To)
		}
		r.Outer = r.Outer[:len(r.Outer)-1]
		r.Inner = Dim{into, last.Size.Mul(r.Inner.Size)}
	}
}

// flatten collapses every rows program.
func (p *Plan) flatten() {
	p.Body.Walk(func(i Instruction) {
		if r, ok := i.(*Rows); ok {
			r.collapse()
		}
	})
}
