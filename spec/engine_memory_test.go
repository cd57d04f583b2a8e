package spec_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"archc/backends/gograph"
	"archc/backends/kernel"
	"archc/ir"
	"archc/ir/eval"
	"archc/passes"
	"archc/passes/plan"
)

// hashedSource gives weights by a stated function to an engine.
func hashedSource(t *testing.T, m *ir.Module) *rounded {
	t.Helper()
	w, err := eval.NewHashWeights(m)
	if err != nil {
		t.Fatal(err)
	}
	return newRounded(w)
}

// TestEngineMemory: what a decoding will hold is known before it begins, and is what it holds in the end, whatever the
// element of the weights and the number of forms.
func TestEngineMemory(t *testing.T) {
	latent := oracleModule(t, "deepseek-v3")
	for name, x := range map[string]struct {
		m    *ir.Module
		plan func(*passes.Steps, bool) (*plan.Program, error)
	}{
		"llama":                  {example(t, "llama", map[string]string{"D": "32", "L": "3", "H": "4", "G": "2", "F": "48", "V": "50"}), plan.OfSteps},
		"deepseek-v3":            {latent, plan.OfSteps},
		"deepseek-v3, two forms": {latent, plan.OfForms},
	} {
		m := x.m
		steps, fault, err := passes.StepsOf(m.Clone(), "", false)
		if fault != nil || err != nil {
			t.Fatal(fault, err)
		}
		p, err := x.plan(steps, false)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range []kernel.Element{kernel.Float32, kernel.BFloat16} {
			const prompt, rows = 21, 40
			need, err := gograph.ProgramNeeds(p, e, gograph.Decoding{First: prompt, Rows: rows})
			if err != nil {
				t.Fatal(err)
			}
			crew := gograph.Crew(2)
			w := gograph.NewWeights(hashedSource(t, m), e)
			model, err := gograph.NewModel(p, w, crew)
			if err != nil {
				t.Fatal(err)
			}
			s, err := model.Start(t.Context(), nil, 1)
			if err == nil {
				err = s.Reserve(rows)
			}
			if err != nil {
				t.Fatal(err)
			}
			next := make([]int, prompt)
			for s.Past() < rows {
				if _, err := s.Step(t.Context(), arrays(map[string]*eval.Tensor{"tokens": ids("T", next)})); err != nil {
					t.Fatal(err)
				}
				next = next[:1]
			}
			arena, states := s.Bytes()
			held := gograph.Memory{Weights: w.Bytes(), Arena: arena, States: states, Inputs: 4 * prompt}
			if held != need {
				t.Errorf("%s, %v: holds %+v, %+v was told before", name, e, held, need)
			}
			crew.Close()
		}
	}
}

// oracleModule is an example at the small dims of its oracle case.
func oracleModule(t *testing.T, name string) *ir.Module {
	t.Helper()
	for _, c := range allOracleCases() {
		if c.name == name {
			return c.module(t, c.read(t))
		}
	}
	t.Fatal("no oracle case", name)
	return nil
}

// zeros are weights of zeros.
type zeros struct{}

func (zeros) Float32s(string, int64, []float32) error { return nil }

// TestEngineStops: a run ends within 100 ms of its context, in the middle of a product too, which takes many times as long.
// A busy machine may be late, but not every time.
func TestEngineStops(t *testing.T) {
	const rows, width, most = 4096, 4096, 100 * time.Millisecond // 137 GFLOP
	m := compile(t, "heavy.arch", "model Heavy(D=4096) {\n  a : D -> D\n  (x: [T, D]) = a(x)\n}\n", nil)
	e := engineOf(t, m, zeros{}, kernel.Float32)
	x := gograph.Array{Axes: []gograph.Axis{{Label: "T", Size: rows}, {Label: "D", Size: width}}, Data: make([]float32, rows*width)}
	late := time.Hour
	for try := 0; try < 20 && late > most; try++ {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan time.Time, 1)
		time.AfterFunc(20*time.Millisecond, func() { ended <- time.Now(); cancel() })
		_, err := e.Run(ctx, map[string]gograph.Array{"x": x}, nil)
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("it ends with %v", err)
		}
		late = min(late, time.Since(<-ended))
	}
	if late > most {
		t.Errorf("it ends %v after its context", late)
	}
}

// TestEngineErrorsHavePlaces: a number that no table has is told with the line, the op and the layer.
func TestEngineErrorsHavePlaces(t *testing.T) {
	m := compile(t, "look.arch", `model Look(V=5, D=2, L=3) {
  layers : L * Layer(l)
  (x: [T, D], at: int[T]) -> [T, D] = layers(x, at)
  block Layer(l) {
    table : int V -> D
    (x: [T, D], at: int[T]) = if l == 1 then x + table(at) else x + table(at * 0)
  }
}`, nil)
	in := map[string]*eval.Tensor{
		"x":  {Axes: []eval.Axis{{Label: "T", Size: 2}, {Label: "D", Size: 2}}, Data: make([]float64, 4)},
		"at": ids("T", []int{1, 5}),
	}
	_, err := engineOf(t, m, hashedSource(t, m), kernel.Float32).Run(t.Context(), arrays(in), nil)
	var at *gograph.Located
	var missing *kernel.NoElement
	if !errors.As(err, &at) || !errors.As(err, &missing) {
		t.Fatal(err)
	}
	if at.Op != "gather" || at.Scope != "layers.1" || !strings.HasPrefix(at.Src.String(), "look.arch:6:") || missing.Number != 5 {
		t.Errorf("%v at %v", at, at.Src)
	}
}
