package cost

import (
	"strings"
	"testing"

	"archc/ir"
)

func (n *net) cast(kind ir.Kind, v ir.Value) ir.Value {
	return n.add(ir.Cast, &ir.KindAttr{Kind: kind}, []ir.Value{v})
}

func (n *net) behind(i, j ir.Value) ir.Value { return n.fn("sub", i, j) }

// readings are masks through the functions and views that a mask may use. why is empty for a closed form,
// else part of the reason for enumerating.
var readings = []struct {
	name   string
	why    string
	mask   predicate
	admits func(i, j, t, s int64) bool
}{
	{"half of a size", "", func(n *net, _, j ir.Value) ir.Value {
		return n.fn("le", j, n.fn("quo", n.size(ir.Free("S")), n.num(2)))
	}, func(_, j, _, s int64) bool { return j <= s/2 }},
	{"half of a position", "no multiple of i, j or i - j", func(n *net, i, j ir.Value) ir.Value {
		return n.fn("le", j, n.fn("quo", i, n.num(2)))
	}, func(i, j, _, _ int64) bool { return j <= i/2 }},
	{"a quarter of the distance", "", func(n *net, i, j ir.Value) ir.Value {
		return n.fn("lt", n.fn("div", n.behind(i, j), n.num(4)), n.real(1.5))
	}, func(i, j, _, _ int64) bool { return i-j < 6 }},
	{"a third of the distance", "which float64 rounds", func(n *net, i, j ir.Value) ir.Value {
		return n.fn("le", n.fn("div", n.behind(i, j), n.num(3)), n.num(1))
	}, func(i, j, _, _ int64) bool { return i-j <= 3 }},
	{"a tenth", "not one that decides exactly", func(n *net, i, j ir.Value) ir.Value {
		return n.fn("le", n.fn("mul", n.behind(i, j), n.real(0.1)), n.num(1))
	}, func(i, j, _, _ int64) bool { return i-j <= 10 }},
	{"three times", "", func(n *net, i, j ir.Value) ir.Value {
		return n.fn("le", n.fn("mul", n.num(3), n.behind(i, j)), n.num(7))
	}, func(i, j, _, _ int64) bool { return i-j <= 2 }},
	{"a product of sizes", "", func(n *net, _, j ir.Value) ir.Value {
		return n.fn("lt", j, n.fn("mul", n.size(ir.Free("T")), n.size(ir.Free("T"))))
	}, func(_, j, t, _ int64) bool { return j < t*t }},
	{"a product of positions", "by what is no number", func(n *net, i, j ir.Value) ir.Value {
		return n.fn("le", n.fn("mul", i, j), n.num(9))
	}, func(i, j, _, _ int64) bool { return i*j <= 9 }},
	{"a sum of positions", "no multiple of i, j or i - j", func(n *net, i, j ir.Value) ir.Value {
		return n.fn("le", n.fn("add", i, j), n.num(9))
	}, func(i, j, _, _ int64) bool { return i+j <= 9 }},
	{"sizes that decide", "depends on the sizes", func(n *net, _, _ ir.Value) ir.Value {
		return n.fn("lt", n.size(ir.Free("S")), n.size(ir.Free("T")))
	}, func(_, _, t, s int64) bool { return s < t }},
	{"sign", "", func(n *net, i, j ir.Value) ir.Value {
		return n.fn("ne", n.fn("sign", n.behind(i, j)), n.num(1))
	}, func(i, j, _, _ int64) bool { return i <= j }},
	{"rounded", "", func(n *net, i, j ir.Value) ir.Value {
		d := n.cast(ir.Real, n.behind(i, j))
		up := n.fn("le", n.fn("ceil", n.fn("add", d, n.real(0.25))), n.num(4))
		down := n.fn("ge", n.fn("floor", n.fn("sub", d, n.real(0.25))), n.num(-3))
		return n.fn("and", n.fn("and", up, down), n.fn("ne", n.fn("round", d), n.num(1)))
	}, func(i, j, _, _ int64) bool { return i-j <= 3 && i-j >= -2 && i-j != 1 }},
	{"rounded halves", "rounds a fraction", func(n *net, i, j ir.Value) ir.Value {
		return n.fn("le", n.fn("round", n.fn("mul", i, n.real(0.5))), j)
	}, func(i, j, _, _ int64) bool { return i/2+(i%4)/3 <= j }},
	{"selected numbers", "", func(n *net, i, j ir.Value) ir.Value {
		return n.fn("le", n.behind(i, j), n.fn("select", n.fn("lt", j, n.num(3)), n.num(8), n.num(2)))
	}, func(i, j, _, _ int64) bool { return j < 3 && i-j <= 8 || j >= 3 && i-j <= 2 }},
	{"truth as a number", "", func(n *net, i, j ir.Value) ir.Value {
		return n.fn("gt", n.cast(ir.Real, causal(n, i, j)), n.real(0.5))
	}, func(i, j, _, _ int64) bool { return j <= i }},
	{"number as truth", "", func(n *net, i, j ir.Value) ir.Value {
		return n.cast(ir.Bool, n.behind(i, j))
	}, func(i, j, _, _ int64) bool { return i != j }},
	{"number as truth by its remainder", "", func(n *net, i, j ir.Value) ir.Value {
		return n.cast(ir.Bool, n.fn("mod", n.behind(i, j), n.num(3)))
	}, func(i, j, _, _ int64) bool { return (i-j)%3 != 0 }},
	{"positions read at i", "", func(n *net, i, j ir.Value) ir.Value {
		at := n.add(ir.Position, &ir.AxisAttr{Axis: ir.Axis{Label: "P", Size: ir.Free("T").Add(ir.Const(2))}}, nil)
		rest := &ir.SliceAttr{Label: "P", Start: ir.Const(2), Into: ir.Axis{Label: "C", Size: ir.Free("T")}}
		cut := n.add(ir.Slice, rest, []ir.Value{at})
		return n.fn("le", n.fn("add", j, n.num(2)), n.gather(n.rename(cut, "C", "E"), i, "E"))
	}, func(i, j, _, _ int64) bool { return j <= i }},
	{"positions read backwards", "", func(n *net, i, j ir.Value) ir.Value {
		back := func(size string) ir.Value {
			at := n.add(ir.Position, &ir.AxisAttr{Axis: ir.Axis{Label: "P", Size: ir.Free(size)}}, nil)
			return n.add(ir.Reverse, &ir.LabelAttr{Label: "E"}, []ir.Value{n.rename(at, "P", "E")})
		}
		return n.fn("le", n.gather(back("T"), i, "E"), n.gather(back("S"), j, "E"))
	}, func(i, j, rows, keys int64) bool { return rows-1-i <= keys-1-j }},
	{"a table of distances", "", func(n *net, i, j ir.Value) ir.Value {
		x := n.add(ir.Position, &ir.AxisAttr{Axis: ir.Axis{Label: "X", Size: ir.Free("T")}}, nil)
		y := n.add(ir.Position, &ir.AxisAttr{Axis: ir.Axis{Label: "Y", Size: ir.Free("S")}}, nil)
		third := n.add(ir.Position, &ir.AxisAttr{Axis: dim("Z", 9)}, nil)
		table := n.fn("add", n.fn("sub", x, y), third)
		table = n.add(ir.Transpose, &ir.SumAttr{Labels: []string{"Z", "Y", "X"}}, []ir.Value{table})
		table = n.add(ir.Pick, &ir.PickAttr{Label: "Z", At: ir.Const(4)}, []ir.Value{table})
		return n.fn("le", n.gather(n.gather(table, i, "X"), j, "Y"), n.num(6))
	}, func(i, j, _, _ int64) bool { return i-j+4 <= 6 }},
	{"many parts", "", func(n *net, i, j ir.Value) ir.Value {
		odd := n.fn("eq", n.behind(i, j), n.num(0))
		for k := range 20 {
			odd = n.fn("or", odd, n.fn("eq", n.behind(i, j), n.num(float64(2*k))))
		}
		return odd
	}, func(i, j, _, _ int64) bool { return i >= j && (i-j)%2 == 0 && i-j < 40 }},
}

