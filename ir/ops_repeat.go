package ir

import "fmt"

// RepeatAttr runs a body Count times with Var = First, First+Step, ... A number of runs is a stack of layers, a
// free size a scan over a sequence.
type RepeatAttr struct {
	Var         string
	First, Step int64
	Count       Size
	// Slices are labels, one for each of the last arguments: that argument has the axis, of Count elements, and
	// run number n sees its element n. The arguments before them are the carries.
	Slices []string
	// Stacked are axes of Count elements, one for each result of the body behind the carries: what the runs give
	// stands along it, in their order.
	Stacked []Axis
}

// Carries is the number of carries among so many arguments.
func (a *RepeatAttr) Carries(args int) int { return args - len(a.Slices) }

// Loop is what the variable of a node runs over: First, First+Step, ..., Count numbers in all.
type Loop struct {
	Var         string
	First, Step int64
	Count       Size
}

// Loop is the loop of a repeat or of an experts, which keys of params inside may name; false for other ops.
func (n *Node) Loop() (Loop, bool) {
	switch a := n.Attr.(type) {
	case *RepeatAttr:
		return Loop{a.Var, a.First, a.Step, a.Count}, true
	case *ExpertsAttr:
		return Loop{a.Var, 0, 1, a.Of.Size}, true
	}
	return Loop{}, false
}

// maxRepeat bounds a repeat's numbers, so that no sum of them overflows.
const maxRepeat = 1 << 31

func (a *RepeatAttr) bounded() bool {
	n, whole := a.Count.Int()
	if _, number := a.Count.Rat(); number && (!whole || n < 0 || n >= maxRepeat) {
		return false
	}
	return a.Step >= 1 && a.First > -maxRepeat && max(a.First, a.Step) < maxRepeat
}

// Repeat is the loop: a stack of layers of one kind, a scan over a sequence.
var Repeat = &Op{
	Name: "repeat",
	Doc: "args: the carries before the first run, then tensors that are sliced along the axes behind over: run " +
		"number n sees their element n. Region body(var, carries, elements) gives the carries for the next run, then " +
		"values that are stacked, run by run, along the axes behind stack; params inside take the run's number in " +
		"their key",
	Rule: "the types of the carries, which the body takes after the run's number and gives back; then, for each " +
		"further result of the body, its type behind the axis that it is stacked along. The axes that are sliced and " +
		"stacked have as many elements as there are runs",
	Args:    Arity{0, -1},
	Attr:    func() Attr { return new(RepeatAttr) },
	Regions: []string{"body"},
	Infer:   inferRepeat,
}

func inferRepeat(n *Node) ([]Type, error) {
	a, body := n.Attr.(*RepeatAttr), n.Regions[0]
	carries := a.Carries(len(n.Args))
	if len(body.Params) != len(n.Args)+1 || len(body.Results) != carries+len(a.Stacked) {
		if len(a.Slices)+len(a.Stacked) == 0 {
			return nil, fmt.Errorf("%d carries, %d parameters, %d results",
				carries, len(body.Params), len(body.Results))
		}
		return nil, fmt.Errorf("%d carries, %d slices and %d stacked values: %d parameters, %d results",
			carries, len(a.Slices), len(a.Stacked), len(body.Params), len(body.Results))
	}
	outs := make([]Type, carries, carries+len(a.Stacked))
	for i, v := range n.Args[:carries] {
		outs[i] = v.Type()
		if !body.Params[i+1].Outs[0].Equal(outs[i]) || !body.Results[i].Type().Equal(outs[i]) {
			return nil, fmt.Errorf("carry %d is %s before and %s after", i+1, outs[i], body.Results[i].Type())
		}
	}
	for i, label := range a.Slices {
		if err := a.sliced(n.Args[carries+i].Type(), label, body.Params[carries+i+1].Outs[0]); err != nil {
			return nil, fmt.Errorf("slice %d: %w", i+1, err)
		}
	}
	for i, x := range a.Stacked {
		t, err := a.stack(x, body.Results[carries+i].Type())
		if err != nil {
			return nil, fmt.Errorf("stacked value %d: %w", i+1, err)
		}
		outs = append(outs, t)
	}
	return outs, nil
}

// sliced checks an argument that is sliced against what the body takes of it.
func (a *RepeatAttr) sliced(arg Type, label string, element Type) error {
	at := arg.Find(label)
	switch {
	case at < 0:
		return fmt.Errorf("the argument has no axis %s", label)
	case !arg.Axes[at].Size.Equal(a.Count):
		return fmt.Errorf("axis %s has size %s, there are %s runs", label, arg.Axes[at].Size, a.Count)
	case !element.Equal(arg.Without(label)):
		return fmt.Errorf("an element is %s, the body takes %s", long(arg.Without(label)), long(element))
	}
	return nil
}

// stack is the type of what the runs give, along x.
func (a *RepeatAttr) stack(x Axis, element Type) (Type, error) {
	if !x.Size.Equal(a.Count) {
		return Type{}, fmt.Errorf("axis %s has size %s, there are %s runs", x.Label, x.Size, a.Count)
	}
	t := Type{element.Kind, append([]Axis{x}, element.Axes...)}
	return t, t.distinct()
}
