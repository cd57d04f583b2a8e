package sparsity

import (
	"testing"

	"archc/ir"
)

// published are the patterns of the papers with their closed forms, T queries and T keys: each form was derived by
// hand and is compared with the mask pair by pair, as the formula found is.
var published = []struct {
	name   string
	mask   func(d drawn) condition
	form   func(n int64) int64
	window int64 // how far a query looks back; 0 for no bound
	sinks  int64
	causal bool
}{
	{"causal", func(d drawn) condition { return d.le(d.j, d.i) },
		func(n int64) int64 { return n * (n + 1) / 2 }, 0, 0, true},
	{"causal window of 7 (Mistral)", func(d drawn) condition { return d.near(7) },
		func(n int64) int64 { w := min(7, n); return n*w - w*(w-1)/2 }, 7, 0, true},
	{"dilated symmetric, 4 each side, step 3", func(d drawn) condition {
		return d.and(d.le(d.abs(d.gap()), d.constant(12)), d.multiple(3))
	}, func(n int64) int64 { k := min(4, (n-1)/3); return n + 2*(k*n-3*k*(k+1)/2) }, 13, 0, false},
	{"dilated causal, 4 keys, step 3", func(d drawn) condition { return d.and(d.near(12), d.multiple(3)) },
		func(n int64) int64 { k := min(3, (n-1)/3); return n + k*n - 3*k*(k+1)/2 }, 10, 0, true},
	{"block-local of 6", func(d drawn) condition { return d.block(6) },
		func(n int64) int64 { a, b := n/6, n%6; return a*36 + b*b }, 6, 0, false},
	{"strided head 2 of 6 (Sparse Transformer)", func(d drawn) condition { return d.and(d.le(d.j, d.i), d.multiple(6)) },
		func(n int64) int64 { a, b := n/6, n%6; return 6*a*(a+1)/2 + b*(a+1) }, 0, 0, true},
	{"strided union of 6", func(d drawn) condition {
		return d.and(d.le(d.j, d.i), d.or(d.le(d.gap(), d.constant(6)), d.multiple(6)))
	}, func(n int64) int64 {
		w, a, b := min(7, n), n/6, n%6
		return n*w - w*(w-1)/2 + 6*a*(a+1)/2 + b*(a+1) - n - max(0, n-6)
	}, 0, 0, true},
	{"fixed head 1 of 6", func(d drawn) condition { return d.and(d.le(d.j, d.i), d.block(6)) },
		func(n int64) int64 { a, b := n/6, n%6; return a*21 + b*(b+1)/2 }, 6, 0, true},
	{"fixed head 2 of 6, 2 columns", func(d drawn) condition { return d.and(d.le(d.j, d.i), d.columns(6, 2)) },
		func(n int64) int64 {
			a, c := n/6, max(0, n%6-4)
			return 2*(a*(n+1)-6*a*(a+1)/2) + a + c*(c+1)/2
		}, 0, 0, true},
	{"fixed union of 6, 2 columns", func(d drawn) condition {
		return d.and(d.le(d.j, d.i), d.or(d.block(6), d.columns(6, 2)))
	}, func(n int64) int64 {
		a, b, c := n/6, n%6, max(0, n%6-4)
		return a*21 + b*(b+1)/2 + 2*(a*(n+1)-6*a*(a+1)/2) + a + c*(c+1)/2 - a*3 - c*(c+1)/2
	}, 0, 0, true},
	{"2 global tokens and a band of 5 (Longformer)", func(d drawn) condition {
		global := d.or(d.lt(d.i, d.constant(2)), d.lt(d.j, d.constant(2)))
		return d.or(global, d.le(d.abs(d.gap()), d.constant(5)))
	}, func(n int64) int64 {
		g := min(n, 2)
		r := min(5, max(0, n-g-1))
		return 2*g*n - g*g + (n-g)*(2*r+1) - r*(r+1)
	}, 6, 2, false},
	{"3 causal sinks and a window of 8", func(d drawn) condition {
		return d.and(d.le(d.j, d.i), d.or(d.lt(d.j, d.constant(3)), d.lt(d.gap(), d.constant(8))))
	}, func(n int64) int64 { m := min(n, 11); return n*m - m*(m-1)/2 }, 8, 3, true},
}

func (d drawn) gap() amount { return d.sub(d.i, d.j) }

// near is the w keys up to the query.
func (d drawn) near(w int64) condition {
	return d.and(d.le(d.j, d.i), d.lt(d.gap(), d.constant(w)))
}

