package ir

import (
	"os"
	"testing"

	"archc/ir/diag"
)

// TestCloneIsEqualAndApart copies a module with every op: the copy is equal, verifies, and shares no node.
func TestCloneIsEqualAndApart(t *testing.T) {
	text, err := os.ReadFile("testdata/every_op.ir")
	if err != nil {
		t.Fatal(err)
	}
	m, err := Parse(diag.NewSource("every_op.ir", string(text)))
	if err != nil {
		t.Fatal(err)
	}
	c := m.Clone()
	if err := Equal(m, c); err != nil {
		t.Fatal(err)
	}
	if errs := Verify(c); len(errs) > 0 {
		t.Fatal(errs)
	}
	mine := map[*Node]bool{}
	m.Body.Walk(func(n *Node, _ int) { mine[n] = true })
	reached := func(v Value) bool { return mine[v.Node] }
	c.Body.Walk(func(n *Node, _ int) {
		if mine[n] {
			t.Errorf("a node %s is shared", n.Op.Name)
		}
		for _, v := range n.Args {
			if reached(v) {
				t.Errorf("a node %s takes a value of the original", n.Op.Name)
			}
		}
	})
	for _, p := range append(c.Inputs, c.Outputs...) {
		if reached(p.Value) {
			t.Errorf("port %s is the original's", p.Name)
		}
	}
	before := Text(m)
	c.Body.Nodes = nil
	c.Dims[0].Label = "changed"
	if Text(m) != before {
		t.Error("a change of the copy shows in the original")
	}
}
