package eval

import (
	"math"
	"testing"

	"archc/ir"
)

// regions of other nodes around attends and experts, against direct loops.

// dot is an attend node with the score q k and a softmax over the axis S; q and k may have any further axes.
func (p *program) dot(query string, q, k, v ir.Value, mask maskOf) ir.Value {
	a := &ir.AttendAttr{Query: query, Key: "S", Queries: 1, Keys: 1}
	return ir.Value{Node: p.attend(a, []ir.Value{q, k, v}, attendCase{mask: mask})}
}

// softmax is the average of v over the keys that are admitted, weighted by exp(q k / 2); 0 without keys.
func softmax(q []float64, keys, values [][]float64, admits func(j int) bool) []float64 {
	out, sum := make([]float64, len(values[0])), 0.0
	for j, k := range keys {
		if !admits(j) {
			continue
		}
		s := 0.0
		for i := range q {
			s += q[i] * k[i]
		}
		w := math.Exp(s / 2)
		sum += w
		for i, v := range values[j] {
			out[i] += w * v
		}
	}
	for i := range out {
		if sum > 0 {
			out[i] /= sum
		}
	}
	return out
}

// rowsOf cuts data into rows of n.
func rowsOf(data []float64, n int) [][]float64 {
	var out [][]float64
	for i := 0; i < len(data); i += n {
		out = append(out, data[i:i+n])
	}
	return out
}

// TestAttendInScan: each run attends to the keys, causally from its own number on, and adds its row of x.
func TestAttendInScan(t *testing.T) {
	p := newProgram()
	q, k := p.input("q", ir.Real, free("T"), n("K", 4)), p.input("k", ir.Real, free("S"), n("K", 4))
	x := p.input("x", ir.Real, n("U", 3), n("W", 4))
	body := p.Enter("body")
	u := p.Param(ir.Scalar(ir.Int), "u")
	h, xu := p.Param(q.Type(), "h"), p.Param(x.Type().Without("U"), "x")
	values := p.Must(ir.Rename, &ir.RenameAttr{From: "K", To: "W"}, k)
	y := p.dot("T", h, k, values, func(p *program, i, j ir.Value) ir.Value {
		return p.fn("and", p.fn("le", j, i), p.fn("ge", j, u))
	})
	y = p.Must(ir.Rename, &ir.RenameAttr{From: "W", To: "K"}, p.fn("add", y, xu))
	body.Results = []ir.Value{y}
	p.Leave()
	a := &ir.RepeatAttr{Var: "u", Step: 1, Count: ir.Const(3), Slices: []string{"U"}}
	rep, err := p.Add(ir.Repeat, a, []ir.Value{q, x}, body)
	if err != nil {
		t.Fatal(err)
	}
	p.output("y", ir.Value{Node: rep})
	r := source()
	in := tensors{"q": random(r, Axis{"T", 5}, Axis{"K", 4}), "k": random(r, Axis{"S", 6}, Axis{"K", 4}),
		"x": random(r, Axis{"U", 3}, Axis{"W", 4})}
	hs, ks := rowsOf(in["q"].Data, 4), rowsOf(in["k"].Data, 4)
	pairs := uint64(0)
	for u := range 3 {
		var next [][]float64
		for i, h := range hs {
			row := softmax(h, ks, ks, func(j int) bool { return j <= i && j >= u })
			pairs += uint64(max(0, i-u+1))
			for d := range row {
				row[d] += in["x"].Data[u*4+d]
			}
			next = append(next, row)
		}
		hs = next
	}
	res := run1(t, p, nil, in, Options{})
	near(t, "scan", res.Outputs["y"], made(in["q"].Axes, func(c coords) float64 { return hs[c["T"]][c["K"]] }), 1e-13)
	if res.Counts.Pairs != pairs {
		t.Errorf("%d pairs, want %d", res.Counts.Pairs, pairs)
	}
}

