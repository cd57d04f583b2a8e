package sparsity

import (
	"testing"

	"archc/ir"
)

func TestDescribe(t *testing.T) {
	T, S := ir.Free("T"), ir.Free("S")
	past := func(n ir.Size) func(d drawn) condition { // causal with n keys before the first query
		return func(d drawn) condition { return d.le(d.j, d.op("add", sum)(d.i, amount{d.size(n), nil})) }
	}
	for _, c := range []struct {
		keys ir.Size
		mask func(d drawn) condition
		want string
	}{
		{T, published[0].mask, "causal, looks back to the first key"},
		{T, published[1].mask, "causal, looks back 7 keys"},
		{T, published[2].mask, "looks ahead (i=0, j=3), looks back 13 keys"},
		{T, published[11].mask, "causal, looks back 8 keys, and to the first 3"},
		{S, published[4].mask, ""},
		{T.Add(S), past(ir.Free("M")), "not known to be causal, looks back to the first key"},
		{T, func(d drawn) condition { return d.le(d.constant(0), d.j) }, "all pairs"},
		{T, func(d drawn) condition { return d.lt(d.j, d.constant(0)) }, "no pair"},
	} {
		p, _ := byHand(t, c.keys, c.mask)
		if got := p.Describe(); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}

func sum(a, b int64) int64 { return a + b }
