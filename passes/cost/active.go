package cost

import (
	"fmt"
	"math/big"
	"slices"

	"archc/ir"
)

// usage says what one token reads of a stored tensor.
type usage struct {
	share  *big.Rat // of its elements; nil when it is not known
	why    string   // then the reason
	lookup bool     // it is a table that is only looked up at an input
}

// with is the usage of what two readers read: at least the larger part.
func (u usage) with(o usage) usage {
	lookup := u.lookup && o.lookup
	whole := big.NewRat(1, 1)
	switch {
	case u.share == nil && o.share != nil && o.share.Cmp(whole) == 0,
		u.share != nil && o.share != nil && o.share.Cmp(u.share) > 0,
		o.share == nil && u.share != nil && u.share.Cmp(whole) < 0:
		u = o
	}
	u.lookup = lookup
	return u
}

// Part is a number of stored elements of which one token reads a share: all of them where the share is 1, slots/experts of
// those that are the experts'. Tables that are only looked up at an input are in none.
type Part struct {
	Elements *big.Int
	Share    *big.Rat
}

// activeSum adds up what one token reads.
type activeSum struct {
	headless     bool // the model scores no table's rows: none of its tables is left out
	all, lookups big.Rat
	parts        []Part
	why          string
	keys         map[string]ActiveKey
}

// part adds elements to those of the same share.
func (a *activeSum) part(elements *big.Int, share *big.Rat) {
	for _, p := range a.parts {
		if p.Share.Cmp(share) == 0 {
			p.Elements.Add(p.Elements, elements)
			return
		}
	}
	a.parts = append(a.parts, Part{elements, share})
}

// add takes in so many tensors of s that are used so.
func (a *activeSum) add(s *stored, u usage, tensors *big.Int) {
	switch {
	case s.buffer || tensors.Sign() == 0:
	case u.share != nil:
		number := new(big.Int).Mul(s.elements, tensors)
		elements := new(big.Rat).SetInt(number)
		elements.Mul(elements, u.share)
		a.all.Add(&a.all, elements)
		left := u.lookup && !a.headless
		if left {
			a.lookups.Add(&a.lookups, elements)
		}
		if !u.lookup {
			a.part(number, u.share)
		}
		a.note(s.key.text, elements, left)
	case a.why == "":
		a.why = u.why
	}
}

// note adds to what one token reads of the tensors of a key, which may be left out as an input embedding.
func (a *activeSum) note(key string, elements *big.Rat, left bool) {
	if a.keys == nil {
		a.keys = map[string]ActiveKey{}
	}
	k, ok := a.keys[key]
	if !ok {
		k = ActiveKey{new(big.Rat), new(big.Rat)}
		a.keys[key] = k
	}
	k.All.Add(k.All, elements)
	if !left {
		k.WithoutInputEmbedding.Add(k.WithoutInputEmbedding, elements)
	}
}

// report sets the active parameters: whole numbers, or why there are none.
func (a *activeSum) report(p *Parameters) {
	if a.why == "" && !a.all.IsInt() {
		a.why = fmt.Sprintf("a token's share of the experts makes %s parameters", a.all.RatString())
	}
	if p.ActiveUnknown = a.why; a.why != "" {
		return
	}
	p.Parts, p.ActiveKeys = a.parts, a.keys
	p.Active = new(big.Int).Set(a.all.Num())
	rest := new(big.Rat).Sub(&a.all, &a.lookups)
	p.ActiveWithoutInputEmbedding = new(big.Int).Set(rest.Num())
}

// reader is one use of a value: an argument of a node; what a region gives has a nil node.
type reader struct {
	node *ir.Node
	arg  int
}

// readers are all uses of all values of a module, and what parameters of regions stand for.
type readers struct {
	uses   map[ir.Value][]reader
	expert map[ir.Value]*ir.Node // the number of an expert, by its experts
	part   map[ir.Value]ir.Value // what a run or an expert sees of an argument, by the argument
}

