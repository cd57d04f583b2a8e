package sparsity

import (
	"testing"

	"archc/ir"
)

// TestRowByRow: masks without a closed form in i and j that have one for each i, and some that have none.
func TestRowByRow(t *testing.T) {
	mul := func(d drawn, a, b amount) amount { return d.op("mul", func(a, b int64) int64 { return a * b })(a, b) }
	for _, c := range []struct {
		name   string
		method Method
		mask   func(d drawn) condition
	}{
		{"2i < j", ByRow, func(d drawn) condition { return d.lt(mul(d, d.constant(2), d.i), d.j) }},
		{"i j <= 90", ByRow, func(d drawn) condition { return d.le(mul(d, d.i, d.j), d.constant(90)) }},
		{"i j % 7 == 3", ByRow, func(d drawn) condition { return d.eq(d.mod(mul(d, d.i, d.j), 7), d.constant(3)) }},
		{"j j <= i", ByPair, func(d drawn) condition { return d.le(mul(d, d.j, d.j), d.i) }},
		{"j < max(i, S S div S)", AtSizes, func(d drawn) condition {
			return d.lt(d.op("add", func(a, b int64) int64 { return a + b })(d.j, d.constant(0)), d.op("max",
				func(a, b int64) int64 { return max(a, b) })(d.i, d.op("quo", floorQuo)(mul(d, d.s, d.s), d.s)))
		}},
	} {
		p, admits := byHand(t, ir.Free("S"), c.mask)
		env := map[string]int64{"T": 40, "S": 600}
		g, err := p.Masks[0].At(env)
		if err != nil || g.Method != c.method {
			t.Errorf("%s: by %v (%v), want %s", c.name, g, err, c.method)
			continue
		}
		if err := agree(p.Masks[0], env, admits, 7, 50, false); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestGridsThatAreTooLarge say so.
func TestGridsThatAreTooLarge(t *testing.T) {
	p, _ := byHand(t, ir.Free("S"), func(d drawn) condition {
		return d.le(d.op("mul", func(a, b int64) int64 { return a * b })(d.j, d.j), d.i)
	})
	for _, env := range []map[string]int64{{"T": 1 << 20, "S": 1 << 20}, {"T": maxSide + 1, "S": 1}, {"T": 3}} {
		if g, err := p.Masks[0].At(env); err == nil {
			t.Errorf("at %v: %v", env, g)
		}
	}
}
