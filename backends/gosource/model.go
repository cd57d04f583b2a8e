package gosource

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"archc/backends/source"
	"archc/ir"
	"archc/passes/plan"
)

// model is a module that is being written.
type model struct {
	Source
	path    string
	stored  *source.Weights
	helps   map[string]bool
	session *names // fields of the generated Session
	frame   *frame
	dims    []dim // of the session, that its start settles
	news    []dim // of a step: its new rows
	states  []state
	slides  []slide
	ports   map[string]string      // identifiers of outputs, by name
	given   map[*plan.Store]string // and of inputs
	attends int                    // attentions of the forms so far
}

// dim is a free dim that a session keeps.
type dim struct{ name, field string }

// state is what a session keeps from step to step.
type state struct {
	plan.Memory
	field string
	view  plan.View   // in the step
	slide *plan.Slide // nil for one that begins where its memory begins
}

// slide is a window of states, and where the session has it.
type slide struct {
	*plan.Slide
	start, room string // fields
}

func newModel(s Source, path string) *model {
	m := &model{
		Source: s, path: path, helps: map[string]bool{}, ports: map[string]string{}, given: map[*plan.Store]string{},
		session: newNames(sessionNames...),
		stored:  source.NewWeights(s.Module, newNames("crew", "load", "sessions").Of, append(s.Program.Forms(), s.Program.Init)...),
	}
	m.frame = newFrame(m.session)
	views := map[string]plan.View{}
	for _, x := range s.Program.Step.States {
		views[x.Name] = x.View
	}
	for _, x := range s.Program.Step.Inputs {
		views[x.Name] = x.View
	}
	for _, x := range s.Program.States {
		m.states = append(m.states, state{x, m.session.Of(shortest(x.Name, s.Program.States)), views[x.Name], slideOf(s.Program.Step, x.Name)})
	}
	for _, x := range s.Program.Step.States {
		if x.Slide != nil && !slices.ContainsFunc(m.slides, func(o slide) bool { return o.Slide == x.Slide }) {
			m.slides = append(m.slides, slide{x.Slide, m.session.Of("start"), m.session.Of("room")})
		}
	}
	for _, name := range freeDims(s.Program.Init) {
		m.dims = append(m.dims, dim{name, m.session.Of("size_" + name)})
	}
	for _, name := range m.rows() {
		m.news = append(m.news, dim{name, m.session.Of("size_" + name)})
	}
	for _, p := range slices.Concat(s.Program.Init.Inputs, m.inputs()) {
		m.given[p.View.Store] = m.session.Of(p.Name)
	}
	return m
}

// form is a plan of the step and the method that it becomes.
type form struct {
	plan   *plan.Plan
	method string
	doc    string
}

// forms are those of the step: for any number of rows, and for few where the program has one of its own.
func (m *model) forms() []form {
	if m.atOnce() {
		return []form{{m.Program.Step, "run", "computes " + comment(m.Name)}}
	}
	all := []form{{m.Program.Step, "step", fmt.Sprintf("computes new rows of %s behind those so far", comment(m.Name))}}
	if m.Program.Short != nil {
		all = append(all, form{m.Program.Short, "few",
			fmt.Sprintf("computes what step does in another order, which is cheaper for fewer than %d rows", m.Program.Below)})
	}
	return all
}

// shortest is the end of a state's name that no other has.
func shortest(name string, all []plan.Memory) string {
	var known []string
	for _, s := range all {
		known = append(known, s.Name)
	}
	return source.Short(known, name)
}

// freeDims are the dims that the inputs of a plan settle, the batch apart.
func freeDims(p *plan.Plan) []string {
	set := map[string]bool{}
	for _, x := range p.Inputs {
		for _, a := range x.View.Axes {
			for _, f := range a.Size.Frees() {
				set[f] = true
			}
		}
	}
	delete(set, plan.Batch)
	return slices.Sorted(maps.Keys(set))
}

// head is the beginning of a file of the package.
func (m *model) head(doc string) string { return doc + "package model\n" }

// rows are the dims of a step that are no session's: the new rows.
func (m *model) rows() []string {
	return slices.DeleteFunc(freeDims(m.Program.Step), func(name string) bool {
		return name == m.Program.Past || name == plan.Room || slices.ContainsFunc(m.dims, func(d dim) bool { return d.name == name })
	})
}

// inputs are the ports of the step that its caller gives.
func (m *model) inputs() []plan.Port {
	return slices.DeleteFunc(slices.Clone(m.Program.Step.Inputs), func(p plan.Port) bool {
		return slices.ContainsFunc(m.states, func(s state) bool { return s.Name == p.Name })
	})
}