// TestAttendInExperts: expert e attends, for each of its rows, to the row's own batch element's keys but number e.
func TestAttendInExperts(t *testing.T) {
	p := newProgram()
	q, k := p.input("q", ir.Real, free("T"), n("K", 4)), p.input("k", ir.Real, free("S"), n("K", 4))
	index := p.input("index", ir.Int, free("T"), n("C", 2))
	yes := p.Leaf(ir.Constant, &ir.ConstAttr{Value: 1}, ir.Scalar(ir.Bool))
	a := &ir.ExpertsAttr{Var: "e", Of: n("E", 3), Slot: "C", Rows: "N"}
	body := p.Enter("body")
	e := p.Param(ir.Scalar(ir.Int), "e")
	own, keys := p.Param(a.Operand(index.Type(), q.Type()), "q"), p.Param(a.Operand(index.Type(), k.Type()), "k")
	values := p.Must(ir.Rename, &ir.RenameAttr{From: "K", To: "W"}, keys)
	body.Results = []ir.Value{p.fn("mul", p.dot("", own, keys, values, func(p *program, i, j ir.Value) ir.Value {
		return p.fn("ne", j, e)
	}), p.fn("add", e, p.number(1)))}
	p.Leave()
	node, err := p.Add(ir.Experts, a, []ir.Value{index, yes, q, k}, body)
	if err != nil {
		t.Fatal(err)
	}
	p.output("y", ir.Value{Node: node})
	r := source()
	batch := Axis{Batch, 2}
	in := tensors{"q": random(r, batch, Axis{"T", 5}, Axis{"K", 4}), "k": random(r, batch, Axis{"S", 4}, Axis{"K", 4}),
		"index": randomInts(r, 3, batch, Axis{"T", 5}, Axis{"C", 2})}
	res := run1(t, p, nil, in, Options{})
	near(t, "experts", res.Outputs["y"], made([]Axis{batch, {"T", 5}, {"W", 4}}, func(c coords) float64 {
		row := c[Batch]*5 + c["T"]
		ks, sum := rowsOf(in["k"].Data[c[Batch]*16:][:16], 4), 0.0
		for slot := range 2 {
			e := in["index"].Data[row*2+slot]
			out := softmax(in["q"].Data[row*4:][:4], ks, ks, func(j int) bool { return float64(j) != e })
			sum += out[c["W"]] * (e + 1)
		}
		return sum
	}), 1e-13)
}

// TestAttendInAttend: the score of a pair is a coordinate of an attention over the memory M, admitted up to key j.
func TestAttendInAttend(t *testing.T) {
	p := newProgram()
	q, k := p.input("q", ir.Real, free("T"), n("K", 4)), p.input("k", ir.Real, free("Z"), n("K", 4))
	memory := p.input("memory", ir.Real, free("S"), n("K", 4))
	z := free("Z")
	score := p.Enter("score")
	p.Param(ir.Scalar(ir.Int), "i")
	p.Param(ir.Type{Kind: ir.Int, Axes: []ir.Axis{z}}, "j")
	row, key := p.Param(q.Type().Without("T"), "q"), p.Param(k.Type(), "k")
	pair := p.fn("mul", row, key) // [K, Z]
	over := p.dot("", pair, memory, p.Must(ir.Rename, &ir.RenameAttr{From: "K", To: "W"}, memory), causalTo2)
	score.Results = []ir.Value{p.reduce("sum", "W", over)}
	p.Leave()
	mask := p.Enter("mask")
	mi, mj := p.Param(ir.Scalar(ir.Int), "i"), p.Param(ir.Type{Kind: ir.Int, Axes: []ir.Axis{z}}, "j")
	mask.Results = []ir.Value{p.fn("le", mj, mi)}
	p.Leave()
	norm := p.Enter("norm")
	norm.Results = []ir.Value{p.fn("exp", p.Param(score.Results[0].Type(), "s"))}
	p.Leave()
	attr := &ir.AttendAttr{Query: "T", Key: "Z", Queries: 1, Keys: 1}
	node, err := p.Add(ir.Attend, attr, []ir.Value{q, k, k}, score, mask, norm)
	if err != nil {
		t.Fatal(err)
	}
	p.output("y", ir.Value{Node: node})
	r := source()
	in := tensors{"q": random(r, Axis{"T", 4}, Axis{"K", 4}), "k": random(r, Axis{"Z", 4}, Axis{"K", 4}),
		"memory": random(r, Axis{"S", 5}, Axis{"K", 4})}
	res := run1(t, p, nil, in, Options{})
	qs, ks, ms := rowsOf(in["q"].Data, 4), rowsOf(in["k"].Data, 4), rowsOf(in["memory"].Data, 4)
	near(t, "attend", res.Outputs["y"], made(in["q"].Axes, func(c coords) float64 {
		out := 0.0
		for j := range c["T"] + 1 {
			pair, s := make([]float64, 4), 0.0
			for d := range pair {
				pair[d] = qs[c["T"]][d] * ks[j][d]
			}
			for _, x := range softmax(pair, ms, ms, func(m int) bool { return m <= 2 }) {
				s += x
			}
			out += math.Exp(s) * ks[j][c["K"]]
		}
		return out
	}), 1e-13)
}

