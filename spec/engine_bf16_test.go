package spec_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"archc/backends/gograph"
	"archc/backends/kernel"
	"archc/dsl/lower"
	"archc/ir/eval"
)

// brief are weights rounded to bfloat16, to the nearest, ties to even.
type brief struct{ from eval.Weights }

func (w brief) Read(key string) ([]int64, []float64, error) {
	shape, data, err := w.from.Read(key)
	out := make([]float64, len(data))
	for i, x := range data {
		bits := math.Float32bits(float32(x))
		bits += 0x7fff + bits>>16&1
		out[i] = float64(math.Float32frombits(bits &^ 0xffff))
	}
	return shape, out, err
}

// TestEngineBFloat16: weights that are bfloat16 already are packed as such without a loss, so that the contract is that of
// float32, and every bit is that of the same weights packed as float32.
func TestEngineBFloat16(t *testing.T) {
	crew := gograph.Crew(2)
	defer crew.Close()
	for _, c := range bitsCases {
		t.Run(c.file, func(t *testing.T) {
			m, list := lower.Lower(program(t, c.file), lower.Options{Model: c.model, Settings: c.dims})
			if err := list.Err(); err != nil {
				t.Fatal(err)
			}
			hash, err := eval.NewHashWeights(m)
			if err != nil {
				t.Fatal(err)
			}
			w, inputs := newRounded(brief{hash}), drawnInputs(m, rand.New(rand.NewPCG(5, 4)), 2, 19)
			j, err := newJudge(t.Context(), m, w, inputs)
			if err != nil {
				t.Fatal(err)
			}
			plans, err := plansOf(m)
			if err != nil {
				t.Fatal(err)
			}
			var got [2]map[string]gograph.Array
			for k, element := range []kernel.Element{kernel.Float32, kernel.BFloat16} {
				engine, err := gograph.New(plans.whole, gograph.NewWeights(w, element), crew)
				if err != nil {
					t.Fatal(err)
				}
				if got[k], err = engine.Run(t.Context(), arrays(inputs), nil); err != nil {
					t.Fatal(err)
				}
				for name := range j.full.Outputs {
					j.sees(name, got[k][name])
				}
			}
			if err := j.broken(); err != nil {
				t.Error(err)
			}
			for name, x := range got[0] {
				if !sameBits(x, got[1][name]) {
					t.Errorf("output %s has other bits", name)
				}
			}
		})
	}
}
