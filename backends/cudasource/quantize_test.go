package cudasource

import (
	"math/rand/v2"
	"testing"

	"archc/backends/source"
	"archc/ir"
	"archc/passes/plan"
)

// part is a random part of a tensor as a matrix, and its elements.
func part(r *rand.Rand, shape []int64) (*source.Weight, map[int64]bool) {
	p := &plan.Panels{Param: &plan.Param{Key: "w"}}
	base, stride := int64(0), int64(1)
	elements := map[int64]bool{0: true}
	for i := len(shape) - 1; i >= 0; i-- {
		first := r.Int64N(shape[i])
		size := 1 + r.Int64N(shape[i]-first)
		base += first * stride
		axis := plan.Axis{Size: ir.Const(size), Stride: ir.Const(stride)}
		switch r.IntN(3) {
		case 0:
			p.Batch = append(p.Batch, axis)
		case 1:
			p.N = append(p.N, axis)
		default:
			p.K = append(p.K, axis)
		}
		next := map[int64]bool{}
		for e := range elements {
			for k := range size {
				next[e+(first+k)*stride] = true
			}
		}
		elements = next
		stride *= shape[i]
	}
	p.Base = ir.Const(base)
	return &source.Weight{Param: p.Param, Panels: p}, elements
}

// TestMeet: parts of a tensor meet where they have an element in common, and else they do not.
func TestMeet(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	apart := 0
	for range 4000 {
		shape := []int64{1 + r.Int64N(3), 1 + r.Int64N(4), 1 + r.Int64N(4)}
		a, x := part(r, shape)
		b, y := part(r, shape)
		want := false
		for e := range x {
			want = want || y[e]
		}
		if !want {
			apart++
		}
		if got := meet(a, b); got != want {
			t.Fatalf("of %v, %v and %v: %t", shape, a.Panels, b.Panels, got)
		}
	}
	if apart < 400 {
		t.Errorf("%d of them are apart", apart)
	}
	a, _ := part(r, []int64{2, 2})
	if raw := (&source.Weight{Param: a.Param}); !meet(a, raw) || !meet(raw, a) {
		t.Error("what is read whole meets all")
	}
}
