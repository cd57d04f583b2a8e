package ir

import (
	"testing"

	"archc/ir/diag"
)

// equalCases change verifyBase in one place; the error names it.
var equalCases = []struct {
	change func(m *Module)
	want   string
}{
	{func(*Module) {}, ""},
	{func(m *Module) { m.Body.Name, m.Body.Nodes[2].Src = "other", diag.Span{} }, ""}, // what is not compared
	{func(m *Module) { m.Name = "N" }, "the module is named M and N"},
	{func(m *Module) { m.Dims = m.Dims[:2] }, "the dims table has 3 rows and 2"},
	{func(m *Module) { m.Dims[0].Factors = nil }, "row 1 of the dims table is dim D = 4 = 2 2 and dim D = 4"},
	{func(m *Module) { m.Dims[1].Size = Const(9) }, "row 2 of the dims table is dim H = 8 and dim H = 9"},
	{func(m *Module) { m.Body.Nodes[1].Name = "v" }, `%1 is named "" and "v"`},
	{func(m *Module) { m.Body.Nodes[1].Scope = "s" }, `%1 has the scope "" and "s"`},
	{func(m *Module) { m.Body.Nodes[1].Attr.(*InputAttr).Default = nil },
		"%1 is input valid = true and input valid"},
	{func(m *Module) { m.Body.Nodes[2].Attr.(*ParamAttr).Key = "s" }, `%2 is param "scale" and param "s"`},
	{func(m *Module) { m.Body.Nodes[2].Attr.(*ParamAttr).Buffer = true },
		`%2 is param "scale" and param "scale" buffer`},
	{func(m *Module) { store(m, "D", "H") },
		`%7 is param "layers.{l}.w" stored [H D] and param "layers.{l}.w" stored [D H]`},
	{func(m *Module) { m.Body.Nodes[3].Attr.(*ConstAttr).Value = -2 }, "%3 is const 2 and const -2"},
	{func(m *Module) { in(m, Repeat, 0).Attr.(*RepeatAttr).Count = Const(4) },
		"%4 is repeat l = 0..3 and repeat l = 0..4"},
	{func(m *Module) { in(m, Map, 1).Attr.(*MapAttr).Fn = FnNamed("or") }, "%20 is map and and map or"},
	{func(m *Module) { in(m, Map, 0).Args[0] = in(m, Map, 0).Args[1] },
		"%18 is bool[T'] and bool[]"},
	{func(m *Module) { a := in(m, Map, 1).Args; a[0], a[1] = a[1], a[0] },
		"%20 takes %18 and another value as number 1"},
	{func(m *Module) { m.Outputs[0].Name = "q" }, `output 1 is named "y" and "q"`},
	{func(m *Module) { m.Outputs = m.Outputs[:1] }, "the module has 2 outputs and 1"},
	{func(m *Module) { m.Outputs[1].Value = m.Outputs[0].Value }, "output z is %10 and another value as number 1"},
	{func(m *Module) { in(m, Attend, 0).Regions = in(m, Attend, 0).Regions[:3] }, "%10 has 4 regions and 3"},
	{func(m *Module) { in(m, Repeat, 0).Regions[0].Results[0] = m.Inputs[0].Value },
		"region body of %4 gives %8 and another value as number 1"},
	{func(m *Module) { m.Body.Nodes[3] = nil }, "V01: a nil node"},
	{func(m *Module) { b := in(m, Repeat, 0).Regions[0]; b.Nodes = b.Nodes[1:] }, "%7 is param and contract"},
	{func(m *Module) {
		m.Body.Nodes = append(m.Body.Nodes, &Node{Op: Extent, Attr: &SizeAttr{}, Outs: []Type{Scalar(Int)}})
	}, "the body has 7 nodes and 8"},
}

func TestEqual(t *testing.T) {
	for i, c := range equalCases {
		a, b := verifyModule(t), verifyModule(t)
		c.change(b)
		for k := range b.Body.Nodes { // types follow, so that the change alone is what differs
			if n := b.Body.Nodes[k]; n != nil {
				retype(n)
			}
		}
		got := ""
		if err := Equal(a, b); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("case %d: got %s\nwant %s", i, got, c.want)
		}
	}
}

// retype gives a node, and those inside, the types of their rules, where these do not object.
func retype(n *Node) {
	for _, r := range n.Regions {
		for _, m := range r.Nodes {
			retype(m)
		}
	}
	if outs, err := n.infer(); err == nil {
		n.Outs = outs
	}
}

// TestEqualHoldsValuesApart: the same text of arguments under other nodes is another module.
func TestEqualHoldsValuesApart(t *testing.T) {
	a := parseText(t, "model M %0 = input x : [T] %1 = map exp %0 %2 = map exp %0 %3 = map neg %1 output y = %3")
	b := parseText(t, "model M %0 = input x : [T] %1 = map exp %0 %2 = map exp %0 %3 = map neg %2 output y = %3")
	if err := Equal(a, b); err == nil || err.Error() != "%3 takes %1 and another value as number 1" {
		t.Error(err)
	}
}
