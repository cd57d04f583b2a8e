package spec_test

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"archc/backends/cudasource"
	"archc/ir"
	"archc/ir/eval"
	"archc/passes/plan"
)

// quantizedModels are small models whose matrices have blocks that end where a matrix does not, and others cut off. Mixtral has
// so few experts that quantizedRows make products of many rows of their selections.
var quantizedModels = map[string]map[string]string{
	"llama":        {"D": "136", "L": "1", "H": "2", "G": "1", "K": "20", "F": "36", "V": "141"},
	"tied":         {"D": "136", "L": "2", "H": "2", "G": "1", "K": "20", "F": "36", "V": "53", "tied": "true"},
	"mixtral-8x7b": {"D": "136", "L": "1", "H": "2", "G": "1", "K": "20", "F": "36", "V": "41", "E": "3"},
	"deepseek-v3": {"D": "136", "L": "2", "H": "2", "Q": "40", "C": "34", "N": "10", "R": "4", "W": "8", "F": "36",
		"Fe": "20", "V": "41", "E": "6", "G": "3", "top_k": "2", "top_groups": "2", "dense": "1"},
}

// quantizedModule is one of them.
func quantizedModule(t *testing.T, name string) *ir.Module {
	t.Helper()
	file := name
	if name == "tied" {
		file = "llama"
	}
	return example(t, file, quantizedModels[name])
}

// quantizedRows is how many rows a run has, and quantizedPieces in which pieces it is computed besides at once: each is the
// work of other kernels.
const quantizedRows = 13

var quantizedPieces = []int{1, 2, 10}

// quantizedCase is a model on generated CUDA, with its weights in a format or without one.
type quantizedCase struct {
	*cudaCase
	source  cudasource.Source
	weights cudasource.Weights
}

// newQuantizedCase plans a model with steps for few rows, so that all kinds of products run: those that stream weights, alone
// and with what is around them, and those in tiles.
func newQuantizedCase(t *testing.T, g *cudaModels, model string, format *cudasource.Format, bf16 bool) *quantizedCase {
	t.Helper()
	m := quantizedModule(t, model)
	hash, err := eval.NewHashWeights(m)
	if err != nil {
		t.Fatal(err)
	}
	e := &engineCase{name: model, m: m, w: newRounded(hash), inputs: drawnInputs(m, rand.New(rand.NewPCG(3, 9)), 1, quantizedRows)}
	for _, o := range m.Outputs {
		e.logits = append(e.logits, o.Name)
	}
	if e.plans, err = plansOf(m); err != nil {
		t.Fatal(err)
	}
	program := *e.plans.program
	if program.Few, err = plan.FewOfSteps(e.plans.steps, false); err != nil {
		t.Fatal(err)
	}
	x := &quantizedCase{source: cudasource.Source{Name: m.Name, File: "x.arch", Module: m, Program: &program, BFloat16: bf16, Matrices: format}}
	if x.weights, err = cudasource.WeightsOf(x.source); err != nil {
		t.Fatal(err)
	}
	j := &cudaJob{path: filepath.Join(g.dir, fmt.Sprint("weights", g.count, ".safetensors")), batch: 1, room: quantizedRows, program: &program}
	x.cudaCase = &cudaCase{e, j}
	at := 0
	for _, n := range quantizedPieces {
		j.pieces = append(j.pieces, e.rows(at, at+n))
		at += n
	}
	j.again = len(j.pieces)
	j.pieces = append(j.pieces, e.rows(0, quantizedRows))
	if j.model, err = g.add(x.source); err != nil {
		t.Fatal(err)
	}
	return x
}

func newQuantizedModels(t *testing.T) *cudaModels {
	return &cudaModels{dir: t.TempDir(), headers: map[string]bool{"grid.cuh": true, "quantize.h": true, "widened.cuh": true}}
}

// judged holds the case to the contract of models: the reference has the numbers that codes and scales stand for.
func (c *quantizedCase) judged(t *testing.T, g *cudaModels, draws int) (*judge, error) {
	j := &judge{logits: c.logits}
	for k := range uint64(draws) {
		w := c.w
		if k > 0 {
			w = newRounded(nudged{c.w.from, k})
		}
		if err := j.other(t.Context(), c.m, newCoded(w, c.source.Matrices, c.weights.Quantized), c.inputs); err != nil {
			return nil, err
		}
		if err := c.sees(t.Context(), t, g, w, j); err != nil {
			return nil, err
		}
	}
	return j, j.broken()
}

// quantizedPlants are mistakes in which matrix is read, and where its rows are.
var quantizedPlants = []cudaPlant{
	{model: "mixtral-8x7b", name: "every expert has the first one's codes", file: "kernels/w1_product.cuh", old: "w1.matrix(expert, 36)", new: "w1"},
	{model: "mixtral-8x7b", name: "an expert's codes one row early", file: "kernels/w2_few.cuh", old: "w2.matrix(expert, 136)", new: "w2.matrix(expert, 135)"},
	{model: "mixtral-8x7b", name: "two matrices changed over", file: "model.cu", old: "w.w1.matrix(3*l + e5, 36)", new: "w.w3.matrix(3*l + e5, 36)"},
	{model: "tied", name: "a table's rows by their neighbours", file: "kernels/x_lookup.cuh", old: "int(n2)", new: "int(n2 ^ 1)"},
}

