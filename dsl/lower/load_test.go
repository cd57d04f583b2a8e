package lower_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"archc/dsl/check"
	"archc/dsl/lower"
	"archc/ir"
	"archc/ir/diag"
	"archc/ir/eval"
)

// load lowers a source; an import opens a file of ../../examples.
func load(text string, opt lower.Options) (*ir.Module, *diag.List) {
	prog, list := check.Load(diag.NewSource("test.arch", text), func(name string) (*diag.Source, error) {
		b, err := os.ReadFile("../../examples/" + name + ".arch")
		return diag.NewSource(name+".arch", string(b)), err
	})
	if !list.Empty() {
		return nil, list
	}
	return lower.Lower(prog, opt)
}

// compile lowers a source that has no mistake, and holds the IR to its rules and its text form.
func compile(t testing.TB, text string, opt lower.Options) *ir.Module {
	t.Helper()
	m, list := load(text, opt)
	if !list.Empty() {
		var b strings.Builder
		_ = diag.Human(&b, list.All)
		t.Fatalf("a program without a mistake is refused:\n%s", b.String())
	}
	sound(t, m)
	return m
}

// sound holds a module to the rules of the IR, and to a text that parses back.
func sound(t testing.TB, m *ir.Module) {
	t.Helper()
	if errs := ir.Verify(m); len(errs) > 0 {
		t.Fatalf("the IR breaks its rules: %v\n%s", errs, ir.Text(m))
	}
	back, err := ir.Parse(diag.NewSource("text.ir", ir.Text(m)))
	if err != nil {
		t.Fatalf("the text of the IR does not parse: %v\n%s", err, ir.Text(m))
	}
	if err := ir.Equal(m, back); err != nil {
		t.Fatalf("the IR is not what its text says: %v\n%s", err, ir.Text(m))
	}
}

// faults lists the codes of a source's mistakes with their lines: "E301:4".
func faults(text string, opt lower.Options) string {
	m, list := load(text, opt)
	var out []string
	for _, d := range list.All {
		out = append(out, fmt.Sprintf("%s:%d", d.Code.ID, d.Span.Line()))
	}
	if m == nil && len(out) == 0 {
		return "nothing said"
	}
	return strings.Join(out, " ")
}

// tensor makes an input of hashed numbers.
func tensor(name string, axes ...eval.Axis) *eval.Tensor {
	n := 1
	for _, a := range axes {
		n *= a.Size
	}
	t := &eval.Tensor{Axes: axes, Data: make([]float64, n)}
	for i := range t.Data {
		t.Data[i] = eval.Hash(name, i)
	}
	return t
}

// run evaluates a module with hashed weights.
func run(t testing.TB, m *ir.Module, inputs map[string]*eval.Tensor) map[string]*eval.Tensor {
	t.Helper()
	w, err := eval.NewHashWeights(m)
	if err != nil {
		t.Fatal(err)
	}
	return runWith(t, m, w, inputs)
}

func runWith(t testing.TB, m *ir.Module, w eval.Weights, inputs map[string]*eval.Tensor) map[string]*eval.Tensor {
	t.Helper()
	machine, err := eval.New(m, w)
	if err != nil {
		t.Fatal(err)
	}
	res, err := machine.Run(context.Background(), inputs, eval.Options{})
	if err != nil {
		t.Fatalf("%v\n%s", err, ir.Text(m))
	}
	return res.Outputs
}
