package sparsity

import (
	"fmt"
	"math/big"

	"archc/ir"
)

// What a step of an enumeration varies with decides when it runs: once, once a key, once a row, or for
// each pair.
const (
	variesNot = 0
	variesJ   = 1
	variesI   = 2
	variesIJ  = variesI | variesJ
)

// step is one expression of a mask in order of evaluation. out has one element, or one for each key.
type step struct {
	e      *expr
	args   []*step
	varies int
	out    []float64
}

// maxEvaluations bounds the work of an enumeration: half a minute or so.
const maxEvaluations = 1 << 32

func tooMany(steps int64, t, s *big.Int) error {
	return fmt.Errorf("%d steps for each of %s x %s pairs are more than the %d that are enumerated",
		steps, t, s, int64(maxEvaluations))
}

// maxHeld bounds the numbers that are held: one for each step and key.
const maxHeld = 1 << 24

// chunkKeys is how many keys are looked at together.
const chunkKeys = 1 << 11

// pairwiseRuns asks a mask, whose sizes are numbers, about every key of a row, in float64 as its functions are
// defined. A chunk of keys at a time, it runs for each row the steps that vary with i, those that vary with both over
// all keys of the chunk.
func pairwiseRuns(mask *expr, t, s int64) (func(i int64) ([]Run, error), error) {
	var chunks []*chunk
	for start := int64(0); start < s; start += chunkKeys {
		c := &chunk{start: start, keys: min(chunkKeys, s-start), done: map[*expr]*step{}}
		if c.last = c.plan(mask); c.last == nil {
			return nil, fmt.Errorf("a size in the mask is no whole number")
		}
		n := c.pairSteps()
		if n > maxEvaluations/t/s || int64(len(c.steps))*s > maxHeld {
			return nil, tooMany(n, big.NewInt(t), big.NewInt(s))
		}
		c.run(0, func(st *step) bool { return st.varies&variesI == 0 })
		chunks = append(chunks, c)
	}
	return func(i int64) ([]Run, error) {
		var out []Run
		for _, c := range chunks {
			c.run(i, func(st *step) bool { return st.varies&variesI != 0 })
			out = c.admitted(out)
		}
		return out, nil
	}, nil
}

// chunk is a range of keys.
type chunk struct {
	start, keys int64
	done        map[*expr]*step
	steps       []*step
	last        *step
}

// pairSteps is how many steps run for each pair.
func (c *chunk) pairSteps() int64 {
	n := int64(1)
	for _, st := range c.steps {
		if st.varies == variesIJ {
			n++
		}
	}
	return n
}

// admitted appends the keys of a row where the mask holds.
func (c *chunk) admitted(out []Run) []Run {
	stride := c.last.stride()
	for k := range c.keys {
		if c.last.out[int(k)*stride] == 0 {
			continue
		}
		if n, j := len(out), c.start+k; n > 0 && out[n-1].To == j {
			out[n-1].To++
		} else {
			out = append(out, Run{j, j + 1})
		}
	}
	return out
}

func (c *chunk) run(i int64, want func(*step) bool) {
	for _, st := range c.steps {
		if want(st) {
			st.run(i, c.start)
		}
	}
}

// plan orders the expressions and sets what does not vary at all; nil when a size is no whole number.
func (c *chunk) plan(e *expr) *step {
	if st := c.done[e]; st != nil {
		return st
	}
	st := &step{e: e}
	for _, a := range e.args {
		arg := c.plan(a)
		if arg == nil {
			return nil
		}
		st.args = append(st.args, arg)
		st.varies |= arg.varies
	}
	switch e.leaf {
	case 'i':
		st.varies = variesI
	case 'j':
		st.varies = variesJ
	}
	st.out = make([]float64, 1)
	if st.varies&variesJ != 0 {
		st.out = make([]float64, c.keys)
	}
	if e.leaf == 's' {
		r, ok := e.size.Rat()
		if !ok || !r.IsInt() {
			return nil
		}
		st.out[0], _ = r.Float64()
	}
	c.done[e] = st
	c.steps = append(c.steps, st)
	return st
}

// run computes a step for row i and the keys from start on.
func (st *step) run(i, start int64) {
	switch st.e.leaf {
	case 'i':
		st.out[0] = float64(i)
	case 'j':
		for j := range st.out {
			st.out[j] = float64(start + int64(j))
		}
	case 'n':
		st.out[0] = st.e.num
	case 'c':
		for j, x := range st.args[0].out {
			st.out[j] = x
			if st.e.kind == ir.Bool && x != 0 {
				st.out[j] = 1
			}
		}
	case 0:
		st.apply()
	}
}

// apply evaluates a function over all keys; arguments that do not vary with j have one element. No
// function has more than three arguments; the copies of the last one are not read.
func (st *step) apply() {
	var x [3]float64
	a, b, c := st.args[0], st.args[len(st.args)/2], st.args[len(st.args)-1]
	da, db, dc := a.stride(), b.stride(), c.stride()
	eval, in := st.e.fn.Eval, x[:len(st.args)]
	for j := range st.out {
		x[0], x[1], x[2] = a.out[j*da], b.out[j*db], c.out[j*dc]
		st.out[j] = eval(in)
	}
}

// stride is 1 for a step with an element for each key, 0 for one with a single element.
func (st *step) stride() int {
	if st.varies&variesJ != 0 {
		return 1
	}
	return 0
}
