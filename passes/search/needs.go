package search

import (
	"math/big"
	"slices"
	"strings"

	"archc/ir/diag"
)

// Needs are the figures that the constraints, the objectives and further expressions read. One whose size the space
// does not give is a mistake at its place.
func (s *Space) Needs(more []*Expr) (map[string]bool, error) {
	all := slices.Concat(s.Constraints, more)
	for _, o := range s.Objectives {
		all = append(all, o.Expr)
	}
	given := map[string]bool{"": true, "seq": s.Seq != "", "context": s.Context > 0}
	out := map[string]bool{}
	list := &diag.List{}
	for _, e := range all {
		for _, n := range e.names() {
			if n.fit != nil && n.fit.Context == 0 && s.Context == 0 {
				list.Add(diag.New(missingSize, n.at, "whether it fits hangs on the context, which is not given").
					Suggest("write `fits %s at 32k`, or give `--context N`", n.fit.Device))
			}
			f, is := FigureNamed(n.name)
			if !is || s.parameter(n.name) >= 0 {
				continue
			}
			if out[f.Name] = true; !given[f.Needs] {
				list.Add(diag.New(missingSize, n.at, "%s is %s, and %s is not given", f.Name, f.About, f.Needs).
					Suggest("give `--%s N`, or `%s: N` in the space", f.Needs, f.Needs))
			}
		}
	}
	return out, list.Err()
}

// Unit is the unit of an expression that is one figure, "" for another.
func (e *Expr) Unit() string {
	f, _ := FigureNamed(e.root.name)
	return f.Unit
}

// Grouped writes a number with commas between thousands; one that is not whole as a fraction.
func Grouped(x *big.Rat) string {
	if !x.IsInt() {
		return x.RatString()
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

func list(names []string) string { return strings.Join(names, ", ") }
