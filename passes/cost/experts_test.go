package cost

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"archc/ir"
)

// TestExpertsCountSelections: D=4 F=5 E=6, 2 of 6 experts.
func TestExpertsCountSelections(t *testing.T) {
	r := report(t, routed(t, 0, nil))
	// Router and gates 2*4*6 each; a selection 2*4*5 twice.
	wantText(t, "forward", r.Formulas["flops.forward"], "256*B*T")
	// exp of the gates 6, topk 6; a selection: tanh 5, bias and gate 4 each, scatter 4; an expert: exp 4.
	wantText(t, "elementwise", r.Formulas["flops.elementwise"], "46*B*T + 24")
	if len(r.Bounds)+len(r.Unknown) != 0 || strings.Join(r.Free, " ") != "B T" {
		t.Errorf("bounds %v unknown %v free %v", r.Bounds, r.Unknown, r.Free)
	}
	deep := report(t, routed(t, 3, nil))
	wantText(t, "three layers", deep.Formulas["flops.elementwise"], "138*B*T + 72")
	constant := report(t, constantExperts(t))
	wantText(t, "without a batch", constant.Formulas["flops.forward"], "1456") // 7 rows: the router 48, 2 of 80
}

func TestSelectionsThatMayBeDroppedAreABound(t *testing.T) {
	of := func(valid func(n *net) ir.Value) *ir.Module { return routed(t, 0, valid) }
	given := of(func(n *net) ir.Value { return n.input("valid", ir.Bool, free("T")) })
	wantText(t, "why", strings.Join(report(t, given).Bounds, "; "),
		"moe: all selections are counted: which are valid is known when running alone")
	wantText(t, "forward", report(t, given).Formulas["flops.forward"], "256*B*T")
	optional := of(func(n *net) ir.Value {
		valid := n.optional("valid", 1, ir.Bool, free("T"))
		return n.fn("and", n.fn("or", valid, n.yes()), n.add(ir.Reverse, &ir.LabelAttr{Label: "T"}, []ir.Value{valid}))
	})
	if r := report(t, optional); len(r.Bounds) != 0 {
		t.Errorf("an input that is true by default: %v", r.Bounds)
	}
	if r := reportAs(t, optional, Options{Given: []string{"valid"}}); len(r.Bounds) != 1 {
		t.Errorf("an optional input that is given: %v", r.Bounds)
	}
}

func TestUnknownWorkOfExperts(t *testing.T) {
	n := newNet(t)
	n.Scope = "moe"
	x := n.input("x", ir.Real, free("T"), dim("D", 4))
	v := n.expertsOn(n.router(x, 3), n.yes(), 3, []ir.Value{x}, func(e ir.Value, in []ir.Value) ir.Value { return in[0] })
	body := v.Node.Regions[0]
	square := ir.Type{Axes: []ir.Axis{{Label: "N", Size: ir.Free("N")}, {Label: "M", Size: ir.Free("N")}}}
	body.Nodes = append(body.Nodes, &ir.Node{Op: ir.Map, Attr: &ir.MapAttr{Fn: ir.FnNamed("exp")}, Scope: "pair",
		Args: []ir.Value{{Node: body.Params[1]}}, Outs: []ir.Type{square}})
	wantText(t, "why", strings.Join(report(t, n.open(v)).Unknown, "; "),
		"pair: map: its work in an expert, N^2, is not linear in the rows N, the same for all experts")
}

// TestActiveParameters: of what the key or a lookup makes an expert's, a token uses its share.
func TestActiveParameters(t *testing.T) {
	for _, c := range []struct {
		name                string
		make                func(n *net, e, x ir.Value) // inside the body of 2 of 6 experts, in 3 layers
		total, active, excl int64
	}{
		{"by key", func(n *net, e, x ir.Value) { n.param("{l}.{e}", dim("A", 10)) }, 180, 60, 60},
		{"by key, the same in all layers", func(n *net, e, x ir.Value) { n.param("{e}", dim("A", 10)) }, 60, 20, 20},
		{"shared", func(n *net, e, x ir.Value) { n.param("{l}.w", dim("A", 10)) }, 30, 30, 30},
		{"a buffer", func(n *net, e, x ir.Value) { n.buffer("{l}.{e}", dim("A", 10)) }, 0, 0, 0},
		{"one tensor", func(n *net, e, x ir.Value) {
			n.gather(n.param("{l}.all", dim("E", 6), dim("A", 10)), e, "E")
		}, 180, 60, 60},
		{"one tensor that is read whole too", func(n *net, e, x ir.Value) {
			all := n.param("{l}.all", dim("E", 6), dim("A", 10))
			n.gather(all, e, "E")
			n.reduce("sum", n.param("{l}.all", dim("E", 6), dim("A", 10)), "E")
		}, 180, 180, 180},
		{"looked up along another axis", func(n *net, e, x ir.Value) {
			n.gather(n.param("{l}.all", dim("E", 7), dim("A", 10)), e, "E")
		}, 210, 210, 210},
		{"one of them used outside", func(n *net, e, x ir.Value) {
			n.param("{l}.{e}", dim("A", 10))
			n.param("1.3", dim("A", 10))
		}, 180, 60 + 7, 60 + 7}, // 10 of 30/9: not whole
	} {
		n := newNet(t)
		x := n.input("x", ir.Real, free("T"), dim("D", 4))
		yes := n.yes()
		x = n.repeat(0, 1, 3, x, func(x ir.Value) ir.Value {
			score := n.reduce("sum", n.fn("mul", x, n.buffer("ones", dim("E", 6))), "D")
			return n.expertsOn(n.topk(score, "E", dim("K2", 2)), yes, 6, []ir.Value{x}, func(e ir.Value, in []ir.Value) ir.Value {
				c.make(n, e, in[0])
				return in[0]
			})
		})
		p := report(t, n.done(x)).Parameters
		wantInt(t, c.name, p.Total, c.total)
		if c.name == "one of them used outside" {
			wantText(t, c.name, fmt.Sprint(p.Active, p.ActiveUnknown),
				"<nil>a token's share of the experts makes 200/3 parameters")
			continue
		}
		wantInt(t, c.name+", active", p.Active, c.active)
		wantInt(t, c.name+", without embedding", p.ActiveWithoutInputEmbedding, c.excl)
	}
}