func causalTo2(p *program, i, j ir.Value) ir.Value { return p.fn("le", j, p.fn("add", i, p.whole(2))) }

// TestExpertsInExperts: each of 3 experts has 2 of its own, chosen by an operand of the outer ones.
func TestExpertsInExperts(t *testing.T) {
	p := newProgram()
	x := p.input("x", ir.Real, free("T"))
	outer, inner := p.input("outer", ir.Int, free("T"), n("C", 2)), p.input("inner", ir.Int, free("T"), n("C2", 2))
	yes := p.Leaf(ir.Constant, &ir.ConstAttr{Value: 1}, ir.Scalar(ir.Bool))
	a := &ir.ExpertsAttr{Var: "e", Of: n("E", 3), Slot: "C", Rows: "N"}
	b := &ir.ExpertsAttr{Var: "f", Of: n("F", 2), Slot: "C2", Rows: "M"}
	body := p.Enter("body")
	p.Param(ir.Scalar(ir.Int), "e")
	xs, index := p.Param(a.Operand(outer.Type(), x.Type()), "x"), p.Param(a.Operand(outer.Type(), inner.Type()), "i")
	deep := p.Enter("body")
	p.Param(ir.Scalar(ir.Int), "f")
	own := p.Param(b.Operand(index.Type(), xs.Type()), "x")
	deep.Results = []ir.Value{p.sum(nil, own, p.param("w.{e}.{f}", nil))}
	p.Leave()
	node, err := p.Add(ir.Experts, b, []ir.Value{index, yes, xs}, deep)
	if err != nil {
		t.Fatal(err)
	}
	body.Results = []ir.Value{{Node: node}}
	p.Leave()
	if node, err = p.Add(ir.Experts, a, []ir.Value{outer, yes, x, inner}, body); err != nil {
		t.Fatal(err)
	}
	p.output("y", ir.Value{Node: node})
	w, err := NewHashWeights(p.m)
	if err != nil || len(w.Keys()) != 6 {
		t.Fatal(w.Keys(), err)
	}
	r, axes := source(), []Axis{{Batch, 2}, {"T", 9}}
	in := tensors{"x": random(r, axes...), "outer": randomInts(r, 3, append(axes[:2:2], Axis{"C", 2})...),
		"inner": randomInts(r, 2, append(axes[:2:2], Axis{"C2", 2})...)}
	res := run1(t, p, w, in, Options{})
	same(t, "experts", res.Outputs["y"], made(axes, func(c coords) float64 {
		sum := 0.0
		for c["C"] = range 2 {
			part := 0.0
			for c["C2"] = range 2 {
				key := "w." + string(rune('0'+int(in["outer"].at(c)))) + "." + string(rune('0'+int(in["inner"].at(c))))
				part += float64(in["x"].at(c) * Hash(key, 0))
			}
			sum += part
		}
		return sum
	}))
}
