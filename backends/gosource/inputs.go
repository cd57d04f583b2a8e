package gosource

import (
	"fmt"
	"strings"

	"archc/backends/source"
	"archc/ir"
	"archc/passes/plan"
)

// argument is an input as a caller gives it.
type argument struct {
	port  plan.Port
	field string // of Inputs
	size  string // how many elements it has, as Go
	shape string
}

// arguments are the inputs of a plan, their sizes in terms of dims as name writes them.
func (m *model) arguments(ports []plan.Port, n *names, name func(string) string) []argument {
	var out []argument
	for _, p := range ports {
		size := source.Product(p.View.Axes).Substitute(map[string]ir.Size{plan.Batch: ir.Const(1)})
		if strings.Contains(size.String(), "floor") {
			m.helps["floorDiv"] = true
		}
		out = append(out, argument{p, n.Exported(p.Name), goSize(size, name), shapeText(p)})
	}
	return out
}

func (a argument) kind() string {
	if a.port.Kind == ir.Int {
		return "[]int"
	}
	return "[]float32"
}

func (a argument) doc() string {
	doc := a.shape
	if a.port.Kind == ir.Bool {
		doc += ", 0 or 1"
	}
	if a.port.Default != nil {
		doc += fmt.Sprintf("; nil is all %v", *a.port.Default)
	}
	return doc
}

// structure writes the type of inputs: the dims that they settle, then the arrays.
func structure(name, doc string, dims map[string]string, order []string, args []argument) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n// %s %s\ntype %s struct {\n", name, doc, name)
	for _, d := range order {
		fmt.Fprintf(&b, "%s int // the size %s\n", dims[d], comment(d))
	}
	for _, a := range args {
		fmt.Fprintf(&b, "%s %s // %s\n", a.field, a.kind(), comment(a.doc()))
	}
	b.WriteString("}\n")
	return b.String()
}

// take writes how an input becomes numbers for the kernels, in a field of the session.
func (a argument) take(i int, field string) string {
	f := "floats"
	if a.port.Kind == ir.Int {
		f = "wholes"
	}
	missing := "nil"
	if a.port.Default != nil {
		missing = fmt.Sprintf("[]float32{%v}", float32(*a.port.Default))
	}
	return fmt.Sprintf("s.%s(&s.%s, %d, %s, in.%s, %s, %s)", f, field, i, quoted(a.port.Name), a.field, a.size, missing)
}
