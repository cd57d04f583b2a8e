package eval

import (
	"context"
	"math"
	"slices"
	"testing"

	"archc/ir"
)

// maskOf builds the mask region from a function of i and j.
type maskOf func(p *program, i, j ir.Value) ir.Value

func causal(p *program, i, j ir.Value) ir.Value { return p.fn("le", j, i) }

// window is 0 <= i-j < w.
func window(w float64) maskOf {
	return func(p *program, i, j ir.Value) ir.Value {
		return p.fn("and", p.fn("le", j, i), p.fn("lt", p.fn("sub", i, j), p.whole(w)))
	}
}

// attention of the tests: q [T, G, R, K], k [S, G, K], v [S, G, W]; score = sum[K](q k) / 2 + bias, softmax.
type attendCase struct {
	mask    maskOf
	bias    func(p *program, i, j ir.Value) ir.Value
	weight  func(p *program, w ir.Value) ir.Value
	prepare func(p *program) // inputs of their own
}

var key = free("S")

func (c attendCase) build() *program {
	p := newProgram()
	q := p.input("q", ir.Real, free("T"), n("G", 2), n("R", 3), n("K", 4))
	k := p.input("k", ir.Real, key, n("G", 2), n("K", 4))
	v := p.input("v", ir.Real, key, n("G", 2), n("W", 5))
	if c.prepare != nil {
		c.prepare(p)
	}
	p.Scope = "att"
	node := p.attend(&ir.AttendAttr{Query: "T", Key: "S", Queries: 1, Keys: 1}, []ir.Value{q, k, v}, c)
	p.output("y", ir.Value{Node: node})
	return p
}

// attend adds an attend node; the regions' query has no T.
func (p *program) attend(a *ir.AttendAttr, args []ir.Value, c attendCase) *ir.Node {
	i, j := ir.Scalar(ir.Int), ir.Type{Kind: ir.Int, Axes: []ir.Axis{key}}
	score := p.Enter("score")
	si, sj := p.Param(i, "i"), p.Param(j, "j")
	sq := p.Param(args[0].Type().Without(a.Query), "q")
	sk := p.Param(args[1].Type(), "k")
	s := p.fn("div", p.sum([]string{"K"}, sq, sk), p.number(2))
	if c.bias != nil {
		s = p.fn("add", s, c.bias(p, si, sj))
	}
	score.Results = []ir.Value{named(s, "s")}
	p.Leave()
	mask := p.Enter("mask")
	mi, mj := p.Param(i, "i"), p.Param(j, "j")
	mask.Results = []ir.Value{c.mask(p, mi, mj)}
	p.Leave()
	norm := p.Enter("norm")
	x := p.Param(s.Type(), "s")
	e := p.fn("exp", p.fn("sub", x, p.reduce("max", "S", x)))
	w := p.fn("div", e, p.reduce("sum", "S", e))
	norm.Results = []ir.Value{w}
	p.Leave()
	regions := []*ir.Region{score, mask, norm}
	if c.weight != nil {
		weight := p.Enter("weight")
		weight.Results = []ir.Value{c.weight(p, p.Param(w.Type(), "w"))}
		p.Leave()
		regions = append(regions, weight)
	}
	node, err := p.Add(ir.Attend, a, args, regions...)
	if err != nil {
		panic(err)
	}
	return node
}

func qkv(rows, keys int) tensors {
	r := source()
	return tensors{
		"q": random(r, Axis{"T", rows}, Axis{"G", 2}, Axis{"R", 3}, Axis{"K", 4}),
		"k": random(r, Axis{"S", keys}, Axis{"G", 2}, Axis{"K", 4}),
		"v": random(r, Axis{"S", keys}, Axis{"G", 2}, Axis{"W", 5}),
	}
}

