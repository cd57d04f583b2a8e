package figures

import (
	"fmt"
	"math/big"

	"archc/ir"
	"archc/passes"
	"archc/passes/cost"
)

// Form is the order of products in a step where there are two: see package order.
type Form string

// The conventions of --mla. Cheapest is whichever is less work for one new token.
const (
	Cheapest Form = ""
	Naive    Form = "naive"    // what is kept is widened, for each earlier token once more
	Absorbed Form = "absorbed" // the queries take the map in its place
)

// Options chooses conventions.
type Options struct {
	cost.Options
	Form Form
}

// Figures are the formulas of one model.
type Figures struct {
	Forward *cost.Report // one forward pass, as written
	// Prefill is the forward pass behind the passes: the work of a prompt, all its scores included. Decode is the work
	// of the step; with one new token and past = S it attends to S + 1. Cache is what a sequence keeps. All three are
	// nil where NoSteps says why the model is not computed token by token.
	Prefill, Decode *cost.Report
	Cache           *Cache
	Axis, Past      string // the free dims of Decode that are the new tokens and those before them
	NoSteps         string
	Steps           *passes.Steps
	Step            *ir.Module // what Decode counts
}

// FormError says why a model has no such form of the step.
type FormError struct {
	Form Form
	Why  string
}

func (e *FormError) Error() string { return fmt.Sprintf("form %s: %s", e.Form, e.Why) }

// Of counts a verified module, which stays as it is. A module without steps is no error.
func Of(m *ir.Module, opt Options) (*Figures, error) {
	forward, err := cost.Of(m, opt.Options)
	if err != nil {
		return nil, err
	}
	steps, fault, err := passes.StepsOf(m.Clone(), "", false)
	if err != nil {
		return nil, err
	}
	if fault != nil {
		why := fault.Msg
		if !fault.Span.IsZero() {
			why = fmt.Sprintf("%s: %s", fault.Span, fault.Msg)
		}
		if opt.Form != Cheapest {
			return nil, &FormError{opt.Form, why}
		}
		return &Figures{Forward: forward, NoSteps: why}, nil
	}
	f := &Figures{Forward: forward, Cache: cacheOf(steps), Axis: steps.Axis, Past: steps.Past, Steps: steps}
	if f.Prefill, err = cost.Of(steps.Behind, opt.Options); err != nil {
		return nil, err
	}
	if f.Step, err = formOf(steps, opt.Form); err != nil {
		return nil, err
	}
	f.Decode, err = cost.Of(f.Step, opt.Options)
	return f, err
}

// formOf is the module of a step for one new token.
func formOf(s *passes.Steps, form Form) (*ir.Module, error) {
	switch {
	case form != Cheapest && s.Few == nil:
		return nil, &FormError{form, s.Step.Name + " has one form of the step: it keeps nothing that is widened"}
	case form == Absorbed, form == Cheapest && s.Few != nil && s.Rows.Cmp(big.NewRat(1, 1)) > 0:
		return s.Few, nil
	}
	return s.Step, nil
}
