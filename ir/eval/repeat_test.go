package eval

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"archc/ir"
)

// scan is h = tanh(x + u h + t k) over the rows of x and k, which gives the states before and after each
// step.
func scan(count ir.Size, first, step int64) *program {
	p := newProgram()
	x := p.input("x", ir.Real, n("D", 3), ir.Axis{Label: "T", Size: count})
	k := p.input("k", ir.Int, ir.Axis{Label: "T", Size: count})
	h := p.fn("mul", p.param("h0", [][]string{{"D"}}, n("D", 3)), p.number(1))
	p.Scope = "cell"
	body := p.Enter("body")
	t := p.Param(ir.Scalar(ir.Int), "t")
	was := p.Param(h.Type(), "h")
	xt := p.Param(x.Type().Without("T"), "x")
	kt := p.Param(ir.Scalar(ir.Int), "k")
	u := p.param("u", [][]string{{"D"}, {"E"}}, n("E", 3), n("D", 3))
	uh := p.Must(ir.Rename, &ir.RenameAttr{From: "E", To: "D"}, p.sum([]string{"D"}, was, u))
	is := named(p.fn("tanh", p.fn("add", p.fn("add", xt, uh), p.fn("mul", t, kt))), "h")
	body.Results = []ir.Value{is, was, is}
	p.Leave()
	a := &ir.RepeatAttr{Var: "t", First: first, Step: step, Count: count, Slices: []string{"T", "T"},
		Stacked: []ir.Axis{{Label: "T", Size: count}, {Label: "S", Size: count}}}
	rep, err := p.Add(ir.Repeat, a, []ir.Value{h, x, k}, body)
	if err != nil {
		panic(err)
	}
	for i, name := range []string{"last", "before", "after"} {
		p.output(name, ir.Value{Node: rep, Out: i})
	}
	return p
}

func TestScan(t *testing.T) {
	r := source()
	w := stored{"h0": random(r, Axis{"", 3}), "u": random(r, Axis{"", 3}, Axis{"", 3})}
	for _, rows := range []int{1, 2, 6} {
		x := random(r, Axis{"D", 3}, Axis{Batch, 2}, Axis{"T", rows})
		k := randomInts(r, 3, Axis{"T", rows})
		h := made([]Axis{{Batch, 2}, {"D", 3}}, func(c coords) float64 { return w["h0"].Data[c["D"]] })
		before, after := make([]*Tensor, rows), make([]*Tensor, rows)
		for s := range rows {
			before[s] = h
			h = made(h.Axes, func(c coords) float64 {
				sum := 0.0
				for e := range 3 { // stored [D E], D outer
					sum += float64(before[s].at(coords{Batch: c[Batch], "D": e}) * w["u"].Data[e*3+c["D"]])
				}
				x := x.at(coords{Batch: c[Batch], "D": c["D"], "T": s})
				return math.Tanh(x + sum + float64(5+2*s)*k.Data[s])
			})
			after[s] = h
		}
		var traced []*Tensor
		res := run1(t, scan(ir.Free("T"), 5, 2), w, tensors{"x": x, "k": k},
			Options{Trace: func(scope, name string, x *Tensor) {
				if scope != "cell" || name != "h" {
					t.Errorf("traced %s:%s", scope, name)
				}
				traced = append(traced, x)
			}})
		same(t, "last", res.Outputs["last"], h)
		axes := func(label string) []Axis { return []Axis{{Batch, 2}, {label, rows}, {"D", 3}} }
		was := axes("T")
		if rows == 1 {
			was = was[1:] // the state before the only run, which has no batch
			before[0] = made([]Axis{{"D", 3}}, func(c coords) float64 { return w["h0"].Data[c["D"]] })
		}
		same(t, "before", res.Outputs["before"], made(was, func(c coords) float64 { return before[c["T"]].at(c) }))
		same(t, "after", res.Outputs["after"], made(axes("S"), func(c coords) float64 { return after[c["S"]].at(c) }))
		for s, x := range traced {
			same(t, "traced", x, after[s])
		}
		// In the first run the state has no batch. A run: x + u h, + t k and tanh of [2, 3], t k once.
		steps := uint64(rows)
		want := Work{Contraction: 18 * (2*steps - 1), Elementwise: 3 + steps*(3*2*3+1)}
		if res.Counts.Work != want || len(traced) != rows {
			t.Errorf("%d rows: counted %+v, want %+v; traced %d", rows, res.Counts.Work, want, len(traced))
		}
	}
}

