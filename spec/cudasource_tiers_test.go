package spec_test

import (
	"fmt"
	"math"
	"os/exec"
	"regexp"
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

// tierTrial is the model of both tiers, and what it is judged by.
type tierTrial struct {
	m      *ir.Module
	w      *rounded
	files  map[string][]byte
	inputs map[string]*eval.Tensor
	judge  *judge
}

// newTierTrial makes one, of a model that has so many products for warpgroups.
func newTierTrial(t *testing.T, m *ir.Module, rows, products int) tierTrial {
	t.Helper()
	hash, err := eval.NewHashWeights(m)
	if err != nil {
		t.Fatal(err)
	}
	x := tierTrial{m: m, w: newRounded(brief{hash}), files: cudaFiles(t, m, true), inputs: smallInputs(m, map[string]int{"T": rows})}
	if x.judge, err = newJudge(t.Context(), m, x.w, x.inputs); err != nil {
		t.Fatal(err)
	}
	wrong := 0
	for name, text := range x.files {
		if strings.HasSuffix(name, "_product_sm90.cuh") && !strings.HasPrefix(string(text), "// SPDX") {
			wrong++
			x.files[name] = []byte(strings.Replace(string(text), "= sum;", "= sum + 0.5f * planted;", 1))
		}
	}
	if wrong != products {
		t.Errorf("%d products for warpgroups, not %d", wrong, products)
	}
	return x
}

// sees runs an engine and says whether it should be right.
func (x tierTrial) sees(t *testing.T, e *cudaEngine, what string, right bool) {
	t.Helper()
	for name, got := range e.run(t, x.m, x.inputs, x.judge.full.Outputs) {
		if off := offBy(got, x.judge.full.Outputs[name].Data); off <= 0x1p-7 != right {
			t.Errorf("%s on %s: off by %.2g of its largest element", name, what, off)
		} else {
			t.Logf("%s on %s: off by %.2g of its largest element", name, what, off)
		}
	}
}

// expertModel has experts that are chosen by a table, so that no rounding chooses others.
func expertModel(t *testing.T) *ir.Module {
	return compile(t, "experts.arch", `model Experts(D=128, F=128, E=3) {
  favour  : int 9 -> E
  experts : E * Expert
  (x: [T, D], which: int[T]) -> [T, D] {
    p = favour(which)
    r = top[E](p, 2)
    sum[e in r](p[E: e] * experts[e](x))
  }
  block Expert {
    up   : D -> F
    down : F -> D
    (x: [D]) = down(tanh(up(x)))
  }
}
`, nil)
}

// tiers runs an engine as each device. Sums of warpgroups are wrong on demand: so it is seen who ran.
func (x tierTrial) tiers(t *testing.T) {
	t.Helper()
	e := compileCUDA(t, x.files, x.m, x.w, "-O1", `-Dplanted=(*getenv("PLANTED")=='1')`)
	for _, c := range []struct {
		device, planted string
		right           bool
	}{{"sm_80", "1", true}, {"sm_90a", "", true}, {"sm_90a", "1", false}} {
		t.Setenv("SHIM_DEVICE", c.device)
		t.Setenv("PLANTED", c.planted)
		x.sees(t, e, fmt.Sprintf("%s, planted %q", c.device, c.planted), c.right)
	}
}

// TestCUDATiers: products of many rows in bf16 run on warpgroups where the device has them, and on tensor cores of the first
// tier where it has none; both give what the reference gives.
func TestCUDATiers(t *testing.T) {
	t.Run("decoder", func(t *testing.T) {
		newTierTrial(t, tierModel(t), 67, 6).tiers(t) // q, o, gate, up, down and the head; k and v are narrow
	})
	t.Run("experts", func(t *testing.T) {
		newTierTrial(t, expertModel(t), 100, 2).tiers(t) // each has 67 rows on an average
	})
}

// TestCUDATiersOnDevice: the same on a device, where there is one with NVIDIA's compiler. Code for 8.0 runs on all of them.
func TestCUDATiersOnDevice(t *testing.T) {
	nvcc, err := exec.LookPath("nvcc")
	if err != nil {
		t.Skip("no nvcc: nothing runs on a device")
	}
	said, err := exec.Command("nvidia-smi", "--query-gpu=compute_cap", "--format=csv,noheader").Output()
	if err != nil {
		t.Skip("no device that nvidia-smi knows")
	}
	hopper := strings.HasPrefix(string(said), "9.0")
	x := newTierTrial(t, tierModel(t), 67, 6)
	for _, c := range []struct {
		code, planted string
		right         bool
	}{{"80", "1", true}, {"90a", "0", true}, {"90a", "1", false}} {
		if c.code == "90a" && !hopper {
			continue
		}
		e := compileCUDABy(t, x.files, x.m, x.w, []string{nvcc, "-std=c++17", "-O3", "-diag-suppress", "177", "-gencode",
			"arch=compute_" + c.code + ",code=sm_" + c.code, "-Dplanted=" + c.planted, "-x", "cu"})
		x.sees(t, e, "code for sm_"+c.code+", planted "+c.planted, c.right)
	}
}

// TestCUDAHalves: where weights are bf16, all that products of Llama read is stored as bf16 by who writes it, and nobody rounds
// a copy; in float nothing is.
func TestCUDAHalves(t *testing.T) {
	m := example(t, "llama3-8b", nil)
	for _, bf16 := range []bool{true, false} {
		files := cudaSources(t, m, bf16)
		var halves []string
		for _, s := range regexp.MustCompile(`bf16\* (\w+) = reinterpret_cast`).FindAllStringSubmatch(string(files["model.cu"]), -1) {
			halves = append(halves, s[1])
		}
		want := "input_layernorm_mul self_attn l_mul mlp_mul norm_mul"
		if !bf16 {
			want = ""
		}
		if got := strings.Join(halves, " "); got != want {
			t.Errorf("bf16 %t: stores of bf16 are %q, not %q", bf16, got, want)
		}
		for name := range files {
			if strings.HasSuffix(name, "_narrow.cuh") {
				t.Errorf("bf16 %t: there is %s", bf16, name)
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
