package plan

import (
	"slices"

	"archc/ir"
)

// sides of a value inside of an attend: what it hangs on.
const (
	ofQuery = 1 << iota
	ofKey
	ofData // not on positions alone
)

// lanesAttend plans attention in lanes where its parts are of that form; else it plans nothing.
func (b *builder) lanesAttend(n *ir.Node) bool {
	if b.options.Rowwise || !b.inLanes(n) {
		return false
	}
	a := n.Attr.(*ir.AttendAttr)
	score, mask := n.RegionNamed("score"), n.RegionNamed("mask")
	key := ir.Axis{Label: a.Key, Size: b.keySize(n)}
	query := ir.Axis{Label: a.Query, Size: one()}
	for _, q := range n.Args[:a.Queries] {
		if t := b.typeOf(q); a.Query != "" && t.Has(a.Query) {
			query = t.Axes[t.Find(a.Query)]
		}
	}
	p := &scorer{builder: b, a: &Attention{Key: Dim{key.Label, key.Size}}, regs: map[ir.Value]int{}, side: sidesOf(n), key: key.Label}
	i := constant(0)
	if a.Query != "" {
		i = index(query)
	}
	args := []value{{expr: i}, {expr: index(key)}}
	for _, v := range n.Args[:a.Queries+a.Keys] {
		args = append(args, b.value(v))
	}
	for k, v := range score.Params {
		b.values[ir.Value{Node: v}] = args[k]
	}
	for k, v := range mask.Params {
		b.values[ir.Value{Node: v}] = args[k]
	}
	b.meaning(a.Key, key.Size, func() {
		p.region(mask)
		p.region(score)
		last := p.reg(score.Results[0])
		p.masks(mask.Results[0], &last)
		p.a.Score = needed(p.a.Score, last)
	})
	var values []View
	for _, v := range n.Args[a.Queries+a.Keys:] {
		values = append(values, b.read(v))
	}
	p.finish(n, query, key, values)
	return true
}

// inLanes looks at the regions: softmax over the keys, no weights that mix, and scores of scalar functions and products
// of one query side and one key side.
func (b *builder) inLanes(n *ir.Node) bool {
	if n.RegionNamed("weight") != nil || !isSoftmax(n.RegionNamed("norm"), n.Attr.(*ir.AttendAttr).Key) {
		return false
	}
	side := sidesOf(n)
	score, mask := n.RegionNamed("score"), n.RegionNamed("mask")
	for _, r := range []*ir.Region{score, mask} {
		for _, x := range r.Nodes {
			if !pairable(x, side) {
				return false
			}
		}
	}
	s := score.Results[0]
	return side[s.Node]&ofData != 0 && s.Type().Has(n.Attr.(*ir.AttendAttr).Key) && score.Results[0].Node.Op != ir.Arg
}

// sidesOf says what each node of the regions hangs on.
func sidesOf(n *ir.Node) map[*ir.Node]int {
	a, side := n.Attr.(*ir.AttendAttr), map[*ir.Node]int{}
	for _, name := range []string{"score", "mask"} {
		r := n.RegionNamed(name)
		for i, p := range r.Params {
			switch {
			case i == 0:
				side[p] = ofQuery
			case i == 1:
				side[p] = ofKey
			case i < 2+a.Queries:
				side[p] = ofQuery | ofData
			default:
				side[p] = ofKey | ofData
			}
		}
		inside := map[*ir.Node]bool{}
		for _, x := range r.Nodes {
			inside[x] = true
			s := 0
			if x.Op == ir.Param {
				s = ofData
			}
			for _, v := range x.Args {
				if have, ok := side[v.Node]; ok {
					s |= have
				} else if !inside[v.Node] {
					s |= ofData
				}
			}
			side[x] = s
		}
	}
	return side
}

const ofPair = ofQuery | ofKey

// pairable reports whether a node of a region can be planned: one that is of one side as outside of the regions, with
// one more axis; one that is of a pair as a line of the program.
func pairable(n *ir.Node, side map[*ir.Node]int) bool {
	if side[n]&ofPair != ofPair {
		switch n.Op {
		case ir.Param, ir.Constant, ir.Extent, ir.Position, ir.Map, ir.Cast, ir.Contract, ir.Reduce, ir.Gather, ir.Rename,
			ir.Split, ir.Merge, ir.Slice, ir.Pick, ir.Transpose, ir.Stop:
			return true
		}
		return false
	}
	if side[n]&ofData == 0 { // a function of positions
		switch n.Op {
		case ir.Map, ir.Cast, ir.Rename, ir.Split, ir.Merge, ir.Slice, ir.Pick, ir.Transpose, ir.Stop:
			return true
		}
		return false
	}
	switch n.Op {
	case ir.Map, ir.Cast:
		return true
	case ir.Gather:
		return side[n.Args[0].Node]&ofPair == 0 && side[n.Args[1].Node]&ofData == 0
	case ir.Contract:
		if len(n.Args) != 2 {
			return false
		}
		x, y := side[n.Args[0].Node]&ofPair, side[n.Args[1].Node]&ofPair
		if x == ofPair || y == ofPair || x|y != ofPair {
			return false
		}
		for _, l := range n.Attr.(*ir.SumAttr).Labels {
			if !n.Args[0].Type().Has(l) || !n.Args[1].Type().Has(l) {
				return false
			}
		}
		return true
	}
	return false
}

// isSoftmax recognizes e / sum(e) where e = exp(s - max(s)), along the keys.
func isSoftmax(r *ir.Region, key string) bool {
	is := func(v ir.Value, fn string) bool {
		a, ok := v.Node.Attr.(*ir.MapAttr)
		return ok && v.Node.Op == ir.Map && a.Fn.Name == fn
	}
	reduces := func(v ir.Value, fn string, of ir.Value) bool {
		a, ok := v.Node.Attr.(*ir.ReduceAttr)
		return ok && !a.Prefix && a.Fn == fn && slices.Equal(a.Labels, []string{key}) && v.Node.Args[0] == of
	}
	s, w := ir.Value{Node: r.Params[0]}, r.Results[0]
	if !is(w, "div") {
		return false
	}
	e := w.Node.Args[0]
	if !is(e, "exp") || !reduces(w.Node.Args[1], "sum", e) {
		return false
	}
	d := e.Node.Args[0]
	return is(d, "sub") && d.Node.Args[0] == s && reduces(d.Node.Args[1], "max", s)
}
