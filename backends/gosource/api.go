package gosource

import (
	"fmt"
	"slices"
	"strings"

	"archc/ir"
	"archc/passes/plan"
)

// api writes the package's face: its documentation, the sizes, the model with its weights.
func (m *model) api() string {
	var b strings.Builder
	fmt.Fprintf(&b, `// Package model is the model %s of %s, written by archc build. It is yours to change.
//
// A Model holds the weights of a checkpoint, packed for the kernels. A Session is one sequence that is computed piece by
// piece: what a step keeps of the rows so far is in the session. The bits of a result depend neither on how the rows
// are divided into steps nor on the number of threads.
//
//	m, err := model.Open("path/of/checkpoint", model.Options{})
//	s, err := m.NewSession(%s)
//	scores, err := s.Scores([]int{1, 2, 3})
//
// step.go is the computation, top to bottom.
package model
`, comment(m.Name), comment(quoted(m.File)), strings.TrimPrefix(m.startArguments()+", 1024", ", "))
	b.WriteString(importsOf([]string{"runtime", m.path + "/kernel", m.path + "/weights"}))
	fmt.Fprintf(&b, "\n// Name is what the model is called.\nconst Name = %s\n\n", quoted(m.Name))
	fmt.Fprintf(&b, "// The token ids that the model knows run from 0 to Vocab-1. A text has at most Positions of them; 0 is no limit.\nconst (\nVocab = %d\nPositions = %d\n)\n\n",
		m.Text.Vocab, m.Text.Positions)
	fmt.Fprintf(&b, "// Model is a checkpoint ready to run. Its sessions share its workers: they are used one at a time.\ntype Model struct {\ncrew *kernel.Crew\n\n")
	for _, f := range m.fields.order {
		kind := "[]float32"
		if f.panels != nil {
			kind = "*kernel.Panels"
		}
		if !f.one() {
			kind = "[]" + kind
		}
		fmt.Fprintf(&b, "%s %s // %s\n", f.name, kind, comment(f.describe()))
	}
	b.WriteString(`}

// Options are how a model is opened.
type Options struct {
	Threads   int  // 0: one for each core
	NonFinite bool // accept NaN and infinities in the weights
}

// Check reads the headers of a checkpoint alone, and refuses one that is not of this model and its sizes.
func Check(path string) error {
	set, err := weights.Open(path, spec, true)
	if err != nil {
		return err
	}
	return set.Close()
}

// Open reads a checkpoint: its directory, a .safetensors file or an index. Headers are read first: a checkpoint of other
// sizes is refused with both sides named before any weight is.
func Open(path string, o Options) (*Model, error) {
	set, err := weights.Open(path, spec, !o.NonFinite)
	if err != nil {
		return nil, err
	}
	defer set.Close()
	m := &Model{}
	if err := m.load(set); err != nil {
		return nil, err
	}
	if o.Threads <= 0 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	m.crew = kernel.NewCrew(o.Threads)
	return m, nil
}

// Close ends the workers. A closed model cannot run.
func (m *Model) Close() error {
	m.crew.Close()
	return nil
}
`)
	return b.String()
}

// describe says what a field is: its key, and the shape that is stored.
func (f *field) describe() string {
	parts := make([]string, len(f.param.Shape))
	for i, s := range f.param.Shape {
		parts[i] = s.String()
	}
	return f.param.Key + " [" + strings.Join(parts, ", ") + "]"
}

// argument is an input as a caller gives it.
type argument struct {
	port  plan.Port
	field string // of Inputs
	size  string // how many elements it has, as Go
	shape string
}

// arguments are the inputs of a plan, their sizes in terms of dims as name writes them.
func (m *model) arguments(ports []plan.Port, n *names, name func(string) string) []argument {
	var out []argument
	for _, p := range ports {
		var shape []string
		for _, a := range p.View.Axes {
			if a.Label != plan.Batch {
				shape = append(shape, a.Label)
			}
		}
		size := product(p.View.Axes).Substitute(map[string]ir.Size{plan.Batch: ir.Const(1)})
		if strings.Contains(size.String(), "floor") {
			m.helps["floorDiv"] = true
		}
		out = append(out, argument{p, n.exported(p.Name), goSize(size, name), "[" + strings.Join(shape, ", ") + "]"})
	}
	return out
}

