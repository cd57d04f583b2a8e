package spec_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"archc/backends/checkpoint"
	"archc/dsl/check"
	"archc/dsl/lower"
	"archc/ir"
	"archc/ir/diag"
	"archc/ir/eval"
)

// oracleCase compares an example file with an independent float64 implementation (spec/oracle): the same stated
// weights, the same inputs, every listed output.
type oracleCase struct {
	name     string            // folder of spec/oracle/cases
	file     string            // the example, without .arch
	model    string            // "" for the file's default
	settings map[string]string // beside, or instead of, what the case's configuration says
	inputs   map[string]string // ours: theirs, where the names differ
	outputs  map[string]string // ours: theirs
	prefix   string            // stands before our keys in the case's
	single   bool              // the stored inputs have no batch axis
	once     []string          // of ours, inputs that have none though the others have one
	batchAt  map[string]int    // of ours, where the batch stands in the stored one, if not in front
	limit    float64           // of the largest difference, relative to the largest output; 0 is 1e-9
	why      string            // where it is not 1e-9
}

type caseFile struct {
	Config   json.RawMessage
	Settings map[string]any
	Weights  struct {
		Rules  [][3]any
		Shapes map[string][]int64
	}
	Inputs map[string][]int64 // inputs that follow the rules and are not stored
}

// hashed gives the case's stored tensors by its rules: center + scale * Hash(key, i).
type hashed struct {
	c      *caseFile
	prefix string
}

// stored is what the case calls a key of ours: with the prefix, which what stands behind the base model may lack.
func (f *caseFile) stored(prefix, key string) string {
	if _, ok := f.Weights.Shapes[prefix+key]; !ok {
		return key
	}
	return prefix + key
}

func (h hashed) Read(key string) ([]int64, []float64, error) {
	key = h.c.stored(h.prefix, key)
	shape, ok := h.c.Weights.Shapes[key]
	if !ok {
		return nil, nil, fmt.Errorf("the case stores no %s", key)
	}
	return h.make(key, shape)
}

// make gives a tensor of the stated shape by the rules.
func (h hashed) make(key string, shape []int64) ([]int64, []float64, error) {
	for _, r := range h.c.Weights.Rules {
		if !fits(r[0].(string), key) {
			continue
		}
		n := int64(1)
		for _, d := range shape {
			n *= d
		}
		data := make([]float64, n)
		for i := range data {
			data[i] = r[1].(float64) + r[2].(float64)*eval.Hash(key, i)
		}
		return shape, data, nil
	}
	return nil, nil, fmt.Errorf("no rule for %s", key)
}

// fits compares a key with a pattern in which * stands for any characters.
func fits(pattern, key string) bool {
	parts := strings.Split(pattern, "*")
	if !strings.HasPrefix(key, parts[0]) {
		return false
	}
	if len(parts) == 1 {
		return key == pattern
	}
	rest := key[len(parts[0]):]
	for _, p := range parts[1 : len(parts)-1] {
		at := strings.Index(rest, p)
		if at < 0 {
			return false
		}
		rest = rest[at+len(p):]
	}
	return strings.HasSuffix(rest, parts[len(parts)-1])
}

func (c oracleCase) read(t *testing.T) *caseFile {
	t.Helper()
	text, err := os.ReadFile("oracle/cases/" + c.name + "/case.json")
	if err != nil {
		t.Fatal(err)
	}
	var out caseFile
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return &out
}

// module lowers the example with the case's configuration and settings.
func (c oracleCase) module(t *testing.T, f *caseFile) *ir.Module {
	t.Helper()
	prog := program(t, c.file)
	m, list := lower.Lower(prog, c.options(t, f, prog))
	if !list.Empty() {
		var b strings.Builder
		_ = diag.Human(&b, list.All)
		t.Fatalf("%s does not compile:\n%s", c.file, b.String())
	}
	if errs := ir.Verify(m); len(errs) > 0 {
		t.Fatalf("%s lowers to IR that breaks its rules: %v", c.file, errs)
	}
	return m
}

// options are the case's model, and its parameters by the configuration and the settings.
func (c oracleCase) options(t *testing.T, f *caseFile, prog *check.Program) lower.Options {
	t.Helper()
	opt := lower.Options{Model: c.model, Settings: map[string]string{}}
	if len(f.Config) > 0 && string(f.Config) != "null" && len(prog.Bindings) > 0 {
		arch, fields := flatConfig(t, string(f.Config))
		model, settings, list := lower.Configure(prog, c.model, arch, fields)
		if err := list.Err(); err != nil {
			t.Fatal(err)
		}
		opt.Model, opt.Settings = model, settings
	}
	maps.Copy(opt.Settings, c.settings)
	return opt
}

