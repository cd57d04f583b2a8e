package spec_test

import (
	"context"
	"fmt"
	"math"

	"archc/backends/gograph"
	"archc/ir"
	"archc/ir/eval"
)

// unit is the largest relative error of one rounding to float32.
const unit = 1.0 / (1 << 24)

func single(x float64) float64 { return float64(float32(x)) }

// judge holds what an engine gives to the contract of spec/numerics.md: it has the outputs in float64, and those of the
// plainest graph in float32, which is the reference with every number of a node rounded.
type judge struct {
	full  *eval.Result
	naive *eval.Result
	worst verdict
}

// verdict is the output that comes nearest to what the contract allows, or goes beyond it.
type verdict struct {
	Output string
	Rule   string
	Share  float64 // of what is allowed; above 1 the contract is broken
	Error  float64 // the largest error of the output, of its largest element
}

func (v verdict) String() string {
	return fmt.Sprintf("%s: %.2f of the allowed %s, %.1e of the largest element", v.Output, v.Share, v.Rule, v.Error)
}

func newJudge(ctx context.Context, m *ir.Module, w eval.Weights, inputs map[string]*eval.Tensor) (*judge, error) {
	machine, err := eval.New(m, w)
	if err != nil {
		return nil, err
	}
	j := &judge{}
	if j.full, err = machine.Run(ctx, inputs, eval.Options{}); err == nil {
		j.naive, err = machine.Run(ctx, inputs, eval.Options{Round: single})
	}
	return j, err
}

// sees takes an output, all of it.
func (j *judge) sees(name string, got gograph.Array) {
	for _, v := range judged(got.Data, j.full.Outputs[name], j.naive.Outputs[name]) {
		v.Output = name
		if v.Share > j.worst.Share || math.IsNaN(v.Share) || j.worst.Output == "" {
			j.worst = v
		}
	}
}

// broken is the verdict as an error, nil where the contract holds.
func (j *judge) broken() error {
	if j.worst.Share <= 1 {
		return nil
	}
	return fmt.Errorf("%s", j.worst)
}

// judged compares an output with the truth by each rule that is about outputs.
func judged(got []float32, want, naive *eval.Tensor) []verdict {
	rule := func(name string, share, e float64) verdict { return verdict{Rule: name, Share: share, Error: e} }
	broken := math.Inf(1)
	if want == nil || len(got) != len(want.Data) {
		return []verdict{rule("shape", broken, broken)}
	}
	most, plain, largest, square, power := 0.0, 0.0, 0.0, 0.0, 0.0
	for i, x := range want.Data {
		y := float64(got[i])
		switch {
		case math.IsNaN(x) || math.IsInf(x, 0):
			if !(math.IsNaN(x) && math.IsNaN(y) || x == y) {
				return []verdict{rule("infinity or NaN of the reference", broken, broken)}
			}
			continue
		case math.IsNaN(y) || math.IsInf(y, 0):
			return []verdict{rule("number", broken, broken)}
		}
		most, plain = max(most, math.Abs(y-x)), max(plain, math.Abs(naive.Data[i]-x))
		largest = max(largest, math.Abs(x))
		square, power = square+(y-x)*(y-x), power+x*x
	}
	share := func(e, allowed float64) float64 {
		if e == 0 {
			return 0
		}
		return e / allowed
	}
	e := share(most, largest)
	if want.Kind != ir.Real {
		return []verdict{rule("bits of whole numbers", share(most, 0), e)}
	}
	return []verdict{
		rule("error", share(most, 2*plain+4*unit*largest), e),
		rule("mean square error", share(square, 1e-10*power), e),
	}
}