func (a argument) kind() string {
	if a.port.Kind == ir.Int {
		return "[]int"
	}
	return "[]float32"
}

func (a argument) doc() string {
	doc := a.shape
	if a.port.Kind == ir.Bool {
		doc += ", 0 or 1"
	}
	if a.port.Default != nil {
		doc += fmt.Sprintf("; nil is all %v", *a.port.Default)
	}
	return doc
}

// structure writes the type of inputs: the dims that they settle, then the arrays.
func structure(name, doc string, dims map[string]string, order []string, args []argument) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n// %s %s\ntype %s struct {\n", name, doc, name)
	for _, d := range order {
		fmt.Fprintf(&b, "%s int // the size %s\n", dims[d], comment(d))
	}
	for _, a := range args {
		fmt.Fprintf(&b, "%s %s // %s\n", a.field, a.kind(), comment(a.doc()))
	}
	b.WriteString("}\n")
	return b.String()
}

// session writes the sequence that is computed: its memory, its start and its step.
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

// given writes how an input becomes numbers for the kernels.
func (a argument) given(i int) string {
	f := "floats"
	if a.port.Kind == ir.Int {
		f = "wholes"
	}
	missing := "nil"
	if a.port.Default != nil {
		missing = fmt.Sprintf("[]float32{%v}", float32(*a.port.Default))
	}
	return fmt.Sprintf("s.%s(%d, %s, in.%s, %s, %s)", f, i, quoted(a.port.Name), a.field, a.size, missing)
}

const sessionTail = `
// Past is the number of rows so far.
func (s *Session) Past() int { return s.past }

// floats checks an input and takes it as it is; where there is none, missing says what all of it is.
func (s *Session) floats(at int, name string, x []float32, n int, missing []float32) ([]float32, error) {
	if x == nil && missing != nil {
		x = s.input(at, n)
		kernel.Fill(x, missing[0])
	}
	if len(x) != n {
		return nil, fmt.Errorf("the input %s has %d elements, not %d", name, len(x), n)
	}
	return x, nil
}

// wholes is floats of whole numbers, which the kernels take as float32: exact below 2^24.
func (s *Session) wholes(at int, name string, x []int, n int, missing []float32) ([]float32, error) {
	if x == nil {
		return s.floats(at, name, nil, n, missing)
	}
	y := s.input(at, len(x))
	for i, v := range x {
		if y[i] = float32(v); int(y[i]) != v {
			return nil, fmt.Errorf("the input %s has %d, which is no element of anything", name, v)
		}
	}
	return s.floats(at, name, y, n, nil)
}

// input is memory for an input.
func (s *Session) input(at, n int) []float32 {
	for len(s.inputs) <= at {
		s.inputs = append(s.inputs, nil)
	}
	if cap(s.inputs[at]) < n {
		s.inputs[at] = make([]float32, n)
	}
	return s.inputs[at][:n]
}

// places divides the arena into parts of those sizes. It grows with a reserve, so that it does not grow with each row.
func (s *Session) places(sizes ...int) [][]float32 {
	const line = 16 // numbers of a cache line
	total := 0
	for _, n := range sizes {
		total += (n + line - 1) / line * line
	}
	if len(s.arena) < total {
		s.arena = make([]float32, total+total/8)
	}
	s.slots = s.slots[:0]
	at := 0
	for _, n := range sizes {
		s.slots = append(s.slots, s.arena[at:][:n])
		at += (n + line - 1) / line * line
	}
	return s.slots
}

// each calls f for every row below n, its workers side by side where there is work enough for them: so many operations.
func (s *Session) each(n, work int, f func(worker, row int)) {
	const small = 1 << 14
	if work < small {
		for row := range n {
			f(0, row)
		}
		return
	}
	s.model.crew.Do(n, f)
}

// temp is row number k of those that a worker computes in.
func (s *Session) temp(worker, k, n int) []float32 {
	for len(s.temps[worker]) <= k {
		s.temps[worker] = append(s.temps[worker], nil)
	}
	if len(s.temps[worker][k]) < n {
		s.temps[worker][k] = make([]float32, n)
	}
	return s.temps[worker][k][:n]
}

// products are products with packed weights: Out = In Weights^T, for some rows. They are done side by side.
func (s *Session) products(jobs ...kernel.Job) {
	s.jobs = append(s.jobs[:0], jobs...)
	s.model.crew.Products(s.jobs)
}

// attend computes attention; at tells the attentions of the model apart, whose scores need that many rooms.
func (s *Session) attend(at, rooms int, x kernel.Attention) error {
	for len(s.tiles) <= at {
		s.tiles = append(s.tiles, nil)
	}
	workers := s.model.crew.Workers()
	if s.tiles[at] == nil {
		s.tiles[at] = kernel.Tiles(workers, rooms)
	}
	s.lost = make([]error, workers)
	s.model.crew.Attend(&x, s.tiles[at])
	for _, err := range s.lost {
		if err != nil {
			return err
		}
	}
	return nil
}

// lookUp writes, for each pair of a lane and a key of a tile, the element of a table with a number.
func (s *Session) lookUp(t *kernel.Tile, dst, table []float32, size, unit int, where func(lane, key int) (at int, number float64)) {
	for l := range t.Count {
		for k := range t.N {
			at, number := where(l, t.First+k)
			n := int(number)
			if n < 0 || n >= size {
				s.lost[t.Worker] = &kernel.NoElement{Number: float32(number), Size: size}
				n = 0
			}
			dst[k*kernel.Lanes+l] = table[at+n*unit]
		}
	}
}

// contract is a sum of products of two tensors.
func (s *Session) contract(c kernel.Contraction) {
	s.one = c
	s.model.crew.Contract(&s.one)
}
`

