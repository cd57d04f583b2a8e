package sparsity

import (
	"math/rand/v2"

	"archc/ir"
)

// drawn builds the same random pattern twice: as a mask and as a Go condition.
type drawn struct {
	build
	rnd    *rand.Rand
	i, j   amount
	period int64 // most divisors are divisors of it, so that most masks have short periods
	s      amount
}

// amount is a mask's number and what it is.
type amount struct {
	v  ir.Value
	is func(at place) int64
}

// condition is a mask and whether it admits.
type condition struct {
	v  ir.Value
	is func(at place) bool
}

// place is a pair and the sizes.
type place struct{ i, j, t, s int64 }

func (d drawn) constant(n int64) amount {
	return amount{d.num(n), func(place) int64 { return n }}
}

func (d drawn) op(name string, f func(a, b int64) int64) func(a, b amount) amount {
	return func(a, b amount) amount {
		return amount{d.fn(name, a.v, b.v), func(at place) int64 { return f(a.is(at), b.is(at)) }}
	}
}

func (d drawn) compare(name string, f func(a, b int64) bool) func(a, b amount) condition {
	return func(a, b amount) condition {
		return condition{d.fn(name, a.v, b.v), func(at place) bool { return f(a.is(at), b.is(at)) }}
	}
}

func (d drawn) sub(a, b amount) amount {
	return d.op("sub", func(a, b int64) int64 { return a - b })(a, b)
}

func (d drawn) quo(a amount, by int64) amount { return d.op("quo", floorQuo)(a, d.constant(by)) }

func (d drawn) mod(a amount, by int64) amount {
	return d.op("mod", func(a, b int64) int64 { return a - b*floorQuo(a, b) })(a, d.constant(by))
}

func (d drawn) abs(a amount) amount {
	return amount{d.fn("abs", a.v), func(at place) int64 { return max(a.is(at), -a.is(at)) }}
}

func (d drawn) le(a, b amount) condition {
	return d.compare("le", func(a, b int64) bool { return a <= b })(a, b)
}

func (d drawn) lt(a, b amount) condition {
	return d.compare("lt", func(a, b int64) bool { return a < b })(a, b)
}

func (d drawn) eq(a, b amount) condition {
	return d.compare("eq", func(a, b int64) bool { return a == b })(a, b)
}

func (d drawn) ge(a, b amount) condition {
	return d.compare("ge", func(a, b int64) bool { return a >= b })(a, b)
}

func (d drawn) and(a, b condition) condition {
	return condition{d.fn("and", a.v, b.v), func(at place) bool { return a.is(at) && b.is(at) }}
}

func (d drawn) or(a, b condition) condition {
	return condition{d.fn("or", a.v, b.v), func(at place) bool { return a.is(at) || b.is(at) }}
}

func (d drawn) not(a condition) condition {
	return condition{d.fn("not", a.v), func(at place) bool { return !a.is(at) }}
}

// divisor is mostly a divisor of the period.
func (d drawn) divisor() int64 {
	if d.rnd.IntN(12) == 0 {
		return 2 + d.rnd.Int64N(6)
	}
	return d.period
}

// named are the patterns of the library and of the papers.
func (d drawn) named() condition {
	gap := d.sub(d.i, d.j)
	n, k := 1+d.rnd.Int64N(20), d.divisor()
	switch d.rnd.IntN(11) {
	case 0:
		return d.le(d.j, d.i) // causal
	case 1:
		return d.and(d.ge(gap, d.constant(0)), d.lt(gap, d.constant(n))) // window
	case 2:
		return d.le(d.abs(gap), d.constant(n)) // band
	case 3:
		return d.lt(d.j, d.constant(n)) // sinks
	case 4:
		return d.and(d.le(d.j, d.i), d.eq(d.mod(gap, k), d.constant(0))) // strided
	case 5:
		return d.and(d.le(d.abs(gap), d.constant(n*k)), d.eq(d.mod(gap, k), d.constant(0))) // dilated
	case 6:
		return d.eq(d.quo(d.i, k), d.quo(d.j, k)) // block-local
	case 7:
		return d.ge(d.mod(d.j, k), d.constant(k-1-d.rnd.Int64N(k))) // the last columns of each block
	case 8:
		return d.or(d.eq(d.i, d.constant(0)), d.eq(d.j, d.constant(0))) // global
	case 9:
		return d.eq(d.j, d.sub(d.s, d.constant(1+d.rnd.Int64N(3)))) // global from the end
	}
	in := d // a pattern of blocks
	in.i, in.j = d.quo(d.i, k), d.quo(d.j, k)
	in.s = amount{d.fn("add", d.quo(d.sub(d.s, d.constant(1)), k).v, d.num(1)),
		func(at place) int64 { return floorQuo(d.s.is(at)-1, k) + 1 }}
	in.period = 1 + d.rnd.Int64N(2)
	return in.named()
}

// value is a number of positions.
func (d drawn) value() amount {
	gap := d.sub(d.i, d.j)
	base := []amount{d.i, d.j, gap, gap, d.sub(d.j, d.i)}[d.rnd.IntN(5)]
	switch d.rnd.IntN(8) {
	case 0:
		return d.mod(base, d.divisor())
	case 1:
		return d.quo(base, d.divisor())
	case 2:
		return d.abs(base)
	case 3:
		return d.op("max", func(a, b int64) int64 { return max(a, b) })(base, d.constant(d.rnd.Int64N(9)-4))
	case 4:
		if d.rnd.IntN(4) == 0 { // no closed form
			return d.op("mul", func(a, b int64) int64 { return a * b })(base, d.j)
		}
	}
	return base
}

func (d drawn) raw() condition {
	a, b := d.value(), d.constant(d.rnd.Int64N(31)-10)
	if d.rnd.IntN(5) == 0 {
		b = d.value()
	}
	return []func(a, b amount) condition{d.le, d.lt, d.eq, d.ge}[d.rnd.IntN(4)](a, b)
}

// pattern is a random expression over both.
func (d drawn) pattern(depth int) condition {
	if depth == 0 {
		if d.rnd.IntN(3) == 0 {
			return d.raw()
		}
		return d.named()
	}
	switch a := d.pattern(depth - 1); d.rnd.IntN(5) {
	case 0:
		return d.not(a)
	case 1, 2:
		return d.or(a, d.pattern(d.rnd.IntN(depth)))
	default:
		return d.and(a, d.pattern(d.rnd.IntN(depth)))
	}
}

// draw makes random pattern number n, the same one each time, over a kind of rectangle: T x T, T x S, T queries and
// T + S keys, numbers.
func draw(b build, n uint64) (*ir.Node, func(at place) bool) {
	rnd := rand.New(rand.NewPCG(n, 7))
	t, s := ir.Free("T"), ir.Free("T")
	switch rnd.IntN(6) {
	case 0:
		s = ir.Free("S")
	case 1:
		s = t.Add(ir.Free("S"))
	case 2:
		t, s = ir.Const(1+rnd.Int64N(60)), ir.Const(1+rnd.Int64N(60))
	}
	var is condition
	node := b.attend(t, s, func(b build, i, j ir.Value) ir.Value {
		d := drawn{build: b, rnd: rnd, period: 1 + rnd.Int64N(9)}
		d.i = amount{i, func(at place) int64 { return at.i }}
		d.j = amount{j, func(at place) int64 { return at.j }}
		d.s = amount{b.size(ir.Free("S")), func(at place) int64 { return at.s }}
		is = d.pattern(rnd.IntN(4))
		return is.v
	})
	return node, is.is
}
