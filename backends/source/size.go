package source

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"archc/ir"
)

// Sizes says what a language calls functions of whole numbers: the smaller and the larger of two, and the first divided by
// the second, rounded down.
type Sizes struct{ Min, Max, Floor string }

// Text writes a size as an expression over whole numbers. name gives the identifier of a free dim. The size is whole for
// all values that its dims take, so a division by the denominator of its terms is exact; under a floor it rounds down.
func (f Sizes) Text(s ir.Size, name func(string) string) string {
	e := f.rational(s, name)
	if e.den == 1 {
		return e.num
	}
	return fmt.Sprintf("%s / %d", e.operand(), e.den)
}

// fraction is an expression over a whole denominator; sum says that the expression is one of several terms.
type fraction struct {
	num string
	den int64
	sum bool
}

// operand is the numerator as an operand of * or /.
func (f fraction) operand() string {
	if f.sum {
		return "(" + f.num + ")"
	}
	return f.num
}

// rational writes a size over the common denominator of its terms.
func (f Sizes) rational(s ir.Size, name func(string) string) fraction {
	type part struct {
		coef *big.Rat
		text string // the product of the powers, "" without any
	}
	var parts []part
	den := big.NewInt(1)
	for _, t := range s.Summands() {
		p := part{coef: t.Coef}
		var factors []string
		for _, power := range t.Powers {
			a := f.atom(power.Atom, name)
			for range power.Exp {
				factors = append(factors, a.operand())
				p.coef = new(big.Rat).Quo(p.coef, big.NewRat(a.den, 1))
			}
		}
		p.text = strings.Join(factors, "*")
		parts = append(parts, p)
		d := p.coef.Denom()
		den = new(big.Int).Div(new(big.Int).Mul(den, d), new(big.Int).GCD(nil, nil, den, d))
	}
	// A positive term first: a difference reads better than a sum that begins with a minus.
	if i := slices.IndexFunc(parts, func(p part) bool { return p.coef.Sign() > 0 }); i > 0 {
		first := parts[i]
		parts = slices.Insert(slices.Delete(parts, i, i+1), 0, first)
	}
	var b strings.Builder
	for i, p := range parts {
		c := new(big.Rat).Mul(p.coef, new(big.Rat).SetInt(den)).Num()
		switch {
		case c.Sign() < 0 && i == 0:
			b.WriteString("-")
		case c.Sign() < 0:
			b.WriteString(" - ")
		case i > 0:
			b.WriteString(" + ")
		}
		c = new(big.Int).Abs(c)
		switch {
		case p.text == "":
			b.WriteString(c.String())
		case c.IsInt64() && c.Int64() == 1:
			b.WriteString(p.text)
		default:
			b.WriteString(c.String() + "*" + p.text)
		}
	}
	if len(parts) == 0 {
		b.WriteString("0")
	}
	return fraction{b.String(), den.Int64(), len(parts) > 1}
}

// atom writes a free dim, or a function of sizes.
func (f Sizes) atom(a *ir.Atom, name func(string) string) fraction {
	switch a.Fn {
	case "":
		return fraction{name(a.Name), 1, false}
	case "floor":
		x := f.rational(a.Args[0], name)
		if x.den == 1 {
			return x
		}
		return fraction{fmt.Sprintf("%s(%s, %d)", f.Floor, x.num, x.den), 1, false}
	}
	x, y := f.rational(a.Args[0], name), f.rational(a.Args[1], name)
	den := x.den * y.den / gcd(x.den, y.den)
	called := f.Min
	if a.Fn == "max" {
		called = f.Max
	}
	return fraction{fmt.Sprintf("%s(%s, %s)", called, x.times(den/x.den), y.times(den/y.den)), den, false}
}

func (f fraction) times(n int64) string {
	if n == 1 {
		return f.num
	}
	return fmt.Sprintf("%d*%s", n, f.operand())
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