func readersOf(m *ir.Module) *readers {
	r := &readers{map[ir.Value][]reader{}, map[ir.Value]*ir.Node{}, map[ir.Value]ir.Value{}}
	gives := func(values []ir.Value) {
		for _, v := range values {
			r.uses[v] = append(r.uses[v], reader{})
		}
	}
	gives(m.Body.Results)
	m.Body.Walk(func(n *ir.Node, _ int) {
		for i, v := range n.Args {
			r.uses[v] = append(r.uses[v], reader{n, i})
		}
		for _, inner := range n.Regions {
			gives(inner.Results)
		}
		switch a := n.Attr.(type) {
		case *ir.RepeatAttr:
			r.parts(n, 1+a.Carries(len(n.Args)), n.Args[a.Carries(len(n.Args)):])
		case *ir.ExpertsAttr:
			r.expert[ir.Value{Node: n.Regions[0].Params[0]}] = n
			r.parts(n, 1, n.Args[2:])
		}
	})
	return r
}

// hasHead reports whether the model gives something for each row of a table that is only looked up at an input: scores of
// its words.
func (r *readers) hasHead(m *ir.Module, list []*stored) bool {
	for _, s := range list {
		if !s.usage.lookup {
			continue
		}
		for _, use := range r.uses[ir.Value{Node: s.node}] {
			rows := use.node.Attr.(*ir.LabelAttr).Label
			if slices.ContainsFunc(m.Outputs, func(o ir.Port) bool { return o.Type().Has(rows) }) {
				return true
			}
		}
	}
	return false
}

// parts notes the parameters of a body from number first on.
func (r *readers) parts(n *ir.Node, first int, args []ir.Value) {
	for i, v := range args {
		r.part[ir.Value{Node: n.Regions[0].Params[first+i]}] = v
	}
}

// usageOf looks at one param. Experts that its key names, or that look it up at their number, are read in part.
func (r *readers) usageOf(s *stored) usage {
	u := usage{share: big.NewRat(1, 1)}
	for _, l := range s.key.loops {
		if _, ok := l.node.Attr.(*ir.ExpertsAttr); ok {
			u = u.times(shareOf(l.node))
		}
	}
	uses := r.uses[ir.Value{Node: s.node}]
	if len(uses) == 0 {
		return u
	}
	u.lookup = true
	var picked usage
	for i, use := range uses {
		if use.node == nil || use.node.Op != ir.Gather || use.arg != 0 {
			u.lookup = false
			return u
		}
		u.lookup = u.lookup && r.isInput(use.node.Args[1])
		one := r.lookup(use.node)
		if picked = picked.with(one); i == 0 {
			picked = one
		}
	}
	lookup := u.lookup
	u = u.times(picked)
	u.lookup = lookup
	return u
}

// times is a part of a part.
func (u usage) times(o usage) usage {
	switch {
	case u.share == nil:
	case o.share == nil:
		u = o
	default:
		u.share = new(big.Rat).Mul(u.share, o.share)
	}
	return u
}

// lookup is what a gather reads for one token, as far as it is the number of an expert that it looks up.
func (r *readers) lookup(n *ir.Node) usage {
	table, label := n.Args[0].Type(), n.Attr.(*ir.LabelAttr).Label
	experts := r.expert[n.Args[1]]
	if experts == nil || !table.Axes[table.Find(label)].Size.Equal(experts.Attr.(*ir.ExpertsAttr).Of.Size) {
		return usage{share: big.NewRat(1, 1)}
	}
	return shareOf(experts)
}

// shareOf is the part of the experts that one row selects.
func shareOf(n *ir.Node) usage {
	a, index := n.Attr.(*ir.ExpertsAttr), n.Args[0].Type()
	slots, known := index.Axes[index.Find(a.Slot)].Size.Int()
	number, known2 := a.Of.Size.Int()
	if !known || !known2 || number < 1 {
		return usage{why: fmt.Sprintf("%s: %s of %s experts is no known share", n.Scope,
			index.Axes[index.Find(a.Slot)].Size, a.Of.Size)}
	}
	return usage{share: big.NewRat(min(slots, number), number)}
}

// rearranges are the ops whose result has the elements of the first argument, in another place.
var rearranges = []*ir.Op{
	ir.Rename, ir.Split, ir.Merge, ir.Slice, ir.Pick, ir.Transpose, ir.Reverse, ir.Stop, ir.Windows, ir.Cast,
}

// isInput reports whether a value is an input or elements of one.
func (r *readers) isInput(v ir.Value) bool {
	for {
		outer, isPart := r.part[v]
		switch {
		case v.Node.Op == ir.Input:
			return true
		case isPart:
			v = outer
		case slices.Contains(rearranges, v.Node.Op):
			v = v.Node.Args[0]
		default:
			return false
		}
	}
}