// dense is softmax attention over all keys with -inf where the mask does not admit; rows without keys are 0.
func dense(in tensors, admits func(i, j int, c coords) bool, bias func(i, j int, c coords) float64) *Tensor {
	q, k, v := in["q"], in["k"], in["v"]
	keys := k.Axes[0].Size
	axes := []Axis{q.Axes[0], {"G", 2}, {"R", 3}, {"W", 5}}
	return made(axes, func(c coords) float64 {
		s, top := make([]float64, keys), math.Inf(-1)
		for j := range s {
			s[j] = math.Inf(-1)
			if admits(c["T"], j, c) {
				s[j] = bias(c["T"], j, c)
				for x := range 4 {
					s[j] += q.at(coords{"T": c["T"], "G": c["G"], "R": c["R"], "K": x}) *
						k.at(coords{"S": j, "G": c["G"], "K": x}) / 2
				}
			}
			top = max(top, s[j])
		}
		if math.IsInf(top, -1) {
			return 0
		}
		sum, out := 0.0, 0.0
		for j := range s {
			sum += math.Exp(s[j] - top)
			out += math.Exp(s[j]-top) * v.at(coords{"S": j, "G": c["G"], "W": c["W"]})
		}
		return out / sum
	})
}

func noBias(int, int, coords) float64 { return 0 }

func TestAttendPatterns(t *testing.T) {
	for _, c := range []struct {
		name   string
		mask   maskOf
		admits func(i, j int, c coords) bool
	}{
		{"full", func(p *program, i, j ir.Value) ir.Value { return p.fn("eq", j, j) },
			func(i, j int, _ coords) bool { return true }},
		{"causal", causal, func(i, j int, _ coords) bool { return j <= i }},
		{"window", window(3), func(i, j int, _ coords) bool { return j <= i && i-j < 3 }},
		{"strided", func(p *program, i, j ir.Value) ir.Value {
			return p.fn("eq", p.fn("mod", p.fn("sub", i, j), p.whole(3)), p.whole(1))
		}, func(i, j int, _ coords) bool { return ((i-j)%3+3)%3 == 1 }},
		{"empty rows", func(p *program, i, j ir.Value) ir.Value {
			return p.fn("gt", p.fn("sub", i, j), p.whole(2))
		},
			func(i, j int, _ coords) bool { return i-j > 2 }},
		{"without keys", func(p *program, i, j ir.Value) ir.Value { return p.fn("lt", j, p.whole(0)) },
			func(i, j int, _ coords) bool { return false }},
		{"no key axis", func(p *program, i, j ir.Value) ir.Value { return p.fn("ge", i, p.whole(2)) },
			func(i, j int, _ coords) bool { return i >= 2 }},
	} {
		in := qkv(6, 7)
		res := run1(t, attendCase{mask: c.mask}.build(), nil, in, Options{})
		near(t, c.name, res.Outputs["y"], dense(in, c.admits, noBias), 1e-14)
		pairs := uint64(0)
		for i := range 6 {
			for j := range 7 {
				if c.admits(i, j, nil) {
					pairs++
				}
			}
		}
		site := res.Counts.Sites[Site{"att", "attend"}]
		if res.Counts.Pairs != pairs || site.Pairs != pairs {
			t.Errorf("%s: %d pairs, %d at the node, want %d", c.name, res.Counts.Pairs, site.Pairs, pairs)
		}
		// Scores: 2 K for each pair and head; averages: 2 W.
		if want := pairs * 6 * (2*4 + 2*5); res.Counts.Contraction != want || site.Contraction != pairs*6*2*5 {
			t.Errorf("%s: %+v, %+v at the node, want %d operations", c.name, res.Counts.Work, site, want)
		}
	}
}

