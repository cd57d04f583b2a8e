package ir

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
)

// Size is a canonical polynomial with rational coefficients over atoms: free dims (T, S, B) and min, max, floor of
// sizes. Two sizes are equal exactly when their normal forms are. Values are immutable; the zero Size is 0.
type Size struct {
	terms []term // sorted by degree and key, no zero coefficients
}

// Atom is what a Size is a polynomial over: a free dim (Fn is empty) or a function of sizes.
type Atom struct {
	Name string
	Fn   string // "", "min", "max" or "floor"
	Args []Size
	key  string
}

// Const is a whole number as a size.
func Const(n int64) Size {
	if n == 0 {
		return Size{}
	}
	return Size{[]term{{new(big.Rat).SetInt64(n), unit}}}
}

// Rational is a rational number as a size.
func Rational(r *big.Rat) Size {
	if r.Sign() == 0 {
		return Size{}
	}
	return Size{[]term{{new(big.Rat).Set(r), unit}}}
}

// Free is the size of a free dim.
func Free(name string) Size { return atomSize(&Atom{Name: name, key: name}) }

func atomSize(a *Atom) Size {
	return Size{[]term{{oneRat, monomialOf([]power{{a, 1}})}}}
}

// Min is the smaller of two sizes, folded when both are numbers.
func Min(a, b Size) Size { return extreme("min", a, b, -1) }

// Max is the larger of two sizes, folded when both are numbers.
func Max(a, b Size) Size { return extreme("max", a, b, 1) }

func extreme(fn string, a, b Size, sign int) Size {
	if a.Equal(b) {
		return a
	}
	if d, ok := a.Sub(b).Rat(); ok {
		if d.Sign() == sign {
			return a
		}
		return b
	}
	if a.String() > b.String() {
		a, b = b, a
	}
	return call(fn, a, b)
}

// Floor rounds down, folded when the size is a number or whole whatever the dims are.
func Floor(a Size) Size {
	if r, ok := a.Rat(); ok {
		q := new(big.Int).Div(r.Num(), r.Denom()) // Euclidean: rounds down for a positive denominator
		return Rational(new(big.Rat).SetInt(q))
	}
	var outside, inside Size // what is whole whatever the dims are, and the rest
	for _, t := range a.terms {
		if one := (Size{[]term{t}}); one.whole() {
			outside.terms = append(outside.terms, t)
		} else {
			inside.terms = append(inside.terms, t)
		}
	}
	if inside.IsZero() {
		return a
	}
	if !outside.IsZero() {
		return outside.Add(Floor(inside))
	}
	return call("floor", a)
}

// whole reports whether every coefficient is whole and every atom is: dims and floors are, min and max of wholes.
func (s Size) whole() bool {
	for _, t := range s.terms {
		if !t.coef.IsInt() {
			return false
		}
		for _, p := range t.mono.powers {
			if p.atom.Fn != "floor" && slices.ContainsFunc(p.atom.Args, func(a Size) bool { return !a.whole() }) {
				return false
			}
		}
	}
	return true
}

func call(fn string, args ...Size) Size {
	parts := make([]string, len(args))
	for i, a := range args {
		parts[i] = a.String()
	}
	return atomSize(&Atom{Fn: fn, Args: args, key: fn + "(" + strings.Join(parts, ", ") + ")"})
}

// Add is s + o.
func (s Size) Add(o Size) Size {
	switch {
	case len(s.terms) == 0:
		return o
	case len(o.terms) == 0:
		return s
	case s.isNumber() && o.isNumber():
		return Rational(added(s.terms[0].coef, o.terms[0].coef))
	}
	return merge(s.terms, o.terms)
}

// Sub is s - o.
func (s Size) Sub(o Size) Size { return s.Add(o.scale(minusOne)) }

// Mul is s * o.
func (s Size) Mul(o Size) Size {
	switch {
	case len(s.terms) == 0 || len(o.terms) == 0:
		return Size{}
	case o.isNumber():
		return s.scale(o.terms[0].coef)
	case s.isNumber():
		return o.scale(s.terms[0].coef)
	}
	out := make([]term, 0, len(s.terms)*len(o.terms))
	for _, a := range s.terms {
		for _, b := range o.terms {
			out = append(out, term{multiplied(a.coef, b.coef), a.mono.times(b.mono)})
		}
	}
	return collect(out)
}

var minusOne, oneRat = big.NewRat(-1, 1), big.NewRat(1, 1)

// isNumber reports whether the size is a number other than 0.
func (s Size) isNumber() bool { return len(s.terms) == 1 && s.terms[0].mono == unit }

// scale is r times the size, for r other than 0.
func (s Size) scale(r *big.Rat) Size {
	if r.Cmp(oneRat) == 0 {
		return s
	}
	out := make([]term, len(s.terms))
	for i, t := range s.terms {
		out[i] = term{multiplied(t.coef, r), t.mono}
	}
	return Size{out}
}

// Equal reports whether the normal forms are the same.
func (s Size) Equal(o Size) bool {
	return slices.EqualFunc(s.terms, o.terms, func(a, b term) bool {
		return a.mono.compare(b.mono) == 0 && a.coef.Cmp(b.coef) == 0
	})
}

