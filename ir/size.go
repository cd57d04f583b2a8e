package ir

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// Size is a canonical polynomial with rational coefficients over atoms: free dims (T, S, B) and min, max, floor of
// sizes. Two sizes are equal exactly when their normal forms are. Values are immutable; the zero Size is 0.
type Size struct {
	terms []term // sorted by degree and key, no zero coefficients
}

type term struct {
	coef *big.Rat
	mono []power // sorted by atom key
}

type power struct {
	atom *Atom
	exp  int
}

// Atom is what a Size is a polynomial over: a free dim (Fn is empty) or a function of sizes.
type Atom struct {
	Name string
	Fn   string // "", "min", "max" or "floor"
	Args []Size
	key  string
}

func (m term) key() string {
	var b strings.Builder
	for _, p := range m.mono {
		b.WriteString(p.atom.key)
		b.WriteByte('^')
		b.WriteString(strconv.Itoa(p.exp))
		b.WriteByte(' ')
	}
	return b.String()
}

func (m term) degree() int {
	d := 0
	for _, p := range m.mono {
		d += p.exp
	}
	return d
}

// Const is a whole number as a size.
func Const(n int64) Size { return Rational(big.NewRat(n, 1)) }

// Rational is a rational number as a size.
func Rational(r *big.Rat) Size {
	if r.Sign() == 0 {
		return Size{}
	}
	return Size{[]term{{coef: new(big.Rat).Set(r)}}}
}

// Free is the size of a free dim.
func Free(name string) Size { return atomSize(&Atom{Name: name, key: name}) }

func atomSize(a *Atom) Size {
	return Size{[]term{{big.NewRat(1, 1), []power{{a, 1}}}}}
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
		for _, p := range t.mono {
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

func collect(ts []term) Size {
	sums := map[string]*term{}
	for _, t := range ts {
		k := t.key()
		if old := sums[k]; old != nil {
			old.coef = new(big.Rat).Add(old.coef, t.coef)
			continue
		}
		sums[k] = &term{new(big.Rat).Set(t.coef), t.mono}
	}
	out := make([]term, 0, len(sums))
	for _, k := range slices.Sorted(maps.Keys(sums)) {
		if sums[k].coef.Sign() != 0 {
			out = append(out, *sums[k])
		}
	}
	slices.SortStableFunc(out, func(a, b term) int { return b.degree() - a.degree() })
	return Size{out}
}

// Add is s + o.
func (s Size) Add(o Size) Size {
	switch {
	case len(s.terms) == 0:
		return o
	case len(o.terms) == 0:
		return s
	case s.isNumber() && o.isNumber():
		return Rational(new(big.Rat).Add(s.terms[0].coef, o.terms[0].coef))
	}
	return collect(append(slices.Clone(s.terms), o.terms...))
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
	var out []term
	for _, a := range s.terms {
		for _, b := range o.terms {
			out = append(out, term{new(big.Rat).Mul(a.coef, b.coef), mulMono(a.mono, b.mono)})
		}
	}
	return collect(out)
}

var minusOne, oneRat = big.NewRat(-1, 1), big.NewRat(1, 1)

// isNumber reports whether the size is a number other than 0.
func (s Size) isNumber() bool { return len(s.terms) == 1 && len(s.terms[0].mono) == 0 }

// scale is r times the size, for r other than 0.
func (s Size) scale(r *big.Rat) Size {
	out := make([]term, len(s.terms))
	for i, t := range s.terms {
		out[i] = term{new(big.Rat).Mul(t.coef, r), t.mono}
	}
	return Size{out}
}

func mulMono(a, b []power) []power {
	out := slices.Clone(a)
	for _, p := range b {
		i := slices.IndexFunc(out, func(q power) bool { return q.atom.key == p.atom.key })
		if i < 0 {
			out = append(out, p)
		} else {
			out[i].exp += p.exp
		}
	}
	slices.SortFunc(out, func(x, y power) int { return strings.Compare(x.atom.key, y.atom.key) })
	return out
}

// Equal reports whether the normal forms are the same.
func (s Size) Equal(o Size) bool {
	return slices.EqualFunc(s.terms, o.terms, func(a, b term) bool {
		return a.coef.Cmp(b.coef) == 0 && slices.EqualFunc(a.mono, b.mono, func(p, q power) bool {
			return p.exp == q.exp && p.atom.key == q.atom.key
		})
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
	case len(s.terms) == 1 && len(s.terms[0].mono) == 0:
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
	set := map[string]bool{}
	s.frees(set)
	return slices.Sorted(maps.Keys(set))
}

func (s Size) frees(set map[string]bool) {
	for _, t := range s.terms {
		for _, p := range t.mono {
			if p.atom.Fn == "" {
				set[p.atom.Name] = true
			}
			for _, a := range p.atom.Args {
				a.frees(set)
			}
		}
	}
}

// Substitute replaces free dims by sizes; names that are not in env stay.
func (s Size) Substitute(env map[string]Size) Size {
	var out []term
	changed := false
	for _, t := range s.terms {
		v := Size{[]term{{coef: t.coef}}}
		var kept []power // atoms that stay as they are, which need no product
		for _, p := range t.mono {
			a := p.atom.substitute(env)
			if a.isAtom(p.atom) {
				kept = append(kept, p)
				continue
			}
			changed = true
			for range p.exp {
				v = v.Mul(a)
			}
		}
		for _, w := range v.terms {
			out = append(out, term{w.coef, mulMono(w.mono, kept)})
		}
	}
	if !changed {
		return s
	}
	return collect(out)
}

// isAtom reports whether the size is an atom alone, the given one.
func (s Size) isAtom(a *Atom) bool {
	if len(s.terms) != 1 || len(s.terms[0].mono) != 1 {
		return false
	}
	p := s.terms[0].mono[0]
	return p.atom.key == a.key && p.exp == 1 && s.terms[0].coef.Cmp(oneRat) == 0
}

func (a *Atom) substitute(env map[string]Size) Size {
	if a.Fn == "" {
		if v, ok := env[a.Name]; ok {
			return v
		}
		return atomSize(a)
	}
	args := make([]Size, len(a.Args))
	for i := range args {
		args[i] = a.Args[i].Substitute(env)
	}
	return a.applied(args)
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

// value is Eval without normal forms on the way, where every free dim has a value.
func (s Size) value(env map[string]int64) (*big.Rat, bool) {
	sum := new(big.Rat)
	for _, t := range s.terms {
		v := new(big.Rat).Set(t.coef)
		for _, p := range t.mono {
			a, ok := p.atom.value(env)
			if !ok {
				return nil, false
			}
			for range p.exp {
				v.Mul(v, a)
			}
		}
		sum.Add(sum, v)
	}
	return sum, true
}

func (a *Atom) value(env map[string]int64) (*big.Rat, bool) {
	if a.Fn == "" {
		n, ok := env[a.Name]
		return big.NewRat(n, 1), ok
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
	if len(s.terms) == 0 {
		return "0"
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
	if len(m.mono) == 0 || c.Cmp(big.NewRat(1, 1)) != 0 {
		parts = append(parts, c.RatString())
	}
	for _, p := range m.mono {
		if p.exp == 1 {
			parts = append(parts, p.atom.key)
		} else {
			parts = append(parts, fmt.Sprintf("%s^%d", p.atom.key, p.exp))
		}
	}
	return strings.Join(parts, "*")
}