// scores writes what continues token ids.
func (m *model) scores(rows, field string) string {
	n := newNames()
	for _, o := range m.Program.Step.Outputs {
		id := n.exported(o.Name)
		if o.Name == m.Text.Output {
			return fmt.Sprintf(`
// Scores computes ids behind those of earlier calls, and gives for each id how well it continues them. The next call
// overwrites them.
func (s *Session) Scores(ids []int) ([]float32, error) {
	out, err := s.Step(Inputs{%s: len(ids), %s: ids})
	if err != nil {
		return nil, err
	}
	return out.%s, nil
}
`, rows, field, id)
		}
	}
	return ""
}

// startArguments are what NewSession takes before the room, as an example.
func (m *model) startArguments() string {
	if len(m.Program.Init.Inputs) == 0 {
		return ""
	}
	return "model.Given{ /* what does not change */ }"
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

// program writes the command.
func (m *model) program() string {
	return fmt.Sprintf(`// Command engine runs the model %s on a checkpoint: go build -o engine . && ./engine -h
package main

import (
	"os"

	%s
	%s
)

func main() {
	m := program.Model{Name: model.Name, Vocab: model.Vocab, Positions: model.Positions, Check: model.Check, Open: open}
	os.Exit(program.Main(m, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// engine is a text that is being computed.
type engine struct {
	*model.Session
	model *model.Model
}

func (e engine) Close() error { return e.model.Close() }

func open(path string, o program.Options) (program.Engine, error) {
	m, err := model.Open(path, model.Options{Threads: o.Threads, NonFinite: o.NonFinite})
	if err != nil {
		return nil, err
	}
	s, err := m.NewSession(o.Room)
	if err != nil {
		return nil, err
	}
	return engine{s, m}, nil
}
`, comment(m.Name), quoted(m.path+"/model"), quoted(m.path+"/program"))
}
