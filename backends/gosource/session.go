package gosource

import (
	"fmt"
	"slices"
	"strings"

	"archc/passes/plan"
)

// sessionType writes the sequence that is computed: its memory, its start and its step.
func (m *model) sessionType() string {
	var b strings.Builder
	rows := m.rows()
	n := newNames()
	dims := map[string]string{}
	for _, r := range rows {
		dims[r] = n.exported(r)
	}
	local := func(name string) string {
		if id, ok := dims[name]; ok {
			return "in." + id
		}
		return m.sessionDims()[name]
	}
	args := m.arguments(m.inputs(), n, local)
	b.WriteString("\n// Session is one sequence.\ntype Session struct {\nmodel *Model\npast int // rows so far\nroom int // rows that there is memory for\n")
	for _, d := range m.dims {
		fmt.Fprintf(&b, "%s int // the size %s\n", d.field, comment(d.name))
	}
	for _, x := range m.slides {
		fmt.Fprintf(&b, "%s, %s int // where a window of rows begins in its memory, and how many rows that has\n", x.start, x.room)
	}
	b.WriteString("\n")
	for _, s := range m.states {
		fmt.Fprintf(&b, "%s []float32 // %s\n", s.field, comment(s.Name))
	}
	b.WriteString("\narena []float32 // of a step\nslots [][]float32 // its parts\ntemps [][][]float32 // of each worker\njobs []kernel.Job\none kernel.Contraction\ntiles [][]*kernel.Tile\nlost []error // of each worker\ninputs [][]float32\n")
	for _, o := range sorted(m.ports) {
		fmt.Fprintf(&b, "%s []float32\n", m.ports[o])
	}
	b.WriteString("}\n")
	b.WriteString(m.newSession())
	b.WriteString(structure("Inputs", "are what a step takes.", dims, rows, args))
	b.WriteString(m.outputsType())
	b.WriteString(m.stepMethod(rows, dims, args, local))
	b.WriteString(m.unchanging())
	b.WriteString(m.slide(rows))
	b.WriteString(sessionTail)
	if i := slices.IndexFunc(args, func(a argument) bool { return a.port.Name == m.Text.Input }); i >= 0 && len(rows) == 1 {
		b.WriteString(m.scores(dims[rows[0]], args[i].field))
	}
	return m.head("") + importsOf([]string{"fmt", m.path + "/kernel"}) + b.String()
}

// newSession writes the start of a session.
func (m *model) newSession() string {
	var b strings.Builder
	n := newNames()
	dims := map[string]string{}
	var order []string
	for _, d := range m.dims {
		dims[d.name] = n.exported(d.name)
		order = append(order, d.name)
	}
	args := m.arguments(m.Program.Init.Inputs, n, func(name string) string { return "in." + dims[name] })
	params, call := "room int", ""
	if len(args) > 0 {
		b.WriteString(structure("Given", "is what a sequence is computed from that does not change from step to step.", dims, order, args))
		params = "in Given, " + params
	}
	fmt.Fprintf(&b, "\n// NewSession begins a sequence, with memory for that many rows.\nfunc (m *Model) NewSession(%s) (*Session, error) {\n", params)
	b.WriteString("if room < 1 {\nreturn nil, fmt.Errorf(\"a session has room for 1 row or more, not %d\", room)\n}\ns := &Session{model: m, room: room, temps: make([][][]float32, m.crew.Workers())}\n")
	for _, d := range m.dims {
		fmt.Fprintf(&b, "if s.%s = in.%s; s.%s < 1 {\nreturn nil, fmt.Errorf(\"%%s is %%d, it is 1 or more\", %s, s.%s)\n}\n", d.field, dims[d.name], d.field, quoted(d.name), d.field)
	}
	ids := newNames("s", "in", "err", "fmt", "kernel", "m", "room")
	for i, a := range args {
		id := ids.of(a.port.Name)
		fmt.Fprintf(&b, "%s, err := %s\nif err != nil {\nreturn nil, err\n}\n", id, a.given(i))
		call += ", " + id
	}
	fmt.Fprintf(&b, "if err := s.start(%s); err != nil {\nreturn nil, err\n}\nreturn s, nil\n}\n", strings.TrimPrefix(call, ", "))
	return b.String()
}

