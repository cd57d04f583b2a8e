package eval

import (
	"fmt"
	"math"
	"slices"

	"archc/ir"
)

// reverse turns an axis around.
func reverse(j *job) ([]*Tensor, error) {
	t, label := j.args[0], j.node.Attr.(*ir.LabelAttr).Label
	at, err := j.axis(t, label)
	if err != nil {
		return nil, err
	}
	list := make([]int, t.Axes[at].Size)
	for i := range list {
		list[i] = len(list) - 1 - i
	}
	return one(j.run.elect(t, elect{label: label, list: list}))
}

// stopped gives the argument itself: nothing here takes derivatives.
func stopped(j *job) ([]*Tensor, error) { return one(j.args[0], nil) }

// windows writes the fill, and over it, for each window and each place in one, the element that stands there.
func windows(j *job) ([]*Tensor, error) {
	a, t := j.node.Attr.(*ir.WindowsAttr), j.args[0]
	at, err := j.axis(t, a.Label)
	if err != nil {
		return nil, err
	}
	into, err := j.sized([]ir.Axis{a.Out, a.Window})
	if err != nil {
		return nil, err
	}
	size, rest := t.Axes[at].Size, without(t.Axes, a.Label)
	out, err := j.run.filled(t.Kind, slices.Concat(t.Axes[:at:at], into, t.Axes[at+1:]), a.Fill)
	if err != nil {
		return nil, err
	}
	steps, from := out.along(into), t.strides()[at]
	l := newNest(rest, out, t)
	for o := range into[0].Size {
		for k := range into[1].Size {
			x := int64(o)*a.Stride + int64(k)*a.Dilate - a.Low
			if x < 0 || x >= int64(size) {
				continue
			}
			if err := j.run.copy(l, out, t, []int{o*steps[0] + k*steps[1], int(x) * from}); err != nil {
				return nil, err
			}
		}
	}
	return one(out, nil)
}

// topk keeps, for each line, the numbers of its largest elements in order, and puts each further element in front
// of those that it is above.
func topk(j *job) ([]*Tensor, error) {
	a, t := j.node.Attr.(*ir.TopKAttr), j.args[0]
	at, err := j.axis(t, a.Label)
	if err != nil {
		return nil, err
	}
	into, err := j.sized([]ir.Axis{a.Into})
	if err != nil {
		return nil, err
	}
	k, size := into[0].Size, t.Axes[at].Size
	if k > size {
		return nil, fmt.Errorf("the %d largest of the %d elements along %s", k, size, a.Label)
	}
	rest := without(t.Axes, a.Label)
	out, err := j.fresh(append(slices.Clone(rest), into[0]))
	if err != nil {
		return nil, err
	}
	outer, inner, step := newNest(rest, out, t), newNest(t.Axes[at:at+1], t), t.strides()[at]
	best := make([]int, 0, k+1)
	return one(out, outer.each(j.run, nil, func(starts []int, n int) error {
		for i := range n {
			best = best[:0]
			to, from := starts[0]+i*outer.last[0], starts[1]+i*outer.last[1]
			err := inner.each(j.run, []int{from}, func(where []int, n int) error {
				for e := range n {
					best = ranked(best, k, where[0]+e*step, t.Data)
					j.work.Elementwise++
				}
				return nil
			})
			if err != nil {
				return err
			}
			for place, offset := range best {
				out.Data[to+place] = float64((offset - from) / step)
			}
		}
		return nil
	}))
}

// ranked puts an offset in its place among the k best so far: behind those that it is not above.
func ranked(best []int, k, offset int, data []float64) []int {
	at := len(best)
	for at > 0 && above(data[offset], data[best[at-1]]) {
		at--
	}
	if at == k {
		return best
	}
	best = slices.Insert(best, at, offset)
	return best[:min(k, len(best))]
}

// above is the order of topk: NaN is above every number, and nothing is above NaN.
func above(a, b float64) bool { return a > b || math.IsNaN(a) && !math.IsNaN(b) }
