package gograph

import (
	"context"
	"fmt"

	"archc/backends/kernel"
	"archc/passes/plan"
)

// Model is a program ready to run: what runs before the first row, and what runs for new rows.
type Model struct {
	program    *plan.Program
	init, step *Engine
}

// NewModel binds a program and loads its weights.
func NewModel(p *plan.Program, w *Weights, crew *kernel.Crew) (*Model, error) {
	m := &Model{program: p}
	var err error
	if m.init, err = New(p.Init, w, crew); err != nil {
		return nil, err
	}
	m.step, err = New(p.Step, w, crew)
	return m, err
}

// Poison fills the arena with NaN before each step.
func (m *Model) Poison() {
	m.init.Poison()
	m.step.Poison()
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
	given  map[string]Array // inputs of each step that do not change
	// Outputs are those of the module that hang on no row.
	Outputs map[string]Array
}

// Start computes what does not change, from the inputs that have no rows, and gives a session before its first row.
// batch is the number of sequences.
func (m *Model) Start(ctx context.Context, inputs map[string]Array, batch int) (*Session, error) {
	out, err := m.init.run(ctx, inputs, map[string]int{plan.Batch: batch})
	if err != nil {
		return nil, err
	}
	s := &Session{model: m, batch: batch, given: map[string]Array{}, Outputs: out}
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
	for _, p := range m.step.graph.plan.Inputs {
		if x, ok := s.given[p.Name]; ok {
			for _, a := range x.Axes {
				if i := p.View.Find(a.Label); i >= 0 && a.Label != plan.Batch {
					if err := m.step.sees(p, a, i); err != nil {
						return nil, err
					}
				}
			}
		}
	}
	s.states = make([][]float32, len(m.step.graph.plan.States))
	if err := s.grow(leastRoom); err != nil {
		return nil, err
	}
	g := m.step.graph
	for i, x := range g.plan.States {
		if start, ok := starts[x.Name]; ok {
			g.memory[g.store(x.View.Store)] = s.states[i]
			if err := m.step.place(x.View, start); err != nil {
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
	return s.grow(rows)
}

// Past is the number of rows so far.
func (s *Session) Past() int { return s.past }

// grow gives the states room for more rows; those that they have are kept.
func (s *Session) grow(room int) error {
	g := s.model.step.graph
	set := func(name string, n int) error { return g.sizes.set(name, int64(n)) }
	if err := set(plan.Batch, s.batch); err != nil {
		return err
	}
	if err := set(s.model.program.Past, s.past); err != nil {
		return err
	}
	var before [][]int
	if s.room > 0 {
		if err := set(plan.Room, s.room); err != nil {
			return err
		}
		for _, v := range g.states {
			t := v.view.tensor()
			before = append(before, append([]int(nil), t.Stride...))
		}
	}
	if err := set(plan.Room, room); err != nil {
		return err
	}
	for i, v := range g.states {
		n := g.sizes.values[g.bounds[v.view.store]]
		if s.room > 0 && len(s.states[i]) == n {
			continue
		}
		grown := make([]float32, n)
		if s.room > 0 {
			g.memory[v.view.store] = grown
			kernel.Move(v.size.sizes(), v.view.tensor(), kernel.Tensor{Data: s.states[i], Stride: before[i]})
		}
		s.states[i] = grown
	}
	s.room = room
	return nil
}

// Step computes the next rows: inputs and outputs with rows have those alone. After an error the session is as before,
// but for what the rows have written to its states.
func (s *Session) Step(ctx context.Context, inputs map[string]Array) (map[string]Array, error) {
	m := s.model
	g := m.step.graph
	rows := 0
	all := map[string]Array{}
	for name, x := range s.given {
		all[name] = x
	}
	for name, x := range inputs {
		all[name] = x
		for _, a := range x.Axes {
			if a.Label == m.program.Axis {
				rows = a.Size
			}
		}
	}
	if need := s.past + rows; need > s.room {
		if err := s.grow(max(need, 2*s.room)); err != nil {
			return nil, err
		}
	}
	for i, v := range g.states {
		g.memory[v.view.store] = s.states[i]
	}
	out, err := m.step.run(ctx, all, map[string]int{
		plan.Batch: s.batch, m.program.Past: s.past, plan.Room: s.room,
	})
	if err != nil {
		return nil, err
	}
	s.past += rows
	return out, nil
}