// outputsType writes the type of what a step gives.
func (m *model) outputsType() string {
	var b strings.Builder
	b.WriteString("\n// Outputs are what a step gives. The next one overwrites them.\ntype Outputs struct {\n")
	n := newNames()
	for _, o := range m.Program.Step.Outputs {
		var shape []string
		for _, a := range o.View.Axes {
			if a.Label != plan.Batch {
				shape = append(shape, a.Label)
			}
		}
		fmt.Fprintf(&b, "%s []float32 // [%s]\n", n.exported(o.Name), comment(strings.Join(shape, ", ")))
	}
	b.WriteString("}\n")
	return b.String()
}

// rowCount is the number of new rows of a step.
func (m *model) rowCount(name func(string) string) string {
	for _, p := range m.inputs() {
		for _, a := range p.View.Axes {
			if a.Label == m.Program.Axis {
				return goSize(a.Size, name)
			}
		}
	}
	return "0"
}

// stepMethod writes the step as a caller has it.
func (m *model) stepMethod(rows []string, dims map[string]string, args []argument, local func(string) string) string {
	var b strings.Builder
	count := m.rowCount(local)
	b.WriteString("\n// Step computes new rows behind those so far. After an error the session is not to be used.\nfunc (s *Session) Step(in Inputs) (Outputs, error) {\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "if in.%s < 1 {\nreturn Outputs{}, fmt.Errorf(\"%%s is %%d, it is 1 or more\", %s, in.%s)\n}\n", dims[r], quoted(r), dims[r])
	}
	fmt.Fprintf(&b, "if need := s.past + %s; need > s.room {\nreturn Outputs{}, fmt.Errorf(\"%%d rows are more than the session has room for, which is %%d\", need, s.room)\n}\n", count)
	var call []string
	for _, r := range rows {
		call = append(call, "in."+dims[r])
	}
	n := newNames("s", "in", "err", "fmt", "kernel")
	for i, a := range args {
		id := n.of(a.port.Name)
		fmt.Fprintf(&b, "%s, err := %s\nif err != nil {\nreturn Outputs{}, err\n}\n", id, a.given(i))
		call = append(call, id)
	}
	if len(m.slides) > 0 {
		fmt.Fprintf(&b, "s.slide(%s)\n", strings.Join(call[:len(rows)], ", "))
	}
	fmt.Fprintf(&b, "if err := s.step(%s); err != nil {\nreturn Outputs{}, err\n}\n", strings.Join(call, ", "))
	for _, x := range m.slides {
		fmt.Fprintf(&b, "s.%s += %s\n", x.start, goSize(x.By, local))
	}
	fmt.Fprintf(&b, "s.past += %s\n", count)
	var results []string
	fields := newNames()
	for _, o := range m.Program.Step.Outputs {
		results = append(results, fields.exported(o.Name)+": s."+m.output(o.Name))
	}
	fmt.Fprintf(&b, "return Outputs{%s}, nil\n}\n", strings.Join(results, ", "))
	return b.String()
}

// unchanging writes how the outputs are had that hang on no row.
func (m *model) unchanging() string {
	taken := functionNames()
	for _, name := range []string{"Step", "Scores", "Past"} {
		taken.taken[name] = true
	}
	text := ""
	for _, o := range m.Program.Init.Outputs {
		if slices.ContainsFunc(m.states, func(s state) bool { return s.Start == o.Name }) {
			continue
		}
		var shape []string
		for _, a := range o.View.Axes {
			if a.Label != plan.Batch {
				shape = append(shape, a.Label)
			}
		}
		name := taken.exported(o.Name)
		text += fmt.Sprintf("\n// %s is the output %s: [%s]. It hangs on no row.\nfunc (s *Session) %s() []float32 { return s.%s }\n",
			name, comment(o.Name), comment(strings.Join(shape, ", ")), name, m.output(o.Name))
	}
	return text
}