var everyFormat = flag.Bool("every-format", false, "run each model that is quantized in each format, not in one alone")

// TestCUDAQuantized: an engine that holds its matrices in a format gives what the reference gives with the numbers that these
// stand for, within the contract of float32, in pieces and at once. Those numbers are others, and mistakes in which are read are
// noticed.
func TestCUDAQuantized(t *testing.T) {
	g := newQuantizedModels(t)
	var all []*quantizedCase
	for _, c := range []struct{ model, format string }{{"tied", "int4"}, {"mixtral-8x7b", "fp8"}, {"deepseek-v3", "int8"}} {
		for _, f := range cudasource.Formats {
			if f.Name == c.format || *everyFormat {
				all = append(all, newQuantizedCase(t, g, c.model, f, false))
			}
		}
	}
	mistakes := make([]*quantizedCase, len(quantizedPlants))
	for k, p := range quantizedPlants {
		c := all[slices.IndexFunc(all, func(c *quantizedCase) bool { return c.name == p.model })]
		files, err := cudasource.Files(c.source)
		if err != nil {
			t.Fatal(err)
		}
		job := *c.job
		if job.model, err = g.plant(c.job.model, files, p); err != nil {
			t.Fatal(err)
		}
		mistakes[k] = &quantizedCase{&cudaCase{c.engineCase, &job}, c.source, c.weights}
	}
	g.compile(t)
	for k, p := range quantizedPlants {
		t.Run(p.model+"/"+p.name, func(t *testing.T) {
			if _, err := mistakes[k].judged(t, g, 1); err == nil {
				t.Error("nothing shows it")
			} else {
				t.Log(err)
			}
		})
	}
	for _, c := range all {
		t.Run(c.name+"/"+c.source.Matrices.Name, func(t *testing.T) {
			j, again, err := onDraws(func(draws int) (*judge, error) { return c.judged(t, g, draws) })
			if err != nil {
				t.Fatal(err)
			}
			if t.Log(j.worst()); again {
				t.Logf("judged on %d draws of weights", manyDraws)
			}
			plain, err := newJudge(t.Context(), c.m, c.w, c.inputs)
			if err != nil {
				t.Fatal(err)
			}
			for name := range plain.full.Outputs {
				plain.sees(name, joined(c.job.out[name][c.job.again:], c.job.program.Axis))
			}
			if v := plain.worst(); v.Share < 10 {
				t.Errorf("the weights as they are stored give nearly the same: %v", v)
			} else {
				t.Logf("beside the weights as they are stored: %.1e of the largest element", v.Error)
			}
		})
	}
}

// TestCUDAQuantizedOnTensorCores: where scales are powers of two, what codes stand for is bf16. Then tiles on tensor cores have
// the bits of an engine that holds the same numbers in bf16; pieces of few rows, whose sums run in another order, its numbers.
func TestCUDAQuantizedOnTensorCores(t *testing.T) {
	g := newQuantizedModels(t)
	plain := newQuantizedCase(t, g, "llama", nil, true)
	var all []*quantizedCase
	for _, f := range cudasource.Formats {
		all = append(all, newQuantizedCase(t, g, "llama", f, true))
	}
	g.compile(t)
	for _, c := range all {
		t.Run(c.source.Matrices.Name, func(t *testing.T) {
			w := newCoded(c.w, c.source.Matrices, c.weights.Quantized)
			w.even = true
			exact := newRounded(w)
			for _, x := range []*quantizedCase{plain, c} {
				exact.save(t, x.m, x.job.path)
				if err := g.run(t.Context(), x.job); err != nil {
					t.Fatal(err)
				}
			}
			for name, want := range plain.job.out {
				got := c.job.out[name]
				at := plain.job.again
				if len(got) != len(want) || !sameBits(got[at], want[at]) {
					t.Errorf("%s has other bits than in bf16", name)
				}
				nearInBF16(t, name, joined(got[:at], c.job.program.Axis).Data, float64s(joined(want[:at], c.job.program.Axis).Data))
			}
		})
	}
}

func float64s(list []float32) []float64 {
	out := make([]float64, len(list))
	for i, x := range list {
		out[i] = float64(x)
	}
	return out
}

// quantizedKeys are the tensors that an engine quantizes.
func quantizedKeys(t *testing.T, m *ir.Module, format string) (cudasource.Weights, []string) {
	t.Helper()
	s := cudaSource(t, m, true)
	if plans, err := plansOf(m); err == nil && plans.program != nil {
		program := *plans.program
		if program.Few, err = plan.FewOfSteps(plans.steps, false); err != nil {
			t.Fatal(err)
		}
		s.Program = &program
	}
	s.Matrices = cudasource.FormatNamed(format)
	w, err := cudasource.WeightsOf(s)
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	for _, x := range w.Quantized {
		keys[x.Param.Key] = true
	}
	return w, slices.Sorted(maps.Keys(keys))
}

