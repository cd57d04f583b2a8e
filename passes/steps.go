package passes

import (
	"errors"
	"fmt"
	"math/big"

	"archc/ir"
	"archc/ir/diag"
	"archc/passes/decode"
	"archc/passes/order"
)

// Steps is a module as it is computed piece by piece. Step is the form for many new rows.
type Steps struct {
	*decode.Program
	Behind *ir.Module // the whole module behind the passes
	// Few is the form of Step for fewer new rows than Rows; nil where there is one form for any number.
	Few     *ir.Module
	Rows    *big.Rat
	Attends []order.Alternative // the attends that the two forms compute in different orders
}

// StepsDoc says in the words of a pass what StepsOf does.
const StepsDoc = "derives, behind the passes, the program that computes the model token by token, and its states"

// StepsOf derives the steps of a module along the axis with that label, its outputs' own where it is empty. The module
// is changed. The diagnostic is for the user: this module has no steps, and why. An error is about the compiler.
//
// The module runs through the list of passes first: what one side of an attention decides is then an operand, which
// can be kept, and attention that is linear in its keys is a running sum. Behind the derivation the order of products
// is chosen once more, because few rows of queries now meet many of keys.
func StepsOf(m *ir.Module, axis string, verify bool) (*Steps, *diag.Diagnostic, error) {
	m, err := Run(m, verify)
	if err != nil {
		return nil, nil, err
	}
	p, fault, err := derive(m, axis)
	if fault != nil || err != nil {
		return nil, fault, err
	}
	s := &Steps{Program: p, Behind: m}
	if p.Init, err = order.Run(p.Init); err == nil {
		var c *order.Choice
		if c, err = order.Forms(p.Step); err == nil {
			p.Step, s.Few, s.Attends = c.Long, c.Short, c.Attends
		}
	}
	if err != nil {
		return nil, nil, fmt.Errorf("order of the steps: %w", err)
	}
	for _, a := range s.Attends {
		if x, ok := a.Crossover(); ok && (s.Rows == nil || x.Cmp(s.Rows) < 0) {
			s.Rows = x
		}
	}
	if s.Rows == nil {
		s.Few = nil
	}
	if verify {
		err = errors.Join(s.verify()...)
	}
	return s, nil, err
}

// ForOne is the form of the step that is cheapest for one new row.
func (s *Steps) ForOne() *ir.Module {
	if s.Few != nil && s.Rows.Cmp(big.NewRat(1, 1)) > 0 {
		return s.Few
	}
	return s.Step
}

// derive turns a panic of the derivation into an error.
func derive(m *ir.Module, axis string) (p *decode.Program, fault *diag.Diagnostic, err error) {
	defer func() {
		if r := recover(); r != nil {
			p, fault, err = nil, nil, fmt.Errorf("decode: bug: %v", r)
		}
	}()
	p, fault = decode.Derive(m, axis)
	return p, fault, nil
}

func (s *Steps) verify() []error {
	out := append(ir.Verify(s.Init), ir.Verify(s.Step)...)
	if s.Few != nil {
		out = append(out, ir.Verify(s.Few)...)
	}
	return out
}
