package gosource

import (
	"fmt"
	"slices"
	"strings"

	"archc/passes/plan"
)

// sessionType writes what is computed with: its memory, its start and its step. The code is that which computes.
func (m *model) sessionType(code string) string {
	rows := m.rows()
	n := newNames()
	dims := map[string]string{}
	for _, r := range rows {
		dims[r] = n.Exported(r)
	}
	local := func(name string) string {
		if id, ok := dims[name]; ok {
			return "in." + id
		}
		return m.sessionDims()[name]
	}
	args := m.arguments(m.inputs(), n, local)
	var b strings.Builder
	b.WriteString(m.sessionFields())
	outputs, step, slide, grow := m.outputsType(), m.stepMethod(rows, dims, args, local), m.slide(), ""
	if m.atOnce() {
		b.WriteString(newMemory)
	} else {
		b.WriteString(m.newSession())
	}
	doc := fmt.Sprintf("are what a %s takes. Arrays are row-major: their last axis runs fastest.", m.verb())
	b.WriteString(structure("Inputs", doc, dims, rows, args))
	if !m.atOnce() {
		grow = m.grow() + past
	}
	for _, text := range []string{outputs, step, m.unchanging(), slide, grow} {
		b.WriteString(text)
	}
	b.WriteString(workplace)
	ids := func(a argument) bool { return a.port.Name == m.Text.Input }
	if i := slices.IndexFunc(args, ids); i >= 0 && len(rows) == 1 {
		b.WriteString(m.scores(dims[rows[0]], args[i].field))
	}
	text := called(b.String(), code)
	var imports []string
	for _, p := range []string{"fmt", "slices"} {
		if strings.Contains(text, p+".") {
			imports = append(imports, p)
		}
	}
	return m.head("") + importsOf(append(imports, m.path+"/kernel")) + text
}

// called adds to a text the methods that it and other code call, and those that they call.
func called(text, code string) string {
	for range methods { // each may bring one more
		for _, f := range methods {
			call := "s." + f.name + "("
			if !strings.Contains(text, ") "+f.name+"(") && (strings.Contains(text, call) || strings.Contains(code, call)) {
				text += f.text
			}
		}
	}
	return text
}

// sessionFields writes the type.
func (m *model) sessionFields() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	if m.atOnce() {
		line("\n// Session is the memory that the model is computed in.\ntype Session struct {\nmodel *Model")
	} else {
		line("\n// Session is one sequence.\ntype Session struct {\nmodel *Model")
		line("past int // rows so far")
		line("room int // rows that there is memory for")
	}
	for _, d := range slices.Concat(m.dims, m.news) {
		line("%s int // the size %s", d.field, comment(d.name))
	}
	for _, x := range m.slides {
		line("%s, %s int // where a window of rows begins in its memory, and how many rows that has", x.start, x.room)
	}
	line("")
	for _, s := range m.states {
		line("%s []float32 // %s", s.field, comment(s.Name))
	}
	line("\n// Inputs and outputs.")
	for _, p := range slices.Concat(m.Program.Init.Inputs, m.inputs()) {
		line("%s []float32 // %s", m.given[p.View.Store], comment(shapeText(p)))
	}
	for _, o := range sorted(m.ports) {
		line("%s []float32", m.ports[o])
	}
	line("\n// What is computed on the way, in the arena.")
	for _, text := range slices.Concat(m.frame.stores, m.frame.counts) {
		line("%s", text)
	}
	line("\nworkplace\n}")
	return b.String()
}

// newMemory is the start of a session that keeps nothing from run to run.
const newMemory = `
// NewSession gives memory to compute in, which grows with what is computed.
func (m *Model) NewSession() *Session {
	s := &Session{model: m}
	s.workplace = newWorkplace(s)
	return s
}
`

