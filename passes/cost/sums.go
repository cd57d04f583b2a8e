package cost

import (
	"fmt"
	"slices"

	"archc/ir"
)

// fold sums the work of one run of a region over all its runs.
type fold func(perRun ir.Size) (ir.Size, error)

// once is the fold of what runs once.
func once(s ir.Size) (ir.Size, error) { return s, nil }

// then is the work of one run summed by f, and what one run of the region around does so by outer.
func (f fold) then(outer fold) fold {
	return func(perRun ir.Size) (ir.Size, error) {
		s, err := f(perRun)
		if err != nil {
			return s, err
		}
		return outer(s)
	}
}

// work applies the fold to both sums.
func (f fold) work(w ir.Work) (ir.Work, error) {
	var errs [2]error
	w.Contraction, errs[0] = f(w.Contraction)
	w.Elementwise, errs[1] = f(w.Elementwise)
	if errs[0] != nil {
		return w, errs[0]
	}
	return w, errs[1]
}

// linear splits s = c*name + d; anything but a linear function of the name is an error.
func linear(s ir.Size, name string) (c, d ir.Size, ok bool) {
	at := func(n int64) ir.Size { return s.Substitute(map[string]ir.Size{name: ir.Const(n)}) }
	d = at(0)
	c = at(1).Sub(d)
	return c, d, c.Mul(ir.Free(name)).Add(d).Equal(s)
}

// maxDegree bounds the work of a run as a polynomial in the run's number.
const maxDegree = 8

// sumOver sums s over name = first, first+step, ..., count numbers. A sum of a polynomial is by forward differences:
// with p(m) = sum over k of (kth difference at 0) times binomial(m, k), the sum over m < n has binomial(n, k+1).
func sumOver(s ir.Size, name string, first, step int64, count ir.Size) (ir.Size, error) {
	if !slices.Contains(s.Frees(), name) {
		return s.Mul(count), nil
	}
	at := func(m ir.Size) ir.Size {
		number := m.Mul(ir.Const(step)).Add(ir.Const(first))
		return s.Substitute(map[string]ir.Size{name: number})
	}
	row := make([]ir.Size, maxDegree+2)
	for m := range row {
		row[m] = at(ir.Const(int64(m)))
	}
	var sum, again ir.Size
	m := ir.Free(name)
	for k := int64(0); len(row) > 0; k++ {
		sum = sum.Add(row[0].Mul(binomial(count, k+1)))
		again = again.Add(row[0].Mul(binomial(m, k)))
		for i := range row[1:] {
			row[i] = row[i+1].Sub(row[i])
		}
		row = row[:len(row)-1]
	}
	if !again.Equal(at(m)) {
		return ir.Size{}, fmt.Errorf("its work in a run, %s, is no polynomial in the run's number %s", s, name)
	}
	return sum, nil
}

// binomial is n(n-1)...(n-k+1)/k!.
func binomial(n ir.Size, k int64) ir.Size {
	out := ir.Const(1)
	for i := range k {
		out = out.Mul(n.Sub(ir.Const(i))).Mul(inverse(i + 1))
	}
	return out
}

// facts are those of all free dims: whole numbers, 1 or more. Report.At refuses others.
var facts ir.Facts
