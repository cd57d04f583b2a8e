package eval

import (
	"fmt"
	"slices"

	"archc/ir"
)

// view gives t other axes in the place of the one at position at, over the same elements.
func view(t *Tensor, at int, into ...Axis) (*Tensor, error) {
	out := &Tensor{t.Kind, slices.Concat(t.Axes[:at:at], into, t.Axes[at+1:]), t.Data}
	return out, out.check()
}

func rename(j *job) ([]*Tensor, error) {
	a, t := j.node.Attr.(*ir.RenameAttr), j.args[0]
	at, err := j.axis(t, a.From)
	if err != nil {
		return nil, err
	}
	return one(view(t, at, Axis{a.To, t.Axes[at].Size}))
}

func split(j *job) ([]*Tensor, error) {
	a, t := j.node.Attr.(*ir.SplitAttr), j.args[0]
	at, err := j.axis(t, a.Label)
	if err != nil {
		return nil, err
	}
	into, err := j.sized(a.Into)
	if err != nil {
		return nil, err
	}
	if n, ok := elements(into); !ok || n != int64(t.Axes[at].Size) {
		return nil, fmt.Errorf("axis %s of size %d does not split into %s", a.Label, t.Axes[at].Size, shape(into))
	}
	return one(view(t, at, into...))
}

// merge brings the axes side by side, in the given order at the place of the last of them, and makes them
// one.
func merge(j *job) ([]*Tensor, error) {
	a, t := j.node.Attr.(*ir.MergeAttr), j.args[0]
	if len(a.Labels) == 0 {
		return nil, fmt.Errorf("no axis to merge")
	}
	for _, l := range a.Labels {
		if _, err := j.axis(t, l); err != nil {
			return nil, err
		}
	}
	into, err := j.sized([]ir.Axis{a.Into})
	if err != nil {
		return nil, err
	}
	merged := chosen(t.Axes, a.Labels)
	last := merged[len(merged)-1].Label
	var order []string
	for _, x := range t.Axes {
		switch {
		case x.Label == last:
			order = append(order, a.Labels...)
		case !slices.Contains(a.Labels, x.Label):
			order = append(order, x.Label)
		}
	}
	first := slices.Index(order, a.Labels[0])
	if t, err = j.run.reorder(t, order); err != nil {
		return nil, err
	}
	parts := t.Axes[first : first+len(a.Labels)]
	if n, ok := elements(parts); !ok || n != int64(into[0].Size) {
		return nil, fmt.Errorf("axes %s do not merge into %s", shape(parts), shape(into))
	}
	out := &Tensor{t.Kind, slices.Concat(t.Axes[:first:first], into, t.Axes[first+len(a.Labels):]), t.Data}
	return one(out, out.check())
}

// transpose orders the axes; a batch stays in front.
func transpose(j *job) ([]*Tensor, error) {
	t := j.args[0]
	order := (&Tensor{Axes: chosen(t.Axes, []string{Batch})}).Labels()
	for _, l := range j.node.Attr.(*ir.SumAttr).Labels {
		if _, ok := j.fixed[l]; !ok {
			order = append(order, l)
		}
	}
	return one(j.run.reorder(t, order))
}

func slice(j *job) ([]*Tensor, error) {
	a, t := j.node.Attr.(*ir.SliceAttr), j.args[0]
	at, err := j.axis(t, a.Label)
	if err != nil {
		return nil, err
	}
	start, err := j.size(a.Start)
	if err != nil {
		return nil, err
	}
	into, err := j.sized([]ir.Axis{a.Into})
	if err != nil {
		return nil, err
	}
	size := t.Axes[at].Size
	if start > size || into[0].Size > size-start {
		return nil, fmt.Errorf("%d elements from %d on leave axis %s of size %d",
			into[0].Size, start, a.Label, size)
	}
	list := make([]int, into[0].Size)
	for i := range list {
		list[i] = start + i
	}
	if t, err = j.run.elect(t, elect{label: a.Label, list: list}); err != nil {
		return nil, err
	}
	return one(view(t, at, into[0]))
}

func pick(j *job) ([]*Tensor, error) {
	a := j.node.Attr.(*ir.PickAttr)
	if _, err := j.axis(j.args[0], a.Label); err != nil {
		return nil, err
	}
	at, err := j.size(a.At)
	if err != nil {
		return nil, err
	}
	return one(j.run.elect(j.args[0], elect{fixed: map[string]int{a.Label: at}}))
}

// concat writes the arguments one behind another along the axis that they get in common.
func concat(j *job) ([]*Tensor, error) {
	a := j.node.Attr.(*ir.ConcatAttr)
	total := 0
	lists := make([][]Axis, len(j.args))
	for i, t := range j.args {
		at, err := j.axis(t, a.Labels[i])
		if err != nil {
			return nil, err
		}
		total += t.Axes[at].Size
		lists[i] = slices.Clone(t.Axes)
		lists[i][at].Label = a.Into.Label
	}
	for i, list := range lists { // the sum in the place of the parts, so that they broadcast
		list[slices.IndexFunc(list, func(x Axis) bool { return x.Label == a.Into.Label })].Size = total
		lists[i] = list
	}
	axes, err := broadcast(lists...)
	if err != nil {
		return nil, err
	}
	out, err := j.fresh(axes)
	if err != nil {
		return nil, err
	}
	along := out.Find(a.Into.Label)
	step, start := out.strides()[along], 0
	for i, t := range j.args {
		size := t.Axes[t.Find(a.Labels[i])].Size
		part := slices.Clone(axes)
		part[along] = Axis{a.Into.Label, size}
		from, err := view(t, t.Find(a.Labels[i]), part[along])
		if err != nil {
			return nil, err
		}
		if err := j.run.copy(newNest(part, out, from), out, from, []int{start * step, 0}); err != nil {
			return nil, err
		}
		start += size
	}
	return one(out, nil)
}

// stack writes each argument at its element of the new axis.
func stack(j *job) ([]*Tensor, error) {
	rest, err := broadcast(axesOf(j.args)...)
	if err != nil {
		return nil, err
	}
	into := Axis{j.node.Attr.(*ir.AxisAttr).Axis.Label, len(j.args)}
	axes, err := broadcast([]Axis{into}, rest)
	if err != nil {
		return nil, err
	}
	out, err := j.fresh(axes)
	if err != nil {
		return nil, err
	}
	for i, t := range j.args {
		if err := j.run.place(out, t, map[string]int{into.Label: i}); err != nil {
			return nil, err
		}
	}
	return one(out, nil)
}