// newSession writes the start of a session.
func (m *model) newSession() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	n := newNames()
	dims := map[string]string{}
	var order []string
	for _, d := range m.dims {
		dims[d.name] = n.Exported(d.name)
		order = append(order, d.name)
	}
	args := m.arguments(m.Program.Init.Inputs, n, func(name string) string { return "in." + dims[name] })
	params := "room int"
	if len(args) > 0 {
		doc := "is what a sequence is computed from that does not change from step to step."
		b.WriteString(structure("Given", doc, dims, order, args))
		params = "in Given, " + params
	}
	line("\n// NewSession begins a sequence, with memory for that many rows; it grows when there are more.")
	line("func (m *Model) NewSession(%s) (*Session, error) {", params)
	line("if room < 1 {")
	line("return nil, fmt.Errorf(\"a session has room for 1 row or more, not %%d\", room)")
	line("}")
	line("s := &Session{model: m, room: room}")
	line("s.workplace = newWorkplace(s)")
	for _, d := range m.dims {
		line("if s.%s = in.%s; s.%s < 1 {", d.field, dims[d.name], d.field)
		line("return nil, fmt.Errorf(\"%%s is %%d, it is 1 or more\", %s, s.%s)\n}", quoted(d.name), d.field)
	}
	for i, a := range args {
		line("if err := %s; err != nil {\nreturn nil, err\n}", a.take(i, m.given[a.port.View.Store]))
	}
	line("if err := s.start(); err != nil {\nreturn nil, err\n}\nreturn s, nil\n}")
	return b.String()
}

// outputsType writes the type of what a step gives.
func (m *model) outputsType() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n// Outputs are what a %s gives. The next one overwrites them.\ntype Outputs struct {\n", m.verb())
	n := newNames()
	for _, o := range m.Program.Step.Outputs {
		fmt.Fprintf(&b, "%s []float32 // %s\n", n.Exported(o.Name), comment(shapeText(o)))
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
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	if m.atOnce() {
		line("\n// Run computes the outputs of inputs.\nfunc (s *Session) Run(in Inputs) (Outputs, error) {")
	} else {
		line("\n// Step computes new rows behind those so far. After an error the session is not to be used.")
		line("func (s *Session) Step(in Inputs) (Outputs, error) {")
	}
	for _, r := range rows {
		line("if in.%s < 1 {", dims[r])
		line("return Outputs{}, fmt.Errorf(\"%%s is %%d, it is 1 or more\", %s, in.%s)\n}", quoted(r), dims[r])
	}
	count := m.rowCount(local)
	for _, d := range m.news {
		line("s.%s = in.%s", d.field, dims[d.name])
	}
	for i, a := range args {
		line("if err := %s; err != nil {\nreturn Outputs{}, err\n}", a.take(i, m.given[a.port.View.Store]))
	}
	if !m.atOnce() {
		line("if rows := s.past + %s; rows > s.room {\ns.grow(rows)\n}", count)
	}
	if len(m.slides) > 0 {
		line("s.slide()")
	}
	if m.Program.Short == nil {
		line("if err := s.%s(); err != nil {\nreturn Outputs{}, err\n}", m.verb())
	} else {
		line("var err error\nif %s < %d {\nerr = s.few()\n} else {\nerr = s.step()\n}", count, m.Program.Below)
		line("if err != nil {\nreturn Outputs{}, err\n}")
	}
	for _, x := range m.slides {
		line("s.%s += %s", x.start, goSize(x.By, local))
	}
	if !m.atOnce() {
		line("s.past += %s", count)
	}
	var results []string
	fields := newNames()
	for _, o := range m.Program.Step.Outputs {
		results = append(results, fields.Exported(o.Name)+": s."+m.output(o.Name))
	}
	line("return Outputs{%s}, nil\n}", strings.Join(results, ", "))
	return b.String()
}

// unchanging writes how the outputs are had that hang on no row.
func (m *model) unchanging() string {
	taken := functionNames()
	for _, name := range []string{"Step", "Run", "Scores", "Past"} {
		taken.Take(name)
	}
	text := ""
	for _, o := range m.Program.Init.Outputs {
		if slices.ContainsFunc(m.states, func(s state) bool { return s.Start == o.Name }) {
			continue
		}
		name := taken.Exported(o.Name)
		text += fmt.Sprintf("\n// %s is the output %s: %s. It hangs on no row.\n", name, comment(o.Name), comment(shapeText(o)))
		text += fmt.Sprintf("func (s *Session) %s() []float32 { return s.%s }\n", name, m.output(o.Name))
	}
	return text
}

// shapeText is the shape of a port: its labels, and the sizes that they do not say.
func shapeText(p plan.Port) string {
	var axes []string
	for _, a := range p.View.Axes {
		if a.Label == plan.Batch {
			continue
		}
		text := a.Label
		if size := a.Size.String(); size != a.Label {
			text += "=" + size
		}
		axes = append(axes, text)
	}
	return "[" + strings.Join(axes, ", ") + "]"
}
