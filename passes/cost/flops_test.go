package cost

import (
	"math/big"
	"strings"
	"testing"

	"archc/ir"
)

func TestLinearWithBias(t *testing.T) {
	n := newNet(t)
	x := n.input("x", ir.Real, free("T"), dim("D", 7))
	n.Scope = "proj"
	y := n.dot(x, n.param("w", dim("F", 11), dim("D", 7)), "D")
	r := report(t, n.done(n.fn("add", y, n.param("b", dim("F", 11)))))
	wantText(t, "forward", r.Formulas["flops.forward"], "154*B*T") // 2 * 7 * 11
	wantText(t, "elementwise", r.Formulas["flops.elementwise"], "11*B*T")
	wantText(t, "free", strings.Join(r.Free, " "), "B T")
	if len(r.Scopes) != 1 || r.Scopes[0].Scope != "proj" {
		t.Errorf("scopes %v", r.Scopes)
	}
	got, err := r.At(map[string]int64{"B": 3, "T": 5})
	if err != nil {
		t.Fatal(err)
	}
	wantInt(t, "forward", got.Contraction, 154*15)
	wantInt(t, "elementwise", got.Elementwise, 11*15)
	wantInt(t, "parameters", got.Parameters, 77+11)
}

func TestTiedHeadCostsItsProductAndNoParameters(t *testing.T) {
	n := newNet(t)
	tokens := n.input("tokens", ir.Int, free("T"))
	table := func() ir.Value { return n.param("wte", dim("V", 50), dim("D", 8)) }
	x := n.gather(table(), tokens, "V")
	r := report(t, n.done(n.dot(x, table(), "D")))
	wantInt(t, "parameters", r.Parameters.Total, 400)
	wantText(t, "forward", r.Formulas["flops.forward"], "800*B*T")
	wantText(t, "elementwise", r.Formulas["flops.elementwise"], "0") // a lookup is free
}

// TestWithoutInputRunsOnce: what no input reaches is not done for each element of the batch.
func TestWithoutInputRunsOnce(t *testing.T) {
	n := newNet(t)
	x := n.input("x", ir.Real, free("T"), dim("D", 4))
	w := n.fn("mul", n.param("w", dim("D", 4)), n.param("g", dim("D", 4)))
	angles := n.fn("sin", n.add(ir.Position, &ir.AxisAttr{Axis: free("T")}, nil))
	r := report(t, n.done(n.fn("mul", n.fn("mul", x, w), angles)))
	wantText(t, "elementwise", r.Formulas["flops.elementwise"], "8*B*T + T + 4")
}

// TestCarriesMayGainABatch: carries that start as constants shift an input along, one run at a time.
func TestCarriesMayGainABatch(t *testing.T) {
	for count, want := range map[int64]string{
		0: "1", 1: "B + 3", 2: "3*B + 4", 3: "6*B + 4", 10: "27*B + 4", 1 << 30: "3221225469*B + 4",
	} {
		wantText(t, "elementwise", report(t, gaining(t, count)).Formulas["flops.elementwise"], want)
	}
	// Swapping carries alternate for ever: of 7 runs, 4 have the input first.
	n := newNet(t)
	x, z := n.input("x", ir.Real), n.real(0)
	r := n.Enter("body")
	n.Param(ir.Scalar(ir.Int), "l")
	a, b := n.Param(x.Type(), "a"), n.Param(x.Type(), "b")
	n.fn("exp", a)
	r.Results = []ir.Value{b, a}
	n.Leave()
	swap := n.add(ir.Repeat, &ir.RepeatAttr{Var: "l", Step: 1, Count: ir.Const(7)}, []ir.Value{x, z}, r)
	after := n.fn("exp", swap) // the constant
	wantText(t, "swapped", report(t, n.done(after)).Formulas["flops.elementwise"], "4*B + 4")
}

func TestOwnBatchDimTakesTheLetter(t *testing.T) {
	n := newNet(t)
	r := report(t, n.done(n.fn("exp", n.input("x", ir.Real, free("B"), free("T")))))
	wantText(t, "symbol", r.Batch, "batch")
	wantText(t, "elementwise", r.Formulas["flops.elementwise"], "B*T*batch")
}

