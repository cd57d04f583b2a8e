package ir

import (
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// term is a coefficient other than 0 and a product of atoms.
type term struct {
	coef *big.Rat
	mono *monomial
}

// monomial is a product of powers of atoms. It never changes, so terms share it; its key is made once, because
// every sum compares keys.
type monomial struct {
	powers []power // sorted by the atoms' keys
	key    string
	degree int
}

type power struct {
	atom *Atom
	exp  int
}

// unit is the product of no atoms: that of a number.
var unit = &monomial{}

func monomialOf(powers []power) *monomial {
	m := &monomial{powers: powers}
	var b strings.Builder
	for _, p := range powers {
		b.WriteString(p.atom.key)
		b.WriteByte('^')
		b.WriteString(strconv.Itoa(p.exp))
		b.WriteByte(' ')
		m.degree += p.exp
	}
	m.key = b.String()
	return m
}

// compare is the order of terms: the higher degree first, then by key.
func (m *monomial) compare(o *monomial) int {
	switch {
	case m == o:
		return 0
	case m.degree != o.degree:
		return o.degree - m.degree
	}
	return strings.Compare(m.key, o.key)
}

// times is the product of two monomials.
func (m *monomial) times(o *monomial) *monomial {
	switch {
	case len(m.powers) == 0:
		return o
	case len(o.powers) == 0:
		return m
	}
	out := make([]power, 0, len(m.powers)+len(o.powers))
	a, b := m.powers, o.powers
	for len(a) > 0 && len(b) > 0 {
		switch c := strings.Compare(a[0].atom.key, b[0].atom.key); {
		case c < 0:
			out, a = append(out, a[0]), a[1:]
		case c > 0:
			out, b = append(out, b[0]), b[1:]
		default:
			out = append(out, power{a[0].atom, a[0].exp + b[0].exp})
			a, b = a[1:], b[1:]
		}
	}
	return monomialOf(append(append(out, a...), b...))
}

// collect sorts terms and adds those of one monomial; the list is used up.
func collect(ts []term) Size {
	slices.SortFunc(ts, func(a, b term) int { return a.mono.compare(b.mono) })
	out := ts[:0]
	for at := 0; at < len(ts); {
		t := ts[at]
		for at++; at < len(ts) && ts[at].mono.compare(t.mono) == 0; at++ {
			t.coef = added(t.coef, ts[at].coef)
		}
		if t.coef.Sign() != 0 {
			out = append(out, t)
		}
	}
	return Size{out}
}

// merge adds two sorted lists of terms.
func merge(a, b []term) Size {
	out := make([]term, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch c := a[0].mono.compare(b[0].mono); {
		case c < 0:
			out, a = append(out, a[0]), a[1:]
		case c > 0:
			out, b = append(out, b[0]), b[1:]
		default:
			if c := added(a[0].coef, b[0].coef); c.Sign() != 0 {
				out = append(out, term{c, a[0].mono})
			}
			a, b = a[1:], b[1:]
		}
	}
	return Size{append(append(out, a...), b...)}
}

// added is a + b. Most coefficients are whole, and big.Rat looks for common divisors of those too, which is most of its time.
func added(a, b *big.Rat) *big.Rat {
	if a.IsInt() && b.IsInt() {
		return new(big.Rat).SetInt(new(big.Int).Add(a.Num(), b.Num()))
	}
	return new(big.Rat).Add(a, b)
}

// multiplied is a b, likewise.
func multiplied(a, b *big.Rat) *big.Rat {
	if a.IsInt() && b.IsInt() {
		return new(big.Rat).SetInt(new(big.Int).Mul(a.Num(), b.Num()))
	}
	return new(big.Rat).Mul(a, b)
}
