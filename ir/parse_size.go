package ir

import (
	"math/big"

	"archc/ir/diag"
)

// ParseSize reads what Size.String prints: sums of products of numbers, names, powers, and min, max, floor
// of sizes. The error is a *diag.Diagnostic.
func ParseSize(s string) (Size, error) {
	src := diag.NewSource("size", s)
	p := &parser{src: src, scan: scanner{src: src}}
	p.advance()
	size := p.size()
	if p.err == nil && p.tok.kind != tokEnd {
		p.fail(diag.IRSize, p.tok, "unexpected %s behind a size", p.tok)
	}
	if p.err != nil {
		return Size{}, p.err
	}
	return size, nil
}

func (p *parser) size() Size {
	if p.deep++; p.deep > maxSizeNest {
		p.fail(diag.IRLimit, p.tok, "a size nests more than %d deep", maxSizeNest)
	}
	at := p.tok
	sum := Size{}
	for sign, more := p.sign(), true; more && p.err == nil; {
		sum = p.small(at, sum.Add(p.product().Mul(Const(sign))))
		more = p.at("+") || p.at("-")
		sign = p.sign()
	}
	p.deep--
	return sum
}

// sign reads a + or -, if there is one.
func (p *parser) sign() int64 {
	if p.accept("-") {
		return -1
	}
	p.accept("+")
	return 1
}

// length reads the size of an axis or a place along one: a number is whole and not negative (rule V07).
func (p *parser) length() Size {
	at := p.tok
	s := p.size()
	if r, ok := s.Rat(); ok && p.err == nil && (r.Sign() < 0 || !r.IsInt()) {
		p.fail(diag.IRSize, at, "%s is no size of an axis", s)
	}
	return s
}

func (p *parser) product() Size {
	at := p.tok
	out := p.factor()
	for p.accept("*") {
		out = p.small(at, out.Mul(p.factor()))
	}
	return out
}

func (p *parser) factor() Size {
	at := p.tok
	if at.kind == tokNumber {
		return p.rational()
	}
	if at.kind != tokWord {
		p.fail(diag.IRSize, at, "expected a size, found %s", at)
		return Size{}
	}
	p.advance()
	base := Free(at.text)
	if fn, ok := sizeFns[at.text]; ok && p.at("(") {
		base = p.sizeCall(at, fn)
	}
	if !p.accept("^") {
		return base
	}
	out := base
	for range p.whole(maxExponent) - 1 {
		out = p.small(at, out.Mul(base))
	}
	return out
}

// sizeFn is a function in sizes: as many arguments as args says.
type sizeFn struct {
	args  int
	apply func(a []Size) Size
}

var sizeFns = map[string]sizeFn{
	"min":   {2, func(a []Size) Size { return Min(a[0], a[1]) }},
	"max":   {2, func(a []Size) Size { return Max(a[0], a[1]) }},
	"floor": {1, func(a []Size) Size { return Floor(a[0]) }},
}

func (p *parser) sizeCall(at token, fn sizeFn) Size {
	var args []Size
	p.list("(", ")", func() { args = append(args, p.size()) })
	if p.err == nil && len(args) != fn.args {
		p.fail(diag.IRSize, at, "%s takes %d sizes, not %d", at, fn.args, len(args))
	}
	if p.err != nil {
		return Size{}
	}
	return p.small(at, fn.apply(args))
}

func (p *parser) rational() Size {
	at := p.tok
	num := p.digits()
	den := big.NewInt(1)
	if p.accept("/") {
		den = p.digits()
	}
	if p.err != nil {
		return Size{}
	}
	if den.Sign() == 0 {
		p.fail(diag.IRSize, at, "a division by 0")
		return Size{}
	}
	return p.small(at, Rational(new(big.Rat).SetFrac(num, den)))
}

func (p *parser) digits() *big.Int {
	t, v := p.tok, new(big.Int)
	switch {
	case t.kind != tokNumber || digitsEnd(t.text, 0) != len(t.text):
		p.fail(diag.IRSize, t, "expected a whole number, found %s", t)
	case len(t.text) > maxCoefBits/3:
		p.fail(diag.IRLimit, t, "a number of %d digits", len(t.text))
	default:
		v.SetString(t.text, 10)
	}
	p.advance()
	return v
}

// whole reads a number from 1 to limit.
func (p *parser) whole(limit int64) int64 {
	at := p.tok
	v := p.digits()
	if p.err == nil && (!v.IsInt64() || v.Int64() < 1 || v.Int64() > limit) {
		p.fail(diag.IRLimit, at, "%s is not from 1 to %d", at, limit)
	}
	if p.err != nil {
		return 1
	}
	return v.Int64()
}

// small refuses a size whose algebra would grow without bound.
func (p *parser) small(at token, s Size) Size {
	long := len(s.terms) > maxSizeTerms
	for _, t := range s.terms {
		long = long || max(t.coef.Num().BitLen(), t.coef.Denom().BitLen()) > maxCoefBits
		for _, f := range t.mono.powers {
			long = long || f.exp > maxExponent
		}
	}
	if long {
		p.fail(diag.IRLimit, at, "a size of too many terms, or with too large a number in it")
		return Size{}
	}
	return s
}
