package spec_test

import (
	"math"
	"strings"
	"testing"

	"archc/ir"
	"archc/ir/eval"
)

// tierModel is a decoder with what a tile of 128 x 128 x 64 does not divide, on each axis: 67 rows, weights of 132, 136 and 130 by
// 132 and 136. Weights of 66 are too narrow for a tile, and stay with tensor cores.
func tierModel(t *testing.T) *ir.Module {
	return example(t, "llama", map[string]string{"D": "132", "H": "2", "G": "1", "F": "136", "V": "130", "L": "2"})
}

// wrongOnDemand is a sum of warpgroups that is wrong where PLANTED is in the environment: so a test sees who ran.
const wrongOnDemand = `= sum + (*getenv("PLANTED") ? 0.5f : 0.f);`

// TestCUDATiers: products of many rows in bf16 run on warpgroups where the device has them, and on tensor cores of the first
// tier where it has none; both give what the reference gives.
func TestCUDATiers(t *testing.T) {
	m := tierModel(t)
	hash, err := eval.NewHashWeights(m)
	if err != nil {
		t.Fatal(err)
	}
	w := newRounded(brief{hash})
	files, wrong := cudaFiles(t, m, true), 0
	for name, text := range files {
		if strings.HasSuffix(name, "_product_sm90.cuh") && !strings.HasPrefix(string(text), "// SPDX") {
			files[name] = []byte(strings.Replace(string(text), "= sum;", wrongOnDemand, 1))
			wrong++
		}
	}
	if wrong != 6 { // q, o, gate, up, down and the head; k and v are narrow
		t.Errorf("%d products for warpgroups", wrong)
	}
	e := compileCUDA(t, files, m, w)
	inputs := smallInputs(m, map[string]int{"T": 67})
	j, err := newJudge(t.Context(), m, w, inputs)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		device, planted string
		right           bool
	}{{"sm_80", "1", true}, {"sm_90a", "", true}, {"sm_90a", "1", false}} {
		t.Setenv("SHIM_DEVICE", c.device)
		t.Setenv("PLANTED", c.planted)
		for name, got := range e.run(t, m, inputs, j.full.Outputs) {
			if off := offBy(got, j.full.Outputs[name].Data); off <= 0x1p-7 != c.right {
				t.Errorf("%s on %s, planted %q: off by %.2g of its largest element", name, c.device, c.planted, off)
			} else {
				t.Logf("%s on %s, planted %q: off by %.2g of its largest element", name, c.device, c.planted, off)
			}
		}
	}
}

// offBy is the largest error, of the largest element; what is no number is off by all.
func offBy(got []float32, want []float64) float64 {
	largest, worst := 0.0, 0.0
	for i, x := range want {
		d := math.Abs(x - float64(got[i]))
		if math.IsNaN(d) {
			return math.Inf(1)
		}
		largest, worst = max(largest, math.Abs(x)), max(worst, d)
	}
	return worst / largest
}
