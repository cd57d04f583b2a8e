package plan

import (
	"testing"

	"archc/ir"
)

// TestBounds: a comparison in which the key stands alone is a bound; one in which it is multiplied, on whatever side of a
// sum, is none.
func TestBounds(t *testing.T) {
	i, j := index(ir.Axis{Label: "T"}), index(ir.Axis{Label: "T'"})
	twice := apply("mul", constant(2), j)
	for _, c := range []struct {
		x, y  *Expr
		bound bool
	}{
		{j, i, true}, {apply("add", j, constant(3)), i, true}, {apply("neg", j), i, true}, {apply("sub", i, j), constant(4), true},
		{twice, i, false}, {i, twice, false}, {apply("neg", twice), i, false}, {apply("add", i, twice), constant(4), false},
		{apply("add", twice, i), constant(4), false}, {apply("sub", twice, j), i, false}, {apply("sub", j, twice), i, false},
	} {
		first, end := bounds(apply("le", c.x, c.y), "T'")
		if (first != nil || end != nil) != c.bound {
			t.Errorf("%s <= %s: bounds %v, %v", c.x, c.y, first, end)
		}
	}
}
