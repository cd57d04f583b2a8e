package gosource

import (
	"fmt"
	"slices"
	"strings"

	"archc/ir"
	"archc/passes/plan"
)

// memory lays the stores of a plan out in one arena: what is not alive at the same time may share its place. Offsets are
// sizes, so the layout is one for all lengths.
type memory struct {
	printer *printer
	touched map[*plan.Store]*life
	order   []*plan.Store // as they were first touched
	temps   []temp
}

// life is from the first to the last instruction that touches a store.
type life struct{ first, last int }

// temp is a row that rows programs compute in, as long as the longest that it is taken for. One lives always: it is
// small.
type temp struct {
	name string
	size ir.Size
	busy bool
}

func (m *memory) touch(s *plan.Store, number int) {
	l, ok := m.touched[s]
	if !ok {
		l = &life{number, number}
		m.touched[s] = l
		m.order = append(m.order, s)
	}
	l.first, l.last = min(l.first, number), max(l.last, number)
}

// temporary is a row of that many elements, until it is released.
func (m *memory) temporary(n ir.Size) string {
	at := slices.IndexFunc(m.temps, func(t temp) bool { return !t.busy && t.size.Equal(n) })
	if at < 0 {
		at = len(m.temps)
		m.temps = append(m.temps, temp{name: m.printer.names.of("v"), size: n})
	}
	t := &m.temps[at]
	t.busy = true
	m.printer.used[t.name] = true
	if m.exact(n) {
		return t.name
	}
	return t.name + "[:" + m.printer.text(n) + "]"
}

func (m *memory) release(text string) {
	name, _, _ := strings.Cut(text, "[")
	for i := range m.temps {
		if m.temps[i].name == name {
			m.temps[i].busy = false
		}
	}
}

// exact reports whether a size hangs on no symbol of a choice: a store of that many elements has no more room.
func (m *memory) exact(n ir.Size) bool { return m.most(n).Equal(m.printer.size(n)) }

// slot is a part of the arena and the stores that have it one after the other.
type slot struct {
	size   ir.Size
	last   int
	stores []part
}

// part is a store in a slot: it may be smaller.
type part struct {
	name string
	size ir.Size
}

// extend widens lives to whole loops: what lives outside of a loop, or is carried by it, lives in all its runs.
func (m *memory) extend(b *plan.Block) {
	b.Walk(func(i plan.Instruction) {
		loop, ok := i.(*plan.Loop)
		if !ok {
			return
		}
		from := plan.NoteOf(loop).Number
		to := from
		loop.Body.Walk(func(i plan.Instruction) { to = max(to, plan.NoteOf(i).Number) })
		for _, c := range loop.Carries {
			for _, s := range []*plan.Store{c.Now, c.Next} {
				m.touch(s, from)
				m.touch(s, to)
			}
		}
		m.pair(loop)
		for _, l := range m.touched {
			inside := l.first <= to && l.last >= from
			if inside && (l.first < from || l.last > to) {
				l.first, l.last = min(l.first, from), max(l.last, to)
			}
		}
	})
}

// pair gives what a loop carries one life: behind it, the result may stand in the place of either.
func (m *memory) pair(loop *plan.Loop) {
	for _, c := range loop.Carries {
		now, next := m.touched[c.Now], m.touched[c.Next]
		now.first, now.last = min(now.first, next.first), max(now.last, next.last)
		*next = *now
	}
}

// layout gives each store a slot.
func (m *memory) layout() []slot {
	m.extend(m.printer.plan.Body)
	m.printer.plan.Body.Walk(func(i plan.Instruction) {
		if loop, ok := i.(*plan.Loop); ok {
			m.pair(loop)
		}
	})
	order := slices.Clone(m.order)
	slices.SortStableFunc(order, func(a, b *plan.Store) int { return m.touched[a].first - m.touched[b].first })
	var slots []slot
	for _, s := range order {
		l, size := m.touched[s], m.most(s.Elements)
		at := m.fitting(slots, l.first, size)
		if at < 0 {
			slots = append(slots, slot{size: size})
			at = len(slots) - 1
		}
		slots[at].size = m.printer.facts.Larger(slots[at].size, size)
		slots[at].last = l.last
		slots[at].stores = append(slots[at].stores, part{m.printer.stores[s], size})
	}
	for _, t := range m.temps {
		slots = append(slots, slot{m.most(t.size), 0, []part{{t.name, m.most(t.size)}}})
	}
	return slots
}

// fitting is a slot that is free and wastes the least: of one size, else one of which the larger is known.
func (m *memory) fitting(slots []slot, first int, size ir.Size) int {
	best := -1
	for i, s := range slots {
		switch {
		case s.last >= first:
		case s.size.Equal(size):
			return i
		case best < 0 && (m.printer.facts.AtLeast(s.size.Sub(size), 0) || m.printer.facts.AtMost(s.size.Sub(size), 0)):
			best = i
		}
	}
	return best
}

// most is a size with the most that the symbols of choices become.
func (m *memory) most(s ir.Size) ir.Size {
	for range len(m.printer.bounds) + 1 {
		s = s.Substitute(m.printer.bounds)
	}
	return m.printer.size(s)
}

// declare writes the stores that the text mentions as parts of the arena.
func (m *memory) declare() string {
	text, at := "", ir.Size{}
	for _, slot := range m.layout() {
		for _, p := range slot.stores {
			if m.printer.used[p.name] {
				text += fmt.Sprintf("%s := s.arena[%s:][:%s]\n", p.name, m.printer.text(at), m.printer.text(p.size))
			}
		}
		at = at.Add(slot.size)
	}
	if text == "" {
		return ""
	}
	return fmt.Sprintf("s.need(%s)\n%s", m.printer.text(at), text)
}