// TestInputEmbeddings: a table counts as one when nothing but look-ups at an input reads it, wherever, and the model gives
// something for each of its rows. What is read in full for one token hangs on the look-ups alone.
func TestInputEmbeddings(t *testing.T) {
	table := func(n *net) ir.Value { return n.param("table", dim("V", 10), dim("D", 4)) }
	for _, c := range []struct {
		name string
		make func(n *net, ids ir.Value)
		excl int64
	}{
		{"a look-up", func(n *net, ids ir.Value) { n.gather(table(n), ids, "V") }, 0},
		{"two look-ups", func(n *net, ids ir.Value) {
			n.gather(table(n), ids, "V")
			part := n.add(ir.Slice, &ir.SliceAttr{Label: "T", Start: ir.Const(0), Into: dim("T1", 1)}, []ir.Value{ids})
			n.gather(table(n), n.rename(part, "T1", "T2"), "V")
		}, 0},
		{"a look-up in a scan", func(n *net, ids ir.Value) {
			r := n.Enter("body")
			n.Param(ir.Scalar(ir.Int), "t")
			n.gather(table(n), n.Param(ir.Scalar(ir.Int), "id"), "V")
			n.Leave()
			a := &ir.RepeatAttr{Var: "t", Step: 1, Count: ir.Free("T"), Slices: []string{"T"}}
			if _, err := n.Add(ir.Repeat, a, []ir.Value{ids}, r); err != nil {
				t.Fatal(err)
			}
		}, 0},
		{"a tied head", func(n *net, ids ir.Value) { n.dot(n.gather(table(n), ids, "V"), table(n), "D") }, 40},
		{"the same node as a head", func(n *net, ids ir.Value) {
			w := table(n)
			n.dot(n.gather(w, ids, "V"), w, "D")
		}, 40},
		{"positions", func(n *net, ids ir.Value) {
			n.gather(table(n), n.add(ir.Position, &ir.AxisAttr{Axis: free("T")}, nil), "V")
		}, 40},
		{"computed", func(n *net, ids ir.Value) { n.gather(table(n), n.fn("add", ids, n.num(1)), "V") }, 40},
		{"unused", func(n *net, ids ir.Value) { table(n) }, 40},
	} {
		for _, hasHead := range []bool{true, false} {
			n := newNet(t)
			ids := n.input("ids", ir.Int, free("T"))
			c.make(n, ids)
			gives, excl := ids, int64(40) // without a head all tables stay
			if hasHead {
				gives, excl = n.add(ir.Position, &ir.AxisAttr{Axis: dim("V", 10)}, nil), c.excl
			}
			p := report(t, n.done(gives)).Parameters
			wantInt(t, c.name, p.Active, 40)
			wantInt(t, fmt.Sprintf("%s, without, head %t", c.name, hasHead), p.ActiveWithoutInputEmbedding, excl)
			read := new(big.Int)
			for _, part := range p.Parts {
				read.Add(read, part.Elements)
			}
			wantInt(t, c.name+", read in full", read, c.excl)
		}
	}
}

func TestExpertKeysAreCounted(t *testing.T) {
	p := report(t, routed(t, 3, nil)).Parameters
	wantInt(t, "total", p.Total, 3*(6*4*2+6*44)-2*6*4) // the router has one key in all layers
	wantInt(t, "tensors", p.Tree.Tensors, 3*(1+6*3)+1)
	wantInt(t, "active", p.Active, 3*(6*4+2*44)+6*4)
}
