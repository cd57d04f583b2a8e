package simplify

import (
	"fmt"
	"strings"

	"archc/ir"
)

// shared are the values computed so far, by what they compute; outer holds those of the regions around.
type shared struct {
	outer *shared
	first map[string]ir.Value
}

// inside is what the regions of a node may use. In a repeat, what is around. In the regions of an attend, nothing: the
// key axis has another size there, the number of admitted keys, so that the same words mean something else, and no
// value with the axis may come in (V20). In the body of an experts nothing that depends on an input may (V22).
func (s *shared) inside(n *ir.Node) *shared {
	if n.Op == ir.Repeat {
		return &shared{outer: s}
	}
	return &shared{}
}

// find gives the first value that computes the same as a node; the node becomes it when there is none. Nodes with
// regions are left alone, and so are inputs.
func (s *shared) find(n *ir.Node) (ir.Value, bool) {
	if len(n.Regions) > 0 || n.Op == ir.Input {
		return ir.Value{}, false
	}
	key := identity(n)
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

// identity says what a node computes: op, attribute, type and arguments.
func identity(n *ir.Node) string {
	var b strings.Builder
	b.WriteString(n.OpText())
	for _, a := range n.Outs[0].Axes {
		fmt.Fprintf(&b, " %q=%s", a.Label, a.Size)
	}
	fmt.Fprintf(&b, " %s", n.Outs[0].Kind)
	for _, v := range n.Args {
		fmt.Fprintf(&b, " %p.%d", v.Node, v.Out)
	}
	return b.String()
}
