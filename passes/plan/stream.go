package plan

import (
	"slices"

	"archc/ir"
)

// Stream is products of few rows with what stands before and behind them, in one dispatch: decoding reads every weight once,
// so that a pass over memory of its own costs as much as it moves little. Before computes the rows that all products read,
// After takes their sums where they are made.
type Stream struct {
	Note
	Count, K ir.Size // rows, and numbers of one
	In       View    // [m, k]: the rows in memory, without Before
	Before   *Rows   // its Outer are the rows, outer first, its Inner is k; its one result is the rows
	Parts    []Part
}

// Part is what becomes of some of the sums. Rows are the first axes of After's Outer: one behind the other they count the
// rows of the stream. Each element of the axes that are left takes as many numbers as there are Sums.
type Part struct {
	Rows     []Dim
	Elements []Dim
	Sums     []RowSum
	After    *Rows // elementwise; in the place of loads it has the function "dot"
}

// RowSum is the sum over k of a row of weights and a row of the stream: line Reg of After. Row gives the number of the weights'
// row for an element: it is no place in memory, and has no store.
type RowSum struct {
	Reg     int
	Weights *Panels
	Row     View
}

const mostSums = 4 // of an element: its sums lie in registers

// streams makes streams of the products that read flat rows.
func (p *Plan) streams() {
	f := &fuser{plan: p}
	f.uses()
	f.stream(p.Body)
	f.drop()
}

// stream makes those of a block, and of the loops inside.
func (f *fuser) stream(b *Block) {
	for k := 0; k < len(b.Code); k++ {
		if l, ok := b.Code[k].(*Loop); ok && !chooses(l.Body) {
			f.stream(l.Body)
		}
		if list := productsOf(b.Code[k]); list != nil && flat(list) {
			k = f.streamAt(b, k, list)
		}
	}
}

// chooses reports whether a block runs on choices, whose number is not known where it is written.
func chooses(b *Block) bool {
	return slices.ContainsFunc(b.Code, func(i Instruction) bool {
		switch i.(type) {
		case *Select, *Admit:
			return true
		}
		return false
	})
}

func productsOf(i Instruction) []*Product {
	switch i := i.(type) {
	case *Product:
		return []*Product{i}
	case *Products:
		return i.List
	}
	return nil
}

// flat reports whether the products read rows that one stride runs over, the same ones, and single matrices of weights.
func flat(list []*Product) bool {
	count := rowCount(list[0])
	for _, p := range list {
		stride := p.In.Axes[0].Stride
		size := p.Rows
		for i := len(p.Over) - 1; i >= 0; i-- {
			l := p.Over[i]
			if !l.Panel.IsZero() || !isOne(l.Size) && !l.In.Equal(stride.Mul(size)) {
				return false
			}
			size = size.Mul(l.Size)
		}
		if !elements(p.Weights.Batch).Equal(one()) || !size.Equal(count) || !stride.Equal(list[0].In.Axes[0].Stride) {
			return false
		}
	}
	return true
}

func rowCount(p *Product) ir.Size {
	n := p.Rows
	for _, l := range p.Over {
		n = n.Mul(l.Size)
	}
	return n
}

// streamAt makes a stream of the products at k, and gives the place where it stands then.
func (f *fuser) streamAt(b *Block, k int, list []*Product) int {
	s := &Stream{Note: *b.Code[k].note(), Count: rowCount(list[0]), K: list[0].Weights.Columns(), In: list[0].In}
	readers := f.readers(b, k, list)
	var gone []int // instructions that become part of the stream
	for _, p := range list {
		if !slices.ContainsFunc(readers, func(r reader) bool { return r.reads(p) }) {
			s.Parts = append(s.Parts, s.bare(p))
		}
	}
	before := f.before(b, k, s, readers)
	for _, r := range readers {
		s.Parts = append(s.Parts, r.part)
		if r.rest == nil {
			gone = append(gone, r.at)
		} else {
			b.Code[r.at] = r.rest
		}
	}
	b.Code[k] = s
	if before >= 0 {
		s.Before = b.Code[before].(*Rows)
		gone = append(gone, before)
	}
	slices.Sort(gone)
	for i := len(gone) - 1; i >= 0; i-- {
		b.Code = slices.Delete(b.Code, gone[i], gone[i]+1)
		if gone[i] < k {
			k--
		}
	}
	f.uses()
	return k
}

