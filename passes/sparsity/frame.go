package sparsity

import (
	"fmt"

	"archc/ir"
)

// frame is a space with its rectangle: rows = P a + t queries and P b + u keys, with 1 <= t, u <= P, so that a and b are
// the last blocks. Where a size is
// no number, a and t are symbols, so that the facts about them fold what a formula in floor(T/P) would hide.
type frame struct {
	space
	rows, keys       ir.Size
	a, t, b, u       ir.Size
	express          map[string]ir.Size // dims of the rectangle in symbols
	symbols          map[string]ir.Size // what each stands for, in dims of the module
	splits           map[string]parts
	queries, keySize ir.Size
	least            int64 // what a, b are at least; without blocks, the free dims of the rectangle too, where it is above 0
}

// parts are a size as by*q + rest, with rest from first to last.
type parts struct {
	q, rest     ir.Size
	first, last int64
}

// newFrame makes the frame of a mask over the given rectangle.
func newFrame(period int64, queries, keys ir.Size, least int64) *frame {
	f := &frame{
		space: space{period: period, facts: ir.Facts{}}, queries: queries, keySize: keys,
		express: map[string]ir.Size{}, symbols: map[string]ir.Size{}, splits: map[string]parts{}, least: least,
	}
	if least > 0 && period == 1 {
		for _, name := range append(queries.Frees(), keys.Frees()...) {
			f.facts[name] = ir.Range{Least: &f.least}
		}
	}
	f.a, f.t = f.divide(queries)
	f.rows = f.a.Mul(ir.Const(period)).Add(f.t)
	if k := keys.Substitute(f.express); k.Equal(f.rows) {
		f.b, f.u = f.a, f.t
	} else {
		f.b, f.u = f.divide(keys)
	}
	f.keys = f.b.Mul(ir.Const(period)).Add(f.u)
	f.lastRow, f.lastKey = f.a, f.b
	if period == 1 {
		f.lastRow, f.lastKey = queries.Sub(ir.Const(1)), keys.Sub(ir.Const(1))
	}
	return f
}

// divide is a side of the rectangle as P a + t. With symbols one of its dims is expressed by them, so that the same
// size in the mask is the same there.
func (f *frame) divide(size ir.Size) (a, t ir.Size) {
	if f.period == 1 {
		return size, ir.Size{}
	}
	by := ir.Const(f.period)
	a, t = floorDiv(size.Sub(ir.Const(1)), f.period)
	t = t.Add(ir.Const(1))
	if _, ok := size.Int(); ok {
		return a, t
	}
	one, last := int64(1), f.period
	a = f.symbol(a, ir.Range{Least: &f.least})
	t = f.symbol(t, ir.Range{Least: &one, Most: &last})
	size = size.Substitute(f.express)
	for _, name := range size.Frees() {
		c, rest, ok := linear(size, name)
		if r, number := c.Rat(); ok && number && r.IsInt() && r.Num().IsInt64() && (r.Num().Int64()+1)*(r.Num().Int64()-1) == 0 &&
			f.facts[name] == (ir.Range{}) {
			f.express[name] = by.Mul(a).Add(t).Sub(rest).Mul(c)
			break
		}
	}
	return a, t
}

// floorDiv is floor(size/by) and what is left.
func floorDiv(size ir.Size, by int64) (q, rest ir.Size) {
	q = ir.Floor(size.Mul(inverse(by)))
	return q, size.Sub(q.Mul(ir.Const(by)))
}

// symbol makes a name that no dim has for a size within a range, which may have earlier symbols in it.
func (f *frame) symbol(is ir.Size, r ir.Range) ir.Size {
	name := fmt.Sprintf("#%d", len(f.symbols))
	f.symbols[name] = f.out(is)
	f.facts[name] = r
	return ir.Free(name)
}

// in writes a size of the module with the frame's symbols.
func (f *frame) in(s ir.Size) ir.Size { return s.Substitute(f.express) }

// out writes a size without them.
func (f *frame) out(s ir.Size) ir.Size { return s.Substitute(f.symbols) }

// split divides a whole size: what is surely a multiple of by goes to the quotient, and the rest too unless it is
// bounded. Then it has two symbols.
func (f *frame) split(k ir.Size, by int64) parts {
	key := fmt.Sprintf("%s/%d", k, by)
	if p, ok := f.splits[key]; ok {
		return p
	}
	p := parts{rest: k}
	if _, ok := k.Int(); ok {
		p.q, p.rest = floorDiv(k, by)
	}
	for _, name := range k.Frees() {
		c, d, ok := linear(p.rest, name)
		times := c.Mul(inverse(by))
		if r, number := times.Rat(); ok && number && r.IsInt() {
			p.q, p.rest = p.q.Add(times.Mul(ir.Free(name))), d
		}
	}
	least, most := f.facts.Bounds(p.rest)
	if least == nil || most == nil || !least.Num().IsInt64() || !most.Num().IsInt64() {
		q, rest := floorDiv(p.rest, by)
		zero := int64(0)
		p.last = by - 1
		p.q = p.q.Add(f.symbol(q, ir.Range{}))
		p.rest = f.symbol(rest, ir.Range{Least: &zero, Most: &p.last})
	} else {
		p.first, p.last = least.Num().Int64(), most.Num().Int64()
	}
	f.splits[key] = p
	return p
}

// linear splits s = c*name + d; anything but a linear function of the name is an error.
func linear(s ir.Size, name string) (c, d ir.Size, ok bool) {
	at := func(n int64) ir.Size { return s.Substitute(map[string]ir.Size{name: ir.Const(n)}) }
	d = at(0)
	c = at(1).Sub(d)
	return c, d, c.Mul(ir.Free(name)).Add(d).Equal(s)
}
