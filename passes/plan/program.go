package plan

import "archc/passes"

// Room is the free dim that says for how many rows states have room.
const Room = "room"

// Program is a module that is computed piece by piece: what runs before the first row, and what runs for new rows.
type Program struct {
	Axis, Past string // the axis of the rows, and the free dim of Step that is their number so far
	Init, Step *Plan
	States     []Memory
}

// Memory is a state of a program: the input of Step, and the output of Init that it starts from, empty for zeros.
// Constant ones stay what Init made them, and are inputs of Step.
type Memory struct {
	Name, Start string
	Constant    bool
}

// OfSteps makes the plans of a derived program. It computes in one form, whatever the number of rows. With last, outputs
// with rows are given for the last row of a piece alone.
func OfSteps(s *passes.Steps, last bool) (*Program, error) {
	p := &Program{Axis: s.Axis, Past: s.Past}
	var err error
	if p.Init, err = Of(s.Init, Options{}); err != nil {
		return nil, err
	}
	step := s.Step
	if last {
		step = LastRow(step, s.Axis)
	}
	if p.Step, err = Of(step, stepOptions(s)); err != nil {
		return nil, err
	}
	for _, x := range s.States {
		p.States = append(p.States, Memory{x.In, x.Start, x.Next == ""})
	}
	return p, nil
}

func stepOptions(s *passes.Steps) Options { return Options{Capacity: map[string]string{s.Past: Room}} }

// FewOfSteps is the plan of a step of few rows (Options.Few). Its states are those of OfSteps' Step.
func FewOfSteps(s *passes.Steps, last bool) (*Plan, error) {
	opt, step := stepOptions(s), s.Step
	opt.Few = true
	if last {
		step = LastRow(step, s.Axis)
	}
	return Of(step, opt)
}
