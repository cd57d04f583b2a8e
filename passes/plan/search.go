package plan

import (
	"math"
	"slices"
)

// searchBudget bounds the states that the search of one block visits. Behind it the first group found is taken.
const searchBudget = 20_000

// step of a schedule: the instructions that run next, as one program where they are several.
type step struct {
	group []int
	space space
}

// search finds the order and the groups with the least memory traffic: it tries every rows program that may come next,
// in each space that it fits, and leaves out each member of the group that a later group could take instead.
type search struct {
	f      *fuser
	s      *schedule
	known  map[string]best
	states int
}

type best struct {
	cost  float64
	first step
}

// steps are the best steps of a block.
func (f *fuser) steps(b *Block) []step {
	x := &search{f: f, s: newSchedule(b), known: map[string]best{}}
	x.from()
	var out []step
	for x.s.left > 0 {
		next := x.known[x.key()].first
		out = append(out, next)
		x.s.take(next.group)
	}
	return out
}

func (x *search) key() string {
	k := make([]byte, (len(x.s.done)+7)/8)
	for i, d := range x.s.done {
		if d {
			k[i/8] |= 1 << (i % 8)
		}
	}
	return string(k)
}

// from is the least traffic of what is left, and remembers with which step it begins.
func (x *search) from() float64 {
	if x.s.left == 0 {
		return 0
	}
	key := x.key()
	if b, ok := x.known[key]; ok {
		return b.cost
	}
	x.states++
	b := best{cost: math.Inf(1)}
	for _, o := range x.options() {
		cost := x.f.traffic(x.s, o)
		x.s.take(o.group)
		cost += x.from()
		x.s.back(o.group)
		if cost < b.cost {
			b = best{cost, o}
		}
		if x.states > searchBudget {
			break
		}
	}
	x.known[key] = b
	return b.cost
}

// options are the steps that may come next. What is no rows program runs as soon as it can: that costs nothing, and what
// needs it may join earlier programs then. Of the programs that are ready, the first one's groups are tried, and those
// that have to run before something that could join it.
func (x *search) options() []step {
	var ready []int
	for at, i := range x.s.block.Code {
		if x.s.done[at] || !x.s.ready(at, nil) {
			continue
		}
		switch i := i.(type) {
		case *Rows:
			ready = append(ready, at)
		case *Product:
			return []step{{group: x.s.products(at, i)}}
		default:
			return []step{{group: []int{at}}}
		}
	}
	out := x.rows(ready[0], x.s.block.Code[ready[0]].(*Rows))
	waiting := x.waiting(out[0].group)
	for _, at := range ready[1:] {
		if x.states > searchBudget {
			break
		}
		first := slices.ContainsFunc(waiting, func(r int) bool { return r == at || x.s.all[r].has(at) })
		if first && !slices.Contains(out[0].group, at) {
			out = append(out, x.rows(at, x.s.block.Code[at].(*Rows))...)
		}
	}
	return out
}

// waiting are programs that share memory with a group and could run in one with a member, but for what they need first.
func (x *search) waiting(group []int) []int {
	var out []int
	in := x.members(group)
	for _, k := range group {
		for _, j := range x.s.links[k] {
			if !in.has(j) && x.rivals(k, j) {
				out = append(out, j)
				in.add(j)
			}
		}
	}
	return out
}

func (x *search) members(group []int) bits {
	in := newBits(len(x.s.done))
	for _, k := range group {
		in.add(k)
	}
	return in
}

// rivals reports whether program j, which shares memory with k, is left to run and could run in one with it.
func (x *search) rivals(k, j int) bool {
	return !x.s.done[j] && !x.s.far[j].has(k) && !x.s.far[k].has(j) &&
		together(x.s.block.Code[k].(*Rows), x.s.block.Code[j].(*Rows))
}

// together reports whether there is a space that both programs fit.
func together(a, b *Rows) bool {
	fits := func(a, b *Rows) bool {
		sp := space{outer: a.Outer, inner: a.Inner}
		if ok, _ := sp.fits(b); ok {
			return true
		}
		sp = space{outer: all(a), open: true}
		ok, _ := sp.fits(b)
		return ok && !rowwise(a)
	}
	return fits(a, b) || fits(b, a)
}

func (x *search) rows(at int, first *Rows) []step {
	var out []step
	add := func(sp space, without []int) []int {
		o := step{space: sp}
		o.group = x.f.group(x.s, at, &o.space, without)
		same := func(p step) bool { return slices.Equal(p.group, o.group) }
		if !slices.ContainsFunc(out, same) {
			out = append(out, o)
		}
		return o.group
	}
	spaces := []space{{outer: first.Outer, inner: first.Inner}}
	if !rowwise(first) {
		spaces = append(spaces, space{outer: all(first), open: true})
	}
	for _, sp := range spaces {
		rivals := x.contested(add(sp, nil))
		for set := 1; set < 1<<len(rivals); set++ {
			var without []int
			for k, r := range rivals {
				if set&(1<<k) != 0 {
					without = append(without, r)
				}
			}
			add(sp, without)
		}
	}
	return out
}

// contested are the members of a group that a later group could take instead.
func (x *search) contested(group []int) []int {
	const most = 5
	var out []int
	in := x.members(group)
	for _, k := range group[1:] {
		outside := func(j int) bool { return !in.has(j) && x.rivals(k, j) }
		if slices.ContainsFunc(x.s.links[k], outside) && len(out) < most {
			out = append(out, k)
		}
	}
	return out
}

// traffic is what a step reads and writes, in elements at nominal sizes. Only rows programs differ.
func (f *fuser) traffic(s *schedule, o step) float64 {
	if _, ok := s.block.Code[o.group[0]].(*Rows); !ok {
		return 0
	}
	total := 0.0
	have, inside := map[*Store][]View{}, map[*Store]int{} // what is in registers; how often a store is read
	var puts []View
	for _, k := range o.group {
		for _, op := range s.block.Code[k].(*Rows).Code {
			if op.Fn != "load" {
				continue
			}
			inside[op.Load.Store]++
			known := func(v View) bool { return v.Same(op.Load) }
			if s := op.Load.Store; !slices.ContainsFunc(have[s], known) {
				have[s] = append(have[s], op.Load)
				total += float64(nominal(op.Load.Elements()))
			}
		}
		for _, p := range s.block.Code[k].(*Rows).Out {
			puts = append(puts, p.To)
			have[p.To.Store] = append(have[p.To.Store], p.To)
		}
	}
	for _, v := range puts {
		if f.reads[v.Store] > inside[v.Store] || v.Store.Role != Arena {
			total += float64(nominal(v.Elements()))
		}
	}
	return total
}
