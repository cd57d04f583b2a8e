// SPDX-License-Identifier: Apache-2.0

package kernel

import "fmt"

// Tensor is a view: element (x, y, ...) of Data stands at Base + x*Stride[0] + y*Stride[1] + ... A stride may be 0 or
// negative. Functions of several tensors take the sizes apart; all have one stride for each of them.
type Tensor struct {
	Data   []float32
	Base   int
	Stride []int
}

// nest walks the elements of all axes but the last: f gets the offsets there.
func nest(size []int, a, b Tensor, f func(x, y int)) {
	last := len(size) - 1
	switch {
	case last <= 0:
		f(a.Base, b.Base)
	case last == 1:
		x, y := a.Base, b.Base
		for range size[0] {
			f(x, y)
			x += a.Stride[0]
			y += b.Stride[0]
		}
	default:
		a1, b1 := Tensor{Stride: a.Stride[1:]}, Tensor{Stride: b.Stride[1:]}
		for i := range size[0] {
			a1.Base, b1.Base = a.Base+i*a.Stride[0], b.Base+i*b.Stride[0]
			nest(size[1:], a1, b1, f)
		}
	}
}

// inner is the size and the strides along the last axis; 1 without axes.
func inner(size []int, a, b Tensor) (n, x, y int) {
	if len(size) == 0 {
		return 1, 0, 0
	}
	last := len(size) - 1
	return size[last], a.Stride[last], b.Stride[last]
}

func empty(size []int) bool {
	for _, n := range size {
		if n == 0 {
			return true
		}
	}
	return false
}

// Move copies from into to. A stride 0 of from repeats. Where both are the same memory, the elements that are
// written must not be read later: elements move towards lower offsets, in rising order.
func Move(size []int, to, from Tensor) {
	if empty(size) {
		return
	}
	n, ds, ss := inner(size, to, from)
	nest(size, to, from, func(d, s int) {
		switch {
		case ds == 1 && ss == 1:
			copy(to.Data[d:d+n], from.Data[s:s+n])
		case ds == 1 && ss == 0:
			Fill(to.Data[d:d+n], from.Data[s])
		default:
			for range n {
				to.Data[d] = from.Data[s]
				d += ds
				s += ss
			}
		}
	})
}

// Set writes one number everywhere.
func Set(size []int, to Tensor, x float32) {
	if empty(size) {
		return
	}
	n, ds, _ := inner(size, to, to)
	nest(size, to, to, func(d, _ int) {
		if ds == 1 {
			Fill(to.Data[d:d+n], x)
			return
		}
		for range n {
			to.Data[d] = x
			d += ds
		}
	})
}

// NoElement says that a looked-up number is no element.
type NoElement struct {
	Number float32
	Size   int
}

// Error names the number and how many elements there are.
func (e *NoElement) Error() string {
	return fmt.Sprintf("number %v is not in 0 to %d", e.Number, e.Size-1)
}

func element(x float32, size int) (int, error) {
	if i := int(x); x >= 0 && i < size && float32(i) == x {
		return i, nil
	}
	return 0, &NoElement{x, size}
}

// Lookup copies, for each element of index, the elements of table at that number, which moves table by along. points
// are the sizes of index, which to and table have first; rest are the further sizes of to and table.
func Lookup(points, rest []int, to, index, table Tensor, along, size int) error {
	if empty(points) {
		return nil
	}
	k := len(points)
	row, from := Tensor{to.Data, 0, to.Stride[k:]}, Tensor{table.Data, 0, table.Stride[k:]}
	var err error
	var at func(axis, d, i, s int)
	at = func(axis, d, i, s int) {
		if axis < k {
			for n := range points[axis] {
				at(axis+1, d+n*to.Stride[axis], i+n*index.Stride[axis], s+n*table.Stride[axis])
			}
			return
		}
		number, bad := element(index.Data[i], size)
		if bad != nil {
			err = bad
			return
		}
		row.Base, from.Base = d, s+number*along
		Move(rest, row, from)
	}
	at(0, to.Base, index.Base, table.Base)
	return err
}

// LookupPanels is Lookup in packed weights: the inputs of the output with that number, which stand contiguous in to's
// last axis.
func LookupPanels(points []int, to, index Tensor, table *Panels) error {
	if empty(points) {
		return nil
	}
	var err error
	k := len(points)
	var at func(axis, d, i int)
	at = func(axis, d, i int) {
		if axis < k {
			for n := range points[axis] {
				at(axis+1, d+n*to.Stride[axis], i+n*index.Stride[axis])
			}
			return
		}
		number, bad := element(index.Data[i], table.N)
		if bad != nil {
			err = bad
			return
		}
		out := to.Data[d : d+table.K]
		for k := range out {
			out[k] = table.At(number, k)
		}
	}
	at(0, to.Base, index.Base)
	return err
}

// Largest writes the numbers of the k largest elements along the last axis of from to the last axis of to. outer are the
// sizes of the other axes, which both have first. scratch has room for n + k numbers.
func Largest(outer []int, to, from Tensor, n, k int, scratch []float32) {
	if empty(outer) || k == 0 {
		return
	}
	last := len(outer)
	row, best := scratch[:n], scratch[n:n+k]
	nest(append(append(make([]int, 0, 8), outer...), 1), to, from, func(d, s int) {
		for i := range row {
			row[i] = from.Data[s+i*from.Stride[last]]
		}
		TopK(best, row, k)
		for i, x := range best {
			to.Data[d+i*to.Stride[last]] = x
		}
	})
}

// Admitted lists the numbers of the elements of mask that are not 0 and gives how many there are.
func Admitted(list []float32, mask Tensor, n int) int {
	k := 0
	for i := range n {
		if mask.Data[mask.Base+i*mask.Stride[0]] != 0 {
			list[k] = float32(i)
			k++
		}
	}
	return k
}

// Selected lists the selections of an expert: the elements of index, counted in order, that are its number where valid
// is not 0. An index that is none of the experts is an error.
func Selected(list []float32, size []int, index, valid Tensor, expert, experts int) (int, error) {
	k, number := 0, 0
	var err error
	var at func(axis, i, v int)
	at = func(axis, i, v int) {
		if axis < len(size) {
			for n := range size[axis] {
				at(axis+1, i+n*index.Stride[axis], v+n*valid.Stride[axis])
			}
			return
		}
		e, bad := element(index.Data[i], experts)
		if bad != nil {
			err = bad
		}
		if e == expert && valid.Data[v] != 0 && bad == nil {
			list[k] = float32(number)
			k++
		}
		number++
	}
	at(0, index.Base, valid.Base)
	return k, err
}

// Collect copies the rows of listed points: points are the sizes that a listed number counts, outer first, and points
// has their strides in from; rest are the sizes of a row. Scatter is the other way.
func Collect(list []float32, points, rest []int, to, from Tensor, scatter bool) {
	k := len(points)
	for n, x := range list {
		number, at := int(x), from.Base
		for axis := k - 1; axis >= 0; axis-- {
			at += number % points[axis] * from.Stride[axis]
			number /= points[axis]
		}
		a := Tensor{to.Data, to.Base + n*to.Stride[0], to.Stride[1:]}
		b := Tensor{from.Data, at, from.Stride[k:]}
		if scatter {
			a, b = b, a
		}
		Move(rest, a, b)
	}
}
