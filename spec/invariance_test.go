package spec_test

import (
	"math"
	"math/big"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"archc/backends/checkpoint"
	"archc/dsl/lower"
	"archc/ir"
	"archc/ir/diag"
	"archc/ir/eval"
	"archc/passes/cost"
)

// smallDims are for examples that no oracle case makes small.
var smallDims = map[string]map[string]string{
	"g2p-gru":   {"U": "6", "X": "9", "V": "7"},
	"mnist":     {},
	"nano-sort": {},
}

// sized is an example at small dims, with weights and inputs.
type sized struct {
	file    string
	opt     lower.Options
	weights func(m *ir.Module) (eval.Weights, error)
	inputs  func(t *testing.T, m *ir.Module) map[string]*eval.Tensor
}

// sizedExamples makes an example small: as its oracle cases do; as those of the example that it varies do, whose
// parameters are its own too; or by smallDims.
func sizedExamples(t *testing.T, name string) []sized {
	t.Helper()
	var out []sized
	for _, c := range allOracleCases() {
		if c.file == name {
			out = append(out, c.sized(t, name, nil))
		}
	}
	if len(out) > 0 {
		return out
	}
	if dims, ok := smallDims[name]; ok {
		return append(out, sized{file: name, opt: lower.Options{Settings: dims},
			weights: func(m *ir.Module) (eval.Weights, error) { return eval.NewHashWeights(m) },
			inputs:  func(_ *testing.T, m *ir.Module) map[string]*eval.Tensor { return smallInputs(m, nil) }})
	}
	bases := imports(t, name)
	for _, model := range models(t, name) {
		for _, c := range allOracleCases() {
			if !slices.Contains(bases, c.file) {
				continue
			}
			x := c.sized(t, name, &model)
			m, list := lower.Lower(program(t, name), x.opt)
			if list.Empty() && c.stores(t, m, c.read(t)) { // not a case of another model of that file
				out = append(out, x)
				break
			}
		}
	}
	if len(out) < len(models(t, name)) {
		t.Errorf("of %d models %d are made small", len(models(t, name)), len(out))
	}
	return out
}

// sized is an example as an oracle case makes it small; a variant has a model of its own.
func (c oracleCase) sized(t *testing.T, example string, model *string) sized {
	t.Helper()
	f := c.read(t)
	x := sized{file: example, opt: c.options(t, f, program(t, c.file))}
	if model != nil {
		x.opt.Model = *model
	}
	x.weights = func(*ir.Module) (eval.Weights, error) { return hashed{f, c.prefix}, nil }
	x.inputs = func(t *testing.T, m *ir.Module) map[string]*eval.Tensor {
		io, err := checkpoint.Open("oracle/cases/" + c.name + "/io.safetensors")
		if err != nil {
			t.Fatal(err)
		}
		defer io.Close()
		return c.feed(t, m, f, io)
	}
	return x
}

// stores says whether the case has every tensor that a module reads.
func (c oracleCase) stores(t *testing.T, m *ir.Module, f *caseFile) bool {
	t.Helper()
	shapes, err := eval.StoredShapes(m)
	if err != nil {
		t.Fatal(err)
	}
	for key := range shapes {
		if f.Weights.Shapes[f.stored(c.prefix, key)] == nil {
			return false
		}
	}
	return true
}

// TestNamesMeanNothing renames every model, block, field, parameter, dim, function and local of every example, with the
// library moved into it: IR, counts and every bit of the outputs stay what they are.
func TestNamesMeanNothing(t *testing.T) {
	files, err := filepath.Glob("../examples/*.arch")
	if err != nil || len(files) < 50 {
		t.Fatal(len(files), "examples", err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".arch")
		t.Run(name, func(t *testing.T) {
			all := sizedExamples(t, name)
			if len(all) == 0 {
				t.Fatalf("nothing says at which dims %s is small: give it an oracle case, or a row in smallDims", name)
			}
			done := map[string]bool{}
			for _, x := range all {
				if done[x.opt.Model] {
					continue // another case of the same model
				}
				done[x.opt.Model] = true
				x.sameUnderOtherNames(t)
			}
		})
	}
}

func (x sized) sameUnderOtherNames(t *testing.T) {
	t.Helper()
	lowered := func(opt lower.Options, load func() (*ir.Module, *diag.List)) *ir.Module {
		m, list := load()
		if !list.Empty() {
			var b strings.Builder
			_ = diag.Human(&b, list.All)
			t.Fatalf("%s %v:\n%s", opt.Model, opt.Settings, b.String())
		}
		return m
	}
	before := lowered(x.opt, func() (*ir.Module, *diag.List) { return lower.Lower(program(t, x.file), x.opt) })
	r := newRenaming(t)
	prog := r.program(t, x.file)
	opt := lower.Options{Model: r.of(before.Name), Settings: map[string]string{}}
	for name, v := range x.opt.Settings {
		if r.names[name] != "" || !r.language[name] { // train is a setting that nobody declares
			name = r.of(name)
		}
		opt.Settings[name] = v
	}
	after := lowered(opt, func() (*ir.Module, *diag.List) { return lower.Lower(prog, opt) })
	if len(r.names) < 10 {
		t.Errorf("%d names were found", len(r.names))
	}
	if diff := firstDifference(lines(ir.Text(before)), lines(r.original(ir.Text(after)))); diff != "" {
		t.Errorf("the IR depends on a name:\n%s", diff)
	}
	sameReports(t, r, before, after)
	sameStates(t, r, before, after)
	x.sameOutputs(t, r, before, after)
}

