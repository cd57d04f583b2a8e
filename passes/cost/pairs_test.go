package cost

import (
	"testing"

	"archc/ir"
)

// The masks of the table in spec/cost.md. Each is given twice: as a mask and as a Go condition, which is
// counted pair by pair; formula is the closed form of the table.
var patterns = []struct {
	name    string
	mask    predicate
	admits  func(i, j int64) bool
	formula func(n int64) int64
	at4096  int64 // published check value, 0 for none
}{
	{"full",
		func(n *net, _, _ ir.Value) ir.Value {
			return n.Leaf(ir.Constant, &ir.ConstAttr{Value: 1}, ir.Scalar(ir.Bool))
		},
		func(_, _ int64) bool { return true },
		func(n int64) int64 { return n * n }, 16_777_216},
	{"none",
		func(n *net, _, _ ir.Value) ir.Value { return n.Leaf(ir.Constant, &ir.ConstAttr{}, ir.Scalar(ir.Bool)) },
		func(_, _ int64) bool { return false },
		func(int64) int64 { return 0 }, 0},
	{"causal", causal,
		func(i, j int64) bool { return j <= i },
		func(n int64) int64 { return n * (n + 1) / 2 }, 8_390_656},
	{"strictly causal",
		strictlyCausal,
		func(i, j int64) bool { return j < i },
		func(n int64) int64 { return n * (n - 1) / 2 }, 0},
	{"causal window of 7", causalWindow(7),
		func(i, j int64) bool { return 0 <= i-j && i-j < 7 },
		func(n int64) int64 { w := min(n, 7); return n*w - w*(w-1)/2 }, 0},
	{"symmetric window of 256", within256,
		func(i, j int64) bool { return i-j <= 256 && j-i <= 256 },
		func(n int64) int64 { r := min(256, n-1); return n*(2*r+1) - r*(r+1) }, 2_035_456},
	{"symmetric window of 5",
		func(n *net, i, j ir.Value) ir.Value { return n.fn("le", n.fn("abs", n.fn("sub", i, j)), n.num(5)) },
		func(i, j int64) bool { return max(i-j, j-i) <= 5 },
		func(n int64) int64 { r := min(5, n-1); return n*(2*r+1) - r*(r+1) }, 0},
	{"one global token and a window of 256",
		func(n *net, i, j ir.Value) ir.Value {
			global := n.fn("or", n.fn("eq", i, n.num(0)), n.fn("lt", j, n.num(1)))
			return n.fn("or", global, within256(n, i, j))
		},
		func(i, j int64) bool { return i == 0 || j == 0 || max(i-j, j-i) <= 256 },
		func(n int64) int64 {
			if n-2 < 256 {
				return n * n
			}
			return 2*n - 1 + (n-1)*513 - 256*257
		}, 2_043_134},
	{"3 causal sinks and a window of 8",
		func(n *net, i, j ir.Value) ir.Value {
			near := n.fn("or", n.fn("lt", j, n.num(3)), n.fn("lt", n.fn("sub", i, j), n.num(8)))
			return n.fn("and", causal(n, i, j), near)
		},
		func(i, j int64) bool { return j <= i && (j < 3 || i-j < 8) },
		func(n int64) int64 { m := min(n, 11); return n*m - m*(m-1)/2 }, 0},
	{"all but the diagonal",
		func(n *net, i, j ir.Value) ir.Value { return n.fn("ne", i, j) },
		func(i, j int64) bool { return i != j },
		func(n int64) int64 { return n*n - n }, 0},
	{"block-local of 6",
		func(n *net, i, j ir.Value) ir.Value {
			return n.fn("eq", n.fn("quo", i, n.num(6)), n.fn("quo", j, n.num(6)))
		},
		func(i, j int64) bool { return i/6 == j/6 },
		func(n int64) int64 { a, b := n/6, n%6; return a*36 + b*b }, 0},
	{"strided head 2 of 6", strided(6),
		func(i, j int64) bool { return j <= i && (i-j)%6 == 0 },
		func(n int64) int64 { a, b := n/6, n%6; return 6*a*(a+1)/2 + b*(a+1) }, 0},
	{"strided union of 64",
		func(n *net, i, j ir.Value) ir.Value {
			local := n.fn("and", causal(n, i, j), n.fn("le", n.fn("sub", i, j), n.num(64)))
			return n.fn("or", local, strided(64)(n, i, j))
		},
		func(i, j int64) bool { return j <= i && (i-j <= 64 || (i-j)%64 == 0) },
		func(n int64) int64 {
			w, a, b := min(n, 65), n/64, n%64
			return n*w - w*(w-1)/2 + 64*a*(a+1)/2 + b*(a+1) - n - max(0, n-64)
		}, 389_152},
	{"dilated causal of 4, step 3",
		func(n *net, i, j ir.Value) ir.Value {
			return n.fn("and", n.fn("lt", n.fn("sub", i, j), n.num(12)), strided(3)(n, i, j))
		},
		func(i, j int64) bool { return j <= i && i-j < 12 && (i-j)%3 == 0 },
		func(n int64) int64 { k := min(3, (n-1)/3); return n + k*n - 3*k*(k+1)/2 }, 0},
	{"fixed head 2 of 6, 2 columns",
		func(n *net, i, j ir.Value) ir.Value {
			return n.fn("and", causal(n, i, j), n.fn("ge", n.fn("mod", j, n.num(6)), n.num(4)))
		},
		func(i, j int64) bool { return j <= i && j%6 >= 4 },
		func(n int64) int64 {
			a, b := n/6, n%6
			c := max(0, b-4)
			return 2*(a*(n+1)-6*a*(a+1)/2) + a + c*(c+1)/2
		}, 0},
}