// Terms is the number of terms of the normal form.
func (s Size) Terms() int { return len(s.terms) }

// IsZero reports whether the size is 0.
func (s Size) IsZero() bool { return len(s.terms) == 0 }

// Rat returns the size as a number when it has no atoms.
func (s Size) Rat() (*big.Rat, bool) {
	switch {
	case len(s.terms) == 0:
		return new(big.Rat), true
	case len(s.terms) == 1 && s.terms[0].mono == unit:
		return new(big.Rat).Set(s.terms[0].coef), true
	}
	return nil, false
}

// Int returns the size as an int64 when it is a whole number that fits.
func (s Size) Int() (int64, bool) {
	r, ok := s.Rat()
	if !ok || !r.IsInt() || !r.Num().IsInt64() {
		return 0, false
	}
	return r.Num().Int64(), true
}

// Frees lists the free dims that occur in the size, sorted.
func (s Size) Frees() []string {
	switch {
	case len(s.terms) == 0 || s.isNumber():
		return nil
	case len(s.terms) == 1 && len(s.terms[0].mono.powers) == 1 && s.terms[0].mono.powers[0].atom.Fn == "":
		return []string{s.terms[0].mono.powers[0].atom.Name}
	}
	set := map[string]bool{}
	s.frees(set)
	return slices.Sorted(maps.Keys(set))
}

func (s Size) frees(set map[string]bool) {
	for _, t := range s.terms {
		for _, p := range t.mono.powers {
			if p.atom.Fn == "" {
				set[p.atom.Name] = true
			}
			for _, a := range p.atom.Args {
				a.frees(set)
			}
		}
	}
}

// applied is the atom's function of other sizes.
func (a *Atom) applied(args []Size) Size {
	switch a.Fn {
	case "min":
		return Min(args[0], args[1])
	case "max":
		return Max(args[0], args[1])
	}
	return Floor(args[0])
}

// Eval gives the number at the given values of the free dims; false when one is missing.
func (s Size) Eval(env map[string]int64) (*big.Rat, bool) {
	if r, ok := s.value(env); ok {
		return r, true
	}
	sizes := make(map[string]Size, len(env)) // what is missing may be multiplied with 0
	for k, v := range env {
		sizes[k] = Const(v)
	}
	return s.Substitute(sizes).Rat()
}

// Whole is Eval of a size that has to be a whole number. The error names the free dims that are missing, or the number.
func (s Size) Whole(env map[string]int64) (*big.Int, error) {
	v, ok := s.Eval(env)
	if !ok {
		missing := slices.DeleteFunc(s.Frees(), func(f string) bool { _, has := env[f]; return has })
		return nil, fmt.Errorf("no size given for %s", strings.Join(missing, ", "))
	}
	if !v.IsInt() {
		return nil, fmt.Errorf("%s is %s, not a whole number", s, v.RatString())
	}
	return new(big.Int).Set(v.Num()), nil
}

// value is Eval without normal forms on the way, where every free dim has a value.
func (s Size) value(env map[string]int64) (*big.Rat, bool) {
	total := new(big.Rat)
	for _, t := range s.terms {
		v := t.coef
		for _, p := range t.mono.powers {
			a, ok := p.atom.value(env)
			if !ok {
				return nil, false
			}
			for range p.exp {
				v = multiplied(v, a)
			}
		}
		total = added(total, v)
	}
	return total, true
}

func (a *Atom) value(env map[string]int64) (*big.Rat, bool) {
	if a.Fn == "" {
		n, ok := env[a.Name]
		return new(big.Rat).SetInt64(n), ok
	}
	args := make([]Size, len(a.Args))
	for i := range args {
		r, ok := a.Args[i].value(env)
		if !ok {
			return nil, false
		}
		args[i] = Rational(r)
	}
	return a.applied(args).Rat()
}

// String prints the normal form with explicit products, as the text form of the IR reads it: 2*B*T^2 + 3*T.
// Rational coefficients print as 1/2*T.
func (s Size) String() string {
	switch {
	case len(s.terms) == 0:
		return "0"
	case s.isNumber():
		return s.terms[0].coef.RatString()
	case len(s.terms) == 1 && s.terms[0].mono.degree == 1 && s.terms[0].coef.Cmp(oneRat) == 0:
		return s.terms[0].mono.powers[0].atom.key
	}
	var b strings.Builder
	for i, t := range s.terms {
		c := new(big.Rat).Set(t.coef)
		switch {
		case c.Sign() < 0 && i == 0:
			b.WriteString("-")
			c.Neg(c)
		case c.Sign() < 0:
			b.WriteString(" - ")
			c.Neg(c)
		case i > 0:
			b.WriteString(" + ")
		}
		b.WriteString(t.body(c))
	}
	return b.String()
}

func (m term) body(c *big.Rat) string {
	var parts []string
	if m.mono == unit || c.Cmp(oneRat) != 0 {
		parts = append(parts, c.RatString())
	}
	for _, p := range m.mono.powers {
		if p.exp == 1 {
			parts = append(parts, p.atom.key)
		} else {
			parts = append(parts, fmt.Sprintf("%s^%d", p.atom.key, p.exp))
		}
	}
	return strings.Join(parts, "*")
}
