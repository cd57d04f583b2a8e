package plan

import (
	"math"
	"math/rand/v2"
	"testing"

	"archc/ir"
)

// randomBlock is a block of rows programs over two spaces that read each other's results, some of them sums.
func randomBlock(r *rand.Rand, n int) *Plan {
	t, d := Dim{"T", ir.Const(8)}, Dim{"D", ir.Const(16)}
	p := &Plan{Body: &Block{}}
	vector := []Axis{{Label: "T", Size: t.Size}, {Label: "D", Size: d.Size}}
	number := vector[:1]
	type made struct {
		view  View
		whole bool
	}
	store := func(axes []Axis) View {
		axes = compact(axes)
		s := &Store{ID: len(p.Stores), Elements: elements(axes)}
		p.Stores = append(p.Stores, s)
		return View{Store: s, Axes: axes}
	}
	have := []made{{store(vector), true}, {store(vector), true}, {store(number), false}}
	for range have {
		p.Stores = p.Stores[:0]
	}
	for range n {
		x := &Rows{}
		a := have[r.IntN(len(have))]
		b := have[r.IntN(len(have))]
		whole := a.whole || b.whole
		if whole {
			x.Outer, x.Inner = []Dim{t}, d
		} else {
			x.Inner = t
		}
		to := store(number)
		if sum := a.whole && r.IntN(3) == 0; sum {
			x.Out = []Put{{x.op(Op{Fn: "sum", Args: []int{x.load(a.view)}}), to}}
			whole = false
		} else {
			if whole {
				to = store(vector)
			}
			x.Out = []Put{{x.op(Op{Fn: "add", Args: []int{x.load(a.view), x.load(b.view)}, Vector: true}), to}}
		}
		have = append(have, made{to, whole})
		p.Body.Code = append(p.Body.Code, x)
	}
	for k := range 2 { // what is read behind the block
		p.Outputs = append(p.Outputs, Port{View: have[len(have)-1-k].view})
	}
	return p
}

// exhaustive is the least traffic of all schedules: any program that is ready comes next, with any set of others that
// could run in one program with it.
func exhaustive(f *fuser, s *schedule, known map[string]float64) float64 {
	if s.left == 0 {
		return 0
	}
	x := &search{f: f, s: s}
	key := x.key()
	if c, ok := known[key]; ok {
		return c
	}
	least := math.Inf(1)
	for at, i := range s.block.Code {
		if s.done[at] || !s.ready(at, nil) {
			continue
		}
		first := i.(*Rows)
		spaces := []space{{outer: first.Outer, inner: first.Inner}}
		if !rowwise(first) {
			spaces = append(spaces, space{outer: all(first), open: true})
		}
		for _, sp := range spaces {
			var rest []int
			for k := range s.block.Code {
				if k != at && !s.done[k] {
					rest = append(rest, k)
				}
			}
			for set := range 1 << len(rest) {
				var without []int
				for b, k := range rest {
					if set&(1<<b) == 0 {
						without = append(without, k)
					}
				}
				o := step{space: sp}
				o.group = f.group(s, at, &o.space, without)
				if len(o.group) == 0 {
					continue
				}
				cost := f.traffic(s, o)
				s.take(o.group)
				cost += exhaustive(f, s, known)
				s.back(o.group)
				least = min(least, cost)
			}
		}
	}
	known[key] = least
	return least
}

func TestSearchIsExact(t *testing.T) {
	for seed := range uint64(300) {
		p := randomBlock(rand.New(rand.NewPCG(seed, 7)), 3+int(seed%4))
		f := &fuser{plan: p}
		f.uses()
		s := newSchedule(p.Body)
		found := 0.0
		for _, o := range f.steps(p.Body) {
			found += f.traffic(s, o)
		}
		if want := exhaustive(f, newSchedule(p.Body), map[string]float64{}); found != want {
			t.Errorf("seed %d: the search finds a traffic of %v, the least is %v", seed, found, want)
		}
	}
}
