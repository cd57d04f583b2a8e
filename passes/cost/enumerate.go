package cost

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

// chunkKeys is how many keys are looked at together.
const chunkKeys = 1 << 11

// enumerate evaluates a mask on t rows and s keys, in float64 as its functions are defined. A chunk of
// keys at a time, it runs for each row the steps that vary with i, those that vary with both over all keys
// of the chunk.
func enumerate(mask *expr, t, s int64, env map[string]int64) (pairs, rows int64, err error) {
	var had []bool // rows with a key in an earlier chunk; with one chunk there is none
	if s > chunkKeys {
		had = make([]bool, t)
	}
	for start := int64(0); start < s; start += chunkKeys {
		c := chunk{start: start, keys: min(chunkKeys, s-start), env: env, done: map[*expr]*step{}}
		last, err := c.plan(mask)
		if err != nil {
			return 0, 0, err
		}
		if n := c.pairSteps(); n > maxEvaluations/t/s {
			return 0, 0, tooMany(n, big.NewInt(t), big.NewInt(s))
		}
		c.run(0, func(st *step) bool { return st.varies&variesI == 0 })
		for i := range t {
			c.run(i, func(st *step) bool { return st.varies&variesI != 0 })
			n := last.admitted(c.keys)
			pairs += n
			if n > 0 && (had == nil || !had[i]) {
				rows++
			}
			if n > 0 && had != nil {
				had[i] = true
			}
		}
	}
	return pairs, rows, nil
}

// chunk is a range of keys.
type chunk struct {
	start, keys int64
	env         map[string]int64
	done        map[*expr]*step
	steps       []*step
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

func (c *chunk) run(i int64, want func(*step) bool) {
	for _, st := range c.steps {
		if want(st) {
			st.run(i, c.start)
		}
	}
}

// plan orders the expressions and sets what does not vary at all.
func (c *chunk) plan(e *expr) (*step, error) {
	if st := c.done[e]; st != nil {
		return st, nil
	}
	st := &step{e: e}
	for _, a := range e.args {
		arg, err := c.plan(a)
		if err != nil {
			return nil, err
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
		n, err := whole(e.size, c.env)
		if err != nil {
			return nil, fmt.Errorf("in the mask: %w", err)
		}
		st.out[0], _ = new(big.Float).SetInt(n).Float64()
	}
	c.done[e] = st
	c.steps = append(c.steps, st)
	return st, nil
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

// admitted counts the keys of a row where the mask, whose last step this is, holds.
func (st *step) admitted(keys int64) int64 {
	n := int64(0)
	for _, x := range st.out {
		if x != 0 {
			n++
		}
	}
	if st.stride() == 0 {
		return n * keys
	}
	return n
}
