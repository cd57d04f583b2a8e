package plan

import (
	"fmt"
	"math"
	"math/big"
	"slices"

	"archc/ir"
	"archc/passes"
)

// Room is the free dim that says for how many rows states have room.
const Room = "room"

// Program is a module that is computed piece by piece: what runs before the first row, and what runs for new rows.
type Program struct {
	Axis, Past string // the axis of the rows, and the free dim of Step that is their number so far
	Init, Step *Plan
	Few        *Plan // instead of Step where there are few rows (FewOfSteps); nil where no one asked for it
	States     []Memory
	// Short is another form of Step, for fewer new rows than Below; nil in a program with one form. Both keep the same
	// states in the same places.
	Short *Plan
	Below int
}

// For is the form of the step for so many new rows.
func (p *Program) For(rows int) *Plan {
	if p.Short != nil && rows < p.Below {
		return p.Short
	}
	return p.Step
}

// Forms are all forms of the step.
func (p *Program) Forms() []*Plan {
	if p.Short != nil {
		return []*Plan{p.Step, p.Short}
	}
	return []*Plan{p.Step}
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
	if p.Step, err = Of(ofForm(s, s.Step, last), stepOptions(s)); err != nil {
		return nil, err
	}
	for _, x := range s.States {
		p.States = append(p.States, Memory{x.In, x.Start, x.Next == ""})
	}
	return p, nil
}

func stepOptions(s *passes.Steps) Options { return Options{Capacity: map[string]string{s.Past: Room}} }

// ofForm is the module of a form of the step as it is planned.
func ofForm(s *passes.Steps, form *ir.Module, last bool) *ir.Module {
	if last {
		return LastRow(form, s.Axis)
	}
	return form
}

// FewOfSteps is the plan of a step of few rows (Options.Few), in the form that is cheapest for one row where the steps have
// two: a query is then led to the latents of the keys, which are not widened. Its states are those of OfSteps' Step.
func FewOfSteps(s *passes.Steps, last bool) (*Plan, error) {
	opt := stepOptions(s)
	opt.Few = true
	return Of(ofForm(s, s.ForOne(), last), opt)
}

// OfForms makes the plans as OfSteps does, and that of the form for few new rows where the steps have one.
func OfForms(s *passes.Steps, last bool) (*Program, error) {
	p, err := OfSteps(s, last)
	if err != nil || s.Few == nil {
		return p, err
	}
	if p.Short, err = Of(ofForm(s, s.Few, last), stepOptions(s)); err != nil {
		return nil, err
	}
	if !slices.EqualFunc(p.Step.States, p.Short.States, sameState) {
		return nil, fmt.Errorf("plan: bug: the forms of the step of %s keep their states in different places", p.Step.Name)
	}
	p.Below = above(s.Rows)
	return p, nil
}

// sameState reports whether two plans can take a state from one another as it lies.
func sameState(a, b State) bool {
	x, y := a.Slide, b.Slide
	if (x == nil) != (y == nil) || x != nil && (x.Start != y.Start || x.Room != y.Room || !x.By.Equal(y.By) || !x.Need.Equal(y.Need)) {
		return false
	}
	return a.Name == b.Name && a.View.Store.Elements.Equal(b.View.Store.Elements) && sameLayout(a.View, b.View) && sameLayout(a.Next, b.Next)
}

func sameLayout(a, b View) bool {
	return a.Base.Equal(b.Base) && slices.EqualFunc(a.Axes, b.Axes, func(x, y Axis) bool {
		return x.Label == y.Label && x.Size.Equal(y.Size) && x.Stride.Equal(y.Stride)
	})
}

// above is the least whole number that is not below x.
func above(x *big.Rat) int {
	n := new(big.Int).Add(x.Num(), new(big.Int).Sub(x.Denom(), big.NewInt(1)))
	if n.Div(n, x.Denom()); n.IsInt64() {
		return int(n.Int64())
	}
	return math.MaxInt
}
