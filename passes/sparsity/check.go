package sparsity

import (
	"slices"
	"strings"

	"archc/ir"
	"archc/ir/diag"
)

// Check finds the masks of a module that leave a row without a key, whatever the data are: that is never meant. A
// mask from data may do so when running, and gives 0 there.
func Check(m *ir.Module) []*diag.Diagnostic {
	var given []string // what an optional input says is data
	for _, p := range m.Inputs {
		if a := p.Node.Attr.(*ir.InputAttr); a.Default != nil {
			given = append(given, a.Name)
		}
	}
	var out []*diag.Diagnostic
	eachAttend(m.Body, nil, func(n *ir.Node, around []*ir.Node) {
		p, err := Of(n, Options{Given: given, Around: around})
		if err != nil {
			return // too many patterns: nothing is said about them
		}
		w, err := p.EmptyRow()
		if w == nil || err != nil {
			return
		}
		mask := n.RegionNamed("mask").Results[0].Node
		d := diag.New(diag.EmptyRow, at(mask, n), "the mask leaves a query without a key").
			Mark("admits no j: %s", w).
			Note(diag.Span{}, "the result of such a row is 0 for every input")
		if text := mask.Src.Text(); text != "" {
			d.Suggest("write `%s | i == j`, so that each query sees itself at least", operand(text))
		}
		out = append(out, d)
	})
	return out
}

// eachAttend visits the attends of a region and of those inside, with the nodes around them.
func eachAttend(r *ir.Region, around []*ir.Node, visit func(n *ir.Node, around []*ir.Node)) {
	for _, n := range r.Nodes {
		if n.Op == ir.Attend {
			visit(n, around)
		}
		for _, inner := range n.Regions {
			eachAttend(inner, append(slices.Clip(around), n), visit)
		}
	}
}

// at is where a mask is written; the attend where it is not.
func at(mask, attend *ir.Node) diag.Span {
	if mask.Src.IsZero() {
		return attend.Src
	}
	return mask.Src
}

// operand writes an expression as an operand of & or |.
func operand(text string) string {
	if strings.ContainsAny(text, "|&<>=! ") {
		return "(" + text + ")"
	}
	return text
}