// bare is the part that writes a product's sums as they are.
func (s *Stream) bare(p *Product) Part {
	out := p.Out
	out.Axes = nil
	var rows []Dim
	for _, l := range p.Over {
		rows = append(rows, l.Dim)
		out.Axes = append(out.Axes, Axis{l.Label, l.Size, l.Out})
	}
	m, n := p.Out.Axes[0], p.Out.Axes[1]
	out.Axes = append(out.Axes, Axis{"m", p.Rows, m.Stride}, Axis{"n", n.Size, n.Stride})
	rows = append(rows, Dim{"m", p.Rows})
	return Part{
		Rows: rows, Elements: []Dim{{"n", n.Size}},
		Sums:  []RowSum{{0, p.Weights, View{Base: zero(), Axes: []Axis{{"n", n.Size, one()}}}}},
		After: &Rows{Note: p.Note, Outer: rows, Inner: Dim{"n", n.Size}, Code: []Op{{Fn: "dot", Vector: true}}, Out: []Put{{0, out}}},
	}
}

// before finds the program that makes the rows of a stream for nobody else, -1 without one.
func (f *fuser) before(b *Block, k int, s *Stream, readers []reader) int {
	store := s.In.Store
	if store.Role != Arena || f.reads[store] != 1 {
		return -1
	}
	for at := k - 1; at >= 0; at-- {
		r, ok := b.Code[at].(*Rows)
		if !ok || !slices.ContainsFunc(r.Out, func(p Put) bool { return p.To.Store == store }) {
			continue
		}
		if len(r.Out) != 1 || !s.makes(r) || slices.ContainsFunc(r.Code, func(o Op) bool { return running[o.Fn] }) {
			return -1
		}
		reads, _ := touched(r)
		for _, i := range b.Code[at+1 : k] {
			if _, writes := touched(i); shares(reads, writes) {
				return -1
			}
		}
		for _, p := range s.Parts {
			if shares(reads, p.writes()) {
				return -1
			}
		}
		for _, x := range readers {
			if shares(reads, x.part.writes()) {
				return -1
			}
		}
		return at
	}
	return -1
}

// running are the functions whose result at one number hangs on those of all before.
var running = map[string]bool{"cumsum": true, "cummax": true, "cummin": true}

// makes reports whether a program's rows are those that the stream reads.
func (s *Stream) makes(r *Rows) bool {
	to := r.Out[0].To
	var labels []string
	for _, d := range r.Outer {
		labels = append(labels, d.Label)
	}
	m, ok := merged(to.pickAxes(labels), "m")
	k := to.Stride(r.Inner.Label)
	return ok && len(to.Axes) == len(labels)+1 && m.Size.Equal(s.Count) && (isOne(m.Size) || m.Stride.Equal(s.In.Axes[0].Stride)) &&
		r.Inner.Size.Equal(s.K) && k.Equal(s.In.Axes[1].Stride) && to.Base.Equal(s.In.Base) && len(to.Steps) == 0 && len(s.In.Steps) == 0
}

func (p Part) writes() map[*Store]bool {
	out := map[*Store]bool{}
	for _, x := range p.After.Out {
		out[x.To.Store] = true
	}
	return out
}

func shares(a, b map[*Store]bool) bool {
	for s := range a {
		if b[s] {
			return true
		}
	}
	return false
}

func (s *Stream) reads() []View {
	out := []View{s.In}
	if s.Before != nil {
		out = Reads(s.Before)
	}
	for _, p := range s.Parts {
		out = append(out, Reads(p.After)...)
	}
	return out
}
