package gosource

import (
	"fmt"
	"slices"
	"strings"

	"archc/ir"
	"archc/passes/plan"
)

// memory is what a function works in: the slots of the plan's arena, and rows that rows programs compute in.
type memory struct {
	printer *printer
	order   []*plan.Store // of the arena, as they are first touched
	temps   []temp
}

// temp is a row that rows programs compute in.
type temp struct {
	name string
	size ir.Size
	busy bool
}

func (m *memory) touch(s *plan.Store) {
	if !slices.Contains(m.order, s) {
		m.order = append(m.order, s)
	}
}

// temporary is a row of that many elements, until it is released.
func (m *memory) temporary(n ir.Size) string {
	at := slices.IndexFunc(m.temps, func(t temp) bool { return !t.busy && t.size.Equal(n) })
	if at < 0 {
		at = len(m.temps)
		m.temps = append(m.temps, temp{name: m.printer.names.Of("v"), size: n})
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

// most is a size with the most that the symbols of choices become.
func (m *memory) most(s ir.Size) ir.Size { return m.printer.size(m.printer.plan.Most(s)) }

// declare writes the stores that the text mentions as parts of the arena's slots.
func (m *memory) declare() string {
	w := m.printer
	var sizes, lines []string
	place := map[int]int{} // of the plan's slots that are used
	for _, s := range m.order {
		if _, ok := place[s.Slot]; !ok {
			place[s.Slot] = len(sizes)
			sizes = append(sizes, m.largest(w.plan.Slots[s.Slot].Sizes))
		}
		lines = append(lines, fmt.Sprintf("%s = a[%d][:%s]\n", w.stores[s], place[s.Slot], w.text(m.most(s.Elements))))
	}
	for _, t := range m.temps {
		lines = append(lines, fmt.Sprintf("%s := a[%d][:%s]\n", t.name, len(sizes), w.text(m.most(t.size))))
		sizes = append(sizes, w.text(m.most(t.size)))
	}
	if len(lines) == 0 {
		return ""
	}
	return fmt.Sprintf("a := s.places(%s)\n%s", strings.Join(sizes, ", "), strings.Join(lines, ""))
}

// largest writes the largest of the sizes of a slot; one that another is known to reach is left out.
func (m *memory) largest(sizes []ir.Size) string {
	var kept []ir.Size
	for i, s := range sizes {
		s = m.most(s)
		covered := slices.ContainsFunc(kept, func(o ir.Size) bool { return m.printer.facts.AtLeast(o.Sub(s), 0) })
		for _, o := range sizes[i+1:] {
			covered = covered || m.printer.facts.AtLeast(m.most(o).Sub(s), 0) && !m.most(o).Equal(s)
		}
		if !covered {
			kept = append(kept, s)
		}
	}
	texts := make([]string, len(kept))
	for i, s := range kept {
		texts[i] = m.printer.text(s)
	}
	if len(texts) == 1 {
		return texts[0]
	}
	return "max(" + strings.Join(texts, ", ") + ")"
}
