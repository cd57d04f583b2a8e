package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"archc/backends/checkpoint"
)

func readGolden(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

func idText(ids []int) string {
	parts := make([]string, len(ids))
	for i, id := range ids {
		parts[i] = fmt.Sprint(id)
	}
	return strings.Join(parts, ",")
}

// demandLogits compares scores with float64 values of another implementation, to a share of the largest.
func demandLogits(t *testing.T, stdout string, want []float64, most float64) {
	t.Helper()
	var got struct {
		Logits []float64 `json:"logits"`
	}
	if err := json.Unmarshal([]byte(stdout), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Logits) != len(want) {
		t.Fatalf("%d scores, want %d", len(got.Logits), len(want))
	}
	largest := 0.0
	for _, x := range want {
		largest = max(largest, math.Abs(x))
	}
	for i, x := range got.Logits {
		if !(math.Abs(x-want[i]) <= most*largest) {
			t.Fatalf("score %d is %v, want %v", i, x, want[i])
		}
	}
}

// TestStory: a trained Llama tells its story, through text and through ids.
func TestStory(t *testing.T) {
	dir := testData(t, "stories260k")
	var golden struct {
		Prompt     string    `json:"prompt"`
		PromptIDs  []int     `json:"prompt_ids"`
		GreedyIDs  []int     `json:"greedy_ids"`
		GreedyText string    `json:"greedy_text"`
		LastLogits []float64 `json:"last_logits_float64"`
	}
	readGolden(t, filepath.Join(dir, "golden.json"), &golden)
	for backend, most := range map[string]float64{onGo: 2e-6, onReference: 1e-9} {
		run := []string{"run", "../../examples/llama.arch", "-m", dir, "--backend", backend}
		if got := succeed(t, append(run, "-p", golden.Prompt, "-n", "60")...); got != golden.GreedyText+"\n" {
			t.Errorf("%s: got %q, want %q", backend, got, golden.GreedyText)
		}
		ids := idText(golden.PromptIDs)
		want := idText(golden.GreedyIDs[:len(golden.PromptIDs)+8]) + "\n"
		if got := succeed(t, append(run, "--tokens", ids, "-n", "8")...); got != want {
			t.Errorf("%s: got %q, want %q", backend, got, want)
		}
		demandLogits(t, succeed(t, append(run, "--tokens", ids, "--logits")...), golden.LastLogits, most)
		demandLogits(t, succeed(t, append(run, "-p", golden.Prompt, "--logits")...), golden.LastLogits, most)
	}
}

// TestDates: the checkpoint of the examples, saved by another implementation, answers as it did there.
func TestDates(t *testing.T) {
	dir := "../../examples/checkpoints/dates"
	var golden struct {
		Cases []struct {
			Prompt          string `json:"prompt"`
			PromptIDs       []int  `json:"prompt_ids"`
			ContinuationIDs []int  `json:"continuation_ids"`
			Continuation    string `json:"continuation"`
		} `json:"cases"`
		LastLogits []float64 `json:"last_logits_float64"`
	}
	readGolden(t, filepath.Join(dir, "golden.json"), &golden)
	run := []string{"run", "../../examples/llama.arch", "-m", dir}
	for _, c := range golden.Cases {
		if got, want := succeed(t, append(run, "-p", c.Prompt)...), c.Prompt+c.Continuation+"\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		want := idText(slices.Concat(c.PromptIDs, c.ContinuationIDs)) + "\n"
		if got := succeed(t, append(run, "--tokens", idText(c.PromptIDs))...); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// nanoKeys says where each stored intermediate of nano-sort is in a trace; heads stand before positions
// there.
var nanoKeys = []struct{ stored, traced string }{
	{"tok_emb", "tok_emb"}, {"pos_emb", "pos_emb"}, {"x", "x"},
	{"ln1", "transformer.h.0.ln_1/ln1"},
	{"qkv", "transformer.h.0.attn/qkv"},
	{"q", "transformer.h.0.attn/q"}, {"k", "transformer.h.0.attn/k"}, {"v", "transformer.h.0.attn/v"},
	{"att", "transformer.h.0.attn/y.score"}, {"attSm", "transformer.h.0.attn/y.weights"},
	{"y", "transformer.h.0.attn/y"}, {"yProj", "transformer.h.0.attn/yProj"},
	{"attnResid", "transformer.h.0/attnResid"}, {"ln2", "transformer.h.0.ln_2/ln2"},
	{"fc", "transformer.h.0.mlp/fc"}, {"gelu", "transformer.h.0.mlp/gelu"}, {"mlp", "transformer.h.0.mlp/mlp"},
	{"mlpResid", "transformer.h.0/mlpResid"},
	{"block0", "transformer.h.0/mlpResid"}, {"block1", "transformer.h.1/mlpResid"},
	{"block2", "transformer.h.2/mlpResid"},
	{"ln_f", "transformer.ln_f/ln_f"}, {"lm_head", "logits"},
}

// TestNanoSort: every stored intermediate of a trained model, through --trace.
func TestNanoSort(t *testing.T) {
	dir := testData(t, "nano-sort")
	activations := filepath.Join(dir, "activations.safetensors")
	trace, output := filepath.Join(t.TempDir(), "t.safetensors"), filepath.Join(t.TempDir(), "o.safetensors")
	succeed(t, "run", "../../examples/nano-sort.arch", "-m", dir, "--input", "idx="+activations,
		"--trace", trace, "--output", output)
	stored, traced, outputs := openTensors(t, activations), openTensors(t, trace), openTensors(t, output)
	seen := map[string]bool{"idx": true, "probs": true}
	for _, k := range nanoKeys {
		seen[k.stored] = true
		demandClose(t, stored, k.stored, traced, k.traced)
	}
	demandClose(t, stored, "probs", outputs, "probs")
	demandClose(t, stored, "lm_head", outputs, "lm_head")
	for _, name := range stored.Names() {
		if !seen[name] {
			t.Errorf("%s is stored and not compared", name)
		}
	}
}

func openTensors(t *testing.T, file string) *checkpoint.Checkpoint {
	t.Helper()
	c, err := checkpoint.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func demandClose(t *testing.T, a *checkpoint.Checkpoint, what string,
	b *checkpoint.Checkpoint, traced string) {
	t.Helper()
	want, shape := tensorValues(t, a, what)
	got, shapeB := tensorValues(t, b, traced)
	// Stored [B, H, T, K] is traced [B, T, H, K]; y is stored with its heads merged.
	if len(shape) == 4 && len(shapeB) == 4 {
		got = swapped(got, shapeB)
	}
	if len(got) != len(want) {
		t.Errorf("%s: shape %v, want %v", what, shapeB, shape)
		return
	}
	for i, x := range got {
		if x == want[i] { // both may be -inf
			continue
		}
		if d := math.Abs(x - want[i]); !(d <= 2e-6) {
			t.Errorf("%s: element %d is %v, want %v", what, i, x, want[i])
			return
		}
	}
}

func tensorValues(t *testing.T, c *checkpoint.Checkpoint, name string) ([]float64, []int64) {
	t.Helper()
	x, ok := c.Lookup(name)
	if !ok {
		t.Fatalf("no tensor %s", name)
	}
	data, err := c.Float64s(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	return data, x.Shape
}

// swapped exchanges the two axes in the middle of four.
func swapped(data []float64, shape []int64) []float64 {
	out := make([]float64, 0, len(data))
	at := func(b, m, h, k int64) int64 { return ((b*shape[1]+m)*shape[2]+h)*shape[3] + k }
	for b := range shape[0] {
		for h := range shape[2] {
			for m := range shape[1] {
				for k := range shape[3] {
					out = append(out, data[at(b, m, h, k)])
				}
			}
		}
	}
	return out
}

// TestSeven: a picture becomes an array with the shape that it has.
func TestSeven(t *testing.T) {
	file := testData(t, "mnist", "seven.png")
	source := filepath.Join(t.TempDir(), "grey.arch")
	text := "model Grey() {\n  (p: [Y, X]) -> [] = sum[Y, X](p)\n}\n"
	if err := os.WriteFile(source, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	if got := succeed(t, "run", source, "--input", "p="+file); !strings.HasPrefix(got, "output : []\n") {
		t.Errorf("got %q", got)
	}
}