// A pattern that differs along the heads: each head has its own keys, its own count, and its own element of
// what the regions capture.
func TestAttendMaskOfHeads(t *testing.T) {
	c := attendCase{
		prepare: func(p *program) { p.input("slope", ir.Real, n("G", 2), n("R", 3)) },
		mask: func(p *program, i, j ir.Value) ir.Value {
			g := p.Must(ir.Position, &ir.AxisAttr{Axis: n("G", 2)})
			w := p.fn("add", p.fn("mul", g, p.whole(2)), p.whole(1)) // windows of 1 and of 3
			return p.fn("and", p.fn("le", j, i), p.fn("lt", p.fn("sub", i, j), w))
		},
		bias: func(p *program, i, j ir.Value) ir.Value {
			g := p.Must(ir.Position, &ir.AxisAttr{Axis: n("G", 2)}) // inside it is the one head
			slope := p.m.Inputs[3].Value
			return p.fn("mul", p.fn("sub", j, i), p.fn("add", slope, g))
		},
	}
	in := qkv(5, 5)
	slope := random(source(), Axis{"G", 2}, Axis{"R", 3})
	in["slope"] = slope
	res := run1(t, c.build(), nil, in, Options{})
	out := dense(in, func(i, j int, c coords) bool { return j <= i && i-j < 2*c["G"]+1 },
		func(i, j int, c coords) float64 { return float64(j-i) * (slope.at(c) + float64(c["G"])) })
	near(t, "heads", res.Outputs["y"], out, 1e-14)
	pairs := uint64(5 + 12) // n w - w(w-1)/2 for w = 1 and w = 3
	// Elementwise: the mask, j <= i, i - j and "and" with both heads; for each pair s/2, + bias, norm, for each
	// of R the bias; j - i for each pair; slope + g, for each row and each head's own R.
	mask := uint64(5 * (5 + 5 + 2 + 2 + 2*5 + 2*5))
	want := Work{pairs * 3 * (2*4 + 2*5), mask + pairs*3*(2+5+1) + pairs + 5*2*3, pairs}
	if res.Counts.Work != want {
		t.Errorf("counted %+v", res.Counts.Work)
	}
}

// An axis that the mask alone has is an axis of the result.
func TestAttendMaskBringsAnAxis(t *testing.T) {
	c := attendCase{mask: func(p *program, i, j ir.Value) ir.Value {
		return p.fn("le", p.fn("add", j, p.Must(ir.Position, &ir.AxisAttr{Axis: n("Z", 2)})), i)
	}}
	in := qkv(3, 4)
	res := run1(t, c.build(), nil, in, Options{})
	for z := range 2 {
		part, err := background().elect(res.Outputs["y"], elect{fixed: map[string]int{"Z": z}})
		if err != nil {
			t.Fatal(err)
		}
		near(t, "Z", part, dense(in, func(i, j int, _ coords) bool { return j+z <= i }, noBias), 1e-14)
	}
	if res.Counts.Pairs != 6+3 || res.Counts.Contraction != 9*6*(2*4+2*5) {
		t.Errorf("counted %+v", res.Counts.Work)
	}
}

// A mask that an input decides: with a batch each element has its own keys, and equals its single run bit
// by bit.
func TestAttendBatch(t *testing.T) {
	c := attendCase{
		prepare: func(p *program) { p.input("valid", ir.Bool, key) },
		mask: func(p *program, i, j ir.Value) ir.Value {
			at := p.Must(ir.Gather, &ir.LabelAttr{Label: "S"}, p.m.Inputs[3].Value, j) // valid[j]
			return p.fn("and", p.fn("le", j, i), at)
		},
		// 0 for what valid admits: inside, j are the admitted keys.
		bias: func(p *program, i, j ir.Value) ir.Value {
			at := p.Must(ir.Gather, &ir.LabelAttr{Label: "S"}, p.m.Inputs[3].Value, j)
			return p.fn("sub", p.number(1), p.Must(ir.Cast, &ir.KindAttr{Kind: ir.Real}, at))
		},
	}
	in := qkv(4, 4)
	r := source()
	in["q"] = random(r, Axis{"T", 4}, Axis{"G", 2}, Axis{Batch, 3}, Axis{"R", 3}, Axis{"K", 4})
	in["k"] = random(r, Axis{"S", 4}, Axis{"G", 2}, Axis{"K", 4}, Axis{Batch, 3})
	in["valid"] = tensor(ir.Bool, []float64{1, 1, 1, 1, 0, 1, 0, 1, 0, 0, 0, 0}, Axis{Batch, 3}, Axis{"S", 4})
	all := run1(t, c.build(), nil, in, Options{})
	if got := shape(all.Outputs["y"].Axes); got != "[*=3, T=4, G=2, R=3, W=5]" {
		t.Fatal(got)
	}
	sum := Work{}
	for b := range 3 {
		single := tensors{}
		for name, x := range in {
			var err error
			if single[name], err = background().elect(x, elect{fixed: map[string]int{Batch: b}}); err != nil {
				t.Fatal(err)
			}
		}
		res := run1(t, c.build(), nil, single, Options{})
		part, _ := background().elect(all.Outputs["y"], elect{fixed: map[string]int{Batch: b}})
		same(t, "batch element", part, res.Outputs["y"])
		admits := func(i, j int, _ coords) bool { return j <= i && single["valid"].Data[j] != 0 }
		near(t, "dense", part, dense(reordered(t, single), admits, noBias), 1e-14)
		sum = sum.plus(Work{res.Counts.Contraction, 0, res.Counts.Pairs})
	}
	if all.Counts.Contraction != sum.Contraction || all.Counts.Pairs != sum.Pairs || sum.Pairs != 10+4 {
		t.Errorf("batch %+v, singles %+v", all.Counts.Work, sum)
	}
}

