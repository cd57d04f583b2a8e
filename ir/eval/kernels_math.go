package eval

import (
	"fmt"
	"math"
	"slices"

	"archc/ir"
)

// apply is map: the scalar function of the elements that meet by label.
func apply(j *job) ([]*Tensor, error) {
	fn := j.node.Attr.(*ir.MapAttr).Fn
	axes, err := broadcast(axesOf(j.args)...)
	if err != nil {
		return nil, err
	}
	out, err := j.fresh(axes)
	if err != nil {
		return nil, err
	}
	l := newNest(axes, append([]*Tensor{out}, j.args...)...)
	x := make([]float64, len(j.args))
	return one(out, l.each(j.run, nil, func(at []int, n int) error {
		for k := range n {
			for i, t := range j.args {
				x[i] = t.Data[at[i+1]+k*l.last[i+1]]
			}
			out.Data[at[0]+k*l.last[0]] = j.narrow(fn.Eval(x))
			j.work.Elementwise++
		}
		return nil
	}))
}

// fold is a reduction: where it starts, and how it takes one more element. NaN wins over any number.
type fold struct {
	start, startBool float64
	step             func(sum, x float64) float64
}

var folds = map[string]fold{
	"sum": {0, 0, func(sum, x float64) float64 { return sum + x }},
	"max": {math.Inf(-1), 0, func(sum, x float64) float64 { return max(sum, x) }},
	"min": {math.Inf(1), 1, func(sum, x float64) float64 { return min(sum, x) }},
}

func (f fold) from(k ir.Kind) float64 {
	if k == ir.Bool {
		return f.startBool
	}
	return f.start
}

// reduce folds each line of elements from left to right; with prefix every partial result stays.
func reduce(j *job) ([]*Tensor, error) {
	a, t := j.node.Attr.(*ir.ReduceAttr), j.args[0]
	f, ok := folds[a.Fn]
	if !ok {
		return nil, fmt.Errorf("unknown reduction %s", a.Fn)
	}
	for _, l := range a.Labels {
		if _, err := j.axis(t, l); err != nil {
			return nil, err
		}
	}
	free, folded := without(t.Axes, a.Labels...), chosen(t.Axes, a.Labels)
	kept := free
	if a.Prefix {
		kept = t.Axes
	}
	out, err := j.fresh(kept)
	if err != nil {
		return nil, err
	}
	outer, inner := newNest(free, out, t), newNest(folded, out, t)
	base := make([]int, 2)
	return one(out, outer.each(j.run, nil, func(at []int, n int) error {
		for k := range n {
			base[0], base[1] = at[0]+k*outer.last[0], at[1]+k*outer.last[1]
			if err := j.foldLine(f, inner, out, t, base, a.Prefix); err != nil {
				return err
			}
		}
		return nil
	}))
}

func (j *job) foldLine(f fold, l *nest, out, t *Tensor, base []int, prefix bool) error {
	acc := f.from(t.Kind)
	err := l.each(j.run, base, func(at []int, n int) error {
		for k := range n {
			acc = j.narrow(f.step(acc, t.Data[at[1]+k*l.last[1]]))
			j.work.Elementwise++
			if prefix {
				out.Data[at[0]+k*l.last[0]] = acc
			}
		}
		return nil
	})
	if err == nil && !prefix {
		out.Data[base[0]] = acc
	}
	return err
}

// chosen gives the axes whose labels are listed, in the order of the axes.
func chosen(axes []Axis, labels []string) []Axis {
	var out []Axis
	for _, a := range axes {
		if slices.Contains(labels, a.Label) {
			out = append(out, a)
		}
	}
	return out
}

// gather reads the table at index along a label; the labels that both have meet, except that one.
func gather(j *job) ([]*Tensor, error) {
	table, index, label := j.args[0], j.args[1], j.node.Attr.(*ir.LabelAttr).Label
	along, err := j.axis(table, label)
	if err != nil {
		return nil, err
	}
	rest := without(table.Axes, label)
	axes, err := broadcast(index.Axes, rest)
	if err != nil {
		return nil, err
	}
	out, err := j.fresh(axes)
	if err != nil {
		return nil, err
	}
	tableSteps := table.along(axes)
	for i, a := range axes {
		if a.Label == label { // of the index, not of the table
			tableSteps[i] = 0
		}
	}
	size, step := table.Axes[along].Size, table.strides()[along]
	l := nestOf(axes, [][]int{out.along(axes), index.along(axes), tableSteps})
	return one(out, l.each(j.run, nil, func(at []int, n int) error {
		for k := range n {
			where := at[1] + k*l.last[1]
			x := index.Data[where]
			if !(x >= 0 && x < float64(size)) || x != math.Trunc(x) {
				return fmt.Errorf("%s%s is %v, outside axis %s of size %d",
					j.nameOf(1), index.position(where), x, label, size)
			}
			out.Data[at[0]+k*l.last[0]] = table.Data[at[2]+k*l.last[2]+int(x)*step]
		}
		return nil
	}))
}

// nameOf is what the author calls an argument.
func (j *job) nameOf(arg int) string {
	n := j.node.Args[arg].Node
	if a, ok := n.Attr.(*ir.InputAttr); ok {
		return a.Name
	}
	if n.Name != "" {
		return n.Name
	}
	return "the index "
}

// cast keeps the values: a real becomes an int only when it is whole, a number is true when it is not 0.
func cast(j *job) ([]*Tensor, error) {
	t, kind := j.args[0], j.node.Attr.(*ir.KindAttr).Kind
	out, err := j.fresh(slices.Clone(t.Axes))
	if err != nil {
		return nil, err
	}
	l := newNest(t.Axes, out, t)
	return one(out, l.each(j.run, nil, func(at []int, n int) error {
		for k := range n {
			x, to := t.Data[at[1]+k*l.last[1]], &out.Data[at[0]+k*l.last[0]]
			switch {
			case kind == ir.Bool && x != 0:
				*to = 1
			case kind == ir.Bool:
				*to = 0
			case kind == ir.Int && t.Kind == ir.Real && x != math.Trunc(x):
				return fmt.Errorf("%v at %s is not whole", x, t.position(at[1]+k*l.last[1]))
			default:
				*to = x
			}
		}
		return nil
	}))
}
