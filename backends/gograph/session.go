package gograph

import (
	"context"
	"fmt"

	"archc/backends/kernel"
	"archc/passes/plan"
)

// Model is a program ready to run: what runs before the first row, and what runs for new rows, in each of its forms.
type Model struct {
	program    *plan.Program
	init, step *Engine
	short      *Engine // nil where the program has one form
}

// NewModel binds a program and loads its weights.
func NewModel(p *plan.Program, w *Weights, crew *kernel.Crew) (*Model, error) {
	m := &Model{program: p}
	var err error
	if m.init, err = New(p.Init, w, crew); err != nil {
		return nil, err
	}
	if m.step, err = New(p.Step, w, crew); err == nil && p.Short != nil {
		m.short, err = New(p.Short, w, crew)
	}
	return m, err
}

// form is the engine for so many new rows.
func (m *Model) form(rows int) *Engine {
	if m.program.For(rows) == m.program.Short {
		return m.short
	}
	return m.step
}

// Poison fills the arena with NaN before each step.
func (m *Model) Poison() {
	for _, e := range []*Engine{m.init, m.step, m.short} {
		if e != nil {
			e.Poison()
		}
	}
}

// leastRoom is the number of rows that a session has room for when it starts.
const leastRoom = 16

// Session is one sequence, or a batch of them in step, that is being computed piece by piece.
type Session struct {
	model  *Model
	past   int
	room   int
	batch  int
	states [][]float32      // in the order of the plan's states
	slides []window         // in the order of the graph's
	given  map[string]Array // inputs of each step that do not change
	inputs map[string]Array // of a step: these and what its caller gives
	out    map[string]Array // of the last step
	next   []window         // slides as a step needs them
	before []kernel.Tensor  // states, while they get other room
	// Outputs are those of the module that hang on no row.
	Outputs map[string]Array
}

// window is where a window of rows begins in its stores, and how many rows these have.
type window struct{ start, room int }

// Start computes what does not change, from the inputs that have no rows, and gives a session before its first row.
// batch is the number of sequences.
func (m *Model) Start(ctx context.Context, inputs map[string]Array, batch int) (*Session, error) {
	out := map[string]Array{}
	if err := m.init.run(ctx, inputs, batch, out); err != nil {
		return nil, err
	}
	s := &Session{model: m, batch: batch, given: map[string]Array{}, inputs: map[string]Array{}, out: map[string]Array{}, Outputs: out}
	starts := map[string]Array{}
	for _, x := range m.program.States {
		switch {
		case x.Constant:
			s.given[x.Name] = out[x.Start]
		case x.Start != "":
			starts[x.Name] = out[x.Start]
		}
		delete(out, x.Start)
	}
	// The sizes of constants are known now; the step's free dims of them are needed for the room of states.
	for i := range m.step.graph.inputs {
		in := &m.step.graph.inputs[i]
		if err := in.settle(s.given[in.Name]); err != nil {
			return nil, err
		}
	}
	g := m.step.graph
	s.states, s.slides = make([][]float32, len(g.plan.States)), make([]window, len(g.slides))
	if err := s.move(func() { s.room = leastRoom }); err != nil {
		return nil, err
	}
	for i, x := range g.plan.States {
		if start, ok := starts[x.Name]; ok {
			g.memory[g.store(x.View.Store)] = s.states[i]
			if err := g.states[i].place(x.View, start); err != nil {
				return nil, fmt.Errorf("state %s: %w", x.Name, err)
			}
		}
	}
	return s, nil
}

// Reserve makes room for so many rows at once, where their number is known before.
func (s *Session) Reserve(rows int) error {
	if rows <= s.room {
		return nil
	}
	return s.move(func() { s.room = rows })
}

// Past is the number of rows so far.
func (s *Session) Past() int { return s.past }

// fit is the window behind which there is room for what a step needs: at the front of its stores again when it has come
// to their end, and in larger ones when it would come there soon again.
func (w window) fit(need int) window {
	switch {
	case w.start+need <= w.room:
		return w
	case 2*need <= w.room:
		return window{0, w.room}
	}
	return window{0, 2 * need}
}

