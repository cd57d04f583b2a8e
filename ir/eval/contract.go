package eval

import (
	"fmt"
	"slices"

	"archc/ir"
)

// contract is the sum over labels of the product of the arguments.
func contract(j *job) ([]*Tensor, error) {
	return one(j.contract(j.args, j.node.Attr.(*ir.SumAttr).Labels, j.node.Outs[0].Kind))
}

// contract visits each element of the result and, inside, each point of the summed axes.
func (j *job) contract(args []*Tensor, labels []string, kind ir.Kind) (*Tensor, error) {
	all, err := broadcast(axesOf(args)...)
	if err != nil {
		return nil, err
	}
	for _, l := range labels {
		if _, err := j.axis(&Tensor{Axes: all}, l); err != nil {
			return nil, err
		}
	}
	free, summed := without(all, labels...), chosen(all, labels)
	out, err := j.run.alloc(kind, free)
	if err != nil {
		return nil, err
	}
	if args, err = j.lined(j.narrowFactors(args, summed), all, summed); err != nil {
		return nil, err
	}
	outer, inner := newNest(free, append([]*Tensor{out}, args...)...), newNest(summed, args...)
	data := make([][]float64, len(args))
	for i, t := range args {
		data[i] = t.Data
	}
	base, acc := make([]int, len(args)), 0.0
	line := func(at []int, n int) error {
		if j.run.opt.Round != nil && kind == ir.Real {
			acc = sumNarrow(acc, data, at, inner.last, n, &j.work.Contraction, j.run.opt.Round)
			return nil
		}
		acc = sumProducts(acc, data, at, inner.last, n, &j.work.Contraction)
		return nil
	}
	return out, outer.each(j.run, nil, func(at []int, n int) error {
		for k := range n {
			for i := range base {
				base[i] = at[i+1] + k*outer.last[i+1]
			}
			acc = 0
			if err := inner.each(j.run, base, line); err != nil {
				return err
			}
			out.Data[at[0]+k*outer.last[0]] = acc
		}
		return nil
	})
}

// narrowFactors rounds what products are made of where the run asks for it. One argument, or none summed, is no such product.
func (j *job) narrowFactors(args []*Tensor, summed []Axis) []*Tensor {
	narrow := j.run.opt.Factors
	if narrow == nil || len(args) < 2 || len(summed) == 0 {
		return args
	}
	out := slices.Clone(args)
	for i, t := range args {
		if t.Kind != ir.Real {
			continue
		}
		data := make([]float64, len(t.Data))
		for k, x := range t.Data {
			data[k] = narrow(x)
		}
		out[i] = &Tensor{t.Kind, t.Axes, data}
	}
	return out
}

// lined copies an argument whose elements lie far apart along the innermost sum so that they lie side by
// side, where the copy is small beside the work. It changes the order of nothing but memory.
func (j *job) lined(args []*Tensor, all, summed []Axis) ([]*Tensor, error) {
	if len(summed) == 0 {
		return args, nil
	}
	points := 1.0
	for _, a := range all {
		points *= float64(a.Size)
	}
	out := slices.Clone(args)
	for i, t := range args {
		steps := t.along(summed)
		if steps[len(steps)-1] <= 1 || points < 8*float64(len(t.Data)) {
			continue
		}
		var sums []string
		for _, a := range summed {
			if t.Find(a.Label) >= 0 {
				sums = append(sums, a.Label)
			}
		}
		order := append((&Tensor{Axes: without(t.Axes, sums...)}).Labels(), sums...)
		var err error
		if out[i], err = j.run.reorder(t, order); err != nil {
			return nil, fmt.Errorf("argument %d: %w", i+1, err)
		}
	}
	return out, nil
}

// sumProducts adds n products to acc, the factors at their offsets and strides, and counts what it does.
// The explicit conversion keeps the compiler from fusing the multiplication into the addition.
func sumProducts(acc float64, data [][]float64, at, step []int, n int, ops *uint64) float64 {
	count := *ops
	if len(data) == 2 {
		a, b := data[0], data[1]
		ia, ib, sa, sb := at[0], at[1], step[0], step[1]
		for range n {
			acc += float64(a[ia] * b[ib])
			count += 2 // the multiplication and the addition
			ia += sa
			ib += sb
		}
		*ops = count
		return acc
	}
	for k := range n {
		p := data[0][at[0]+k*step[0]]
		for i := 1; i < len(data); i++ {
			p = float64(p * data[i][at[i]+k*step[i]])
			count++
		}
		acc += p
		count++
	}
	*ops = count
	return acc
}

// sumNarrow is sumProducts with each product and each sum rounded.
func sumNarrow(acc float64, data [][]float64, at, step []int, n int, ops *uint64, round func(float64) float64) float64 {
	for k := range n {
		p := data[0][at[0]+k*step[0]]
		for i := 1; i < len(data); i++ {
			p = round(p * data[i][at[i]+k*step[i]])
		}
		acc = round(acc + p)
	}
	*ops += uint64(n) * uint64(len(data))
	return acc
}