// multiple is a distance of a multiple of n.
func (d drawn) multiple(n int64) condition { return d.eq(d.mod(d.gap(), n), d.constant(0)) }

func (d drawn) block(n int64) condition { return d.eq(d.quo(d.i, n), d.quo(d.j, n)) }

// columns is the last c of each block of n.
func (d drawn) columns(n, c int64) condition { return d.ge(d.mod(d.j, n), d.constant(n-c)) }

// byHand makes one mask over T queries.
func byHand(t *testing.T, keys ir.Size, mask func(d drawn) condition) (*Pattern, func(at place) bool) {
	t.Helper()
	b := build{&ir.Builder{}, t}
	b.Enter("body")
	var is condition
	node := b.attend(ir.Free("T"), keys, func(b build, i, j ir.Value) ir.Value {
		d := drawn{build: b}
		d.i = amount{i, func(at place) int64 { return at.i }}
		d.j = amount{j, func(at place) int64 { return at.j }}
		d.s = amount{b.size(ir.Free("S")), func(at place) int64 { return at.s }}
		is = mask(d)
		return is.v
	})
	p, err := Of(node, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p, is.is
}

func TestPublishedPatterns(t *testing.T) {
	for _, c := range published {
		t.Run(c.name, func(t *testing.T) {
			p, admits := byHand(t, ir.Free("T"), c.mask)
			m := p.Masks[0]
			w, err := m.Future(ir.Size{})
			if err != nil || (w == nil) != c.causal {
				t.Fatalf("causal: witness %v (%v)", w, err)
			}
			for n := int64(1); n <= 97; n++ {
				env := map[string]int64{"T": n}
				if n%7 == 0 || n < 14 {
					if err := agree(m, env, admits, 1+n%5, 1+n%8, c.causal); err != nil {
						t.Fatalf("n=%d: %v", n, err)
					}
				}
				f := m.Count().Formula
				if f == nil {
					t.Fatal(m.Count().Reason)
				}
				if got, _ := f.Eval(env); !got.IsInt() || got.Num().Int64() != c.form(n) {
					t.Fatalf("n=%d: %s is %s, the published form %d", n, f, got, c.form(n))
				}
			}
			t.Log(m.Count().Formula)
			r := p.Reach(ir.Size{})
			window := int64(0)
			if r.Window != nil {
				window, _ = r.Window.Int()
			}
			if sinks, ok := r.Sinks.Int(); !ok || window != c.window || sinks != c.sinks {
				t.Errorf("reach: window %d, sinks %d", window, sinks)
			}
		})
	}
}

// TestBlockPattern is BigBird without its random blocks: blocks of 4, three in a band, the first and the last global.
// Its formula is too long to be shown, as the blocks overlap in many ways at short lengths; its pieces count, and at
// greater lengths a short formula does.
func TestBlockPattern(t *testing.T) {
	p, admits := byHand(t, ir.Free("T"), func(d drawn) condition {
		i, j, one := d.quo(d.i, 4), d.quo(d.j, 4), d.constant(1)
		last := d.quo(d.sub(d.s, one), 4)
		ends := func(x amount) condition { return d.or(d.eq(x, d.constant(0)), d.eq(x, last)) }
		return d.or(d.le(d.abs(d.sub(i, j)), one), d.or(ends(i), ends(j)))
	})
	long, above := p.Long()
	if c := p.Count(); c.Formula != nil || c.Reason != errTooLong.Error() || long == nil {
		t.Fatal(c.Formula, c.Reason, long)
	}
	t.Log(long, " above ", above)
	for _, n := range []int64{1, 3, 4, 7, 8, 13, 24, 32, 33, 34, 35, 36, 37, 90, 4096} {
		env := map[string]int64{"T": n}
		g, err := p.Masks[0].At(env)
		if err != nil || g.Method != ByFormula {
			t.Fatal(g, err)
		}
		if n < 100 {
			err = agree(p.Masks[0], env, admits, 4, 4, false)
		}
		if err != nil {
			t.Fatalf("n=%d: %v", n, err)
		}
		got, err := g.Pairs()
		if v, _ := long.Eval(env); n > above && (!v.IsInt() || v.Num().Int64() != got) {
			t.Errorf("n=%d: %s is %s, want %d", n, long, v, got)
		}
		if n%4 == 0 && n > 20 && got != 16*(7*n/4-12) {
			t.Errorf("n=%d: %d pairs (%v), published %d", n, got, err, 16*(7*n/4-12))
		}
	}
}
