package spec_test

import (
	"flag"
	"math"
	"os"
	"regexp"
	"strconv"
	"testing"

	"archc/backends/kernel"
	"archc/ir"
)

var every = flag.Int("every", 4093, "measure functions of one number at every such float32; 1 is all of them")

// rough are the functions that are not rounded correctly, and how far they may be from the value in units in the last
// place.
var rough = map[string]float64{"exp": 2, "log": 2, "rsqrt": 2, "sin": 2, "cos": 2, "tanh": 3, "erf": 3, "pow": 1}

// documented reads the largest error that the documentation of a vector function states, 0.5 where it states none.
func documented(t *testing.T, name string) float64 {
	t.Helper()
	text, err := os.ReadFile("../backends/kernel/vector_map.go")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?i)// ` + name + ` is .*\n// Its error is at most ([0-9.]+) units in the last place`).FindSubmatch(text)
	if m == nil {
		return 0.5
	}
	bound, err := strconv.ParseFloat(string(m[1]), 64)
	if err != nil {
		t.Fatal(err)
	}
	return bound
}

// TestVectorAccuracy measures the largest error of each function of one number over all float32, or with -every over
// some of them, and holds it to what the documentation says: the error is never larger, and over all of them not
// smaller by more than 0.02.
func TestVectorAccuracy(t *testing.T) {
	const block = 1 << 12
	x, y := make([]float32, 0, block), make([]float32, block)
	for _, fn := range ir.Fns() {
		if fn.Arity != 1 {
			continue
		}
		t.Run(fn.Name, func(t *testing.T) {
			bound := documented(t, fn.Name)
			if limit, ok := rough[fn.Name]; ok && bound > limit || !ok && bound != 0.5 {
				t.Errorf("%.2f units in the last place are documented", bound)
			}
			worst, arg := 0.0, make([]float64, 1)
			var at float32
			measure := func() {
				vectors[fn.Name].of1(y[:len(x)], x)
				for i, v := range x {
					arg[0] = float64(v)
					want := fn.Eval(arg)
					if math.Float32bits(y[i]) == math.Float32bits(float32(want)) {
						continue // right, and cheap to see
					}
					if d := distance(y[i], want); d > worst {
						worst, at = d, v
					}
				}
				x = x[:0]
			}
			for bits := uint64(0); bits < 1<<32; bits += uint64(*every) {
				x = append(x, math.Float32frombits(uint32(bits)))
				if len(x) == block {
					measure()
				}
			}
			measure()
			t.Logf("%s: %.3f units in the last place, at %v", fn.Name, worst, at)
			if worst > bound || *every == 1 && kernel.Machine() != "portable" && bound != 0.5 && worst < bound-0.02 {
				t.Errorf("%s(%v) is off by %.3f units in the last place, documented are %.2f", fn.Name, at, worst, bound)
			}
		})
	}
}