// sameReports compares parameters, and the formulas by their values at a few sizes: terms stand in the order of names.
func sameReports(t *testing.T, r *renaming, before, after *ir.Module) {
	t.Helper()
	a, b := report(t, before, cost.Exact), report(t, after, cost.Exact)
	equal := func(what string, x, y *big.Int) {
		t.Helper()
		if (x == nil) != (y == nil) || x != nil && x.Cmp(y) != 0 {
			t.Errorf("%s: %s, renamed %s", what, x, y)
		}
	}
	equal("parameters", a.Parameters.Total, b.Parameters.Total)
	equal("buffers", a.Parameters.Buffers, b.Parameters.Buffers)
	equal("active parameters", a.Parameters.Active, b.Parameters.Active)
	if limit := big.NewInt(5_000_000); a.Parameters.Total.Cmp(limit) > 0 {
		t.Errorf("%s parameters: the dims are not small", a.Parameters.Total)
	}
	for _, base := range []int64{2, 5, 11} {
		sizes, renamed := map[string]int64{}, map[string]int64{b.Batch: base}
		for i, name := range a.Free {
			sizes[name] = base + int64(i)*3
			if name == a.Batch {
				sizes[name] = base
			} else {
				renamed[r.of(name)] = sizes[name]
			}
		}
		x, errX := a.At(sizes)
		y, errY := b.At(renamed)
		if (errX == nil) != (errY == nil) {
			t.Fatalf("at %v: %v, renamed %v", sizes, errX, errY)
		}
		if errX != nil {
			continue
		}
		equal("contractions", x.Contraction, y.Contraction)
		equal("elementwise", x.Elementwise, y.Elementwise)
		if len(x.Pairs) != len(y.Pairs) {
			t.Fatalf("%d attends, then %d", len(x.Pairs), len(y.Pairs))
		}
		for i := range x.Pairs {
			equal("pairs", x.Pairs[i], y.Pairs[i])
		}
	}
}

// sameStates compares what both keep from token to token: kinds and sizes, in the same order.
func sameStates(t *testing.T, r *renaming, before, after *ir.Module) {
	t.Helper()
	a, why := derive(t, before)
	b, whyToo := derive(t, after)
	if (why == nil) != (whyToo == nil) {
		t.Fatalf("steps: %v, renamed %v", why, whyToo)
	}
	if why != nil {
		return
	}
	if len(a.States) != len(b.States) {
		t.Fatalf("%d states, renamed %d", len(a.States), len(b.States))
	}
	for i := range a.States {
		x, y := &a.States[i], &b.States[i]
		sizes, renamed := map[string]int64{a.Past: 7}, map[string]int64{b.Past: 7}
		for k, name := range x.Elements().Frees() {
			if name != a.Past {
				sizes[name] = int64(11 + k)
				renamed[r.of(name)] = sizes[name]
			}
		}
		n, known := x.Elements().Eval(sizes)
		m, knownToo := y.Elements().Eval(renamed)
		if x.Kind != y.Kind || known != knownToo || known && n.Cmp(m) != 0 {
			t.Errorf("state %s is a %s of %s numbers, renamed a %s of %s", x.In, x.Kind, x.Elements(), y.Kind, y.Elements())
		}
	}
}

// sameOutputs runs both on the same weights and inputs and compares every bit.
func (x sized) sameOutputs(t *testing.T, r *renaming, before, after *ir.Module) {
	t.Helper()
	w, err := x.weights(before)
	if err != nil {
		t.Fatal(err)
	}
	inputs, renamed := x.inputs(t, before), map[string]*eval.Tensor{}
	for name, in := range inputs {
		other := &eval.Tensor{Kind: in.Kind, Data: in.Data}
		for _, axis := range in.Axes {
			word, _, _ := strings.Cut(axis.Label, ".")  // L.2 is another L
			if label, isName := r.names[word]; isName { // not the batch, nor a number
				axis.Label = label + strings.TrimPrefix(axis.Label, word)
			}
			other.Axes = append(other.Axes, axis)
		}
		parts := strings.Split(name, ".") // a draw is named by the fields that lead to it
		for i, p := range parts {
			parts[i] = r.of(p)
		}
		renamed[strings.Join(parts, ".")] = other
	}
	a := run(t, before, w, inputs, eval.Options{})
	b := run(t, after, renamedWeights{r, w}, renamed, eval.Options{})
	if a.Counts.Contraction != b.Counts.Contraction || a.Counts.Elementwise != b.Counts.Elementwise {
		t.Errorf("counted work differs: %v and %v", a.Counts, b.Counts)
	}
	if len(a.Outputs) == 0 || len(a.Outputs) != len(b.Outputs) {
		t.Fatalf("%d outputs, then %d", len(a.Outputs), len(b.Outputs))
	}
	for name, got := range b.Outputs {
		want := a.Outputs[r.original(name)]
		if want == nil || !slices.EqualFunc(want.Data, got.Data, func(x, y float64) bool {
			return math.Float64bits(x) == math.Float64bits(y)
		}) {
			t.Errorf("output %s is another one under the name %s", r.original(name), name)
		}
	}
}

// lines are those of an IR's text; the dims table is in the order of its labels, so it is sorted again.
func lines(text string) []string {
	out := strings.Split(text, "\n")
	slices.SortStableFunc(out, func(a, b string) int {
		if strings.HasPrefix(a, "dim ") && strings.HasPrefix(b, "dim ") {
			return strings.Compare(a, b)
		}
		return 0
	})
	return out
}

func firstDifference(a, b []string) string {
	for i := range max(len(a), len(b)) {
		switch {
		case i >= len(a):
			return "+ " + b[i]
		case i >= len(b):
			return "- " + a[i]
		case a[i] != b[i]:
			return "- " + a[i] + "\n+ " + b[i]
		}
	}
	return ""
}