func TestReadingsOfMasks(t *testing.T) {
	for _, c := range readings {
		t.Run(c.name, func(t *testing.T) {
			r := report(t, masked(t, ir.Free("T"), ir.Free("S"), c.mask))
			p := r.Attention[0].Pairs
			if p.Bound || (p.Formula != nil) != (c.why == "") || !strings.Contains(p.Reason, c.why) {
				t.Fatalf("formula %v, reason %q, bound %v", p.Formula, p.Reason, p.Bound)
			}
			for rows := int64(1); rows < 15; rows += 2 {
				for keys := int64(1); keys < 15; keys += 3 {
					want, _ := bruteForce(rows, keys, func(i, j int64) bool { return c.admits(i, j, rows, keys) })
					env := map[string]int64{"B": 1, "T": rows, "S": keys}
					got, err := r.At(env)
					if err != nil {
						t.Fatal(err)
					}
					wantInt(t, "pairs", got.Pairs[0], want)
					counted, _, err := p.Pattern.Number(env)
					if err != nil || counted != want {
						t.Fatalf("at %v: enumerated %d (%v), want %d", env, counted, err, want)
					}
				}
			}
		})
	}
}

// TestMasksThatAreNotResolved are counted as all pairs, with what stands in the way.
func TestMasksThatAreNotResolved(t *testing.T) {
	for _, c := range []struct {
		name, why string
		mask      predicate
	}{
		{"reduced", "the mask uses reduce", func(n *net, _, j ir.Value) ir.Value {
			return n.fn("lt", j, n.reduce("sum", n.add(ir.Position, &ir.AxisAttr{Axis: dim("P", 3)}, nil), "P"))
		}},
		{"stored", "the mask depends on the stored tensor reach", func(n *net, i, j ir.Value) ir.Value {
			return n.fn("lt", n.behind(i, j), n.param("reach"))
		}},
		{"too many patterns", "the mask differs along N, in more than 256 elements",
			func(n *net, i, j ir.Value) ir.Value {
				each := n.add(ir.Position, &ir.AxisAttr{Axis: dim("N", 257)}, nil)
				return n.fn("lt", n.behind(i, j), each)
			}},
	} {
		n := newNet(t)
		q := n.input("q", ir.Real, free("T"), dim("K", 3), dim("N", 257))
		k := n.input("k", ir.Real, free("S"), dim("K", 3))
		p := report(t, n.done(n.attention(q, k, k, c.mask))).Attention[0].Pairs
		if !p.Bound || p.Formula == nil {
			t.Errorf("%s: %+v", c.name, p)
		}
		wantText(t, c.name, p.Reason, c.why)
	}
}