func reordered(t *testing.T, in tensors) tensors {
	out := tensors{}
	orders := map[string][]string{"q": {"T", "G", "R", "K"}, "k": {"S", "G", "K"}, "v": {"S", "G", "W"}}
	for name, labels := range orders {
		x, err := in[name].Reorder(labels...)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = x
	}
	return out
}

// Without a query axis there is one row, at i = 0; weight follows norm; every value is averaged.
func TestAttendOneRowAndWeight(t *testing.T) {
	p := newProgram()
	q, k := p.input("q", ir.Real, n("K", 4)), p.input("k", ir.Real, key, n("K", 4))
	v, u := p.input("v", ir.Real, key), p.input("u", ir.Real, n("W", 2), key)
	node := p.attend(&ir.AttendAttr{Key: "S", Queries: 1, Keys: 1}, []ir.Value{q, k, v, u}, attendCase{
		mask: func(p *program, i, j ir.Value) ir.Value { return p.fn("gt", j, i) },
		weight: func(p *program, w ir.Value) ir.Value {
			return p.fn("mul", w, p.Must(ir.Extent, &ir.SizeAttr{Size: ir.Free("S")})) // the number of admitted keys
		},
	})
	node.Name = "a"
	p.output("v", ir.Value{Node: node})
	p.output("u", ir.Value{Node: node, Out: 1})
	r := source()
	in := tensors{"q": random(r, Axis{"K", 4}), "k": random(r, Axis{"S", 3}, Axis{"K", 4}),
		"v": random(r, Axis{"S", 3}), "u": random(r, Axis{"W", 2}, Axis{"S", 3})}
	traced := tensors{}
	trace := func(scope, name string, x *Tensor) { traced[scope+":"+name] = x }
	res := run1(t, p, nil, in, Options{Trace: trace, TraceAttend: true})
	dot := func(j int) (s float64) {
		for x := range 4 {
			s += in["q"].Data[x] * in["k"].Data[j*4+x] / 2
		}
		return s
	}
	w := 1 / (1 + math.Exp(dot(2)-dot(1)))
	near(t, "v", res.Outputs["v"], Scalar(ir.Real, 2*(w*in["v"].Data[1]+(1-w)*in["v"].Data[2])), 1e-14)
	near(t, "u", res.Outputs["u"], tensor(ir.Real, []float64{2 * (w*in["u"].Data[1] + (1-w)*in["u"].Data[2]),
		2 * (w*in["u"].Data[4] + (1-w)*in["u"].Data[5])}, Axis{"W", 2}), 1e-14)
	scores := []float64{math.Inf(-1), dot(1), dot(2)}
	near(t, "score", traced[":a.score"], tensor(ir.Real, scores, Axis{"S", 3}), 1e-14)
	near(t, "weights", traced[":a.weights"], tensor(ir.Real, []float64{0, 2 * w, 2 - 2*w}, Axis{"S", 3}), 1e-14)
	if want := uint64(2*2*4 + 2*2 + 2*2*2); res.Counts.Contraction != want {
		t.Errorf("counted %d, want %d", res.Counts.Contraction, want)
	}
}