// dims tells a form of the step how the session stands.
func (s *Session) dims(g *graph) error {
	for _, d := range [...]struct {
		name string
		n    int
	}{{plan.Batch, s.batch}, {s.model.program.Past, s.past}, {plan.Room, s.room}} {
		if err := g.sizes.set(d.name, int64(d.n)); err != nil {
			return err
		}
	}
	for i, w := range s.slides { // equal ones in every form
		if err := g.sizes.set(g.slides[i].Start, int64(w.start)); err != nil {
			return err
		}
		if err := g.sizes.set(g.slides[i].Room, int64(w.room)); err != nil {
			return err
		}
	}
	return nil
}

// move gives the states other room; the rows that they have are kept. change says how the session stands then.
func (s *Session) move(change func()) error {
	g := s.model.step.graph
	if err := s.dims(g); err != nil {
		return err
	}
	if s.before == nil {
		s.before = make([]kernel.Tensor, len(g.states))
	}
	for i, v := range g.states {
		g.memory[v.view.store] = s.states[i]
		t := v.view.tensor()
		s.before[i] = kernel.Tensor{Data: t.Data, Base: t.Base, Stride: append(s.before[i].Stride[:0], t.Stride...)}
	}
	change()
	if err := s.dims(g); err != nil {
		return err
	}
	for i, v := range g.states {
		from := s.before[i]
		if n := g.sizes.values[g.bounds[v.view.store]]; len(s.states[i]) != n {
			s.states[i] = make([]float32, n)
		}
		g.memory[v.view.store] = s.states[i]
		if to := v.view.tensor(); len(from.Data) > 0 && (&from.Data[0] != &to.Data[0] || from.Base != to.Base) {
			kernel.Move(v.size.sizes(), to, from)
		}
	}
	return nil
}

// fit gives the states room for a step that is about to run. Room doubles, and a window has moved through half of its
// stores before it goes back, so that a row is copied a bounded number of times.
func (s *Session) fit(rows int) error {
	g := s.model.step.graph
	if err := s.dims(g); err != nil {
		return err
	}
	if err := g.sizes.set(s.model.program.Axis, int64(rows)); err != nil {
		return err
	}
	room, slides, changed := s.room, append(s.next[:0], s.slides...), false
	s.next = slides
	if need := s.past + rows; need > room {
		room, changed = max(need, 2*room), true
	}
	for i := range slides {
		w := slides[i].fit(g.sizes.values[g.slides[i].need])
		changed = changed || w != slides[i]
		slides[i] = w
	}
	if !changed {
		return nil
	}
	return s.move(func() {
		s.room = room
		copy(s.slides, slides)
	})
}

// ahead makes an arena that is too small for a step behind others as large as such steps need until the room is full:
// where it grows with the past, each step would need another one.
func (s *Session) ahead(g *graph, rows int) error {
	if s.past == 0 {
		return nil
	}
	if err := g.sizes.set(s.model.program.Axis, int64(rows)); err != nil {
		return err
	}
	if err := s.dims(g); err != nil {
		return err
	}
	if total, err := g.total(); err != nil || total <= len(g.arena) {
		return err
	}
	if err := g.sizes.set(s.model.program.Past, int64(s.room-rows)); err != nil {
		return err
	}
	total, err := g.total()
	if err == nil {
		g.arena = make([]float32, total)
	}
	return err
}

// Step computes the next rows: inputs and outputs with rows have those alone. The outputs are the session's: the next step
// overwrites them, and allocates nothing unless something has to grow. After an error the session is as before, but for
// what the rows have written to its states.
func (s *Session) Step(ctx context.Context, inputs map[string]Array) (map[string]Array, error) {
	m := s.model
	rows := 0
	clear(s.inputs)
	for name, x := range s.given {
		s.inputs[name] = x
	}
	for name, x := range inputs {
		s.inputs[name] = x
		for _, a := range x.Axes {
			if a.Label == m.program.Axis {
				rows = a.Size
			}
		}
	}
	if err := s.fit(rows); err != nil {
		return nil, err
	}
	e := m.form(rows)
	g := e.graph
	for i, v := range g.states {
		g.memory[v.view.store] = s.states[i]
	}
	if err := s.ahead(g, rows); err != nil {
		return nil, err
	}
	if err := s.dims(g); err != nil {
		return nil, err
	}
	if err := e.run(ctx, s.inputs, s.batch, s.out); err != nil {
		return nil, err
	}
	s.past += rows
	for i := range s.slides {
		s.slides[i].start += g.sizes.values[g.slides[i].by]
	}
	return s.out, nil
}
