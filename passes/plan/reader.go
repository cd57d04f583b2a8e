package plan

import "slices"

// reader is a program behind products that takes their sums where they are made. Where it needs whole rows of what it
// makes of them, the part up to there does, and the rest stays where it is.
type reader struct {
	at    int
	part  Part
	rest  *Rows
	takes []*Product
}

func (r reader) reads(p *Product) bool { return slices.Contains(r.takes, p) }

// readers are the programs that read sums of the products at k, those of a product all or none.
func (f *fuser) readers(b *Block, k int, list []*Product) []reader {
	var found []reader
	for at := k + 1; at < len(b.Code); at++ {
		if r, ok := b.Code[at].(*Rows); ok {
			if x, ok := f.reader(r, list); ok && f.upwards(b, k, at, x) {
				x.at = at
				found = append(found, x)
			}
		}
	}
	for {
		n := len(found)
		found = slices.DeleteFunc(found, func(x reader) bool {
			return slices.ContainsFunc(x.takes, func(p *Product) bool { return !f.taken(p, found) })
		})
		if len(found) == n {
			return f.apart(found, list)
		}
	}
}

// taken reports whether all that is read of a product's sums goes to readers, and hardly more than once.
func (f *fuser) taken(p *Product, found []reader) bool {
	loads, sums := 0, int64(0)
	for _, x := range found {
		each := int64(1)
		for _, d := range x.part.Elements {
			n, ok := d.Size.Int()
			if !ok {
				return false
			}
			each *= n
		}
		for _, d := range x.part.Sums {
			if d.Weights == p.Weights && x.reads(p) {
				loads++
				sums += each
			}
		}
	}
	n, ok := p.Weights.Rows().Int()
	return p.Out.Store.Role == Arena && f.reads[p.Out.Store] == loads && ok && sums <= n
}

// apart leaves out readers that read what another one, or a product that nobody takes, writes.
func (f *fuser) apart(found []reader, list []*Product) []reader {
	for i, x := range found {
		reads, writes := touched(x.part.After)
		for k, y := range found {
			_, other := touched(y.part.After)
			if i != k && (shares(reads, other) || shares(writes, other)) {
				return nil
			}
		}
		for _, p := range list {
			if !slices.ContainsFunc(found, func(y reader) bool { return y.reads(p) }) && (reads[p.Out.Store] || writes[p.Out.Store]) {
				return nil
			}
			if writes[p.In.Store] {
				return nil
			}
		}
	}
	return found
}

// upwards reports whether a reader may run at the products' place: nothing between touches what it writes, or writes what
// it reads besides their sums.
func (f *fuser) upwards(b *Block, k, at int, x reader) bool {
	reads, writes := touched(x.part.After)
	for _, i := range b.Code[k+1 : at] {
		r, w := touched(i)
		if shares(reads, w) || shares(writes, w) || shares(writes, r) {
			return false
		}
	}
	// An element is written in place alone.
	for _, o := range x.part.After.Code {
		for _, p := range x.part.After.Out {
			if o.Fn == "load" && o.Load.Store == p.To.Store && !o.Load.Same(p.To) {
				return false
			}
		}
	}
	return true
}

// reader makes a part of a program, if it is one.
func (f *fuser) reader(r *Rows, list []*Product) (reader, bool) {
	var x reader
	product := func(v View) *Product {
		for _, p := range list {
			if p.Out.Store == v.Store && v.Store.Role == Arena {
				return p
			}
		}
		return nil
	}
	after, rest := r, (*Rows)(nil)
	if rowwise(r) {
		if after, rest = r.parted(func(o Op) bool { return o.Fn == "load" && product(o.Load) != nil }); after == nil {
			return x, false
		}
	}
	code := slices.Clone(after.Code)
	rows := -1
	for k, o := range code {
		if o.Fn != "load" {
			continue
		}
		p := product(o.Load)
		if p == nil {
			continue
		}
		n, column, ok := columns(after, p, o.Load)
		if !ok || rows >= 0 && n != rows {
			return x, false
		}
		rows = n
		x.part.Sums = append(x.part.Sums, RowSum{k, p.Weights, column})
		if !x.reads(p) {
			x.takes = append(x.takes, p)
		}
		code[k] = Op{Fn: "dot", Vector: true}
	}
	if rows < 0 || len(x.part.Sums) > mostSums {
		return x, false
	}
	x.rest = rest
	x.part.Rows = after.Outer[:rows:rows]
	x.part.Elements = slices.Clone(after.Outer[rows:])
	if after.Inner.Label != "" {
		x.part.Elements = append(x.part.Elements, after.Inner)
	}
	x.part.After = &Rows{Note: after.Note, Outer: after.Outer, Inner: after.Inner, Code: code, Out: after.Out}
	return x, true
}

// columns divides a program's axes into those that count a product's rows, how many, and those along its columns.
func columns(r *Rows, p *Product, load View) (rows int, column View, ok bool) {
	if len(p.Over) > 0 || len(load.Steps) > 0 || len(p.Out.Steps) > 0 {
		return 0, View{}, false
	}
	m := p.Out.Axes[0]
	var labels []string
	for n := 0; n <= len(r.Outer); n++ {
		if n > 0 {
			labels = append(labels, r.Outer[n-1].Label)
		}
		axes := load.pickAxes(labels)
		a, whole := merged(axes, "m")
		if !whole || len(axes) != n || !a.Size.Equal(p.Rows) || !isOne(a.Size) && !a.Stride.Equal(m.Stride) {
			continue
		}
		// A further axis of one element belongs to the rows as well as to the columns.
		column = View{Base: load.Base.Sub(p.Out.Base)}
		most := column.Base
		for _, x := range load.Axes {
			if !slices.Contains(labels, x.Label) {
				column.Axes = append(column.Axes, x)
				most = most.Add(x.Size.Sub(one()).Mul(x.Stride))
			}
		}
		last, known := most.Int()
		first, also := column.Base.Int()
		width, fixed := p.Weights.Rows().Int()
		if known && also && fixed && first >= 0 && last < width {
			return n, column, true
		}
	}
	return 0, View{}, false
}

// parted divides a program at a result that is computed element by element from what begin names: up to it, and the rest,
// which loads it. Nil where there is none.
func (r *Rows) parted(begin func(Op) bool) (*Rows, *Rows) {
	for _, put := range r.Out {
		if len(put.To.Axes) != len(r.Outer)+1 || slices.ContainsFunc(put.To.Axes, func(a Axis) bool { return a.Stride.IsZero() && !isOne(a.Size) }) {
			continue
		}
		first := &Rows{Note: r.Note, Outer: r.Outer, Inner: r.Inner, Code: cloned(r.Code), Out: []Put{put}}
		first.trim()
		rest := &Rows{Note: r.Note, Outer: r.Outer, Inner: r.Inner, Code: cloned(r.Code)}
		rest.Code[put.Reg] = Op{Fn: "load", Vector: true, Load: put.To}
		for _, o := range r.Out {
			if o.Reg != put.Reg || !o.To.Same(put.To) {
				rest.Out = append(rest.Out, o)
			}
		}
		rest.trim()
		if !rowwise(first) && slices.ContainsFunc(first.Code, begin) && !slices.ContainsFunc(rest.Code, begin) && len(rest.Out) > 0 {
			return first, rest
		}
	}
	return nil, nil
}

func cloned(code []Op) []Op {
	out := slices.Clone(code)
	for i := range out {
		out[i].Args = slices.Clone(out[i].Args)
	}
	return out
}