func TestAttendTrace(t *testing.T) {
	in := qkv(3, 3)
	traced := tensors{}
	trace := func(scope, name string, x *Tensor) { traced[scope+":"+name] = x }
	run1(t, attendCase{mask: causal}.build(), nil, in, Options{Trace: trace})
	if len(traced) != 0 {
		t.Errorf("traced %v: regions of an attend are quiet", traced)
	}
	run1(t, attendCase{mask: causal}.build(), nil, in, Options{Trace: trace, TraceAttend: true})
	s, w := traced["att:score"], traced["att:weights"]
	if s == nil || w == nil || shape(s.Axes) != "[T=3, G=2, R=3, S=3]" || shape(w.Axes) != shape(s.Axes) {
		t.Fatalf("traced %v", traced)
	}
	points(s.Axes, coords{}, func(c coords) {
		sum := 0.0
		for x := range 4 {
			sum += float64(in["q"].at(coords{"T": c["T"], "G": c["G"], "R": c["R"], "K": x}) *
				in["k"].at(coords{"S": c["S"], "G": c["G"], "K": x}))
		}
		want := sum / 2
		if c["S"] > c["T"] {
			want = math.Inf(-1)
		}
		if s.at(c) != want || (w.at(c) == 0) != (c["S"] > c["T"]) {
			t.Errorf("at %v: score %v, want %v, weight %v", c, s.at(c), want, w.at(c))
		}
	})
	clear(traced)
	none := func(p *program, i, j ir.Value) ir.Value { return p.fn("lt", j, p.whole(0)) }
	run1(t, attendCase{mask: none}.build(), nil, in, Options{Trace: trace, TraceAttend: true})
	if s := traced["att:score"]; shape(s.Axes) != "[T=3, G=2, R=3, S=3]" || slices.Max(s.Data) != math.Inf(-1) {
		t.Errorf("without keys: %v", s)
	}
}

// Elementwise work: the mask for every pair, score and norm for the admitted ones, row-constant nodes for
// each row that has a key.
func TestAttendCounts(t *testing.T) {
	c := attendCase{
		mask: func(p *program, i, j ir.Value) ir.Value { return p.fn("lt", p.fn("add", j, p.whole(1)), i) },
		bias: func(p *program, i, j ir.Value) ir.Value { return p.fn("mul", p.number(3), p.number(4)) },
	}
	res := run1(t, c.build(), nil, qkv(4, 5), Options{})
	const pairs, rows, heads = 0 + 0 + 1 + 2, 2, 6
	mask := uint64(4 * 5 * 2)
	score := uint64(pairs*heads*2 + rows) // div, add, and the constant product once a row
	norm := uint64(pairs * heads * 5)     // max, sub, exp, sum, div
	want := Work{pairs * heads * (8 + 10), mask + score + norm, pairs}
	if res.Counts.Work != want {
		t.Errorf("counted %+v, want %+v", res.Counts.Work, want)
	}
}

func TestAttendErrors(t *testing.T) {
	heads := func(p *program, i, j ir.Value) ir.Value {
		return p.fn("and", p.fn("le", j, i), p.fn("lt", j, p.Must(ir.Position, &ir.AxisAttr{Axis: n("R", 3)})))
	}
	over := func(p *program, w ir.Value) ir.Value { return p.reduce("sum", "R", w) }
	talking := attendCase{mask: heads, weight: over}
	wantError(t, runErr(t, talking.build(), nil, qkv(3, 3), Options{}),
		"the mask of the attend differs along it")
	in := qkv(3, 3)
	in["v"] = random(source(), Axis{"S", 4}, Axis{"G", 2}, Axis{"W", 5})
	wantError(t, runErr(t, attendCase{mask: causal}.build(), nil, in, Options{}),
		"input v: S is 4 here and 3 in input k")
}

func TestAttendDoesNotOutliveItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	m, err := New(attendCase{mask: causal}.build().m, nil)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := m.Run(ctx, qkv(3, 3), Options{}); err != context.Canceled {
		t.Errorf("got %v", err)
	}
}