// Without a run the carries are what they were, and nothing is stacked.
func TestScanOfNothing(t *testing.T) {
	w := stored{"h0": random(source(), Axis{"", 3})}
	none := Axis{"T", 0}
	in := tensors{"x": tensor(ir.Real, nil, Axis{"D", 3}, none), "k": tensor(ir.Int, nil, none)}
	res := run1(t, scan(ir.Free("T"), 0, 1), w, in, Options{})
	same(t, "last", res.Outputs["last"], tensor(ir.Real, w["h0"].Data, Axis{"D", 3}))
	same(t, "before", res.Outputs["before"], tensor(ir.Real, nil, none, Axis{"D", 3}))
	same(t, "after", res.Outputs["after"], tensor(ir.Real, nil, Axis{"S", 0}, Axis{"D", 3}))
	one := Axis{"T", 1}
	in = tensors{"x": random(source(), Axis{"D", 3}, one), "k": randomInts(source(), 3, one)}
	p := scan(ir.Free("T"), 0, 1)
	rep := p.m.Body.Nodes[len(p.m.Body.Nodes)-1]
	rep.Attr.(*ir.RepeatAttr).Count = ir.Free("T").Sub(ir.Const(1))
	wantError(t, runErr(t, p, w, in, Options{}), "repeat in cell: axis T has size 1, there are 0 runs")
	rep.Attr.(*ir.RepeatAttr).Count = ir.Free("T").Sub(ir.Const(2))
	wantError(t, runErr(t, p, w, in, Options{}), "repeat in cell: the size T - 2 is -1")
}

// TestStackOfLayersWithSlices: layer l takes element l of what is sliced, and what it gives is stacked.
func TestStackOfLayersWithSlices(t *testing.T) {
	p := newProgram()
	x, mem := p.input("x", ir.Real, free("T")), p.input("mem", ir.Real, n("L", 3))
	body := p.Enter("body")
	l := p.Param(ir.Scalar(ir.Int), "l")
	h, m := p.Param(x.Type(), "h"), p.Param(ir.Scalar(ir.Real), "m")
	w := p.param("layers.{l}.w", [][]string{})
	y := p.fn("add", p.fn("mul", h, w), m)
	body.Results = []ir.Value{y, p.fn("add", p.reduce("sum", "T", y), l)}
	p.Leave()
	a := &ir.RepeatAttr{Var: "l", First: 4, Step: 1, Count: ir.Const(3), Slices: []string{"L"},
		Stacked: []ir.Axis{n("L", 3)}}
	rep, err := p.Add(ir.Repeat, a, []ir.Value{x, mem}, body)
	if err != nil {
		t.Fatal(err)
	}
	p.output("y", ir.Value{Node: rep})
	p.output("mem", ir.Value{Node: rep, Out: 1})
	weights, err := NewHashWeights(p.m)
	if err != nil || !slices.Equal(weights.Keys(), []string{"layers.4.w", "layers.5.w", "layers.6.w"}) {
		t.Fatal(weights.Keys(), err)
	}
	in := tensors{"x": batched(2, Axis{"T", 4}), "mem": random(source(), Axis{"L", 3})}
	res := run1(t, p, weights, in, Options{})
	want, sums := in["x"], make([]float64, 6)
	for k := range 3 {
		want = made(want.Axes, func(c coords) float64 {
			return float64(want.at(c)*Hash(fmt.Sprintf("layers.%d.w", 4+k), 0)) + in["mem"].Data[k]
		})
		for b := range 2 {
			sum := 0.0
			for i := range 4 {
				sum += want.Data[b*4+i]
			}
			sums[b*3+k] = sum + float64(4+k)
		}
	}
	same(t, "y", res.Outputs["y"], want)
	same(t, "mem", res.Outputs["mem"], tensor(ir.Real, sums, Axis{Batch, 2}, Axis{"L", 3}))
}

// What the runs give is held until it is stacked, and counts for the limit.
func TestScanHoldsWhatItStacks(t *testing.T) {
	p := newProgram()
	x := p.input("x", ir.Real, free("T"), n("D", 100))
	body := p.Enter("body")
	p.Param(ir.Scalar(ir.Int), "t")
	body.Results = []ir.Value{p.fn("neg", p.Param(x.Type().Without("T"), "x"))}
	p.Leave()
	a := &ir.RepeatAttr{Var: "t", Step: 1, Count: ir.Free("T"), Slices: []string{"T"}, Stacked: []ir.Axis{free("T")}}
	rep, err := p.Add(ir.Repeat, a, []ir.Value{x}, body)
	if err != nil {
		t.Fatal(err)
	}
	p.output("y", ir.Value{Node: rep})
	in := tensors{"x": random(source(), Axis{"T", 50}, Axis{"D", 100})}
	res := run1(t, p, nil, in, Options{MaxBytes: 3 * 40000})
	same(t, "y", res.Outputs["y"], made(in["x"].Axes, func(c coords) float64 { return -in["x"].at(c) }))
	wantError(t, runErr(t, p, nil, in, Options{MaxBytes: 3*40000 - 1}), "over the limit of 119999")
}
