package ir

import (
	"math/big"
	"slices"
)

// Summand is one term of a size's normal form: a number times powers of atoms.
type Summand struct {
	Coef   *big.Rat
	Powers []Power
}

// Power is an atom to a whole power, 1 or more.
type Power struct {
	Atom *Atom
	Exp  int
}

// Summands are the terms of the size in the order in which it prints, none of 0. Backends write sizes out with them.
func (s Size) Summands() []Summand {
	out := make([]Summand, len(s.terms))
	for i, t := range s.terms {
		out[i].Coef = new(big.Rat).Set(t.coef)
		for _, p := range t.mono.powers {
			atom := *p.atom
			atom.Args = slices.Clone(p.atom.Args)
			out[i].Powers = append(out[i].Powers, Power{&atom, p.exp})
		}
	}
	return out
}
