package cost

import (
	"math/big"
	"strings"
	"testing"

	"archc/ir"
)

// TestConvolutionCountsItsPads: 2*k*in*out for each place of the result, what lies in a pad included.
func TestConvolutionCountsItsPads(t *testing.T) {
	r := report(t, convolution(t))
	// 2*3*2*5 for each of T places, 2*3*5*2 for each of floor((T + 2 - 3)/2) + 1.
	wantText(t, "forward", r.Formulas["flops.forward"], "60*B*T + 60*B*floor(1/2*T - 1/2) + 60*B")
	n := newNet(t) // ResNet's first: 7x7 from 3 to 64 channels by steps of 2 over 224x224, padded by 3
	x := n.input("x", ir.Real, dim("C", 3), dim("Y", 224), dim("X", 224))
	x = n.windows(n.windows(x, "Y", ir.Axis{Label: "Y2"}, dim("ky", 7), 2, 3, 3), "X", ir.Axis{Label: "X2"}, dim("kx", 7), 2, 3, 3)
	w := n.param("conv1.weight", dim("F", 64), dim("C", 3), dim("ky", 7), dim("kx", 7))
	r = report(t, n.done(n.dot(x, w, "C", "ky", "kx")))
	wantText(t, "forward", r.Formulas["flops.forward"], "236027904*B") // 2 * 118,013,952 multiplications
}

func TestScanMultipliesByItsLength(t *testing.T) {
	r := report(t, scanned(t, ir.Free("T")))
	// 18 a run; in the first the state has no batch.
	wantText(t, "forward", r.Formulas["flops.forward"], "18*B*T - 18*B + 18")
	if len(r.Bounds)+len(r.Unknown) != 0 || strings.Join(r.Free, " ") != "B T" {
		t.Errorf("bounds %v unknown %v free %v", r.Bounds, r.Unknown, r.Free)
	}
	lstm := newNet(t) // a state with a batch from the start: LSTM of 8h(e + h) a step
	x := lstm.input("x", ir.Real, free("T"), dim("E", 10))
	h := lstm.input("h", ir.Real, dim("H", 6))
	body := lstm.Enter("body")
	lstm.Param(ir.Scalar(ir.Int), "t")
	was, xt := lstm.Param(h.Type(), "h"), lstm.Param(x.Type().Without("T"), "x")
	gates := lstm.fn("add", lstm.dot(xt, lstm.param("ih", dim("4H", 24), dim("E", 10)), "E"),
		lstm.dot(was, lstm.param("hh", dim("4H", 24), dim("H", 6)), "H"))
	body.Results = []ir.Value{lstm.reduce("sum", lstm.split(gates, "4H", dim("four", 4), dim("H", 6)), "four")}
	lstm.Leave()
	a := &ir.RepeatAttr{Var: "t", Step: 1, Count: ir.Free("T"), Slices: []string{"T"}}
	r = report(t, lstm.done(lstm.add(ir.Repeat, a, []ir.Value{h, x}, body)))
	wantText(t, "forward", r.Formulas["flops.forward"], "768*B*T") // 8*6*(10 + 6)
	wantInt(t, "parameters", r.Parameters.Total, 24*16)
}

// TestAttendInLoopsIsExact: the pairs are those of one run, the work that of all.
func TestAttendInLoopsIsExact(t *testing.T) {
	r := report(t, attendInScan(t))
	if len(r.Bounds)+len(r.Unknown) != 0 {
		t.Fatal(r.Bounds, r.Unknown)
	}
	one := *r.Attention[0].Pairs.Formula
	wantText(t, "forward", r.Formulas["flops.forward"], Pretty(one.Mul(ir.Free("S")).Mul(ir.Free("B")).Mul(ir.Const(12))))
	r = report(t, attendInExperts(t))
	if len(r.Bounds)+len(r.Unknown) != 0 {
		t.Fatal(r.Bounds, r.Unknown)
	}
	// The router 2*3*4 a row; 2 selections of each row have 5 queries of 2 keys (the first 1): 9 pairs of 2*3 + 2*3.
	wantText(t, "forward", r.Formulas["flops.forward"], "240*B*T")
	r = report(t, attendInAttend(t))
	if got := r.Attention[1]; len(r.Unknown) != 0 || got.Symbol == "" {
		t.Errorf("unknown %v, pairs %v", r.Unknown, got.Pairs)
	}
}

// TestPairsThatDifferFromRunToRun are unknown where a sum over the runs would need to know how.
func TestPairsThatDifferFromRunToRun(t *testing.T) {
	n := newNet(t)
	n.Scope = "attn"
	q := n.input("q", ir.Real, free("T"), dim("K", 3))
	w := n.param("w", dim("V", 30), dim("K", 3))
	x := n.repeat(0, 1, 4, q, func(x ir.Value) ir.Value {
		keys := ir.Axis{Label: "S", Size: ir.Free("l").Add(ir.Const(1))}
		k := n.add(ir.Slice, &ir.SliceAttr{Label: "V", Into: keys}, []ir.Value{w})
		return n.attention(x, k, k, causal)
	})
	r := report(t, n.done(x))
	wantText(t, "why", strings.Join(r.Unknown, "; "), "attn: attend: its pairs differ from run to run of a region around")
	got, err := r.At(map[string]int64{"B": 1, "T": 2})
	if err != nil || got.Contraction != nil || got.Pairs[0] != nil {
		t.Errorf("numbers for unknown work: %v, %v", got, err)
	}
}

// TestResultsThatMayLackABatch: how many runs it takes until a carry has the batch is known, whether there are so
// many is not.
func TestResultsThatMayLackABatch(t *testing.T) {
	r := report(t, shifted(t, ir.Free("T")))
	wantText(t, "why", strings.Join(r.Bounds, "; "),
		": what T runs give is counted for each element of the batch, as after more of them")
	for count, bound := range map[string]bool{"T + 1": true, "T + 2": false, "3": false, "2*T": true, "2*T + 1": false} {
		s, err := ir.ParseSize(count)
		if err != nil {
			t.Fatal(err)
		}
		if r := report(t, shifted(t, s)); (len(r.Bounds) > 0) != bound {
			t.Errorf("%s runs: bounds %v", count, r.Bounds)
		}
	}
}

func TestSumOver(t *testing.T) {
	for _, text := range []string{"7", "l", "l^2 - 3*l", "2*B*l^5 + 1/2*l^3 - l*T", "l^9"} {
		s, err := ir.ParseSize(text)
		if err != nil {
			t.Fatal(err)
		}
		sum, err := sumOver(s, "l", -2, 3, ir.Free("T"))
		if err != nil {
			t.Fatal(err)
		}
		for n := range int64(6) {
			want := new(big.Rat)
			for m := range n {
				v, _ := s.Eval(map[string]int64{"l": 3*m - 2, "B": 5, "T": n})
				want.Add(want, v)
			}
			if got, ok := sum.Eval(map[string]int64{"B": 5, "T": n}); !ok || got.Cmp(want) != 0 {
				t.Errorf("%s over %d numbers: %v, want %v", text, n, got, want)
			}
		}
	}
	for _, text := range []string{"min(l, 4)", "floor(1/2*l)", "l^10", "max(3, l)*l"} {
		s, err := ir.ParseSize(text)
		if err != nil {
			t.Fatal(err)
		}
		if sum, err := sumOver(s, "l", 0, 1, ir.Free("T")); err == nil {
			t.Errorf("%s has the sum %s", text, sum)
		}
	}
}
