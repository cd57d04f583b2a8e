package compare

import (
	"fmt"
	"math/big"
	"slices"

	"archc/ir"
	"archc/passes/cost"
)

// Value is a figure of one design. Formula is nil where it is not known, Number also where the sizes do not tell it.
type Value struct {
	Formula *ir.Size
	Number  *big.Int
	Why     string // a reason for what is not known
}

// Row is a figure of all designs.
type Row struct {
	Figure
	Values []Value // by design
}

// Zero reports a figure that no design has.
func (r Row) Zero() bool {
	return !slices.ContainsFunc(r.Values, func(v Value) bool { return v.Formula == nil || !v.Formula.IsZero() })
}

// Delta is a value less another one: nil parts where one of them is not known.
func Delta(from, to Value) Value {
	var out Value
	if from.Formula != nil && to.Formula != nil {
		s := to.Formula.Sub(*from.Formula)
		out.Formula = &s
	}
	if from.Number != nil && to.Number != nil {
		out.Number = new(big.Int).Sub(to.Number, from.Number)
	}
	return out
}

// Value gives a figure of a design at sizes.
func (f Figure) Value(d *Design, sizes Sizes) Value {
	s, ok, why := f.total(d)
	if !ok {
		return Value{Why: why}
	}
	return f.value(d, s, sizes)
}

func (f Figure) value(d *Design, s ir.Size, sizes Sizes) Value {
	r, env := f.at(d, sizes)
	n, why := number(r, s, env)
	v := Value{Formula: &s, Number: n, Why: why}
	if r != nil && slices.ContainsFunc(enumerated(r), func(name string) bool { return slices.Contains(s.Frees(), name) }) {
		v.Formula = nil // its symbols mean other numbers in another design
		if n == nil && why == "" {
			v.Why = "the pairs of an attention have no formula"
		}
	}
	return v
}

// Rows is the table of figures of designs.
func Rows(figures []Figure, designs []*Design, sizes Sizes) []Row {
	var out []Row
	for _, f := range figures {
		r := Row{Figure: f}
		for _, d := range designs {
			r.Values = append(r.Values, f.Value(d, sizes))
		}
		out = append(out, r)
	}
	return out
}

// Share is what one change, or one part, has in the difference of a figure.
type Share struct {
	Kind  Kind // of a part; empty for a change
	Name  string
	From  Value // before the change, or of the first design
	To    Value
	Delta Value
}

// Change is a design behind one more change.
type Change struct {
	Name   string // G = 8 -> 4
	Design *Design
}

// ByChange tells a figure's difference change by change. The last one's design is the second of the two.
func (f Figure) ByChange(from *Design, changes []Change, sizes Sizes) []Share {
	var out []Share
	before := f.Value(from, sizes)
	for _, c := range changes {
		after := f.Value(c.Design, sizes)
		out = append(out, Share{Name: c.Name, From: before, To: after, Delta: Delta(before, after)})
		before = after
	}
	return out
}

// ByPart tells a figure's difference part by part: by kind, or by path too. An error is about the compiler: the parts
// are not the whole.
func (f Figure) ByPart(a, b *Design, paths bool, sizes Sizes) ([]Share, error) {
	type part struct {
		kind Kind
		path string
	}
	type pair struct{ sizes [2]ir.Size }
	sums := map[part]*pair{}
	var order []part
	moved := map[string]string{}
	if paths {
		for _, e := range Structure(a, b) {
			if e.Mark == Moved {
				moved[e.Path], moved[e.As] = e.Path+" -> "+e.As, e.Path+" -> "+e.As
			}
		}
	}
	for side, d := range []*Design{a, b} {
		total, ok, _ := f.total(d)
		if !ok {
			return nil, nil
		}
		for _, p := range f.parts(d) {
			at := part{kind: p.Kind}
			if paths {
				if at.path = moved[p.Path]; at.path == "" {
					at.path = p.Path
				}
			}
			if sums[at] == nil {
				sums[at] = &pair{}
				order = append(order, at)
			}
			s := &sums[at].sizes[side]
			*s = s.Add(p.Size)
			total = total.Sub(p.Size)
		}
		if !total.IsZero() {
			return nil, fmt.Errorf("%s of %s: the parts leave %s", f.Key, d.Module.Name, total)
		}
	}
	slices.SortStableFunc(order, func(x, y part) int { return rank(x.kind) - rank(y.kind) })
	var out []Share
	for _, at := range order {
		x, y := f.value(a, sums[at].sizes[0], sizes), f.value(b, sums[at].sizes[1], sizes)
		s := Share{Kind: at.kind, Name: at.path, From: x, To: y, Delta: Delta(x, y)}
		if s.Name == "" {
			s.Name = string(at.kind)
		}
		out = append(out, s)
	}
	return out, nil
}

// Same reports whether two designs have the same figures: as formulas where there are any.
func Same(a, b *Design) bool {
	for _, f := range Figures() {
		x, xKnown, _ := f.total(a)
		y, yKnown, _ := f.total(b)
		if xKnown != yKnown || xKnown && !x.Equal(y) {
			return false
		}
	}
	return len(a.Forward.Attention) == len(b.Forward.Attention)
}

// Formula is a formula as it is printed.
func Formula(s ir.Size) string { return cost.Pretty(s) }
