package cost

import (
	"fmt"
	"math"
	"math/big"

	"archc/ir"
)

// affine is i*I + j*J + c with the positions I and J.
type affine struct {
	i, j *big.Rat
	c    ir.Size
}

func number(r *big.Rat) affine { return affine{new(big.Rat), new(big.Rat), ir.Rational(r)} }

func (a affine) scale(r *big.Rat) affine {
	return affine{new(big.Rat).Mul(a.i, r), new(big.Rat).Mul(a.j, r), a.c.Mul(ir.Rational(r))}
}

func (a affine) add(b affine) affine {
	return affine{new(big.Rat).Add(a.i, b.i), new(big.Rat).Add(a.j, b.j), a.c.Add(b.c)}
}

func (a affine) sub(b affine) affine { return a.add(b.scale(big.NewRat(-1, 1))) }

// isFixed reports whether no position occurs.
func (a affine) isFixed() bool { return a.i.Sign() == 0 && a.j.Sign() == 0 }

// rat is the value when it is a number.
func (a affine) rat() (*big.Rat, bool) {
	r, ok := a.c.Rat()
	return r, ok && a.isFixed()
}

// meaning is what an expression stands for: where it holds, or which affine value it has where.
type meaning struct {
	truth bool
	holds zone
	cases []choice // disjoint, together everywhere
}

type choice struct {
	where zone
	is    affine
}

func fixed(a affine) meaning { return meaning{cases: []choice{{always(), a}}} }

func truth(z zone) meaning { return meaning{truth: true, holds: z} }

// Bounds of the analysis: a mask beyond them has no closed form and is enumerated.
const (
	maxBoxes = 16
	maxCases = 16
)

// closer turns expressions into meanings. The first failure sticks; results after it mean nothing.
type closer struct {
	memo map[*expr]meaning
	err  error
}

func (c *closer) fail(format string, args ...any) meaning {
	if c.err == nil {
		c.err = fmt.Errorf(format, args...)
	}
	return truth(never())
}

// zoneOf is where the mask holds, or why that is no small union of half-planes in i, j and i - j.
func zoneOf(e *expr) (zone, error) {
	c := &closer{memo: map[*expr]meaning{}}
	m := c.of(e)
	if c.err == nil && !m.truth {
		m = c.nonzero(m)
	}
	return m.holds, c.err
}

func (c *closer) of(e *expr) meaning {
	if m, ok := c.memo[e]; ok || c.err != nil {
		return m
	}
	m := c.make(e)
	if len(m.cases) > maxCases {
		return c.fail("the mask has more than %d cases", maxCases)
	}
	c.memo[e] = m
	return m
}

func (c *closer) make(e *expr) meaning {
	one, zero := big.NewRat(1, 1), new(big.Rat)
	switch e.leaf {
	case 'i':
		return fixed(affine{one, zero, ir.Size{}})
	case 'j':
		return fixed(affine{zero, one, ir.Size{}})
	case 's':
		return fixed(affine{zero, zero, e.size})
	case 'n':
		return c.constant(e.num, e.kind)
	}
	args := make([]meaning, len(e.args))
	for i, a := range e.args {
		args[i] = c.of(a)
	}
	if c.err != nil {
		return meaning{}
	}
	if e.leaf == 'c' {
		return c.cast(args[0], e.kind)
	}
	if x, ok := plain(args); ok {
		return c.constant(e.fn.Eval(x), e.kind)
	}
	rule := meanings[e.fn.Name]
	if rule == nil {
		return c.fail("%s of positions has no closed form here", e.fn.Name)
	}
	return rule(c, args)
}

// exactBits bounds numbers to those with which float64 arithmetic on positions is exact, as it is here.
const exactBits = 32

// constant is a number that float64 arithmetic on positions treats exactly: few bits, before and after the
// point.
func (c *closer) constant(x float64, kind ir.Kind) meaning {
	if kind == ir.Bool {
		if x != 0 {
			return truth(always())
		}
		return truth(never())
	}
	scaled := math.Ldexp(x, exactBits/2)
	if scaled != math.Trunc(scaled) || math.Abs(x) > 1<<exactBits {
		return c.fail("the number %g in the mask is not one that decides exactly", x)
	}
	return fixed(number(new(big.Rat).SetFloat64(x)))
}

// plain gives the arguments as numbers when all of them are.
func plain(args []meaning) ([]float64, bool) {
	out := make([]float64, len(args))
	for i, m := range args {
		switch {
		case m.truth && len(m.holds) == 0:
			out[i] = 0
		case m.truth && m.holds[0] == (box{}):
			out[i] = 1
		case len(m.cases) == 1:
			r, ok := m.cases[0].is.rat()
			if !ok {
				return nil, false
			}
			out[i], _ = r.Float64()
		default:
			return nil, false
		}
	}
	return out, true
}

// cast converts between truth values and numbers; ints and reals have the same meaning.
func (c *closer) cast(m meaning, kind ir.Kind) meaning {
	switch {
	case kind == ir.Bool && !m.truth:
		return c.nonzero(m)
	case kind != ir.Bool && m.truth:
		return meaning{cases: []choice{
			{m.holds, number(big.NewRat(1, 1))},
			{c.not(m.holds), number(new(big.Rat))},
		}}
	}
	return m
}

func (c *closer) nonzero(m meaning) meaning {
	return meanings["ne"](c, []meaning{m, fixed(number(new(big.Rat)))})
}

func (c *closer) limit(z zone) zone {
	if len(z) > maxBoxes {
		c.fail("the mask has more than %d parts", maxBoxes)
		return nil
	}
	return z
}

func (c *closer) and(a, b zone) zone { return c.limit(a.and(b)) }

func (c *closer) or(a, b zone) zone { return c.limit(a.or(b)) }

func (c *closer) not(z zone) zone {
	out := always()
	for _, b := range z {
		out = c.and(out, b.not())
	}
	return out
}
