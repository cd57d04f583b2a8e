package decode

import (
	"fmt"
	"slices"
	"strings"

	"archc/ir"
)

// span says which rows of an axis along the sequence a value of the step has.
type span int

const (
	fresh  span = iota // those of the new tokens: T of them
	all                // all so far, from the first one on
	recent             // a number of rows before the new ones, then these; rows before the first one hold anything
	heads              // those in front of the first token's row, of an axis of more rows than tokens
	tail               // the first ones, the last ones before the new ones, and these; as many as there are
)

type extent struct {
	span span
	back int64 // of recent and tail: how many rows before the new ones
	keep int64 // of tail: how many of the first rows
}

// join is an extent that has the rows of both, for tails and all.
func (e extent) join(o extent) extent {
	if e.span == all || o.span == all {
		return extent{span: all}
	}
	return extent{tail, max(e.back, o.back), max(e.keep, o.keep)}
}

// before is how many rows of a tail there are before the new ones, when there have been so many in all: the first
// ones, then the last ones of the others.
func (e extent) before(past ir.Size) (first, last ir.Size) {
	if e.keep == 0 {
		return ir.Size{}, ir.Min(ir.Const(e.back), past)
	}
	keep := ir.Const(e.keep)
	if e.back == 0 {
		return ir.Min(keep, past), ir.Size{}
	}
	return ir.Min(keep, past), ir.Min(ir.Const(e.back), ir.Max(past.Sub(keep), ir.Size{}))
}

// wanted are the extents of a value's axes along the sequence, by label. An axis that is not named is fresh.
type wanted map[string]extent

// with is w with another extent at a label.
func (w wanted) with(label string, x extent) wanted {
	out := wanted{}
	for l, e := range w {
		out[l] = e
	}
	out[label] = x
	return out
}

// of keeps the labels that hang on the sequence in a type; what is irregular is wanted as a whole.
func (w wanted) of(d *deriver, t ir.Type) wanted {
	out := wanted{}
	for _, a := range t.Axes {
		switch {
		case d.irregular(a.Size):
			out[a.Label] = extent{span: all}
		case d.mentions(a.Size):
			out[a.Label] = w[a.Label]
		}
	}
	return out
}

func (w wanted) key() string {
	var out []string
	for l, e := range w {
		out = append(out, fmt.Sprintf("%s:%d:%d:%d", l, e.span, e.back, e.keep))
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// size is the size that an axis of the module has in the step.
func (d *deriver) size(a ir.Axis, w wanted) ir.Size {
	if !d.mentions(a.Size) {
		return a.Size
	}
	switch e := w[a.Label]; e.span {
	case all:
		return d.whole(a.Size)
	case recent:
		return ir.Free(d.axis).Add(ir.Const(e.back))
	case tail:
		first, last := e.before(ir.Free(d.past))
		return first.Add(last).Add(ir.Free(d.axis))
	case heads:
		c, _ := d.along(a.Size)
		return ir.Const(max(c, 0))
	}
	return ir.Free(d.axis)
}

func (d *deriver) axisAt(a ir.Axis, w wanted) ir.Axis {
	return ir.Axis{Label: a.Label, Size: d.size(a, w)}
}

// firstRow is the number, in the whole axis T + offset, of the first row that the extent has.
func (d *deriver) firstRow(offset int64, e extent) ir.Size {
	switch e.span {
	case all, heads:
		return ir.Const(0)
	case recent:
		return ir.Free(d.past).Add(ir.Const(offset - e.back))
	}
	return ir.Free(d.past).Add(ir.Const(offset))
}
