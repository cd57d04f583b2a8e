package order

import (
	"fmt"
	"math/big"

	"archc/ir"
	"archc/passes/simplify"
)

// Choice is what the pass finds. Most modules have one form that is the cheapest for any number of query rows. Where a
// score or an average reads latents that a stored map widens, there are two: widen every latent once (Long), or let
// each query row take the map instead (Short).
type Choice struct {
	Long  *ir.Module
	Short *ir.Module // nil when there is one form
	// Attends are the attends that the two forms compute in different orders.
	Attends []Alternative
}

// Alternative is one attend with two orders.
type Alternative struct {
	Scope, Name string // of the attend; the name may be empty
	Query, Key  string // the symbols of the numbers of rows and keys in the formulas: the labels of the axes
	Parts       []Part
}

// Part is one product of an attend. Long and Short are the operations (multiplies and adds) of one pass where the
// orders differ, as polynomials in Query, Key and Pairs.
type Part struct {
	What        string // score, or average
	Latent      string // the axes of what is widened
	Long, Short ir.Size
}

// Pairs is the symbol for the number of admitted pairs of query and key in the formulas of a Part.
const Pairs = "pairs"

// Long is the sum of the parts in the long form.
func (a Alternative) Long() ir.Size { return a.total(func(p Part) ir.Size { return p.Long }) }

// Short is the sum of the parts in the short form.
func (a Alternative) Short() ir.Size { return a.total(func(p Part) ir.Size { return p.Short }) }

func (a Alternative) total(of func(Part) ir.Size) ir.Size {
	var sum ir.Size
	for _, p := range a.Parts {
		sum = sum.Add(of(p))
	}
	return sum
}

// Crossover is the number of query rows at which both orders cost the same as the keys grow, all pairs admitted. False
// when there is none: one of them is cheaper for any number.
func (a Alternative) Crossover() (*big.Rat, bool) {
	// The difference is perKey*keys + perPair*rows*keys, and what does not grow with the keys.
	diff := a.Long().Sub(a.Short())
	at := func(rows, keys int64) *big.Rat {
		r, k := ir.Const(rows), ir.Const(keys)
		return grown(diff.Substitute(map[string]ir.Size{a.Query: r, a.Key: k, Pairs: r.Mul(k)}))
	}
	perKey := new(big.Rat).Sub(at(0, 1), at(0, 0))
	perPair := new(big.Rat).Sub(new(big.Rat).Sub(at(1, 1), at(1, 0)), perKey)
	if perKey.Sign() <= 0 || perPair.Sign() >= 0 {
		return nil, false
	}
	return perKey.Neg(perKey.Quo(perKey, perPair)), true
}

// Run is the pass: the form that is the cheapest as the free dims grow. The module is changed.
func Run(m *ir.Module) (*ir.Module, error) {
	return apply(m, &chooser{})
}

// Forms gives a module's forms; the module that it is given stays as it is.
func Forms(m *ir.Module) (*Choice, error) {
	long, err := Run(m.Clone())
	if err != nil {
		return nil, err
	}
	few := &chooser{few: true}
	short, err := apply(m.Clone(), few)
	if err != nil {
		return nil, err
	}
	c := &Choice{Long: long, Attends: few.found}
	if len(few.found) > 0 {
		c.Short = short
	}
	return c, nil
}

func apply(m *ir.Module, c *chooser) (out *ir.Module, err error) {
	defer func() {
		if r := recover(); r != nil {
			b, ok := r.(bug)
			if !ok {
				panic(r)
			}
			out, err = nil, fmt.Errorf("bug: %w", b.err)
		}
	}()
	e := newEditor(m)
	for _, n := range e.attends() {
		a := e.attention(n)
		a.hoist()
		if a.linear() {
			continue
		}
		a.scores(c)
		a.averages(c)
		a.finish()
	}
	e.plain(e.m.Body, nil)
	return simplify.With(e.m, nil, simplify.Options{}) // views were made for each product: equal ones become one
}

// attends lists the attends that stand in no region of another, the innermost regions first.
func (e *editor) attends() []*ir.Node {
	var out []*ir.Node
	var walk func(r *ir.Region)
	walk = func(r *ir.Region) {
		for _, n := range r.Nodes {
			if n.Op == ir.Attend {
				out = append(out, n)
				continue
			}
			for _, inner := range n.Regions {
				walk(inner)
			}
		}
	}
	walk(e.m.Body)
	return out
}