func TestRepeatMultiplies(t *testing.T) {
	n := newNet(t)
	x := n.repeat(0, 1, 12, n.input("x", ir.Real, free("T"), dim("D", 4)), func(x ir.Value) ir.Value {
		n.Scope = "layers.{l}.mlp"
		return n.rename(n.dot(x, n.param("layers.{l}.w", dim("D", 4), dim("E", 4)), "D"), "E", "D")
	})
	r := report(t, n.done(x))
	wantText(t, "forward", r.Formulas["flops.forward"], "384*B*T")
	wantInt(t, "parameters", r.Parameters.Total, 192)
	wantText(t, "scope", r.Scopes[0].Scope+" "+Pretty(r.Scopes[0].Contraction), "layers.{l}.mlp 384*B*T")
}

// TestAttendCountsAdmittedPairs: H=2 K=3 W=5. Score 2*2*3, value 2*2*5 each pair; the division, max, sub,
// exp, sum and division of the norm are 6*2 each pair; the mask is one comparison for each of all pairs.
func TestAttendCountsAdmittedPairs(t *testing.T) {
	T := ir.Free("T")
	r := report(t, masked(t, T, T, causal))
	wantText(t, "forward", r.Formulas["flops.forward"], "16*B*T^2 + 16*B*T")
	wantText(t, "elementwise", r.Formulas["flops.elementwise"], "6*B*T^2 + 6*B*T + T^2")
	wantText(t, "pairs", r.Formulas["pairs.attn"], "1/2*T^2 + 1/2*T")
	full := reportAs(t, masked(t, T, T, causal), Options{Attention: Full})
	wantText(t, "full", full.Formulas["flops.forward"], "32*B*T^2")
	halved := reportAs(t, masked(t, T, T, causal), Options{Attention: Half})
	wantText(t, "half", halved.Formulas["flops.forward"], "16*B*T^2")
	if len(r.Bounds)+len(full.Bounds)+len(r.Unknown) != 0 {
		t.Errorf("bounds %v %v unknown %v", r.Bounds, full.Bounds, r.Unknown)
	}
}

func TestEnumeratedPairsStandAsASymbol(t *testing.T) {
	r := report(t, masked(t, ir.Free("T"), ir.Free("T"), squares))
	a := r.Attention[0]
	wantText(t, "symbols, the rows for what a training step keeps", a.Symbol+a.RowSymbol, "pairs1rows1")
	wantText(t, "forward", r.Formulas["flops.forward"], "32*B*pairs1")
	wantText(t, "free", strings.Join(r.Free, " "), "B T")
	if _, has := r.Formulas["pairs.attn"]; has {
		t.Error("a formula for pairs without one")
	}
	got, err := r.At(map[string]int64{"B": 2, "T": 7})
	if err != nil {
		t.Fatal(err)
	}
	wantInt(t, "pairs", got.Pairs[0], 16)
	wantInt(t, "forward", got.Contraction, 32*2*16)
	v, err := r.Value(r.Scopes[0].Contraction, map[string]int64{"B": 2, "T": 7})
	if err != nil {
		t.Fatal(err)
	}
	wantInt(t, "scope", v, 32*2*16)
	big, err := r.At(map[string]int64{"B": 2, "T": 1 << 20})
	if err != nil || big.Contraction != nil || len(big.Unknown) != 1 {
		t.Fatalf("a mask too large to enumerate: %v, %v, unknown %v", big.Contraction, err, big.Unknown)
	}
	wantText(t, "why", big.Unknown[0], "attn: no closed form (the mask multiplies positions by what is no number): "+
		"2 steps for each of 1048576 x 1048576 pairs are more than the 4294967296 that are enumerated")
}

// squares admits the keys whose square is at most i: 1 in row 0, 2 in each of 1 to 3, 3 in each of 4 to 8.
func squares(n *net, i, j ir.Value) ir.Value { return n.fn("le", n.fn("mul", j, j), i) }

// TestRowsWithoutKeysRunNothing: work that a row does once is done in rows with a key alone.
func TestRowsWithoutKeysRunNothing(t *testing.T) {
	for _, c := range []struct {
		mask predicate
		want string
	}{{causal, "2*B*T"}, {strictlyCausal, "2*B*T - 2*B"}, {strided(3), "2*B*T"}} {
		r := report(t, perRow(t, c.mask))
		got, err := r.Value(r.Scopes[1].Elementwise, map[string]int64{"B": 5, "T": 9})
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]int64{"2*B*T": 90, "2*B*T - 2*B": 80}[c.want]
		wantInt(t, c.want, got, want)
		if r.Attention[0].RowSymbol == "" {
			wantText(t, "rows", Pretty(r.Scopes[1].Elementwise), c.want)
		}
	}
}

