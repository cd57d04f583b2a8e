package search

import (
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"archc/ir/diag"
)

// Needs are the figures that the constraints, the objectives and further expressions read. Lacking has, by the size that
// the space does not give, the mistakes of those who need it, each at its place: a model without a sequence needs no seq.
func (s *Space) Needs(more []*Expr) (needs map[string]bool, lacking map[string]error) {
	all := slices.Concat(s.Constraints, more)
	for _, o := range s.Objectives {
		all = append(all, o.Expr)
	}
	needs = map[string]bool{}
	lists := map[string]*diag.List{"seq": {}, "context": {}}
	for _, e := range all {
		for _, n := range e.names() {
			if n.fit != nil && n.fit.Context == 0 && s.Context == 0 {
				lists["context"].Add(diag.New(missingSize, n.at, "whether it fits hangs on the context, which is not given").
					Suggest("write `fits %s at 32k`, or give `--context N`", n.fit.Device))
			}
			f, is := FigureNamed(n.name)
			if !is || s.parameter(n.name) >= 0 {
				continue
			}
			needs[f.Name] = true
			if f.Needs == "seq" && s.Seq == "" || f.Needs == "context" && s.Context == 0 {
				lists[f.Needs].Add(diag.New(missingSize, n.at, "%s is %s, and %s is not given", f.Name, f.About, f.Needs).
					Suggest("give `--%s N`, or `%s: N` in the space", f.Needs, f.Needs))
			}
		}
	}
	lacking = map[string]error{}
	for size, list := range lists {
		if !list.Empty() {
			lacking[size] = list.Err()
		}
	}
	return needs, lacking
}

// Unit is the unit of an expression that is one figure, "" for another.
func (e *Expr) Unit() string {
	f, _ := FigureNamed(e.root.name)
	return f.Unit
}

// Grouped writes a number for people, with commas between thousands; of one that is not whole six digits.
func Grouped(x *big.Rat) string {
	if !x.IsInt() {
		return Decimal(x, 6)
	}
	digits := new(big.Int).Abs(x.Num()).String()
	var b strings.Builder
	if x.Sign() < 0 {
		b.WriteByte('-')
	}
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// Decimal is a number as decimal digits: all of a whole one, of another so many, -1 for as many as a float tells apart.
func Decimal(x *big.Rat, digits int) string {
	if f, _ := x.Float64(); !x.IsInt() && !math.IsInf(f, 0) {
		return strconv.FormatFloat(f, 'g', digits, 64)
	}
	return x.RatString()
}

func list(names []string) string { return strings.Join(names, ", ") }
