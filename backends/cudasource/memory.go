package cudasource

import (
	"fmt"
	"slices"
	"strings"

	"archc/ir"
	"archc/passes/plan"
)

// memory is what a function works in: the slots of the plan's arena, and rooms of its own.
type memory struct {
	printer *printer
	order   []*plan.Store // of the arena, as they are first touched
	rooms   []room
}

// room is memory beside the plan's, for as long as an instruction runs.
type room struct {
	store *plan.Store
	size  ir.Size
	busy  bool
	held  bool
}

func (m *memory) touch(s *plan.Store) {
	if !slices.Contains(m.order, s) && !slices.ContainsFunc(m.rooms, func(r room) bool { return r.store == s }) {
		m.order = append(m.order, s)
	}
}

// room is memory for so many numbers. It stays what it is until free.
func (m *memory) room(n ir.Size) *plan.Store {
	n = m.printer.size(n)
	at := slices.IndexFunc(m.rooms, func(r room) bool { return !r.busy && r.size.Equal(n) })
	if at < 0 {
		at = len(m.rooms)
		s := &plan.Store{Name: "room", Role: plan.Arena, Elements: n}
		m.rooms = append(m.rooms, room{store: s, size: n})
		m.printer.stores[s] = m.printer.names.of("room")
	}
	m.rooms[at].busy = true
	return m.rooms[at].store
}

// hold is memory that stays until it is let go.
func (m *memory) hold(n ir.Size) *plan.Store {
	s := m.room(n)
	for i := range m.rooms {
		if m.rooms[i].store == s {
			m.rooms[i].held = true
		}
	}
	return s
}

func (m *memory) let(s *plan.Store) {
	for i := range m.rooms {
		if m.rooms[i].store == s {
			m.rooms[i].held, m.rooms[i].busy = false, false
		}
	}
}

func (m *memory) free() {
	for i := range m.rooms {
		m.rooms[i].busy = m.rooms[i].held
	}
}

// declare writes the stores that were touched as pointers into slots, and how large the slots are.
func (m *memory) declare() (pointers, slots string) {
	w := m.printer
	var sizes, lines []string
	place := map[int]int{} // of the plan's slots that are used
	for _, s := range m.order {
		if _, ok := place[s.Slot]; !ok {
			place[s.Slot] = len(sizes)
			sizes = append(sizes, m.largest(w.plan.Slots[s.Slot].Sizes))
		}
		at := fmt.Sprintf("slot[%d]", place[s.Slot])
		if w.halves[s] {
			at = "reinterpret_cast<bf16*>(" + at + ")"
		}
		lines = append(lines, fmt.Sprintf("%s* %s = %s;  // %s\n", w.element(s), w.stores[s], at, w.text(s.Elements)))
	}
	for _, r := range m.rooms {
		lines = append(lines, fmt.Sprintf("float* %s = slot[%d];\n", w.stores[r.store], len(sizes)))
		sizes = append(sizes, w.text(r.size))
	}
	for _, s := range sizes {
		slots += fmt.Sprintf("all.push_back(size_t(%s));\n", s)
	}
	return strings.Join(lines, ""), slots
}

// largest writes the largest of the sizes of a slot.
func (m *memory) largest(sizes []ir.Size) string {
	text := m.printer.text(sizes[0])
	for _, s := range sizes[1:] {
		text = fmt.Sprintf("most(%s, %s)", text, m.printer.text(s))
	}
	return text
}
