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

// search finds the order and the groups with the least memory traffic: it tries, for every rows program whose turn it
// is, each space that it fits, and leaves out each member of the group that a later group could take instead.
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

// options are the steps that may come next. Another kind of instruction runs when its turn comes.
func (x *search) options() []step {
	at := x.s.next()
	switch i := x.s.block.Code[at].(type) {
	case *Rows:
		return x.rows(at, i)
	case *Product:
		return []step{{group: x.s.products(at, i)}}
	}
	return []step{{group: []int{at}}}
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

// contested are the members of a group that share memory with a rows program outside of it, which could take them.
func (x *search) contested(group []int) []int {
	const most = 5
	in, outside := make([]bool, len(x.s.done)), map[*Store]bool{}
	for _, k := range group {
		in[k] = true
	}
	for j, i := range x.s.block.Code {
		if _, rows := i.(*Rows); rows && !x.s.done[j] && !in[j] {
			for s := range x.s.reads[j] {
				outside[s] = true
			}
		}
	}
	var out []int
	for _, k := range group[1:] {
		shares := false
		for s := range x.s.reads[k] {
			shares = shares || outside[s] && s.Role == Arena
		}
		for s := range x.s.writes[k] {
			shares = shares || outside[s]
		}
		if shares && len(out) < most {
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
	var loads, puts []View
	inside := map[*Store]int{}
	for _, k := range o.group {
		for _, op := range s.block.Code[k].(*Rows).Code {
			if op.Fn != "load" {
				continue
			}
			inside[op.Load.Store]++
			known := func(v View) bool { return v.Same(op.Load) }
			if !slices.ContainsFunc(puts, known) && !slices.ContainsFunc(loads, known) {
				loads = append(loads, op.Load)
				total += float64(nominal(op.Load.Elements()))
			}
		}
		for _, p := range s.block.Code[k].(*Rows).Out {
			puts = append(puts, p.To)
		}
	}
	for _, v := range puts {
		if f.reads[v.Store] > inside[v.Store] || v.Store.Role != Arena {
			total += float64(nominal(v.Elements()))
		}
	}
	return total
}