// TestQuantizedMatrices: matrices that products multiply by are quantized; what is looked up alone, narrow, or read in two
// ways is not, as a map of latents that many rows multiply by and few rows the other way. No name decides.
func TestQuantizedMatrices(t *testing.T) {
	for _, c := range []struct{ model, stays, goes string }{
		{"llama", "model.embed_tokens model.norm", "lm_head self_attn.q_proj self_attn.k_proj self_attn.o_proj mlp.gate_proj mlp.down_proj"},
		{"tied", "model.norm", "model.embed_tokens"},
		{"mixtral-8x7b", "block_sparse_moe.gate model.embed_tokens", ".w1. .w2. .w3. lm_head"},
		{"deepseek-v3", "mlp.gate.weight model.embed_tokens", "kv_a_proj_with_mqa kv_b_proj q_a_proj q_b_proj o_proj mlp.experts.{e5}.down_proj lm_head"},
	} {
		_, keys := quantizedKeys(t, quantizedModule(t, c.model), "int8")
		all := strings.Join(keys, "\n")
		for _, name := range strings.Fields(c.stays) {
			if strings.Contains(all, name) {
				t.Errorf("%s: %s is quantized", c.model, name)
			}
		}
		for _, name := range strings.Fields(c.goes) {
			if !strings.Contains(all, name) {
				t.Errorf("%s: %s is not quantized: %s", c.model, name, all)
			}
		}
	}
	// Routers of published models are narrow. Latents are few beside what they are widened to: steps of few rows decode from them.
	for model, stays := range map[string]string{"mixtral-8x7b": "moe.gate", "deepseek-v3": "mlp.gate. kv_b_proj", "qwen3-30b-a3b": "mlp.gate.",
		"deepseek-moe-16b": "mlp.gate."} {
		_, keys := quantizedKeys(t, example(t, model, nil), "fp8")
		for _, name := range strings.Fields(stays) {
			if len(keys) == 0 || strings.Contains(strings.Join(keys, "\n"), name) {
				t.Errorf("%s: %s is quantized, of %s", model, name, keys)
			}
		}
	}
	// The number of a tensor that two products have in unlike rows would be two; parts of one tensor are apart.
	for _, c := range []struct {
		name, text string
		want       string
	}{
		{"both ways", "model M(D=64, E=48) {\n  w : [D, E]\n  (x: [T, D]) -> [T, D] {\n    y = tanh(sum[D](w*x))\n    sum[E](w*y)\n  }\n}\n", ""},
		{"one way", "model M(D=64, E=48) {\n  w : [D, E]\n  (x: [T, D]) -> [T, E] = tanh(sum[D](w*x))\n}\n", "w"},
	} {
		if _, keys := quantizedKeys(t, compile(t, "m.arch", c.text, nil), "int8"); strings.Join(keys, " ") != c.want {
			t.Errorf("%s: %q", c.name, keys)
		}
	}
}

// TestQuantizedBytes: the bytes that are told are those that the engine reserves.
func TestQuantizedBytes(t *testing.T) {
	whole := regexp.MustCompile(`w\.\w+ = reserve<(float|bf16)>\((\d+)\);`)
	blocks := regexp.MustCompile(`w\.\w+ = quantized<(int8|int4|fp8)_weights>\((\d+), (\d+), (\d+)\);`)
	up := func(n, by int) int { return (n + by - 1) / by }
	for _, format := range []string{"int8", "int4", "fp8"} {
		m := quantizedModule(t, "deepseek-v3")
		s := cudaSource(t, m, true)
		s.Matrices = cudasource.FormatNamed(format)
		files, err := cudasource.Files(s)
		if err != nil {
			t.Fatal(err)
		}
		want, coded := 0, 0
		text := strings.Join(strings.Fields(string(files["model.cu"])), " ")
		for _, x := range whole.FindAllStringSubmatch(text, -1) {
			n, _ := strconv.Atoi(x[2])
			want += n * map[string]int{"float": 4, "bf16": 2}[x[1]]
		}
		for _, x := range blocks.FindAllStringSubmatch(text, -1) {
			matrices, _ := strconv.Atoi(x[2])
			rows, _ := strconv.Atoi(x[3])
			columns, _ := strconv.Atoi(x[4])
			switch x[1] {
			case "int8":
				coded += matrices * rows * (16*up(columns, 16) + 4*up(columns, 128))
			case "int4":
				coded += matrices * rows * (16*up(columns, 32) + 2*up(columns, 32))
			default:
				coded += matrices * (rows*16*up(columns, 16) + 4*up(rows, 128)*up(columns, 128))
			}
		}
		w, err := cudasource.WeightsOf(s)
		if err != nil {
			t.Fatal(err)
		}
		if coded == 0 || w.Coded != int64(coded) || w.Bytes != int64(want+coded) {
			t.Errorf("%s: %d bytes, %d of them quantized; the engine reserves %d and %d", format, w.Bytes, w.Coded, want+coded, coded)
		}
	}
}
