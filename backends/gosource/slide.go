package gosource

import (
	"fmt"
	"regexp"
	"slices"

	"archc/passes/plan"
)

// slide writes how windows of rows go back to the front of their memory when they come to its end. Memory that a window
// would soon come to the end of again is doubled, so that a row is copied a bounded number of times.
func (m *model) slide() string {
	if len(m.slides) == 0 {
		return ""
	}
	w := m.stepPrinter(m.Program.Step)
	for _, x := range m.slides {
		w.line("if need := %s; s.%s+need > s.%s {", w.text(x.Need), x.start, x.room)
		w.line("start, room := s.%s, s.%s\nif s.%s = 0; 2*need > room {\ns.%s = 2 * need\n}", x.start, x.room, x.start, x.room)
		for _, s := range m.states {
			if s.slide == x.Slide {
				m.moved(w, s, map[string]string{x.Start: "start", x.Room: "room"}, fmt.Sprintf("s.%s != room", x.room))
			}
		}
		w.line("}")
	}
	for name := range w.helps {
		m.helps[name] = true
	}
	return fmt.Sprintf("\n// slide makes room behind the windows of states for a step.\nfunc (s *Session) slide() {\n%s%s}\n", w.declared(), w.out.String())
}

// then is a mention of the room that there was.
var then = regexp.MustCompile(`[^.\w]room\b`)

// grow writes how a session gets room for more rows, which doubles so that a row is copied a bounded number of times.
func (m *model) grow() string {
	w := m.stepPrinter(m.Program.Step)
	for _, s := range m.states {
		if slices.Contains(s.view.Store.Elements.Frees(), plan.Room) {
			m.moved(w, s, map[string]string{plan.Room: "room"}, "")
		}
	}
	for name := range w.helps {
		m.helps[name] = true
	}
	body := w.out.String()
	room := ""
	if then.MatchString(body) {
		room = "room := s.room\n"
	}
	return fmt.Sprintf("\n// grow makes room for so many rows and more.\nfunc (s *Session) grow(rows int) {\n%s%ss.room = max(rows, 2*s.room)\n%s}\n",
		w.declared(), room, body)
}

// moved writes how one state moves: it reads where it was, by what dims were called then, and writes where it is, in other
// memory under a condition.
func (m *model) moved(w *printer, s state, was map[string]string, other string) {
	before := map[string]string{}
	for name, text := range w.dims {
		before[name] = text
	}
	for name, text := range was {
		before[name] = text
	}
	old := newPrinter(w.plan, w.weights, w.frame, w.names, before, w.facts)
	old.stores[s.view.Store], w.stores[s.view.Store] = "old", "s."+s.field
	old.helps, old.used = w.helps, w.used
	axes, oldAxes := w.axes(s.view.Axes, s.view), old.axes(s.view.Axes, s.view)
	w.line("{\nold := s.%s", s.field)
	if other != "" {
		w.line("if %s {", other)
	}
	w.line("s.%s = make([]float32, %s)", s.field, w.text(s.view.Store.Elements))
	if other != "" {
		w.line("}")
	}
	w.line("kernel.Move(%s, %s, %s)\n}", w.ints(sizesOf(axes)), w.tensor(s.view, stridesOf(axes, 0)), old.tensor(s.view, stridesOf(oldAxes, 0)))
}

// slideOf is the window that a state is, nil where it is none.
func slideOf(p *plan.Plan, name string) *plan.Slide {
	for _, s := range p.States {
		if s.Name == name {
			return s.Slide
		}
	}
	return nil
}
