package spec_test

import (
	"fmt"
	"math"
	"testing"

	"archc/backends/checkpoint"
	"archc/backends/gograph"
	"archc/backends/kernel"
	"archc/ir/eval"
	"archc/passes"
	"archc/passes/plan"
)

// rounded are weights rounded to float32: what an engine reads, as the reference reads it.
type rounded struct {
	from eval.Weights
	read map[string][]float64
}

func (r *rounded) Read(key string) ([]int64, []float64, error) {
	shape, data, err := r.from.Read(key)
	out := make([]float64, len(data))
	for i, x := range data {
		out[i] = float64(float32(x))
	}
	return shape, out, err
}

func (r *rounded) Float32s(key string, first int64, dst []float32) error {
	if r.read[key] == nil {
		_, data, err := r.from.Read(key)
		if err != nil {
			return err
		}
		r.read[key] = data
	}
	for i := range dst {
		dst[i] = float32(r.read[key][int(first)+i])
	}
	return nil
}

// single rounds inputs to float32 and gives them as arrays too.
func single(inputs map[string]*eval.Tensor) map[string]gograph.Array {
	out := map[string]gograph.Array{}
	for name, t := range inputs {
		a := gograph.Array{}
		for _, x := range t.Axes {
			a.Axes = append(a.Axes, gograph.Axis{Label: x.Label, Size: x.Size})
		}
		for i, x := range t.Data {
			t.Data[i] = float64(float32(x))
			a.Data = append(a.Data, float32(x))
		}
		out[name] = a
	}
	return out
}

// apart is the largest difference of two arrays, over the largest element.
func apart(t *testing.T, got gograph.Array, want *eval.Tensor) float64 {
	t.Helper()
	w := want
	if len(w.Axes) == len(got.Axes)-1 && got.Axes[0] == (gograph.Axis{Label: eval.Batch, Size: 1}) {
		got.Axes = got.Axes[1:]
	}
	if len(got.Axes) != len(w.Axes) || len(got.Data) != len(w.Data) {
		t.Fatalf("the engine gives %v, the reference %v", got.Axes, w.Axes)
	}
	most, scale := 0.0, 1e-30
	for i, x := range w.Data {
		most = max(most, math.Abs(x-float64(got.Data[i])))
		if math.IsNaN(x) != math.IsNaN(float64(got.Data[i])) {
			return math.Inf(1)
		}
		scale = max(scale, math.Abs(x))
	}
	return most / scale
}

// TestEngineOracle runs every oracle case, whole, on the engine and in the reference.
func TestEngineOracle(t *testing.T) {
	crew := gograph.Crew(2)
	defer crew.Close()
	for _, c := range allOracleCases() {
		t.Run(fmt.Sprint(c.name, " ", c.model), func(t *testing.T) {
			f := c.read(t)
			m := c.module(t, f)
			io, err := checkpoint.Open("oracle/cases/" + c.name + "/io.safetensors")
			if err != nil {
				t.Fatal(err)
			}
			defer io.Close()
			inputs := c.feed(t, m, f, io)
			arrays := single(inputs)
			w := &rounded{hashed{f, c.prefix}, map[string][]float64{}}
			machine, err := eval.New(m, w)
			if err != nil {
				t.Fatal(err)
			}
			want, err := machine.Run(t.Context(), inputs, eval.Options{})
			if err != nil {
				t.Fatal(err)
			}
			m, err = passes.Run(m, false)
			if err != nil {
				t.Fatal(err)
			}
			p, err := plan.Of(m, plan.Options{})
			if err != nil {
				t.Fatal(err)
			}
			engine, err := gograph.New(p, gograph.NewWeights(w, kernel.Float32), crew)
			if err != nil {
				t.Fatal(err)
			}
			got, err := engine.Run(t.Context(), arrays, nil)
			if err != nil {
				t.Fatal(err)
			}
			for name, x := range want.Outputs {
				if d := apart(t, got[name], x); !(d < 1e-5) {
					t.Errorf("output %s: %.1e apart", name, d)
				}
			}
		})
	}
}
