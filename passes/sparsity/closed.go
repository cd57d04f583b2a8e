package sparsity

import (
	"fmt"
	"math"
	"math/big"

	"archc/ir"
)

// meaning is what an expression stands for: where it holds, or which affine value it has where. Of what depends on
// data only a part is known: holds is where it is true whatever the data are, may where it is true for some.
type meaning struct {
	truth      bool
	vague      bool // a number that is not known, or a truth with may apart from holds
	holds, may zone
	cases      []choice // disjoint, together everywhere
}

type choice struct {
	where zone
	is    affine
}

func fixed(a affine) meaning { return meaning{cases: []choice{{always(), a}}} }

func truth(z zone) meaning { return meaning{truth: true, holds: z, may: z} }

// unknown is what depends on data.
func unknown(kind ir.Kind) meaning {
	return meaning{truth: kind == ir.Bool, vague: true, holds: never(), may: always()}
}

// Bounds of the analysis: a mask beyond them has no closed form and is counted in another way.
const (
	maxPieces = 64
	maxCases  = 64
)

// way is how a mask is looked at; the zero value is as it is.
type way struct {
	row     *int64 // i, where one row alone is looked at
	lenient bool   // what fails is taken for unknown
	blocks  int64  // the sides have more than so many blocks
}

// closer turns expressions into meanings. The first failure sticks; results after it mean nothing.
type closer struct {
	*frame
	way
	memo  map[*expr]meaning
	err   error
	times int64 // not 0: it failed because the period has to be so many times as long
}

func (c *closer) fail(format string, args ...any) meaning {
	if c.err == nil {
		c.err = fmt.Errorf(format, args...)
	}
	return truth(never())
}

// longer fails for want of a longer period.
func (c *closer) longer(times *big.Int) {
	if c.err == nil {
		c.times = maxPeriod + 1
		if times.IsInt64() {
			c.times = times.Int64()
		}
	}
	c.fail("the mask's period is more than %d", int64(maxPeriod))
}

// maxPeriod bounds the period: the least common multiple of what a mask divides by.
const maxPeriod = 1 << 20

// finding is what is found about a mask: where it holds for sure, where it may hold.
type finding struct {
	*frame
	holds, may zone
}

// find is where a mask holds over a rectangle, or why that is no small union of pieces. The period starts at 1 and
// is made longer as the mask's divisors ask for it.
func find(e *expr, queries, keys ir.Size, w way) (finding, error) {
	for period := int64(1); ; {
		c := &closer{frame: newFrame(period, queries, keys, w.blocks), way: w, memo: map[*expr]meaning{}}
		m := c.of(e)
		if c.err == nil && !m.truth {
			m = c.nonzero(m)
		}
		if c.times == 0 || c.times > maxPeriod/period {
			return finding{c.frame, m.holds, m.may}, c.err
		}
		period *= c.times
	}
}

func (c *closer) of(e *expr) meaning {
	if m, ok := c.memo[e]; ok || c.err != nil {
		return m
	}
	m := c.make(e)
	if len(m.cases) > maxCases {
		m = c.fail("the mask has more than %d cases", maxCases)
	}
	if c.err != nil && c.lenient && (c.times == 0 || c.times > maxPeriod/c.period) {
		c.err, c.times = nil, 0
		m = unknown(e.kind)
	}
	c.memo[e] = m
	return m
}

func (c *closer) make(e *expr) meaning {
	switch e.leaf {
	case 'i':
		if c.row != nil {
			return fixed(number(big.NewRat(*c.row, 1)))
		}
		return fixed(c.position(0))
	case 'j':
		return fixed(c.position(1))
	case 's':
		return fixed(constantly(c.in(e.size)))
	case 'n':
		return c.constant(e.num, e.kind)
	case '?':
		return unknown(e.kind)
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
		case m.vague:
			return nil, false
		case m.truth && len(m.holds) == 0:
			out[i] = 0
		case m.truth && m.holds[0] == (piece{}):
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
	case kind != ir.Bool && m.truth && m.vague:
		return unknown(kind)
	case kind != ir.Bool && m.truth:
		return meaning{cases: []choice{
			{m.holds, number(big.NewRat(1, 1))},
			{c.not(m.holds), number(new(big.Rat))},
		}}
	}
	return m
}

func (c *closer) nonzero(m meaning) meaning {
	return c.notM(same(c, []meaning{m, fixed(number(new(big.Rat)))}))
}

func (c *closer) limit(z zone) zone {
	if c.tooMany || len(z) > maxPieces {
		c.tooMany = false
		c.fail("the mask has more than %d parts", maxPieces)
		return nil
	}
	return z
}

func (c *closer) and(a, b zone) zone {
	if c.err != nil {
		return nil
	}
	return c.limit(c.meetZone(a, b))
}

func (c *closer) or(a, b zone) zone {
	if c.err != nil {
		return nil
	}
	return c.limit(c.union(a, b))
}

func (c *closer) not(z zone) zone {
	if c.err != nil {
		return nil
	}
	return c.limit(c.join(c.minus(always(), z)))
}

// both lifts "and" and "or" to truths of which a part is known.
func (c *closer) both(a, b meaning, op func(a, b zone) zone) meaning {
	out := truth(op(a.holds, b.holds))
	if a.vague || b.vague {
		out.vague, out.may = true, op(a.may, b.may)
	}
	return out
}

func (c *closer) andM(a, b meaning) meaning { return c.both(a, b, c.and) }

func (c *closer) orM(a, b meaning) meaning { return c.both(a, b, c.or) }

func (c *closer) notM(a meaning) meaning {
	out := truth(c.not(a.may))
	if a.vague {
		out.vague, out.may = true, c.not(a.holds)
	}
	return out
}

// text names what is compared, for a reason.
func (c *closer) text(a affine) string {
	if c.period > 1 {
		return "a comparison of blocks and places in them"
	}
	return fmt.Sprintf("%s*i + %s*j", a.k[0].RatString(), a.k[1].RatString())
}
