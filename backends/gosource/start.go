package gosource

import (
	"fmt"
	"maps"

	"archc/ir"
	"archc/passes/plan"
)

// start writes the function that gives a session its first states.
func (m *model) start() string {
	w := newPrinter(m.Program.Init, m.stored, m.frame, functionNames(), m.sessionDims(), nil)
	w.fold[m.Program.Past] = ir.Size{}
	for _, p := range m.Program.Init.Inputs {
		w.stores[p.View.Store] = "s." + m.given[p.View.Store]
	}
	for _, x := range m.slides {
		w.line("s.%s = %s", x.room, w.text(x.Rows))
	}
	for _, s := range m.states {
		w.line("s.%s = make([]float32, %s)", s.field, w.text(s.view.Store.Elements))
	}
	allocated := w.out.String()
	w.out.Reset()
	w.block(m.Program.Init.Body)
	starts := map[string]bool{}
	for _, s := range m.states {
		if s.Start == "" {
			continue
		}
		starts[s.Start] = true
		w.stores[s.view.Store] = "s." + s.field
		for _, o := range m.Program.Init.Outputs {
			if o.Name == s.Start {
				w.move(s.view, o.View)
			}
		}
	}
	var rest []plan.Port
	for _, o := range m.Program.Init.Outputs {
		if !starts[o.Name] {
			rest = append(rest, o)
		}
	}
	m.results(w, rest, "s.%s = append([]float32(nil), %s...)") // steps overwrite the arena
	body := w.body()
	maps.Copy(m.helps, w.helps)
	return m.head("") + importsOf(w.imports(m.path)) + fmt.Sprintf(
		"\n// start makes the memory of the states, and computes what does not change from step to step.\nfunc (s *Session) start() error {\n%s%sreturn nil\n}\n",
		allocated, body)
}
