package cost

import (
	"math/rand/v2"
	"testing"

	"archc/ir"
)

// oracle builds the same random condition twice, as a mask and as a Go function.
type oracle struct {
	*net
	rnd  *rand.Rand
	i, j ir.Value
}

type pairFn = func(i, j int64) int64

func (o oracle) number(depth int) (ir.Value, pairFn) {
	if depth == 0 || o.rnd.IntN(4) == 0 {
		switch o.rnd.IntN(4) {
		case 0:
			return o.i, func(i, _ int64) int64 { return i }
		case 1:
			return o.j, func(_, j int64) int64 { return j }
		case 2:
			return o.fn("sub", o.i, o.j), func(i, j int64) int64 { return i - j }
		}
		k := int64(o.rnd.IntN(13) - 6)
		return o.num(float64(k)), func(_, _ int64) int64 { return k }
	}
	a, fa := o.number(depth - 1)
	b, fb := o.number(depth - 1)
	switch o.rnd.IntN(6) {
	case 0:
		return o.fn("abs", a), func(i, j int64) int64 { return max(fa(i, j), -fa(i, j)) }
	case 1:
		return o.fn("max", a, b), func(i, j int64) int64 { return max(fa(i, j), fb(i, j)) }
	case 2:
		return o.fn("min", a, b), func(i, j int64) int64 { return min(fa(i, j), fb(i, j)) }
	case 3:
		return o.fn("add", a, b), func(i, j int64) int64 { return fa(i, j) + fb(i, j) }
	case 4:
		return o.fn("mul", a, o.num(-2)), func(i, j int64) int64 { return -2 * fa(i, j) }
	}
	return o.fn("sub", a, b), func(i, j int64) int64 { return fa(i, j) - fb(i, j) }
}

func (o oracle) condition(depth int) (ir.Value, func(i, j int64) bool) {
	if depth == 0 {
		a, fa := o.number(2)
		b, fb := o.number(1)
		switch o.rnd.IntN(4) {
		case 0:
			return o.fn("le", a, b), func(i, j int64) bool { return fa(i, j) <= fb(i, j) }
		case 1:
			return o.fn("gt", a, b), func(i, j int64) bool { return fa(i, j) > fb(i, j) }
		case 2:
			return o.fn("eq", a, b), func(i, j int64) bool { return fa(i, j) == fb(i, j) }
		}
		return o.fn("ne", a, b), func(i, j int64) bool { return fa(i, j) != fb(i, j) }
	}
	a, fa := o.condition(depth - 1)
	b, fb := o.condition(depth - 1)
	switch o.rnd.IntN(5) {
	case 0:
		return o.fn("not", a), func(i, j int64) bool { return !fa(i, j) }
	case 1:
		return o.fn("and", a, b), func(i, j int64) bool { return fa(i, j) && fb(i, j) }
	case 2:
		return o.fn("eq", a, b), func(i, j int64) bool { return fa(i, j) == fb(i, j) }
	case 3:
		c, fc := o.condition(0)
		return o.fn("select", a, b, c), func(i, j int64) bool {
			return fa(i, j) && fb(i, j) || !fa(i, j) && fc(i, j)
		}
	}
	return o.fn("or", a, b), func(i, j int64) bool { return fa(i, j) || fb(i, j) }
}

// TestRandomMasks holds formulas, rows and enumeration against brute force, on rectangles, for masks with
// free sizes.
func TestRandomMasks(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	closed, rowsKnown := 0, 0
	for range 200 {
		var admits func(i, j int64) bool
		m := masked(t, ir.Free("T"), ir.Free("S"), func(n *net, i, j ir.Value) ir.Value {
			var v ir.Value
			v, admits = oracle{n, rnd, i, j}.condition(rnd.IntN(3))
			return v
		})
		r := report(t, m)
		p := r.Attention[0].Pairs
		if p.Bound {
			t.Fatalf("a mask of positions is said to depend on data: %s", p.Reason)
		}
		if p.Formula != nil {
			closed++
		}
		if p.Rows != nil {
			rowsKnown++
		}
		for range 12 {
			rows, keys := 1+rnd.Int64N(14), 1+rnd.Int64N(14)
			env := map[string]int64{"B": 1, "T": rows, "S": keys}
			want, reached := bruteForce(rows, keys, admits)
			got, err := r.At(env)
			if err != nil {
				t.Fatal(err)
			}
			wantInt(t, "pairs", got.Pairs[0], want)
			if p.Rows != nil {
				got, err := p.Rows.Whole(env)
				if err != nil {
					t.Fatal(err)
				}
				wantInt(t, "rows", got, reached)
			}
			if n, with, err := p.Pattern.Number(env); err != nil || n != want || with != reached {
				t.Errorf("enumerated %d in %d rows (%v), want %d in %d", n, with, err, want, reached)
			}
			if t.Failed() {
				t.Fatalf("T=%d S=%d formula %v (%s)", rows, keys, p.Formula, p.Reason)
			}
		}
	}
	t.Logf("%d of 200 closed, rows of %d known", closed, rowsKnown)
	if closed < 50 || rowsKnown < 25 {
		t.Errorf("only %d of 200 masks had a formula, %d one for their rows", closed, rowsKnown)
	}
}