// feed makes the module's inputs of the stored ones, with a batch axis in front unless the case is single.
func (c oracleCase) feed(t *testing.T, m *ir.Module, f *caseFile, io *checkpoint.Checkpoint) map[string]*eval.Tensor {
	t.Helper()
	out := map[string]*eval.Tensor{}
	for _, in := range m.Inputs {
		theirs := in.Name
		if n, ok := c.inputs[in.Name]; ok {
			theirs = n
		}
		stored, ok := io.Lookup("input." + theirs)
		shape := stored.Shape
		var data []float64
		var err error
		if made := f.Inputs["input."+theirs]; made != nil {
			ok = true
			shape, data, err = hashed{f, ""}.make("input."+theirs, made)
		} else if ok {
			data, err = io.Float64s(stored.Name, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			if in.Node.Attr.(*ir.InputAttr).Default == nil {
				t.Fatalf("the case has no input %s for %s", theirs, in.Name)
			}
			continue
		}
		x := &eval.Tensor{Kind: in.Type().Kind, Data: data}
		labels := in.Type().Labels()
		if !c.single && !slices.Contains(c.once, in.Name) {
			labels = slices.Insert(labels, c.batchAt[in.Name], eval.Batch)
		}
		if len(labels) != len(shape) {
			t.Fatalf("input %s has axes %v, stored is %v", in.Name, labels, shape)
		}
		for i, l := range labels {
			x.Axes = append(x.Axes, eval.Axis{Label: l, Size: int(shape[i])})
		}
		out[in.Name] = x
	}
	return out
}

// allOracleCases are the cases of every family.
func allOracleCases() []oracleCase {
	return slices.Concat(decoderCases, encoderCases, recurrentCases, translationCases, memoryCases, expertCases)
}

// compared keeps what compare found, because the README's table asks for the same cases as TestOracle.
var compared = map[string]float64{}

// compare runs the case and gives the largest relative difference of its outputs.
func (c oracleCase) compare(t *testing.T) float64 {
	t.Helper()
	key := fmt.Sprint(c.name, c.model, c.settings)
	if d, ok := compared[key]; ok {
		return d
	}
	f := c.read(t)
	m := c.module(t, f)
	io, err := checkpoint.Open("oracle/cases/" + c.name + "/io.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	defer io.Close()
	c.sameKeys(t, m, f)
	inputs := c.feed(t, m, f, io)
	res := run(t, m, hashed{f, c.prefix}, inputs, eval.Options{})
	sameWork(t, m, inputs, res.Counts)
	worst := 0.0
	for ours, theirs := range c.outputs {
		want, err := io.Float64s("output."+theirs, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := res.Outputs[ours]
		if got == nil {
			t.Fatalf("no output %s", ours)
		}
		d := relative(c.asStored(t, ours, got), want)
		if limit := max(c.limit, 1e-9); d > limit {
			t.Errorf("output %s differs from %s by %g of the largest, at most %g is allowed", ours, theirs, d, limit)
		}
		worst = max(worst, d)
	}
	compared[key] = worst
	return worst
}

// sameKeys asks the module to read exactly the tensors that the implementation stores, with their shapes.
func (c oracleCase) sameKeys(t *testing.T, m *ir.Module, f *caseFile) {
	t.Helper()
	shapes, err := eval.StoredShapes(m)
	if err != nil {
		t.Fatal(err)
	}
	for key, shape := range shapes {
		if want := f.Weights.Shapes[f.stored(c.prefix, key)]; !slices.Equal(shape, want) {
			t.Errorf("%s is %v here, %v in the case", key, shape, want)
		}
	}
	for key := range f.Weights.Shapes {
		if _, ok := shapes[strings.TrimPrefix(key, c.prefix)]; !ok && !slices.Contains(notRead, key) {
			t.Errorf("the case stores %s, which the module does not read", key)
		}
	}
}

// notRead are keys that some class stores a second time or never reads.
var notRead = []string{
	"lstm.bias_hh_l0", "lstm.bias_hh_l1", // zero in the case: one bias a gate
}

func TestOracle(t *testing.T) {
	for _, c := range allOracleCases() {
		t.Run(c.name, func(t *testing.T) {
			if c.limit != 0 && c.why == "" {
				t.Error("a limit of its own needs a reason")
			}
			t.Logf("largest relative difference %.1e", c.compare(t))
		})
	}
}
