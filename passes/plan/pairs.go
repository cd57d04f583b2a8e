package plan

import (
	"math"
	"slices"

	"archc/ir"
)

// mostPairs bounds how many pairs of a mask are looked at one by one.
const mostPairs = 1 << 22

// pairs is the number of pairs of a query and a key that an attention admits, over all its points and over the runs of
// the loops that its mask hangs on, which times tells. It is an upper bound where the mask hangs on data (an admit in
// the score), or has too many pairs to be looked at.
func (c *Counter) pairs(a *Attention, open []*Loop) (n, times int64, bound bool) {
	bound = slices.ContainsFunc(a.Score, func(o PairOp) bool { return o.Fn == "admit" })
	keys := c.size(a.Key.Size)
	points := slices.Concat(a.Over, a.Lane)
	admits := a.Admits
	look := c.dims(points) * keys
	if admits != nil && look > mostPairs {
		admits, bound = nil, true
	}
	var axes []string
	var loops []*Loop
	for _, e := range []*Expr{a.First, a.End, admits} {
		if e == nil {
			continue
		}
		for _, x := range e.Axes() {
			axes = append(axes, x.Label)
		}
		loops = append(loops, e.Loops()...)
	}
	// Points that no bound tells apart have as many keys.
	var run []Dim
	same := int64(1)
	for _, d := range points {
		if slices.Contains(axes, d.Label) {
			run = append(run, d)
		} else {
			same *= c.size(d.Size)
		}
	}
	at := &point{counter: c, where: map[string]float64{}, runs: map[*Loop]int64{}}
	times = 1
	count := func() { n += at.keys(a, admits, keys) }
	over := func(n int64, set func(k int64), inner func()) func() {
		return func() {
			for k := range n {
				set(k)
				inner()
			}
		}
	}
	visit := count
	for _, d := range run {
		visit = over(c.size(d.Size), func(k int64) { at.where[d.Label] = float64(k) }, visit)
	}
	for _, l := range open {
		if slices.Contains(loops, l) {
			count := c.size(l.Count)
			times *= count
			visit = over(count, func(k int64) { at.runs[l] = k }, visit)
		}
	}
	visit()
	return n * same, times, bound
}

// point is where an expression is computed.
type point struct {
	counter *Counter
	where   map[string]float64 // along axes
	runs    map[*Loop]int64
}

// keys is how many keys a query sees.
func (p *point) keys(a *Attention, admits *Expr, keys int64) int64 {
	first, end := int64(0), keys
	if a.First != nil {
		first = max(first, int64(p.value(a.First)))
	}
	if a.End != nil {
		end = min(end, int64(min(p.value(a.End), math.MaxInt32)))
	}
	if admits == nil {
		return max(0, end-first)
	}
	n := int64(0)
	for k := first; k < end; k++ {
		p.where[a.Key.Label] = float64(k)
		if p.value(admits) != 0 {
			n++
		}
	}
	return n
}

func (p *point) value(e *Expr) float64 {
	switch e.Fn {
	case "const":
		return e.Const
	case "size":
		return float64(p.counter.size(e.Size))
	case "index":
		return p.where[e.Axis.Label]
	case "loop":
		return float64(e.Loop.First + e.Loop.Stride*p.runs[e.Loop])
	}
	args := make([]float64, len(e.Args))
	for i, a := range e.Args {
		args[i] = p.value(a)
	}
	return ir.FnNamed(e.Fn).Eval(args)
}
