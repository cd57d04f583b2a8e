package simplify

import (
	"strconv"

	"archc/ir"
)

// shared are the values computed so far, by what they compute; outer holds those of the regions around.
type shared struct {
	outer   *shared
	first   map[string]ir.Value
	numbers map[*ir.Node]int // of the arguments, in the order of use; one for all regions
}

// inside is what the regions of a node may use. In a repeat, what is around. In the regions of an attend, nothing: the
// key axis has another size there, the number of admitted keys, so that the same words mean something else, and no
// value with the axis may come in (V20). In the body of an experts nothing that depends on an input may (V22).
func (s *shared) inside(n *ir.Node) *shared {
	if n.Op == ir.Repeat {
		return &shared{outer: s, numbers: s.numbers}
	}
	return &shared{numbers: s.numbers}
}

// find gives the first value that computes the same as a node; the node becomes it when there is none. Nodes with
// regions are left alone, and so are inputs.
func (s *shared) find(n *ir.Node) (ir.Value, bool) {
	if len(n.Regions) > 0 || n.Op == ir.Input {
		return ir.Value{}, false
	}
	key := s.identity(n)
	for at := s; at != nil; at = at.outer {
		if v, ok := at.first[key]; ok && v.Node != n {
			return v, true
		}
	}
	if s.first == nil {
		s.first = map[string]ir.Value{}
	}
	s.first[key] = ir.Value{Node: n}
	return ir.Value{}, false
}

// identity says what a node computes: op, attribute, type and arguments. Every node of a module is asked, in every
// sweep, so the text is put together by hand.
func (s *shared) identity(n *ir.Node) string {
	out := append(make([]byte, 0, 128), n.OpText()...)
	for _, a := range n.Outs[0].Axes {
		out = strconv.AppendQuote(append(out, ' '), a.Label)
		out = append(append(out, '='), a.Size.String()...)
	}
	out = append(append(out, ' '), n.Outs[0].Kind.String()...)
	for _, v := range n.Args {
		out = strconv.AppendInt(append(out, ' '), int64(s.number(v.Node)), 10)
		out = strconv.AppendInt(append(out, '.'), int64(v.Out), 10)
	}
	return string(out)
}

func (s *shared) number(n *ir.Node) int {
	k, ok := s.numbers[n]
	if !ok {
		k = len(s.numbers)
		s.numbers[n] = k
	}
	return k
}
