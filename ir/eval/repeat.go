package eval

import (
	"fmt"
	"slices"

	"archc/ir"
)

// repeat runs the body once for each number; params inside find it in the environment.
func repeat(j *job) ([]*Tensor, error) {
	a := j.node.Attr.(*ir.RepeatAttr)
	runs, err := j.size(a.Count)
	if err != nil {
		return nil, err
	}
	first := a.Carries(len(j.args))
	carries, sliced := j.args[:first], j.args[first:]
	for i, t := range sliced {
		at, err := j.axis(t, a.Slices[i])
		if err != nil {
			return nil, err
		}
		if t.Axes[at].Size != runs {
			return nil, fmt.Errorf("axis %s has size %d, there are %d runs", a.Slices[i], t.Axes[at].Size, runs)
		}
	}
	given := make([][]*Tensor, len(a.Stacked)) // by value and run
	for n := range runs {
		if err := j.run.tick(longestRun); err != nil {
			return nil, err
		}
		l := a.First + a.Step*int64(n)
		args := append([]*Tensor{Scalar(ir.Int, float64(l))}, carries...)
		for i, t := range sliced {
			element, err := j.run.elect(t, elect{fixed: map[string]int{a.Slices[i]: n}})
			if err != nil {
				return nil, err
			}
			args = append(args, element)
		}
		out, err := j.inside(a.Var, l).region(j.node.Regions[0], args)
		if err != nil {
			return nil, err
		}
		carries = out[:first]
		for i, t := range out[first:] {
			given[i] = append(given[i], t)
			j.run.live += 8 * int64(len(t.Data))
		}
	}
	outs := slices.Clone(carries)
	for i, list := range given {
		t, err := j.stackRuns(list, j.node.Outs[first+i], a.Stacked[i].Label)
		if err != nil {
			return nil, err
		}
		outs = append(outs, t)
	}
	return outs, nil
}

// stackRuns lays what the runs gave along an axis; what one run gave without a batch is the same in all of it.
func (j *job) stackRuns(list []*Tensor, t ir.Type, label string) (*Tensor, error) {
	defer func() {
		for _, t := range list {
			j.run.live -= 8 * int64(len(t.Data))
		}
	}()
	axes, err := broadcast(axesOf(list)...)
	if len(list) == 0 {
		axes, err = j.sized(j.free(t.Without(label)).Axes)
	}
	if err != nil {
		return nil, err
	}
	if axes, err = broadcast([]Axis{{label, len(list)}}, axes); err != nil {
		return nil, err
	}
	out, err := j.run.alloc(t.Kind, axes)
	if err != nil {
		return nil, err
	}
	for n, element := range list {
		if err := j.run.place(out, element, map[string]int{label: n}); err != nil {
			return nil, err
		}
	}
	return out, nil
}
