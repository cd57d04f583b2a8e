package spec_test

import (
	"errors"
	"math/rand/v2"
	"regexp"
	"testing"

	"archc/ir"
	"archc/ir/diag"
	"archc/ir/eval"
)

const (
	windowed = "(x: [T, D]) -> [T, D] = attend(x; x, x) { score = sum[D](q*k);  mask = causal & (window(4) | sink(2)) }"
	rotated  = "q, k : D -> W\n(x: [T, D]) -> [T, D] = attend(rope(q(x)); rope(k(x)), tanh(x)) { score = sum[W](q*k);  mask = causal }"
	shifted  = "(x: [T, D]) -> [T, D] = x - cat[T](zeros([1, D]) + 3, x[T: 0..T - 1])"
	filtered = "w : D -> W over T window(3) dilate(2) pad(4, 0)\n(x: [T, D]) -> [T, W] = w(x + 1)"
	summed   = "(x: [T, D]) -> [T, D] = cumsum[T](x)"
	latched  = "(x: [T, D]) -> [T, D] = x - x[T: 0]"
	recurs   = "u : D -> D\n(x: [T, D]) -> [T, D] {\n  last, ys = scan(y in x; h = zeros([D])) { h = tanh(y + u(h) + 1);  yield h }\n  ys\n}"
	largest  = "(x: [T, D]) -> a: [T, D], b: [D] = x, max[T](x)"
	stacked  = `layers : M * Layer
(x: [T, D]) -> [T, D] = layers(x)
block Layer {
  q, k : D -> W
  (x: [T, D]) = x + attend(q(x); tanh(k(x)), tanh(x)) { score = sum[W](q*k);  mask = causal }
}`
	latent = `q      : D -> H N
down   : D -> C
up     : C -> H N
up_v   : C -> H N
N = 8
C = 4 * 1
(x: [T, D]) -> [T, H, N] {
  c = tanh(down(x))
  attend(q(x); up(c), up_v(c)) { score = sum[N](q*k) / sqrt(N);  mask = causal }
}`
)

// plantedSteps are mistakes in derived steps, as edits of their text: each has to be noticed when the pieces are
// compared with the whole, or break a rule of the IR.
var plantedSteps = []struct{ name, body, old, by string }{
	{"a ring one short", windowed, `min\(3, `, "min(2, "},
	{"sinks one short", windowed, `min\(2, `, "min(1, "},
	{"rows behind the sinks are numbered one too low", windowed, `extent -min(.*) \+ past :`, "extent -min$1 + past - 1 :"},
	{"sinks are numbered like the others", windowed, `map select %(\d+), %(\d+), %(\d+) : int`, "map select %$1, %$3, %$3 : int"},
	{"the next sinks are the last rows", windowed, `slice T' from 0 -> T'=min\(2, T \+ past\)`, "slice T' from T - 1 -> T'=min(2, T + past)"},
	{"positions one behind", rotated, `extent past :`, "extent past - 1 :"},
	{"positions counted anew in each piece", rotated, `extent past :`, "extent 0 :"},
	{"new rows before the old ones", rotated, `(concat .* -> T'=T \+ past) (%\d+), (%\d+)`, "$1 $3, $2"},
	{"a cache without its last row", rotated, `(%\d+)( = input a (?s:.*)output a' = )%\d+`, "$1$2$1"},
	{"the row before of the piece before is lost", shifted, `slice T from T ->`, "slice T from 0 ->"},
	{"the front stands one row longer", shifted, `const 1 : int\[\]`, "const 2 : int[]"},
	{"last inputs shifted by one", filtered, `slice T from T ->`, "slice T from T - 1 ->"},
	{"rows before the first are read", filtered, `map ge `, "map le "},
	{"the dilation is forgotten", filtered, `dilate 2`, "dilate 1"},
	{"running sums are those of the rows before", summed, `slice T from 1 ->`, "slice T from 0 ->"},
	{"a running sum that forgets the last rows", summed, `pick T at T`, "pick T at 0"},
	{"the first row of each piece", latched, `map gt `, "map lt "},
	{"the largest of the last piece alone", largest, `map gt `, "map lt "},
	{"a recurrence that keeps what it began with", recurs, `(%\d+)( = input h (?s:.*)output h' = )%\d+`, "$1$2$1"},
	{"every layer has the first one's keys", stacked, `layers\.\{l\}\.k\.weight`, "layers.0.k.weight"},
	{"an absorbed scale", latent, `map div `, "map mul "},
	{"an absorbed map of the values for the keys", latent, `"up_v.weight"`, `"up.weight"`},
}

// TestPlantedSteps asks every planted mistake to be noticed.
func TestPlantedSteps(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for _, c := range plantedSteps {
		m := compile(t, "form.arch", formText(c.body), nil)
		p, fault := derive(t, m)
		if fault != nil {
			t.Fatal(fault)
		}
		honest := *p
		if p.Few != nil {
			honest.Step = p.Few
		}
		honest.Few = nil
		w, err := eval.NewHashWeights(m)
		if err != nil {
			t.Fatal(err)
		}
		inputs := random(r, m, 9)
		sizes := []int{3, 1, 2, 2, 1}
		if d, err := inPieces(m, &honest, w, inputs, sizes); err != nil || d > 1e-12 {
			t.Errorf("%s: without it the pieces differ by %g: %v", c.name, d, err)
		}
		before := ir.Text(honest.Step)
		text := regexp.MustCompile(c.old).ReplaceAllString(before, c.by)
		if text == before {
			t.Errorf("%s: there is no %q in\n%s", c.name, c.old, before)
			continue
		}
		planted := honest
		if planted.Step, err = ir.Parse(diag.NewSource("planted.ir", text)); err == nil {
			err = errors.Join(ir.Verify(planted.Step)...)
		}
		d := 0.0
		if err == nil {
			d, err = inPieces(m, &planted, w, inputs, sizes)
		}
		if err == nil && d <= 1e-12 {
			t.Errorf("%s goes unnoticed:\n%s", c.name, text)
		}
		t.Logf("%-50s %.1e %v", c.name, d, err)
	}
}