// functionNames is the scope of a function of the package: what the generated code itself calls things is taken.
func functionNames() *names {
	n := newNames("s", "m", "a", "err", "in", "worker", "tile", "lane", "key", "first", "end", "kernel", "weights", "fmt", "math", "runtime",
		"element", "spec", "reader")
	for name := range functions {
		n.Take(name)
	}
	return n
}

// sessionDims are the free dims that a session has as fields.
func (m *model) sessionDims() map[string]string {
	dims := map[string]string{m.Program.Past: "s.past", plan.Room: "s.room"}
	for _, d := range m.dims {
		dims[d.name] = "s." + d.field
	}
	for _, x := range m.slides {
		dims[x.Start], dims[x.Room] = "s."+x.start, "s."+x.room
	}
	return dims
}

// step writes the function of a form of the step.
func (m *model) step(f form) string {
	w := m.stepPrinter(f.plan)
	w.attentions = m.attends
	w.block(f.plan.Body)
	m.results(w, f.plan.Outputs, "s.%s = %s")
	body := w.body()
	m.attends = w.attentions
	maps.Copy(m.helps, w.helps)
	return m.head("") + importsOf(w.imports(m.path)) +
		fmt.Sprintf("\n// %s %s.\nfunc (s *Session) %s() error {\n%sreturn nil\n}\n", f.method, f.doc, f.method, body)
}

// stepPrinter writes what hangs on the new rows: their dims are identifiers of their own. States and inputs are those of
// all forms, by their names.
func (m *model) stepPrinter(p *plan.Plan) *printer {
	n, dims := functionNames(), m.sessionDims()
	w := newPrinter(p, m.stored, m.frame, n, dims, m.facts())
	for _, d := range m.news {
		dims[d.name] = n.Dim(d.name)
		w.captures = append(w.captures, capture{dims[d.name], "s." + d.field})
	}
	fields := map[string]string{}
	for _, x := range m.inputs() {
		fields[x.Name] = "s." + m.given[x.View.Store]
	}
	for _, s := range m.states {
		fields[s.Name] = "s." + s.field
	}
	for _, x := range p.States {
		w.stores[x.View.Store] = fields[x.Name]
	}
	for _, x := range p.Inputs {
		w.stores[x.View.Store] = fields[x.Name]
	}
	return w
}

// atOnce reports whether the model is not computed piece by piece.
func (m *model) atOnce() bool { return m.Program.Axis == "" }

// verb is what a session does: it runs, or it steps.
func (m *model) verb() string {
	if m.atOnce() {
		return "run"
	}
	return "step"
}

// results leaves the outputs in the session, without gaps; the format says how.
func (m *model) results(w *printer, outputs []plan.Port, format string) {
	for _, o := range outputs {
		field := m.output(o.Name)
		axes := source.Merged(w.axes(o.View.Axes, o.View))
		if len(axes) == 0 || len(axes) == 1 && source.IsOne(axes[0].Stride[0]) {
			n := source.Product(o.View.Axes)
			w.line(format, field, w.part(o.View, ir.Size{}, n))
			continue
		}
		n := source.Product(o.View.Axes)
		room := w.memory.temporary(w.size(n)) // never released: the caller reads it
		store := &plan.Store{Name: o.Name, Role: plan.Kept, Elements: n}
		w.stores[store] = room
		w.move(plan.View{Store: store, Axes: source.Compact(o.View.Axes)}, o.View)
		w.line(format, field, room)
	}
}

// output is the field of the session that an output is left in.
func (m *model) output(name string) string {
	id, ok := m.ports["out "+name]
	if !ok {
		id = m.session.Of(name)
		m.ports["out "+name] = id
	}
	return id
}

// facts are what is known of dims: there may be no rows yet.
func (m *model) facts() ir.Facts {
	zero := int64(0)
	return ir.Facts{m.Program.Past: {Least: &zero}}
}

// body is what was written, behind the memory that it works in.
func (w *printer) body() string {
	memory := w.memory.declare()
	text := w.declared()
	if w.used["err"] {
		text += "var err error\n"
	}
	return text + memory + w.out.String()
}

// imports are the packages that the text uses.
func (w *printer) imports(path string) []string {
	text := w.out.String()
	var out []string
	if strings.Contains(text, "math.") {
		out = append(out, "math")
	}
	if strings.Contains(text, "kernel.") {
		out = append(out, path+"/kernel")
	}
	return out
}
