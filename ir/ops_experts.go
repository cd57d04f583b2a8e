package ir

import "fmt"

// ExpertsAttr runs a body for each of several experts, on the rows that select it.
type ExpertsAttr struct {
	Var  string // the expert's number, a plain name: keys of params inside may hold it
	Of   Axis   // the experts: their label and how many there are
	Slot string // the axis of the index along which one row has its selections
	Rows string // a plain name: inside the body the axis of the selections of one expert, of the free size of that name
}

// Operand is what the body takes for an operand: in the place of the axes that it has in common with the index, and
// in front, the selections of one expert, in the order of the rows and then of the slots. An operand that lacks a row
// axis is the same for all rows along it; one that has the slot axis is taken at the selection's slot.
func (a *ExpertsAttr) Operand(index, operand Type) Type {
	rest := operand.Without(index.Labels()...)
	return Type{operand.Kind, append([]Axis{{a.Rows, Free(a.Rows)}}, rest.Axes...)}
}

// Experts is the contraction grouped by a selection: each expert sees the rows that chose it.
var Experts = &Op{
	Name: "experts",
	Doc: "args: index, which expert a row selects in each slot; valid, false where a selection is dropped; " +
		"operands. Region body(var, operands) runs once for each expert, also for one that nobody selects, and sees of " +
		"each operand the rows of its selections, in the order of the rows and then of the slots. Result: for each row " +
		"the sum of what its valid selections gave, in the order of the slots, from 0. An index that is no expert is an " +
		"error, valid or not",
	Rule: "the index's axes without the slots, which are the row axes, then the axes of the body's result without its " +
		"rows. The index is int and has the slots; valid is bool, with axes of the index. The body takes an operand " +
		"with one axis of rows, in front, in the place of the axes of the index, and gives numbers along its rows",
	Args:    Arity{2, -1},
	Attr:    func() Attr { return new(ExpertsAttr) },
	Regions: []string{"body"},
	Infer:   inferExperts,
	// One addition for each element of each selection; which are valid is not known here.
	Cost: func(n *Node) Work {
		rest := n.Regions[0].Results[0].Type().Without(n.Attr.(*ExpertsAttr).Rows)
		return Work{Elementwise: n.Args[0].Type().Elements().Mul(rest.Elements())}
	},
}

func inferExperts(n *Node) ([]Type, error) {
	a, body := n.Attr.(*ExpertsAttr), n.Regions[0]
	index := n.Args[0].Type()
	if err := a.selection(index, n.Args[1].Type()); err != nil {
		return nil, err
	}
	if len(body.Params) != len(n.Args)-1 || len(body.Results) != 1 {
		return nil, fmt.Errorf("%d operands, %d parameters, %d results",
			len(n.Args)-2, len(body.Params), len(body.Results))
	}
	for i, v := range n.Args[2:] {
		if _, err := Broadcast(index, v.Type()); err != nil {
			return nil, fmt.Errorf("operand %d: %w", i+1, err)
		}
		want := a.Operand(index, v.Type())
		if err := want.distinct(); err != nil {
			return nil, fmt.Errorf("operand %d: %w", i+1, err)
		}
		if got := body.Params[i+1].Outs[0]; !got.Equal(want) {
			return nil, fmt.Errorf("operand %d is %s in the body, which takes %s", i+1, long(want), long(got))
		}
	}
	got := body.Results[0].Type()
	if at := got.Find(a.Rows); got.Kind == Bool || at < 0 || !got.Axes[at].Size.Equal(Free(a.Rows)) {
		return nil, fmt.Errorf("the body gives %s, not numbers along its rows %s", long(got), a.Rows)
	}
	out := Type{got.Kind, append(index.Without(a.Slot).Axes, got.Without(a.Rows).Axes...)}
	return []Type{out}, out.distinct()
}

// selection checks index and valid.
func (a *ExpertsAttr) selection(index, valid Type) error {
	switch {
	case index.Kind != Int:
		return fmt.Errorf("the index is %s, not int", index.Kind)
	case !index.Has(a.Slot):
		return fmt.Errorf("the index has no axis %s", a.Slot)
	case index.Has(a.Rows):
		return fmt.Errorf("the index has the axis %s, which is that of the rows in the body", a.Rows)
	case valid.Kind != Bool:
		return fmt.Errorf("valid is %s, not bool", valid.Kind)
	}
	axes, err := Broadcast(index, valid)
	if err == nil && len(axes) > len(index.Axes) {
		err = fmt.Errorf("valid has the axis %s, which the index has not", axes[len(index.Axes)].Label)
	}
	return err
}
