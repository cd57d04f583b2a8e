package cudasource

import (
	"fmt"
	"slices"
	"strings"

	"archc/backends/source"
	"archc/passes/plan"
)

// quantizing is the file of an engine that makes codes of numbers.
const quantizing = "quantize.h"

// quantizes reports whether a matrix is stored in a format.
func (m *model) quantizes() bool {
	return len(m.formats) > 0
}

// quantize chooses the matrices that are stored in the format of the source: those that products multiply by, and that
//
//   - become smaller by it;
//   - are not narrow, which is to have 16 times as many columns as rows or more: what chooses experts is so, and is at most a
//     sixteenth of a square matrix;
//   - are read in one way. A number of the checkpoint that is in two matrices whose rows are unlike, or is read beside its
//     matrix as well, would be two numbers.
//
// A table that is looked up in the same rows is one matrix with them. Matrices whose sums one element takes together are
// quantized together or not at all.
func (m *model) quantize() {
	m.formats = map[*source.Weight]*Format{}
	if m.Matrices == nil {
		return
	}
	groups := m.multiplied()
	for _, f := range slices.Concat(groups...) {
		rows, columns := source.Whole(f.Panels.Rows()), source.Whole(f.Panels.Columns())
		if 16*rows > columns && m.Matrices.Bytes(rows, columns) < m.plain(f, matrix(f.Panels)) {
			m.formats[f] = m.Matrices
		}
	}
	for _, list := range m.byTensor() {
		for i, a := range list {
			for _, b := range list[i+1:] {
				if meet(a, b) {
					delete(m.formats, a)
					delete(m.formats, b)
				}
			}
		}
	}
	for again := true; again; {
		again = false
		for _, g := range groups {
			if n := m.quantized(g); n > 0 && n < len(g) {
				again = true
				for _, f := range g {
					delete(m.formats, f)
				}
			}
		}
	}
}

// quantized is how many of some weights are.
func (m *model) quantized(list []*source.Weight) (n int) {
	for _, f := range list {
		if m.formats[f] != nil {
			n++
		}
	}
	return n
}

// multiplied are the matrices that products multiply by, those together whose sums an element takes together.
func (m *model) multiplied() (out [][]*source.Weight) {
	one := func(list ...*plan.Panels) {
		var group []*source.Weight
		for _, p := range list {
			group = append(group, m.weights.Packed(p))
		}
		out = append(out, group)
	}
	for _, p := range m.plans() {
		p.Body.Walk(func(i plan.Instruction) {
			switch i := i.(type) {
			case *plan.Product:
				one(i.Weights)
			case *plan.Products:
				for _, x := range i.List {
					one(x.Weights)
				}
			case *plan.Stream:
				for _, x := range i.Parts {
					var list []*plan.Panels
					for _, s := range x.Sums {
						list = append(list, s.Weights)
					}
					one(list...)
				}
			}
		})
	}
	return out
}

// byTensor are the fields by the stored tensors that they are of.
func (m *model) byTensor() map[string][]*source.Weight {
	out := map[string][]*source.Weight{}
	for _, f := range m.weights.Order {
		for _, key := range keys(f.Param.Key, f.Param.Loops) {
			out[key] = append(out[key], f)
		}
	}
	return out
}

// keys are those of all runs of the loops that a key names.
func keys(key string, loops []*plan.Loop) []string {
	if len(loops) == 0 {
		return []string{key}
	}
	var out []string
	l := loops[0]
	for i := range source.Whole(l.Count) {
		n := l.First + i*l.Stride
		one := strings.NewReplacer("{"+l.Var+"}", fmt.Sprint(n), "{"+l.Var+"+1}", fmt.Sprint(n+1), "{"+l.Var+"-1}", fmt.Sprint(n-1)).Replace(key)
		out = append(out, keys(one, loops[1:])...)
	}
	return out
}

// meet reports whether two fields of one tensor may have a number of it in common. Each has the numbers at its base and so
// many strides further along each axis; where strides divide one another, they are digits of an offset, and a digit that
// never agrees keeps two apart.
func meet(a, b *source.Weight) bool {
	if a.Panels == nil || b.Panels == nil {
		return true
	}
	x, y := box(a.Panels), box(b.Panels)
	var strides []int64
	for _, v := range slices.Concat(x, y) {
		strides = append(strides, v.stride)
	}
	slices.Sort(strides)
	strides = slices.Compact(strides)
	slices.Reverse(strides)
	p, q := source.Whole(a.Panels.Base), source.Whole(b.Panels.Base)
	apart, above := false, int64(0)
	for _, s := range strides {
		if s < 1 || above%s != 0 {
			return true
		}
		first, last, ok := digit(x, s, p/s, above/s)
		from, to, also := digit(y, s, q/s, above/s)
		if !ok || !also {
			return true
		}
		apart = apart || last < from || to < first
		p, q, above = p%s, q%s, s
	}
	return !apart && p == q
}

// extent is an axis of a matrix in its tensor.
type extent struct{ size, stride int64 }

// box are the axes along which a field has numbers.
func box(p *plan.Panels) (out []extent) {
	for _, axes := range [][]plan.Axis{p.Batch, p.N, p.K} {
		for _, x := range axes {
			if n := source.Whole(x.Size); n != 1 {
				out = append(out, extent{n, source.Whole(x.Stride)})
			}
		}
	}
	for _, s := range p.Steps {
		out = append(out, extent{source.Whole(s.Loop.Count), source.Whole(s.Stride)})
	}
	return out
}

// digit is the range of the digit of a stride, from its first value on; false where it runs over into the one above, of
// which there are `most` (0: there is none above), or two axes share it.
func digit(box []extent, stride, first, most int64) (from, to int64, ok bool) {
	to = first
	n := 0
	for _, x := range box {
		if x.stride == stride {
			to = first + x.size - 1
			n++
		}
	}
	return first, to, n < 2 && (most == 0 || to < most)
}