// TestLayerNumberInMask: a mask that differs from layer to layer counts in each.
func TestLayerNumberInMask(t *testing.T) {
	n := newNet(t)
	q := n.input("q", ir.Real, free("T"), dim("K", 3))
	k := n.input("k", ir.Real, free("S"), dim("K", 3))
	r := n.Enter("body")
	l := n.Param(ir.Scalar(ir.Int), "l")
	x := n.Param(q.Type(), "x")
	r.Results = []ir.Value{n.attention(x, k, k, func(n *net, i, j ir.Value) ir.Value {
		return n.fn("lt", n.behind(i, j), l)
	})}
	n.Leave()
	stack := n.add(ir.Repeat, &ir.RepeatAttr{Var: "l", Step: 2, Count: ir.Const(4)}, []ir.Value{q}, r)
	rep := report(t, n.done(stack))
	want := int64(0)
	for l := range int64(4) {
		pairs, _ := bruteForce(5, 7, func(i, j int64) bool { return i-j < 2*l })
		want += pairs
	}
	got, err := rep.At(map[string]int64{"B": 2, "T": 5, "S": 7})
	if err != nil || len(rep.Bounds)+len(got.Unknown) != 0 || rep.Attention[0].Pairs.Runs != 4 {
		t.Fatal(err, rep.Bounds, got.Unknown, rep.Attention[0].Pairs.Runs)
	}
	wantInt(t, "pairs of all layers", got.Pairs[0], want)
	wantInt(t, "forward", got.Contraction, 2*12*want) // 2*3 and 2*3 a pair
}
