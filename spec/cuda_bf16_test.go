package spec_test

import (
	"math"
	"testing"

	"archc/ir/eval"
)

// briefUnit is the largest relative error of one rounding to bfloat16, which has eight binary digits.
const briefUnit = 1.0 / (1 << 8)

// eight rounds to bfloat16, to the nearest, ties to even.
func eight(x float64) float64 {
	bits := math.Float32bits(float32(x))
	if math.IsNaN(x) {
		return x
	}
	bits += 0x7fff + bits>>16&1
	return float64(math.Float32frombits(bits &^ 0xffff))
}

// inBFloat16 is the contract of an engine whose products take bf16: the plainest graph rounds what is multiplied, and adds up
// in float32.
var inBFloat16 = &contract{plain: eval.Options{Round: single, Factors: eight}, error: briefUnit / 2, squares: briefUnit * briefUnit / 4,
	nats: briefUnit * briefUnit / 4, times: 4}

// briefCases are the oracle cases that are always run in bf16. Between them they have every kind of product, attention,
// normalizer, router, recurrence and convolution that cases have; -cuda-bf16=all runs the others too.
var briefCases = []string{
	"gpt2 ", "llama ", "gemma2 ", "alignments ", "distributions ", "t5 ", "longformer ", "mixtral ", "deepseek-v3 ", "deepseek-v2 ",
	"lstm-bidirectional BidirectionalLSTMs", "alexnet-narrow ", "rnnsearch-50 ", "bytenet ", "convs2s ", "moe-lstm-2017 ",
	"gshard GshardLayer", "switch-capacity ",
}

// briefly is the case with weights that are bf16 already. Rounded to eight digits a router's scores may choose other experts,
// and errors as large as the output are nobody's fault: of some draws of weights it takes the first for which the plainest
// graph is near the reference.
func (c *engineCase) briefly(t *testing.T) *engineCase {
	t.Helper()
	for k := range uint64(manyDraws) {
		x := *c
		x.first = k
		x.narrow = func(w eval.Weights) eval.Weights { return brief{w} }
		x.w = x.draw(0)
		x.truth = &judge{keeps: inBFloat16}
		if err := x.truth.other(t.Context(), x.m, x.w, x.inputs); err != nil {
			t.Fatal(err)
		}
		if x.truth.plainError() <= 1.0/16 {
			return &x
		}
	}
	t.Fatalf("%s: of %d draws the plainest graph in bf16 is near the reference in none", c.name, manyDraws)
	return nil
}

// plainError is the largest error of the plainest graph in any output, of the output's largest element.
func (j *judge) plainError() float64 {
	worst := 0.0
	for name, x := range j.full.Outputs {
		most, largest := 0.0, 0.0
		for i, v := range x.Data {
			if d := math.Abs(j.naive.Outputs[name].Data[i] - v); !math.IsNaN(d) && !math.IsInf(d, 0) {
				most, largest = max(most, d), max(largest, math.Abs(v))
			}
		}
		if most > 0 {
			worst = max(worst, most/largest)
		}
	}
	return worst
}
