package spec_test

import (
	"testing"

	"archc/backends/scalar"
	"archc/ir"
)

// TestEveryScalarFunctionHasAKernel: what a file may call, an engine has. select is the one of three arguments.
func TestEveryScalarFunctionHasAKernel(t *testing.T) {
	for _, f := range ir.Fns() {
		_, one := scalar.Unaries[f.Name]
		_, two := scalar.Binaries[f.Name]
		if one != (f.Arity == 1) || two != (f.Arity == 2) || f.Arity > 2 && f.Name != "select" {
			t.Errorf("%s of %d arguments: in the table of one %v, of two %v", f.Name, f.Arity, one, two)
		}
	}
	if n := len(scalar.Unaries) + len(scalar.Binaries) + 1; n != len(ir.Fns()) {
		t.Errorf("%d kernels of %d functions", n, len(ir.Fns()))
	}
}
