package sparsity

import (
	"testing"

	"archc/ir"
)

// heads is causal, with a window of 4 in the heads below 2 and of 9 in the others.
func heads(b build, i, j ir.Value) ir.Value {
	h := b.Leaf(ir.Position, &ir.AxisAttr{Axis: ir.Axis{Label: "H", Size: ir.Const(6)}},
		ir.Type{Kind: ir.Int, Axes: []ir.Axis{{Label: "H", Size: ir.Const(6)}}})
	window := b.fn("select", b.fn("lt", h, b.num(2)), b.num(4), b.num(9))
	return b.fn("and", b.fn("le", j, i), b.fn("lt", b.fn("sub", i, j), window))
}

// TestEqualMasksShare: masks are told apart by their expressions alone. The expression of a head has its number in it,
// so heads that come out the same do not share; heads whose number is not read do, and all figures are those of all.
func TestEqualMasksShare(t *testing.T) {
	shared := func(b build, i, j ir.Value) ir.Value { // the six heads have one expression
		some := b.Leaf(ir.Input, &ir.InputAttr{Name: "some"}, ir.Type{Kind: ir.Bool, Axes: []ir.Axis{{Label: "H", Size: ir.Const(6)}}})
		return b.fn("and", b.fn("le", j, i), some)
	}
	for _, c := range []struct {
		name     string
		mask     predicate
		distinct int
		pairs    int64 // of all heads at T = 20, by hand
		formula  bool
	}{
		{"two windows", heads, 6, 2*(20*4-6) + 4*(20*9-36), true},
		{"one expression", shared, 1, 6 * 210, true},
	} {
		b := build{&ir.Builder{}, t}
		b.Enter("body")
		p, err := Of(b.attend(ir.Free("T"), ir.Free("T"), c.mask), Options{})
		if err != nil || len(p.Masks) != 6 {
			t.Fatalf("%s: %d masks, %v", c.name, len(p.Masks), err)
		}
		found, all := 0, int64(0)
		for m, times := range p.distinct() {
			found, all = found+1, all+times
			if m.analysis == nil {
				t.Errorf("%s: a mask without an analysis", c.name)
			}
		}
		if found != c.distinct || all != 6 {
			t.Errorf("%s: %d analyses of %d masks, not %d of 6", c.name, found, all, c.distinct)
		}
		env := map[string]int64{"T": 20}
		if n, rows, err := p.Number(env); err != nil || n != c.pairs || rows != 6*20 {
			t.Errorf("%s: %d pairs and %d rows (%v), not %d and 120", c.name, n, rows, err, c.pairs)
		}
		if n, ok := p.Count().Formula.Eval(env); !ok || !n.IsInt() || n.Num().Int64() != c.pairs {
			t.Errorf("%s: the formula gives %v, not %d", c.name, n, c.pairs)
		}
	}
}

// TestPairsOfAllHeadsFit: what does not fit is an error and no other number.
func TestPairsOfAllHeadsFit(t *testing.T) {
	full := func(b build, i, j ir.Value) ir.Value {
		h := b.Leaf(ir.Input, &ir.InputAttr{Name: "some"}, ir.Type{Kind: ir.Bool, Axes: []ir.Axis{{Label: "H", Size: ir.Const(16)}}})
		return b.fn("or", b.fn("ge", j, b.num(0)), h)
	}
	b := build{&ir.Builder{}, t}
	b.Enter("body")
	p, err := Of(b.attend(ir.Free("T"), ir.Free("T"), full), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if n, _, err := p.Number(map[string]int64{"T": maxSide}); err == nil {
		t.Errorf("16 heads of 2^60 pairs are %d", n)
	}
	if n, _, err := p.Number(map[string]int64{"T": maxSide >> 2}); err != nil || n != 16<<56 {
		t.Errorf("16 heads of 2^56 pairs are %d, %v", n, err)
	}
}
