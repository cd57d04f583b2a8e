package gosource

import (
	"fmt"
	"strings"

	"archc/passes/plan"
)

// slide writes how windows of rows go back to the front of their memory when they come to its end. Memory that a window
// would soon come to the end of again is doubled, so that a row is copied a bounded number of times.
func (m *model) slide(rows []string) string {
	if len(m.slides) == 0 {
		return ""
	}
	n := functionNames()
	now := m.sessionDims()
	var params []string
	for _, r := range rows {
		now[r] = n.Dim(r)
		params = append(params, now[r])
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n// slide makes room behind the windows of states for a step.\nfunc (s *Session) slide(%s int) {\n", strings.Join(params, ", "))
	for _, x := range m.slides {
		w := newPrinter(m.Program.Step, m.fields, n, now, m.facts())
		fmt.Fprintf(&b, "if need := %s; s.%s+need > s.%s {\n", w.text(x.Need), x.start, x.room)
		fmt.Fprintf(&b, "start, room := s.%s, s.%s\nif s.%s = 0; 2*need > room {\ns.%s = 2 * need\n}\n", x.start, x.room, x.start, x.room)
		for _, s := range m.states {
			if s.slide == x.Slide {
				b.WriteString(m.moved(w, s, x))
			}
		}
		b.WriteString("}\n")
		for name := range w.helps {
			m.helps[name] = true
		}
	}
	b.WriteString("}\n")
	return b.String()
}

// moved writes how one state moves: it reads where the window was, and writes where it is.
func (m *model) moved(w *printer, s state, x slide) string {
	before := map[string]string{}
	for name, text := range w.dims {
		before[name] = text
	}
	before[x.Start], before[x.Room] = "start", "room"
	old := newPrinter(w.plan, w.model, w.names, before, w.facts)
	old.stores[s.view.Store], w.stores[s.view.Store] = "old", "s."+s.field
	axes, oldAxes := w.axes(s.view.Axes, s.view), old.axes(s.view.Axes, s.view)
	from := old.tensor(s.view, stridesOf(oldAxes, 0))
	text := fmt.Sprintf("{\nold := s.%s\nif s.%s != room {\ns.%s = make([]float32, %s)\n}\n", s.field, x.room, s.field, w.text(s.view.Store.Elements))
	text += fmt.Sprintf("kernel.Move(%s, %s, %s)\n}\n", w.ints(sizesOf(axes)), w.tensor(s.view, stridesOf(axes, 0)), from)
	for name := range old.helps {
		m.helps[name] = true
	}
	return text
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
