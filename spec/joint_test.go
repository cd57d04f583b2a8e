package spec_test

import (
	"strings"
	"testing"

	"archc/passes/cost"
)

const chosenExperts = `
model M(D=8, E=4, F=6) {
  gate    : D -> E
  experts : E * Expert
  (x: [T, D]) -> [T, D] = sum[e in top[E](gate(x), 2)](experts[e](x))
  block Expert {
    up   : D -> F with bias
    down : F -> D
    (x: [D]) = down(relu(up(x)))
  }
}`

// TestJointCounts: whether experts have their tensors together or apart, there are as many parameters, one token uses
// as many of them, and the work is the same.
func TestJointCounts(t *testing.T) {
	apart := report(t, compile(t, "m.arch", chosenExperts, nil), cost.Exact)
	joint := report(t, compile(t, "m.arch", strings.Replace(chosenExperts, "E * Expert", "[E] Expert", 1), nil), cost.Exact)
	const expert = 8*6 + 6 + 6*8
	if total, active := apart.Parameters.Total.Int64(), apart.Parameters.Active.Int64(); total != 4*8+4*expert || active != 4*8+2*expert {
		t.Errorf("apart: %d parameters, %d active", total, active)
	}
	if joint.Parameters.Total.Cmp(apart.Parameters.Total) != 0 || joint.Parameters.Active.Cmp(apart.Parameters.Active) != 0 {
		t.Errorf("together: %s parameters, %s active; apart %s and %s", joint.Parameters.Total, joint.Parameters.Active,
			apart.Parameters.Total, apart.Parameters.Active)
	}
	if joint.Formulas["flops.forward"] != apart.Formulas["flops.forward"] {
		t.Errorf("together: %s, apart %s", joint.Formulas["flops.forward"], apart.Formulas["flops.forward"])
	}
}
