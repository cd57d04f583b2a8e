package ir

import (
	"fmt"
	"slices"
)

// AttendAttr names the axes of an attend and divides its arguments: Queries, then Keys, then values.
type AttendAttr struct {
	Query         string // "" when the query has no sequence axis
	Key           string
	Queries, Keys int
}

// RegionNamed returns the node's region of that name, nil when it has none.
func (n *Node) RegionNamed(name string) *Region {
	i := slices.IndexFunc(n.Regions, func(r *Region) bool { return r.Name == name })
	if i < 0 {
		return nil
	}
	return n.Regions[i]
}

// Positions are the parameters of a region of an attend that hold the numbers of the query and of the keys: the first two
// of score and mask, those behind the scores of norm and weight, nil where these lack them.
func (r *Region) Positions() (query, keys *Node) {
	at := 0
	if r.Name == "norm" || r.Name == "weight" {
		at = 1
	}
	if len(r.Params) < at+2 {
		return nil, nil
	}
	return r.Params[at], r.Params[at+1]
}

// Attend is attention, for each query row over the keys that the mask admits.
var Attend = &Op{
	Name: "attend",
	Doc: "args queries, keys, values. For each query i: the keys J where mask(i, j) holds; s = score(i, j, queries[i], " +
		"keys[J]); w = norm(s), then weight(w) where there is one, which may take i and j too, as in norm(s, i, j); " +
		"result: the sum over J of w times the value. " +
		"Inside the regions the key axis has the size J and the query axis does not occur; a row without keys is 0",
	Rule: "for each value: the query axis and the axes of the weights in the order of the queries, then the other axes " +
		"of the weights, of the mask and of the value, without the key axis; real",
	Args:    Arity{1, -1},
	Attr:    func() Attr { return new(AttendAttr) },
	Regions: []string{"score", "mask", "norm", "weight?"},
	Infer:   inferAttend,
	// Per admitted pair: one multiply and one add for each weight and element of the value.
	Cost: func(n *Node) Work {
		a := n.Attr.(*AttendAttr)
		work := Size{}
		for _, v := range n.Args[a.Queries+a.Keys:] {
			axes, _ := Broadcast(n.Weights().Without(a.Key), v.Type().Without(a.Key))
			work = work.Add(product(axes).Mul(Const(2)))
		}
		return Work{Contraction: work}
	},
}

// Weights is the type of the weights that an attend node averages with: the result of its last region.
func (n *Node) Weights() Type { return n.Regions[len(n.Regions)-1].Results[0].Type() }

func inferAttend(n *Node) ([]Type, error) {
	a := n.Attr.(*AttendAttr)
	for _, r := range n.Regions {
		if len(r.Results) != 1 {
			return nil, fmt.Errorf("region %s gives %d values, not one", r.Name, len(r.Results))
		}
	}
	m := n.RegionNamed("mask").Results[0].Type()
	if m.Kind != Bool {
		return nil, fmt.Errorf("the mask is %s, not bool", m.Kind)
	}
	w := n.Weights()
	var outs []Type
	for _, v := range n.Args[a.Queries+a.Keys:] {
		if !v.Type().Has(a.Key) {
			return nil, fmt.Errorf("a value has no axis %s", a.Key)
		}
		axes, err := Broadcast(w.Without(a.Key), m.Without(a.Key), v.Type().Without(a.Key))
		if err != nil {
			return nil, err
		}
		outs = append(outs, Type{Real, n.orderLikeQuery(axes)})
	}
	return outs, nil
}

// orderLikeQuery puts the query axis and the weights' axes first, in the query's order, then what the value adds.
func (n *Node) orderLikeQuery(axes []Axis) []Axis {
	a := n.Attr.(*AttendAttr)
	weights, rest := n.Weights().Without(a.Key), Type{Axes: axes}
	var out Type
	take := func(x Axis) {
		if !out.Has(x.Label) {
			out.Axes = append(out.Axes, x)
		}
	}
	for _, q := range n.Args[:a.Queries] {
		for _, x := range q.Type().Axes {
			if x.Label == a.Query || weights.Has(x.Label) {
				take(x)
			}
		}
	}
	for _, x := range weights.Axes {
		take(x)
	}
	for _, x := range rest.Axes {
		take(x)
	}
	return out.Axes
}
