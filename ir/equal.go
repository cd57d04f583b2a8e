package ir

import (
	"fmt"
	"slices"
	"strings"
)

// Equal compares two modules in all but source positions and the name of the body; the error names the
// first difference, by the numbers of the first module's text form. Values are the same when their nodes
// stand in the same place. A module that breaks a structural rule equals none: the error is that rule's.
func Equal(a, b *Module) error {
	for _, m := range []*Module{a, b} {
		if errs := structure(m); len(errs) > 0 {
			return errs[0]
		}
	}
	e := &equality{ids: number(a), twin: map[*Node]*Node{}}
	e.same("the module", "is named %s and %s", a.Name, b.Name)
	e.dims(a.Dims, b.Dims)
	e.region("the body", a.Body, b.Body)
	e.ports("output", a.Outputs, b.Outputs)
	return e.err
}

// equality walks two modules side by side and keeps the first difference.
type equality struct {
	ids  map[Value]int
	twin map[*Node]*Node
	err  error
}

func (e *equality) same(what, format string, a, b any) {
	if e.err == nil && a != b {
		e.err = fmt.Errorf("%s "+format, what, a, b)
	}
}

func (e *equality) dims(a, b []Dim) {
	e.same("the dims table", "has %d rows and %d", len(a), len(b))
	for i := range a {
		if e.err != nil {
			return
		}
		e.same(fmt.Sprintf("row %d of the dims table", i+1), "is %s and %s", dimText(a[i]), dimText(b[i]))
	}
}

func dimText(d Dim) string {
	p := &printer{}
	p.dim(d)
	return strings.TrimSpace(p.b.String())
}

func (e *equality) region(what string, a, b *Region) {
	e.same(what, "has %d parameters and %d", len(a.Params), len(b.Params))
	for i := range a.Params {
		if e.err != nil {
			return
		}
		e.node(a.Params[i], b.Params[i])
	}
	for i := range min(len(a.Nodes), len(b.Nodes)) {
		if e.err != nil {
			return
		}
		e.node(a.Nodes[i], b.Nodes[i])
	}
	e.same(what, "has %d nodes and %d", len(a.Nodes), len(b.Nodes))
	e.values(what+" gives", a.Results, b.Results)
}

func (e *equality) node(a, b *Node) {
	what := a.Op.Name
	if len(a.Outs) > 0 {
		what = fmt.Sprintf("%%%d", e.ids[Value{a, 0}])
	}
	e.same(what, "is %s and %s", a.Op.Name, b.Op.Name)
	e.same(what, "is %s and %s", outsText(a), outsText(b))
	if e.err == nil {
		e.same(what, "is %s and %s", attrText(a), attrText(b))
	}
	e.same(what, "has the scope %q and %q", a.Scope, b.Scope)
	e.same(what, "is named %q and %q", a.Name, b.Name)
	e.values(what+" takes", a.Args, b.Args)
	e.same(what, "has %d regions and %d", len(a.Regions), len(b.Regions))
	for i := range a.Regions {
		if e.err != nil {
			return
		}
		name := "region " + a.Regions[i].Name + " of " + what
		e.same(name, "is %s and %s", a.Regions[i].Name, b.Regions[i].Name)
		e.region(name, a.Regions[i], b.Regions[i])
	}
	e.twin[a] = b
}

func outsText(n *Node) string {
	out := make([]string, len(n.Outs))
	for i, t := range n.Outs {
		out[i] = long(t)
	}
	return strings.Join(out, ", ")
}

// OpText is the node's op with its attribute, as the text form has it with every size written out. Two nodes with one
// op have equal texts exactly when their attributes are equal.
func (n *Node) OpText() string { return attrText(n) }

// attrText is the op with its attribute. Texts are the same exactly when attributes are: they parse back.
func attrText(n *Node) string {
	p := &printer{}
	p.word("%s", n.Op.Name)
	if n.Attr != nil {
		p.word(" ")
		n.Attr.write(p, n)
	}
	if g, ok := n.Attr.(grouped); ok {
		if sizes := g.groups(len(n.Args)); sizes != nil {
			p.word(" %v", sizes)
		}
	}
	return p.b.String()
}

func (e *equality) values(what string, a, b []Value) {
	same := func(x, y Value) bool { return e.twin[x.Node] == y.Node && x.Out == y.Out }
	if e.err != nil || slices.EqualFunc(a, b, same) {
		return
	}
	i := 0
	for i < min(len(a), len(b)) && same(a[i], b[i]) {
		i++
	}
	switch {
	case i == len(a) || i == len(b):
		e.err = fmt.Errorf("%s %d values and %d", what, len(a), len(b))
	default:
		e.err = fmt.Errorf("%s %%%d and another value as number %d", what, e.ids[a[i]], i+1)
	}
}

func (e *equality) ports(what string, a, b []Port) {
	e.same("the module", "has %d "+what+"s and %d", len(a), len(b))
	for i := range a {
		if e.err != nil {
			return
		}
		e.same(fmt.Sprintf("%s %d", what, i+1), "is named %q and %q", a[i].Name, b[i].Name)
		e.values(what+" "+a[i].Name+" is", []Value{a[i].Value}, []Value{b[i].Value})
	}
}
