package gograph

import (
	"fmt"
	"maps"

	"archc/backends/kernel"
	"archc/ir"
	"archc/passes/plan"
)

// Memory is what engines hold, in bytes: what they will hold by Needs, and what they do hold by the methods Bytes.
type Memory struct {
	Weights int64 // packed, and as they are stored where they are read so
	Arena   int64 // what is computed on the way
	States  int64 // what is kept from row to row
	Inputs  int64 // as they are given
}

// Total is all of it.
func (m Memory) Total() int64 { return m.Weights + m.Arena + m.States + m.Inputs }

// Needs is the memory of a plan with those free dims, before anything of it is allocated.
func Needs(p *plan.Plan, element kernel.Element, dims map[string]int) (Memory, error) {
	var m Memory
	var err error
	m.Weights = weightBytes(element, p)
	m.Arena, err = arenaBytes(p, dims)
	if err == nil {
		m.Inputs, err = inputBytes(p, dims)
	}
	return m, err
}

// Decoding is how a program is going to be used: so many rows at first, then one at a time, up to Rows in all. Dims
// are the free dims that are no rows.
type Decoding struct {
	Batch, First, Rows int
	Dims               map[string]int
}

// ProgramNeeds is the memory of a program that is used like that.
func ProgramNeeds(p *plan.Program, element kernel.Element, use Decoding) (Memory, error) {
	dims := func(more map[string]int) map[string]int {
		out := map[string]int{plan.Batch: max(use.Batch, 1)}
		maps.Copy(out, use.Dims)
		maps.Copy(out, more)
		return out
	}
	room := max(use.Rows, leastRoom)
	first := dims(map[string]int{p.Axis: use.First, p.Past: 0, plan.Room: room})
	last := dims(map[string]int{p.Axis: 1, p.Past: max(use.Rows-1, 0), plan.Room: room})
	m := Memory{Weights: weightBytes(element, append(p.Forms(), p.Init)...)}
	begin, err := arenaBytes(p.Init, dims(nil))
	if err != nil {
		return m, err
	}
	steps, err := stepArenas(p, first, last)
	if err != nil {
		return m, err
	}
	m.Arena = begin + steps
	if m.Inputs, err = inputBytes(p.Step, first); err != nil {
		return m, err
	}
	s, err := sized(p.Step, first)
	if err == nil {
		err = slideTo(s, p, use)
	}
	for _, x := range p.Step.States {
		m.States += 4 * int64(s.values[s.number(x.View.Store.Elements)])
	}
	return m, err
}

// StepNeeds is the memory of a session while it computes rows behind past ones; before, it computed as many at once.
func StepNeeds(p *plan.Program, element kernel.Element, rows, past int, use Decoding) (Memory, error) {
	use.First, use.Rows = rows, past+rows
	m, err := ProgramNeeds(p, element, use)
	if err != nil {
		return m, err
	}
	dims := map[string]int{plan.Batch: max(use.Batch, 1)}
	maps.Copy(dims, use.Dims)
	if m.Arena, err = arenaBytes(p.Init, dims); err != nil {
		return m, err
	}
	dims[p.Axis], dims[p.Past], dims[plan.Room] = rows, past, max(past+rows, leastRoom)
	steps, err := stepArenas(p, dims)
	m.Arena += steps
	return m, err
}

// stepArenas are the arenas of the forms of the step that run with those dims; each form has its own.
func stepArenas(p *plan.Program, dims ...map[string]int) (int64, error) {
	total := int64(0)
	for _, form := range p.Forms() {
		var own []map[string]int
		for _, d := range dims {
			if p.For(d[p.Axis]) == form {
				own = append(own, d)
			}
		}
		n, err := arenaBytes(form, own...)
		if err != nil {
			return 0, err
		}
		total += n
	}
	return total, nil
}

// SlotBytes is the part of the arena that a slot takes.
func SlotBytes(slot plan.Slot, size func(ir.Size) int64) int64 {
	n := int64(0)
	for _, s := range slot.Sizes {
		n = max(n, size(s))
	}
	return 4 * inLines(n)
}