func causalWindow(w float64) predicate {
	return func(n *net, i, j ir.Value) ir.Value {
		return n.fn("and", causal(n, i, j), n.fn("lt", n.fn("sub", i, j), n.num(w)))
	}
}

func within256(n *net, i, j ir.Value) ir.Value {
	d := n.fn("sub", i, j)
	return n.fn("and", n.fn("le", d, n.num(256)), n.fn("ge", d, n.num(-256)))
}

func strided(l float64) predicate {
	return func(n *net, i, j ir.Value) ir.Value {
		zero := n.fn("eq", n.fn("mod", n.fn("sub", i, j), n.num(l)), n.num(0))
		return n.fn("and", causal(n, i, j), zero)
	}
}

func bruteForce(rows, keys int64, admits func(i, j int64) bool) (pairs, reached int64) {
	for i := range rows {
		before := pairs
		for j := range keys {
			if admits(i, j) {
				pairs++
			}
		}
		if pairs > before {
			reached++
		}
	}
	return pairs, reached
}

func TestPatternsAgainstBruteForce(t *testing.T) {
	for _, p := range patterns {
		t.Run(p.name, func(t *testing.T) {
			r := report(t, masked(t, ir.Free("T"), ir.Free("T"), p.mask))
			pairs := r.Attention[0].Pairs
			if pairs.Formula == nil || pairs.Bound {
				t.Fatalf("formula %v, bound %v, reason %q", pairs.Formula, pairs.Bound, pairs.Reason)
			}
			for n := int64(1); n <= 97; n++ {
				want, rows := bruteForce(n, n, p.admits)
				if p.formula(n) != want {
					t.Fatalf("n=%d: the table says %d, brute force %d", n, p.formula(n), want)
				}
				got, err := r.At(map[string]int64{"B": 1, "T": n})
				if err != nil {
					t.Fatal(err)
				}
				wantInt(t, "pairs", got.Pairs[0], want)
				counted, reached, err := pairs.Pattern.Number(map[string]int64{"T": n})
				if err != nil || counted != want || reached != rows {
					t.Fatalf("n=%d: enumerated %d in %d rows (%v), want %d in %d", n, counted, reached, err, want, rows)
				}
				if pairs.Rows != nil {
					got, err := pairs.Rows.Whole(map[string]int64{"T": n})
					if err != nil {
						t.Fatal(err)
					}
					wantInt(t, "rows with a key", got, rows)
				}
				if t.Failed() {
					t.Fatalf("at n=%d", n)
				}
			}
			if p.at4096 != 0 {
				got, err := r.At(map[string]int64{"B": 1, "T": 4096})
				if err != nil {
					t.Fatal(err)
				}
				wantInt(t, "pairs at 4096", got.Pairs[0], p.at4096)
			}
		})
	}
}

func TestFormulasAsPrinted(t *testing.T) {
	T, S, M := ir.Free("T"), ir.Free("S"), ir.Free("M")
	offset := func(n *net, i, j ir.Value) ir.Value { return n.fn("le", j, n.fn("add", i, n.size(M))) }
	for _, c := range []struct {
		name       string
		rows, keys ir.Size
		mask       predicate
		want, rowf string
	}{
		{"full", T, S, patterns[0].mask, "S*T", "T"},
		{"never", T, S, patterns[1].mask, "0", "0"},
		{"causal", T, T, causal, "1/2*T^2 + 1/2*T", "T"},
		{"window", T, T, causalWindow(4096), "T*min(4096, T) - 1/2*min(4096, T)^2 + 1/2*min(4096, T)", "T"},
		{"after M past ones", T, T.Add(M), offset, "M*T + 1/2*T^2 + 1/2*T", "T"},
		{"strict", T, T, strictlyCausal, "1/2*T^2 - 1/2*T", "T - 1"},
		{"numbers", ir.Const(8192), ir.Const(8192), causalWindow(4096), "25167872", "8192"},
		{"one query", ir.Const(1), S, causal, "1", "1"},
	} {
		p := report(t, masked(t, c.rows, c.keys, c.mask)).Attention[0].Pairs
		if p.Formula == nil || p.Rows == nil {
			t.Errorf("%s: no formula: %s", c.name, p.Reason)
			continue
		}
		wantText(t, c.name, Pretty(*p.Formula), c.want)
		wantText(t, c.name+" rows", Pretty(*p.Rows), c.rowf)
	}
}
