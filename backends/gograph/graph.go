package gograph

import (
	"context"
	"fmt"
	"math"
	"slices"

	"archc/backends/kernel"
	"archc/passes/plan"
)

// graph is a plan bound to kernels: the code of its blocks, and what they work on.
type graph struct {
	plan    *plan.Plan
	crew    *kernel.Crew
	weights *loaded
	sizes   *sizes
	memory  [][]float32 // by number of the store
	stores  map[*plan.Store]int
	runs    []int        // of each loop: the number of the run
	open    []*plan.Loop // around what is being bound, outer first
	body    []func() error
	ctx     context.Context
	scratch [][]float32 // of each worker
	states  []seen
	slides  []slide
	arena   []float32
	slots   [][]int // of each slot: the numbers of its sizes
	offsets []int   // where each slot begins
	bounds  []int   // the number of elements of each store, at most
	poison  bool    // fill the arena with NaN before each run: a test's
	inputs  []input
	outputs []seen
	most    []int // of each bound: the number of its size

	arguments int // of all functions of positions
}

func newGraph(p *plan.Plan, crew *kernel.Crew, w *loaded) *graph {
	g := &graph{plan: p, crew: crew, weights: w, sizes: newSizes(), stores: map[*plan.Store]int{},
		scratch: make([][]float32, crew.Workers())}
	g.sizes.slot(plan.Batch)
	for _, s := range p.Stores {
		g.store(s)
	}
	p.Body.Walk(func(i plan.Instruction) {
		if l, ok := i.(*plan.Loop); ok {
			for len(g.runs) <= l.ID {
				g.runs = append(g.runs, 0)
			}
		}
	})
	for _, b := range p.Bounds {
		g.most = append(g.most, g.sizes.number(b.Most))
	}
	for _, slot := range p.Slots {
		var ids []int
		for _, s := range slot.Sizes {
			ids = append(ids, g.sizes.number(s))
		}
		g.slots, g.offsets = append(g.slots, ids), append(g.offsets, 0)
	}
	for _, s := range p.States {
		g.states = append(g.states, g.seen(s.View))
		if known := func(x slide) bool { return x.Slide == s.Slide }; s.Slide != nil && !slices.ContainsFunc(g.slides, known) {
			g.slides = append(g.slides, slide{s.Slide, g.sizes.number(s.Slide.By), g.sizes.number(s.Slide.Need)})
		}
	}
	for _, in := range p.Inputs {
		g.inputs = append(g.inputs, g.input(in))
	}
	for _, o := range p.Outputs {
		g.outputs = append(g.outputs, g.seen(o.View))
	}
	g.body = g.block(p.Body)
	return g
}

// slide is a window with the numbers of its sizes.
type slide struct {
	*plan.Slide
	by, need int
}

// store gives a store its place.
func (g *graph) store(s *plan.Store) int {
	id, ok := g.stores[s]
	if !ok {
		id = len(g.memory)
		g.stores[s] = id
		g.memory = append(g.memory, nil)
		g.bounds = append(g.bounds, g.sizes.number(g.plan.Most(s.Elements)))
	}
	return id
}

// run executes the plan. The arena is made as large as the free dims ask for.
func (g *graph) run(ctx context.Context) error {
	g.ctx = ctx
	g.crew.Until(ctx)
	defer g.crew.Until(context.Background())
	total, err := g.total()
	if err != nil {
		return err
	}
	g.arrange(total)
	if err := g.execute(g.body); err != nil {
		return err
	}
	return ctx.Err() // which may have cut the last dispatch short
}

// total gives the slots their places in the arena, and says how many elements it has for the free dims as they are.
func (g *graph) total() (int, error) {
	for i, b := range g.plan.Bounds {
		if err := g.sizes.set(b.Symbol, int64(g.sizes.values[g.most[i]])); err != nil {
			return 0, err
		}
	}
	total := 0
	for k, slot := range g.slots {
		g.offsets[k] = total
		total += g.sizes.room(slot)
	}
	return total, nil
}

// arrange gives the stores their places in the arena, which grows when it has less than a number of elements.
func (g *graph) arrange(total int) {
	if len(g.arena) < total {
		g.arena = make([]float32, total)
	}
	if g.poison {
		for i := range g.arena {
			g.arena[i] = float32(math.NaN())
		}
	}
	for _, s := range g.plan.Stores {
		id := g.stores[s]
		at := g.offsets[s.Slot]
		n := g.sizes.values[g.bounds[id]]
		g.memory[id] = g.arena[at : at+n : at+n]
	}
}

func (g *graph) execute(code []func() error) error {
	for _, f := range code {
		if err := g.ctx.Err(); err != nil {
			return err
		}
		if err := f(); err != nil {
			return err
		}
	}
	return nil
}

func (g *graph) block(b *plan.Block) []func() error {
	out := make([]func() error, len(b.Code))
	loops := slices.Clone(g.open)
	for k, i := range b.Code {
		f := g.bind(i)
		note := plan.NoteOf(i)
		out[k] = func() error {
			if err := f(); err != nil {
				return g.located(note, loops, err)
			}
			return nil
		}
	}
	return out
}

// bind makes an instruction's code.
func (g *graph) bind(i plan.Instruction) func() error {
	switch i := i.(type) {
	case *plan.Loop:
		return g.loop(i)
	case *plan.Table:
		return g.table(i)
	case *plan.Rows:
		return g.rows(i)
	case *plan.Product:
		return g.products(i)
	case *plan.Products:
		return g.products(i.List...)
	case *plan.Contract:
		return g.contract(i)
	case *plan.Gather:
		return g.gather(i)
	case *plan.TopK:
		return g.topK(i)
	case *plan.Move:
		return g.move(i)
	case *plan.Fill:
		return g.fill(i)
	case *plan.Attention:
		return g.attention(i)
	case *plan.Admit:
		return g.admit(i)
	case *plan.Select:
		return g.selection(i)
	case *plan.Collect:
		return g.collect(i)
	}
	panic(fmt.Sprintf("gograph: no code for %T", i))
}

func (g *graph) loop(l *plan.Loop) func() error {
	g.open = append(g.open, l)
	count, body := g.sizes.number(l.Count), g.block(l.Body)
	g.open = g.open[:len(g.open)-1]
	var now, next []int
	for _, c := range l.Carries {
		now, next = append(now, g.store(c.Now)), append(next, g.store(c.Next))
	}
	return func() error {
		defer func() { g.runs[l.ID] = 0 }() // what stands in front of the loop is of its first run
		for n := range g.sizes.values[count] {
			g.runs[l.ID] = n
			if err := g.execute(body); err != nil {
				return err
			}
			for i := range now {
				g.memory[now[i]], g.memory[next[i]] = g.memory[next[i]], g.memory[now[i]]
			}
		}
		return nil
	}
}

// within gives whole memory of the scratch of a worker.
func (g *graph) room(worker, n int) []float32 {
	if len(g.scratch[worker]) < n {
		g.scratch[worker] = make([]float32, n)
	}
	return g.scratch[worker][:n]
}
