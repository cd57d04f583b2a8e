package spec_test

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"archc/backends/checkpoint"
	"archc/ir"
	"archc/ir/eval"
)

type golden struct {
	PromptIDs  []int     `json:"prompt_ids"`
	GreedyIDs  []int     `json:"greedy_ids"`
	LastLogits []float64 `json:"last_logits_float64"`
}

var storySettings = map[string]string{"D": "64", "L": "5", "H": "8", "G": "4", "K": "8", "F": "172", "V": "512",
	"theta": "10000", "eps": "1e-5", "tied": "true"}

// TestStories compares the last logits of a trained Llama with those of an independent float64 implementation.
func TestStories(t *testing.T) {
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
	res := run(t, m, w, map[string]*eval.Tensor{"tokens": ids("T", g.PromptIDs)}, eval.Options{})
	if d := relative(last(res.Outputs["output"], len(g.PromptIDs)), g.LastLogits); d > 1e-9 {
		t.Errorf("last logits of the prompt differ by %g of the largest, at most 1e-9 is allowed", d)
	}
	// Teacher forcing over the whole golden text: every greedy choice in one pass.
	res = run(t, m, w, map[string]*eval.Tensor{"tokens": ids("T", g.GreedyIDs)}, eval.Options{})
	logits := res.Outputs["output"]
	v := logits.Axes[1].Size
	for at := len(g.PromptIDs) - 1; at+1 < len(g.GreedyIDs); at++ {
		best := 0
		for k := range v {
			if logits.Data[at*v+k] > logits.Data[at*v+best] {
				best = k
			}
		}
		if best != g.GreedyIDs[at+1] {
			t.Fatalf("position %d: greedy token %d, golden %d", at, best, g.GreedyIDs[at+1])
		}
	}
}

// TestDates runs the checkpoint of the repository: a whole prompt and answer in one pass, every choice greedy, and the
// prompt's last logits against an independent float64 implementation.
func TestDates(t *testing.T) {
	const dir = "../examples/checkpoints/dates"
	var g struct {
		Cases []struct {
			Prompt []int `json:"prompt_ids"`
			Answer []int `json:"continuation_ids"`
		}
		LastLogits []float64 `json:"last_logits_float64"`
	}
	text, err := os.ReadFile(dir + "/golden.json")
	if err == nil {
		err = json.Unmarshal(text, &g)
	}
	if err != nil || len(g.Cases) == 0 {
		t.Fatal("no golden answers", err)
	}
	m := example(t, "llama", map[string]string{"D": "64", "L": "2", "H": "4", "G": "2", "K": "16", "F": "112", "V": "334",
		"theta": "10000", "eps": "1e-5", "tied": "true"})
	w := openWeights(t, dir)
	for i, c := range g.Cases {
		all := append(slices.Clone(c.Prompt), c.Answer...)
		logits := run(t, m, w, map[string]*eval.Tensor{"tokens": ids("T", all)}, eval.Options{}).Outputs["output"]
		v := logits.Axes[1].Size
		for at := len(c.Prompt) - 1; at+1 < len(all); at++ {
			row := logits.Data[at*v : (at+1)*v]
			if best := slices.Index(row, slices.Max(row)); best != all[at+1] {
				t.Errorf("case %d, position %d: greedy token %d, golden %d", i, at, best, all[at+1])
			}
			if i == 0 && at == len(c.Prompt)-1 {
				if d := relative(row, g.LastLogits); d > 1e-9 {
					t.Errorf("last logits of the prompt differ by %g of the largest, at most 1e-9 is allowed", d)
				}
			}
		}
	}
}

func last(x *eval.Tensor, rows int) []float64 {
	n := len(x.Data) / rows
	return x.Data[len(x.Data)-n:]
}

// relative is the largest difference, relative to the largest value of want.
func relative(got, want []float64) float64 {
	if len(got) != len(want) {
		return math.Inf(1)
	}
	diff, top := 0.0, 0.0
	for i := range got {
		d := math.Abs(got[i] - want[i])
		if math.IsNaN(d) {
			return math.Inf(1)
		}
		diff, top = max(diff, d), max(top, math.Abs(want[i]))
	}
	if top == 0 {
		return diff
	}
	return diff / top
}

