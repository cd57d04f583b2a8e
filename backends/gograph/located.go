package gograph

import (
	"errors"
	"fmt"

	"archc/ir/diag"
	"archc/passes/plan"
)

// Located is an error of an instruction, with the node of the program that it comes from. Scope has the numbers of
// layers in it.
type Located struct {
	Op, Scope, Name string
	Src             diag.Span
	Err             error
}

// Error names the op and its place in the model.
func (e *Located) Error() string {
	s := e.Op
	if e.Name != "" {
		s += " " + e.Name
	}
	if e.Scope != "" {
		s += " in " + e.Scope
	}
	return fmt.Sprintf("%s: %v", s, e.Err)
}

// Unwrap gives what is wrong.
func (e *Located) Unwrap() error { return e.Err }

// located puts the innermost instruction's place on an error. The end of the context is no fault of an instruction.
func (g *graph) located(n *plan.Note, loops []*plan.Loop, err error) error {
	var inner *Located
	if g.ctx.Err() != nil || errors.As(err, &inner) {
		return err
	}
	scope := numbered(n.Scope, loops, func(l *plan.Loop) int { return g.runs[l.ID] })
	return &Located{n.Op, scope, n.Name, n.Src, err}
}
