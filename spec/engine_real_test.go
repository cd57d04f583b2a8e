package spec_test

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"archc/backends/checkpoint"
	"archc/backends/gograph"
	"archc/backends/kernel"
	"archc/ir"
	"archc/ir/eval"
	"archc/passes"
	"archc/passes/plan"
)

// Float32s reads a range as float32, so that an engine packs a checkpoint piece by piece.
func (w weights) Float32s(key string, first int64, dst []float32) error {
	return w.c.Float32s(key, first, dst, true)
}

// engineOf is an engine that computes a module in one pass.
func engineOf(t *testing.T, m *ir.Module, w gograph.Source, element kernel.Element) *gograph.Engine {
	t.Helper()
	behind, err := passes.Run(m.Clone(), false)
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Of(behind, plan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	crew := gograph.Crew(2)
	t.Cleanup(crew.Close)
	engine, err := gograph.New(p, gograph.NewWeights(w, element), crew)
	if err != nil {
		t.Fatal(err)
	}
	return engine
}

// onEngine computes a module in one pass.
func onEngine(t *testing.T, m *ir.Module, w gograph.Source, inputs map[string]*eval.Tensor) map[string]gograph.Array {
	t.Helper()
	out, err := engineOf(t, m, w, kernel.Float32).Run(t.Context(), arrays(inputs), nil)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// byRows computes a module row by row.
func byRows(t *testing.T, m *ir.Module, w gograph.Source, static map[string]*eval.Tensor) *gograph.Session {
	t.Helper()
	steps, fault, err := passes.StepsOf(m.Clone(), "", false)
	if fault != nil || err != nil {
		t.Fatal(fault, err)
	}
	p, err := plan.OfSteps(steps, false)
	if err != nil {
		t.Fatal(err)
	}
	crew := gograph.Crew(2)
	t.Cleanup(crew.Close)
	model, err := gograph.NewModel(p, gograph.NewWeights(w, kernel.Float32), crew)
	if err != nil {
		t.Fatal(err)
	}
	s, err := model.Start(t.Context(), arrays(static), 1)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// best is the number of the largest element of the last row of width elements.
func best(a gograph.Array) int {
	width := a.Axes[len(a.Axes)-1].Size
	row := a.Data[len(a.Data)-width:]
	return slices.Index(row, slices.Max(row))
}

func wide(data []float32) []float64 {
	out := make([]float64, len(data))
	for i, x := range data {
		out[i] = float64(x)
	}
	return out
}

// singlePrecision is how far float32 may be from float64 on a trained model, of the largest element.
const singlePrecision = 2e-5

// TestEngineStories: the golden story comes out token by token, and the prompt's last scores are those of an independent
// float64 implementation.
func TestEngineStories(t *testing.T) {
	dir := testdata(t, "stories260k")
	var g golden
	text, err := os.ReadFile(dir + "/golden.json")
	if err == nil {
		err = json.Unmarshal(text, &g)
	}
	if err != nil {
		t.Fatal(err)
	}
	m := example(t, "llama", storySettings)
	w := openWeights(t, dir)
	whole := onEngine(t, m, w, map[string]*eval.Tensor{"tokens": ids("T", g.PromptIDs)})["output"]
	row := wide(whole.Data[len(whole.Data)-len(g.LastLogits):])
	if d := relative(row, g.LastLogits); !(d < singlePrecision) {
		t.Errorf("last scores of the prompt are %.1e apart", d)
	}
	s := byRows(t, m, w, nil)
	got, rows := slices.Clone(g.PromptIDs), g.PromptIDs
	for len(got) < len(g.GreedyIDs) {
		out, err := s.Step(t.Context(), arrays(map[string]*eval.Tensor{"tokens": ids("T", rows)}))
		if err != nil {
			t.Fatal(err)
		}
		rows = []int{best(out["output"])}
		got = append(got, rows...)
	}
	if !slices.Equal(got, g.GreedyIDs) {
		t.Errorf("got %v\nwant %v", got, g.GreedyIDs)
	}
}

// TestEngineNanoSort: probabilities and scores of a trained model over a batch of three.
func TestEngineNanoSort(t *testing.T) {
	dir := testdata(t, "nano-sort")
	stored, err := checkpoint.Open(dir + "/activations.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	defer stored.Close()
	read := func(name string) ([]int64, []float64) {
		data, err := stored.Float64s(name, nil)
		if err != nil {
			t.Fatal(err)
		}
		x, _ := stored.Lookup(name)
		return x.Shape, data
	}
	shape, idx := read("idx")
	in := &eval.Tensor{Kind: ir.Int, Data: idx, Axes: []eval.Axis{
		{Label: eval.Batch, Size: int(shape[0])}, {Label: "T", Size: int(shape[1])}}}
	out := onEngine(t, example(t, "nano-sort", nil), openWeights(t, dir+"/model.safetensors"),
		map[string]*eval.Tensor{"idx": in})
	for _, name := range []string{"probs", "lm_head"} {
		_, want := read(name)
		if d := relative(wide(out[name].Data), want); !(d < singlePrecision) {
			t.Errorf("%s is %.1e apart", name, d)
		}
	}
}

// TestEnginePronunciations: the encoder's words are computed once, the phonemes come one by one.
func TestEnginePronunciations(t *testing.T) {
	w := openWeights(t, testdata(t, "g2p-gru"))
	m := example(t, "g2p-gru", nil)
	for word, want := range pronounced {
		s := byRows(t, m, w, map[string]*eval.Tensor{"source": ids("S", graphemes(word))})
		target := []int{2} // <s>
		for len(target) < 40 && target[len(target)-1] != 3 {
			out, err := s.Step(t.Context(), arrays(map[string]*eval.Tensor{"target": ids("T", target[len(target)-1:])}))
			if err != nil {
				t.Fatal(err)
			}
			target = append(target, best(out["output"]))
		}
		if got := spoken(target); got != want {
			t.Errorf("%s is said %s, want %s", word, got, want)
		}
	}
}
