package cost

import (
	"fmt"
	"math/big"

	"archc/ir"
)

// Pairs is how many pairs (i, j) of query and key an attend computes for one sequence: once for all heads,
// or, where the mask has axes beside the key, in all their elements together.
type Pairs struct {
	Formula *ir.Size // nil: there is none, for Reason; the number at given sizes is enumerated
	Rows    *ir.Size // rows with a key; nil: there is no formula, or its parts are not proved
	Bound   bool     // Formula is an upper bound (all pairs), for Reason
	Reason  string
	masks   []*expr // one, or one for each element of the mask's further axes
	queries ir.Size
	keys    ir.Size
}

// inverse is 1/n.
func inverse(n int64) ir.Size { return ir.Rational(big.NewRat(1, n)) }

func half() ir.Size { return inverse(2) }

// attention is what pairs are counted of.
type attention struct {
	mask          *ir.Region
	key           string
	queries, keys ir.Size
	further       []ir.Axis
	given         []string // optional inputs that are given
}

// all is a share of all pairs, and all rows.
func (a attention) all(share ir.Size, why string) Pairs {
	rows := ir.Type{Axes: a.further}.Elements().Mul(a.queries)
	pairs := rows.Mul(a.keys).Mul(share)
	return Pairs{Formula: &pairs, Rows: &rows, Reason: why, queries: a.queries, keys: a.keys}
}

// pairs analyses the mask: a closed form, else enumeration at given sizes, else all pairs as a bound.
func (a attention) pairs() Pairs {
	masks, err := a.masks()
	if err != nil {
		p := a.all(ir.Const(1), err.Error())
		p.Bound = true
		return p
	}
	p := Pairs{masks: masks, queries: a.queries, keys: a.keys, Rows: new(ir.Size)}
	var total ir.Size
	for _, m := range masks {
		z, err := zoneOf(m)
		var count ir.Size
		if err == nil {
			count, err = z.count(a.queries, a.keys)
		}
		if err != nil {
			p.Rows, p.Reason = nil, err.Error()
			return p
		}
		total = total.Add(count)
		p.addRows(z.rows(a.queries, a.keys))
	}
	p.Formula = &total
	return p
}

func (p *Pairs) addRows(rows *ir.Size) {
	if rows == nil || p.Rows == nil {
		p.Rows = nil
		return
	}
	sum := p.Rows.Add(*rows)
	p.Rows = &sum
}

// maxFurther bounds the elements of a mask's further axes: each is analysed on its own.
const maxFurther = 256

// masks resolves the mask at each element of its further axes.
func (a attention) masks() ([]*expr, error) {
	at := []map[string]int64{{}}
	for _, x := range a.further {
		n, ok := x.Size.Int()
		if !ok || n > maxFurther || n*int64(len(at)) > maxFurther {
			return nil, fmt.Errorf("the mask differs along %s, in more than %d elements", x.Label, maxFurther)
		}
		var longer []map[string]int64
		for _, m := range at {
			for e := range n {
				next := map[string]int64{x.Label: e}
				for l, v := range m {
					next[l] = v
				}
				longer = append(longer, next)
			}
		}
		at = longer
	}
	out := make([]*expr, len(at))
	for i, m := range at {
		var err error
		if out[i], err = a.resolve(m); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Frees lists the free dims of the mask, which enumeration needs beside those of the formula.
func (p Pairs) Frees() []string {
	names := map[string]bool{}
	for _, m := range p.masks {
		m.frees(names, map[*expr]bool{})
	}
	return sortedKeys(names)
}

// enumerate asks the mask about every pair at the given sizes: the pairs that it admits and the rows that
// have one. An error says why there is no number.
func (p Pairs) enumerate(env map[string]int64) (pairs, rows int64, err error) {
	t, err := whole(p.queries, env)
	if err != nil {
		return 0, 0, err
	}
	s, err := whole(p.keys, env)
	if err != nil {
		return 0, 0, err
	}
	if all := new(big.Int).Mul(t, s); all.Cmp(big.NewInt(maxEvaluations/int64(max(1, len(p.masks))))) > 0 {
		err = tooMany(1, t, s)
	}
	for _, m := range p.masks {
		var n, with int64
		if err == nil {
			n, with, err = enumerate(m, t.Int64(), s.Int64(), env)
		}
		pairs, rows = pairs+n, rows+with
	}
	if err == nil {
		return pairs, rows, nil
	}
	if p.Reason == "" {
		return 0, 0, fmt.Errorf("which rows have a key is not proved: %w", err)
	}
	return 0, 0, fmt.Errorf("no closed form (%s): %w", p.Reason, err)
}