func TestMaskOfDataIsABound(t *testing.T) {
	make := func(leaf func(n *net) ir.Value) *Report { return report(t, gathered(t, leaf)) }
	given := make(func(n *net) ir.Value { return n.input("valid", ir.Bool, free("S")) })
	if !given.Attention[0].Pairs.Bound || len(given.Bounds) != 1 {
		t.Fatalf("bounds %v", given.Bounds)
	}
	wantText(t, "why", given.Bounds[0], "attn: all pairs that may be admitted are counted: the mask depends on the input valid")
	wantText(t, "pairs", given.Formulas["pairs.attn"], "T*min(S, T) - 1/2*min(S, T)^2 + 1/2*min(S, T)")
	stored := make(func(n *net) ir.Value {
		return n.add(ir.Cast, &ir.KindAttr{Kind: ir.Bool}, []ir.Value{n.param("ok", dim("S", 4))})
	})
	wantText(t, "why", strings.Join(stored.Bounds, "; "),
		"attn: all pairs that may be admitted are counted: the mask depends on the stored tensor ok")
	optional := gathered(t, func(n *net) ir.Value { return n.optional("valid", 1, ir.Bool, free("S")) })
	if r := reportAs(t, optional, Options{Given: []string{"valid"}}); len(r.Bounds) != 1 {
		t.Errorf("an optional input that is given: %v", r.Bounds)
	}
	left := make(func(n *net) ir.Value { return n.optional("valid", 1, ir.Bool, free("S")) })
	if p := left.Attention[0].Pairs; p.Bound || p.Formula == nil {
		t.Fatalf("an input that is true by default: %+v", p)
	}
	wantText(t, "pairs", left.Formulas["pairs.attn"], "T*min(S, T) - 1/2*min(S, T)^2 + 1/2*min(S, T)")
}

func TestErrorsOfAt(t *testing.T) {
	T := ir.Free("T")
	half := reportAs(t, masked(t, T, T, causal), Options{Attention: Half})
	for _, c := range []struct {
		r    *Report
		env  map[string]int64
		want string
	}{
		{half, map[string]int64{"B": 1}, "no size given for T"},
		{half, map[string]int64{"T": 1}, "no size given for B"},
		{half, map[string]int64{"B": 1, "T": 0}, "T = 0: a size is 1 or more"},
	} {
		_, err := c.r.At(c.env)
		if err == nil {
			t.Errorf("%v: no error", c.env)
			continue
		}
		wantText(t, "error", err.Error(), c.want)
	}
	for _, opt := range []Options{{Attention: "most"}, {Given: []string{"valid"}}} {
		if _, err := Of(masked(t, T, T, causal), opt); err == nil {
			t.Errorf("%v is accepted", opt)
		}
	}
	odd := map[string]int64{"B": 1, "T": 3}
	got, err := half.At(odd)
	if err != nil || got.Pairs[0] != nil {
		t.Errorf("half of 9 pairs: %v, %v", got.Pairs, err)
	}
	wantInt(t, "half of the work", got.Contraction, 144)
	_, err = half.Value(*half.Attention[0].Pairs.Formula, odd)
	if err == nil {
		t.Fatal("half of 9 is whole")
	}
	wantText(t, "error", err.Error(), "1/2*T^2 is 9/2, not a whole number")
}

// TestUnknownWithReason: work that is no linear function of a row's keys is not guessed.
func TestUnknownWithReason(t *testing.T) {
	n := newNet(t)
	n.Scope = "attn"
	q := n.input("q", ir.Real, free("T"), dim("K", 3))
	k := n.input("k", ir.Real, free("S"), dim("K", 3))
	v := n.attention(q, k, k, causal)
	score := v.Node.RegionNamed("score")
	s := score.Results[0]
	square := ir.Type{Axes: []ir.Axis{s.Type().Axes[0], {Label: "S2", Size: ir.Free("S")}}}
	score.Nodes = append(score.Nodes, &ir.Node{Op: ir.Map, Attr: &ir.MapAttr{Fn: ir.FnNamed("exp")},
		Args: []ir.Value{s}, Outs: []ir.Type{square}, Scope: "pair"})
	r := report(t, n.open(v))
	wantText(t, "why", strings.Join(r.Unknown, "; "),
		"pair: map: its work for a row, S^2, is not linear in the row's keys S")
	got, err := r.At(map[string]int64{"B": 1, "T": 2, "S": 2})
	if err != nil || got.Contraction != nil || len(got.Unknown) != 1 {
		t.Errorf("a number for unknown work: %v, %v", got.Contraction, err)
	}
	if got.Parameters.Cmp(new(big.Int)) != 0 {
		t.Errorf("parameters %s", got.Parameters)
	}
}