// nanoTraces says which of our traced values each stored intermediate is, and the stored order of its axes.
var nanoTraces = []struct {
	stored, scope, name string
	axes                []string
}{
	{"tok_emb", "", "tok_emb", []string{"*", "T", "D"}},
	{"pos_emb", "", "pos_emb", []string{"T", "D"}},
	{"x", "", "x", []string{"*", "T", "D"}},
	{"ln1", "transformer.h.0.ln_1", "ln1", []string{"*", "T", "D"}},
	{"qkv", "transformer.h.0.attn", "qkv", nil},
	{"q", "transformer.h.0.attn", "q", []string{"*", "H", "T", "K"}},
	{"k", "transformer.h.0.attn", "k", []string{"*", "H", "T", "K"}},
	{"v", "transformer.h.0.attn", "v", []string{"*", "H", "T", "K"}},
	{"att", "transformer.h.0.attn", "y.score", []string{"*", "H", "T", "T'"}},
	{"attSm", "transformer.h.0.attn", "y.weights", []string{"*", "H", "T", "T'"}},
	{"y", "transformer.h.0.attn", "y", []string{"*", "T", "H", "K"}},
	{"yProj", "transformer.h.0.attn", "yProj", []string{"*", "T", "D"}},
	{"attnResid", "transformer.h.0", "attnResid", []string{"*", "T", "D"}},
	{"ln2", "transformer.h.0.ln_2", "ln2", []string{"*", "T", "D"}},
	{"fc", "transformer.h.0.mlp", "fc", []string{"*", "T", "F"}},
	{"gelu", "transformer.h.0.mlp", "gelu", []string{"*", "T", "F"}},
	{"mlp", "transformer.h.0.mlp", "mlp", []string{"*", "T", "D"}},
	{"mlpResid", "transformer.h.0", "mlpResid", []string{"*", "T", "D"}},
	{"block0", "transformer.h.0", "mlpResid", []string{"*", "T", "D"}},
	{"block1", "transformer.h.1", "mlpResid", []string{"*", "T", "D"}},
	{"block2", "transformer.h.2", "mlpResid", []string{"*", "T", "D"}},
	{"ln_f", "transformer.ln_f", "ln_f", []string{"*", "T", "D"}},
	{"lm_head", "", "logits", []string{"*", "T", "V"}},
}

// TestNanoSort compares every intermediate of a trained model, over a batch of three, with the stored ones.
func TestNanoSort(t *testing.T) {
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
	traced := map[string]*eval.Tensor{}
	res := run(t, example(t, "nano-sort", nil), openWeights(t, dir+"/model.safetensors"), map[string]*eval.Tensor{"idx": in},
		eval.Options{TraceAttend: true, Trace: func(scope, name string, x *eval.Tensor) {
			traced[scope+"/"+name] = x
		}})
	seen := map[string]bool{"idx": true, "probs": true}
	for _, c := range nanoTraces {
		seen[c.stored] = true
		x := traced[c.scope+"/"+c.name]
		if x == nil {
			t.Errorf("%s: no trace of %s/%s", c.stored, c.scope, c.name)
			continue
		}
		_, want := read(c.stored)
		got := x.Data
		if c.axes != nil {
			got = ordered(t, x, c.axes)
		}
		near(t, c.stored, got, want)
	}
	_, want := read("probs")
	near(t, "probs", res.Outputs["probs"].Data, want)
	for _, name := range stored.Names() {
		if !seen[name] {
			t.Errorf("stored intermediate %s is not compared", name)
		}
	}
}

// near asks every element within 2e-6 of the stored one; -inf stands where the mask does not admit.
func near(t *testing.T, name string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s has %d elements, stored are %d", name, len(got), len(want))
		return
	}
	for i := range want {
		if got[i] != want[i] && !(math.Abs(got[i]-want[i]) <= 2e-6*max(1, math.Abs(want[i]))) {
			t.Errorf("%s[%d] = %v, stored %v", name, i, got[i], want[i])
			return
		}
	}
}

// ordered gives a tensor's data with its axes in another order.
func ordered(t *testing.T, x *eval.Tensor, labels []string) []float64 {
	t.Helper()
	strides, sizes := map[string]int{}, map[string]int{}
	step := 1
	for i := len(x.Axes) - 1; i >= 0; i-- {
		strides[x.Axes[i].Label], sizes[x.Axes[i].Label] = step, x.Axes[i].Size
		step *= x.Axes[i].Size
	}
	if len(labels) != len(x.Axes) {
		t.Fatalf("axes %v are not %v", x.Axes, labels)
	}
	var out []float64
	var walk func(k, at int)
	walk = func(k, at int) {
		if k == len(labels) {
			out = append(out, x.Data[at])
			return
		}
		if strides[labels[k]] == 0 {
			t.Fatalf("no axis %s in %v", labels[k], x.Axes)
		}
		for n := range sizes[labels[k]] {
			walk(k+1, at+n*strides[labels[k]])
		}
	}
	walk(0, 0)
	return out
}