// slideTo sets the room of the windows as it is behind the last step.
func slideTo(s *sizes, p *plan.Program, use Decoding) error {
	windows := map[*plan.Slide]window{}
	for past, rows := 0, use.First; past < max(use.Rows, 1); past, rows = past+max(rows, 1), 1 {
		if err := s.set(p.Past, int64(past)); err != nil {
			return err
		}
		if err := s.set(p.Axis, int64(rows)); err != nil {
			return err
		}
		moved := map[*plan.Slide]bool{}
		for _, x := range p.Step.States {
			if l := x.Slide; l != nil && !moved[l] {
				w := windows[l].fit(s.values[s.number(l.Need)])
				w.start += s.values[s.number(l.By)]
				windows[l], moved[l] = w, true
			}
		}
		if len(moved) == 0 {
			return nil
		}
	}
	for l, w := range windows {
		if err := s.set(l.Room, int64(w.room)); err != nil {
			return err
		}
	}
	return nil
}

// sized are the sizes of a plan for free dims.
func sized(p *plan.Plan, dims map[string]int) (*sizes, error) {
	s := newSizes()
	for name, n := range dims {
		if err := s.set(name, int64(n)); err != nil {
			return s, err
		}
	}
	for _, b := range p.Bounds {
		if err := s.set(b.Symbol, int64(s.values[s.number(b.Most)])); err != nil {
			return s, err
		}
	}
	for _, list := range [][]plan.Port{p.Inputs, p.Outputs} {
		for _, x := range list {
			for _, name := range x.View.Store.Elements.Frees() {
				if !s.known[s.slot(name)] {
					return s, fmt.Errorf("the size %s of %s is not known: give %s", x.View.Store.Elements, x.Name, name)
				}
			}
		}
	}
	return s, nil
}

// arenaBytes is the arena that serves every one of those dims.
func arenaBytes(p *plan.Plan, dims ...map[string]int) (int64, error) {
	most := int64(0)
	for _, d := range dims {
		s, err := sized(p, d)
		if err != nil {
			return 0, err
		}
		total := int64(0)
		for _, slot := range p.Slots {
			var ids []int
			for _, size := range slot.Sizes {
				ids = append(ids, s.number(size))
			}
			total += 4 * int64(s.room(ids))
		}
		most = max(most, total)
	}
	return most, nil
}

func inputBytes(p *plan.Plan, dims map[string]int) (int64, error) {
	s, err := sized(p, dims)
	total := int64(0)
	for _, x := range p.Inputs {
		total += 4 * int64(s.values[s.number(x.View.Store.Elements)])
	}
	return total, err
}

// weightBytes are the weights of plans that share them.
func weightBytes(element kernel.Element, plans ...*plan.Plan) int64 {
	seen := map[string]bool{}
	total := int64(0)
	for _, p := range plans {
		for _, x := range p.Params {
			if key := x.Full(); !seen[key] {
				seen[key] = true
				total += 4 * int64(product(x.Shape)) * runsOf(x.Loops)
			}
		}
		for _, x := range p.Panels {
			if key := "panels " + x.Key(); !seen[key] {
				seen[key] = true
				total += PanelBytes(x, element)
			}
		}
	}
	return total
}

// PanelBytes is the memory of panels, those of all runs of their loops and all elements of their batch.
func PanelBytes(x *plan.Panels, element kernel.Element) int64 {
	_, batch := axesOf(x.Batch)
	one := kernel.PanelBytes(element, whole(x.Rows()), whole(x.Columns()))
	return one * int64(batch) * runsOf(loopsOf(x))
}

func runsOf(loops []*plan.Loop) int64 {
	n := int64(1)
	for _, l := range loops {
		count, _ := l.Count.Int()
		n *= count
	}
	return n
}

// Bytes is what the weights hold.
func (w *Weights) Bytes() int64 {
	total := int64(0)
	for _, p := range w.loaded.params {
		for _, x := range p.list {
			total += 4 * int64(len(x))
		}
	}
	for _, p := range w.loaded.panels {
		for _, x := range p.list {
			total += x.Bytes()
		}
	}
	return total
}

// Bytes is what the engine holds beside weights and inputs.
func (e *Engine) Bytes() int64 { return 4 * int64(len(e.graph.arena)) }

// Bytes is what the session and its model hold beside weights and inputs, the states apart.
func (s *Session) Bytes() (arena, states int64) {
	for _, x := range s.states {
		states += 4 * int64(len(x))
	}
	arena = s.model.init.Bytes() + s.model.step.Bytes()
	if short := s.model.short; short != nil {
		arena += short.Bytes()
	}
	return arena, states
}
