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

const ofPair = ofQuery | ofKey

// roles say what the values and the axes inside of an attend are.
type roles struct {
	key, query string
	heads      []string // axes of the weights and of the mask: each has a row of keys of its own
	side       map[*ir.Node]int
}

// rolesOf looks at the regions of the scores and of the mask.
func (b *builder) rolesOf(n *ir.Node) *roles {
	a := n.Attr.(*ir.AttendAttr)
	r := &roles{key: a.Key, query: a.Query, side: map[*ir.Node]int{}}
	for _, t := range []ir.Type{n.Weights(), n.RegionNamed("mask").Results[0].Type()} {
		for _, x := range t.Axes {
			if x.Label != a.Key && !slices.Contains(r.heads, x.Label) {
				r.heads = append(r.heads, x.Label)
			}
		}
	}
	for _, name := range []string{"score", "mask"} {
		region := n.RegionNamed(name)
		for i, p := range region.Params {
			switch {
			case i == 0:
				r.side[p] = ofQuery
			case i == 1:
				r.side[p] = ofKey
			default:
				r.side[p] = ofKey | ofData
				if i < 2+a.Queries {
					r.side[p] = ofQuery | ofData
				}
				if b.value(n.Args[i-2]).expr != nil { // an operand that is a function of positions
					r.side[p] &^= ofData
				}
			}
		}
		r.look(region)
	}
	return r
}

// look finds the sides of a region's nodes. What is summed or looked up for a pair is a line of the program even where it
// hangs on positions alone.
func (r *roles) look(region *ir.Region) {
	inside := map[*ir.Node]bool{}
	for _, x := range region.Nodes {
		inside[x] = true
		s := 0
		if x.Op == ir.Param {
			s = ofData
		}
		for _, v := range x.Args {
			if have, ok := r.side[v.Node]; ok {
				s |= have
			} else if !inside[v.Node] {
				s |= ofData
			}
		}
		if s&ofPair == ofPair && (x.Op == ir.Reduce || x.Op == ir.Contract || x.Op == ir.Gather) {
			s |= ofData
		}
		r.side[x] = s
	}
}

// paired reports whether a value hangs on both sides.
func (r *roles) paired(v ir.Value) bool { return r.side[v.Node]&ofPair == ofPair }

// inLanes looks at the regions: what is of one side can be computed outside, what is of a pair is a line, and the weights
// of a lane come of the scores of the lane.
func (r *roles) inLanes(n *ir.Node) bool {
	for _, name := range []string{"score", "mask"} {
		for _, x := range n.RegionNamed(name).Nodes {
			if !r.plannable(x) {
				return false
			}
		}
	}
	return r.normalizes(n)
}

// plannable reports whether a node of the scores or the mask can be planned: one that is of one side as outside of the
// regions, with one more axis; one that is of a pair as a line of the program.
func (r *roles) plannable(n *ir.Node) bool {
	side := r.side[n]
	if side&ofPair != ofPair {
		switch n.Op {
		case ir.Param, ir.Constant, ir.Extent, ir.Position, ir.Map, ir.Cast, ir.Contract, ir.Reduce, ir.Gather, ir.Rename,
			ir.Split, ir.Merge, ir.Slice, ir.Pick, ir.Transpose, ir.Stop:
			return true
		}
		return false
	}
	if side&ofData == 0 { // a function of positions
		switch n.Op {
		case ir.Map, ir.Cast, ir.Rename, ir.Split, ir.Merge, ir.Slice, ir.Pick, ir.Transpose, ir.Stop:
			return true
		}
		return false
	}
	switch a := n.Attr.(type) {
	case *ir.SumAttr:
		return r.inner(a.Labels)
	case *ir.ReduceAttr:
		return !a.Prefix && r.inner(a.Labels)
	case *ir.LabelAttr: // a table of numbers, which may be of one side, at one place for a pair
		return n.Op == ir.Gather && !r.paired(n.Args[0]) && r.inner([]string{a.Label}) && len(r.beyond(n.Args[1].Type())) == 0
	}
	return n.Op == ir.Map || n.Op == ir.Cast || n.Op == ir.Transpose || n.Op == ir.Stop
}

// inner reports whether labels are none of the pair's and the heads'.
func (r *roles) inner(labels []string) bool {
	return !slices.ContainsFunc(labels, func(l string) bool { return r.outer(l) })
}

func (r *roles) outer(label string) bool {
	return label == r.key || label == Batch || label == r.query || slices.Contains(r.heads, label)
}

// beyond are the axes of a type that are none of the pair's and the heads'.
func (r *roles) beyond(t ir.Type) (out []ir.Axis) {
	for _, x := range t.Axes {
		if !r.outer(x.Label) {
			out = append(out, x)
		}
	}
	return out
}
