package spec_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"archc/backends/checkpoint"
	"archc/dsl/check"
	"archc/dsl/lower"
	"archc/ir"
	"archc/ir/diag"
	"archc/ir/eval"
)

// testdata is the folder of real checkpoints; without ARCHC_TESTDATA the test is skipped.
func testdata(t *testing.T, elem ...string) string {
	t.Helper()
	root := os.Getenv("ARCHC_TESTDATA")
	if root == "" {
		t.Skip("ARCHC_TESTDATA is not set: no real checkpoints")
	}
	return filepath.Join(append([]string{root}, elem...)...)
}

// example lowers a file of ../examples with settings; a mistake in it fails the test.
func example(t testing.TB, name string, settings map[string]string) *ir.Module {
	t.Helper()
	text, err := os.ReadFile("../examples/" + name + ".arch")
	if err != nil {
		t.Fatal(err)
	}
	return compile(t, name+".arch", string(text), settings)
}

// compile lowers a source; its imports are examples.
func compile(t testing.TB, name, text string, settings map[string]string) *ir.Module {
	t.Helper()
	return compileModel(t, name, text, lower.Options{Settings: settings})
}

func compileModel(t testing.TB, name, text string, opt lower.Options) *ir.Module {
	t.Helper()
	prog, list := check.Load(diag.NewSource(name, text), func(n string) (*diag.Source, error) {
		b, err := os.ReadFile("../examples/" + n + ".arch")
		return diag.NewSource(n+".arch", string(b)), err
	})
	var m *ir.Module
	if list.Empty() {
		m, list = lower.Lower(prog, opt)
	}
	if !list.Empty() {
		var b strings.Builder
		_ = diag.Human(&b, list.All)
		t.Fatalf("%s does not compile:\n%s", name, b.String())
	}
	if errs := ir.Verify(m); len(errs) > 0 {
		t.Fatalf("%s lowers to IR that breaks its rules: %v", name, errs)
	}
	again, err := ir.Parse(diag.NewSource(name+".ir", ir.Text(m)))
	if err == nil {
		err = ir.Equal(m, again)
	}
	if err != nil {
		t.Fatalf("%s: the IR's text does not read back as the same module: %v", name, err)
	}
	return m
}

// weights reads a checkpoint's tensors in float64.
type weights struct{ c *checkpoint.Checkpoint }

func (w weights) Read(key string) ([]int64, []float64, error) {
	data, err := w.c.Float64s(key, nil)
	if err != nil {
		return nil, nil, err
	}
	x, _ := w.c.Lookup(key)
	return x.Shape, data, nil
}

func openWeights(t *testing.T, dir string) weights {
	t.Helper()
	c, err := checkpoint.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return weights{c}
}

func run(t testing.TB, m *ir.Module, w eval.Weights, inputs map[string]*eval.Tensor, opt eval.Options) *eval.Result {
	t.Helper()
	machine, err := eval.New(m, w)
	if err != nil {
		t.Fatal(err)
	}
	res, err := machine.Run(context.Background(), inputs, opt)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// ids makes a tokens input of one sequence.
func ids(label string, ids []int) *eval.Tensor {
	x := &eval.Tensor{Kind: ir.Int, Axes: []eval.Axis{{Label: label, Size: len(ids)}}}
	for _, id := range ids {
		x.Data = append(x.Data, float64(id))
	}
	return x
}
