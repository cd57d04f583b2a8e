package spec_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"archc/backends/cudasource"
	"archc/backends/gograph"
	"archc/ir"
	"archc/ir/eval"
	"archc/passes"
	"archc/passes/plan"
)

// cudaDriver opens an engine and runs it on inputs: each is a line with its name, its sizes and where it begins in the file of
// numbers; outputs go out as their numbers, in the order of the list.
const cudaDriver = `
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>
#include "engine.h"

static void check(int code) {
  if (!code) return;
  fprintf(stderr, "%s\n", engine_error());
  exit(1);
}

int main(int argc, char** argv) {
  engine* e = nullptr;
  check(engine_open(argv[1], 1, 64, &e));
  std::vector<float> data(1 << 22);
  for (int i = 2; i < argc; i++) {
    long shape[8];
    int rank = 0;
    size_t n = 1;
    char* text = argv[i];
    if (*text == '=') {  // an output: what is given so far is computed
      static bool ran = false;
      if (!ran) check(engine_run(e));
      ran = true;
      const float* out;
      check(engine_get(e, text + 1, &out, shape, &rank));
      for (int k = 0; k < rank; k++) n *= size_t(shape[k]);
      fwrite(out, sizeof(float), n, stdout);
      continue;
    }
    const std::string name(text, strcspn(text, ":"));
    for (text += name.size(); *text; rank++) n *= size_t(shape[rank] = strtol(text + 1, &text, 10));
    if (fread(data.data(), sizeof(float), n, stdin) != n) return 2;
    check(engine_set(e, name.c_str(), data.data(), shape, rank));
  }
  engine_close(e);
}
`

// cudaEngine writes a module as CUDA C++ and builds it with the shim, for its inputs at once.
type cudaEngine struct {
	files   map[string][]byte
	program string
	path    string // of its weights
}

// needsCompiler finds a compiler, or skips the test. Where ARCHC_COMPILERS is set, to be without one is a failure.
func needsCompiler(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	switch {
	case err == nil:
		return path
	case os.Getenv("ARCHC_COMPILERS") != "":
		t.Fatalf("ARCHC_COMPILERS is set and there is no %s", name)
	}
	t.Skipf("no %s: CUDA sources are not compiled", name)
	return ""
}

func cudaSource(t *testing.T, m *ir.Module, bf16 bool) cudasource.Source {
	t.Helper()
	behind, err := passes.Run(m.Clone(), false)
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Of(behind, plan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return cudasource.Source{Name: m.Name, File: "test.arch", Module: m, Program: cudasource.AtOnce(p), BFloat16: bf16}
}

func cudaFiles(t *testing.T, m *ir.Module, bf16 bool) map[string][]byte {
	t.Helper()
	files, err := cudasource.Files(cudaSource(t, m, bf16))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func newCUDAEngine(t *testing.T, m *ir.Module, w *rounded, bf16 bool) *cudaEngine {
	t.Helper()
	return compileCUDA(t, cudaFiles(t, m, bf16), m, w)
}

// compileCUDA builds the files of an engine with the shim; more is what the compiler is told beside.
func compileCUDA(t *testing.T, files map[string][]byte, m *ir.Module, w *rounded, more ...string) *cudaEngine {
	t.Helper()
	return compileCUDABy(t, files, m, w, append([]string{needsCompiler(t, "g++"), "-std=c++17", "-O0", "-Wall", "-Wextra", "-Werror",
		"-Wno-unknown-pragmas", "-Wno-unused-parameter"}, more...))
}

// compileCUDABy builds the files of an engine by a command.
func compileCUDABy(t *testing.T, files map[string][]byte, m *ir.Module, w *rounded, command []string) *cudaEngine {
	t.Helper()
	dir := t.TempDir()
	e := &cudaEngine{files: files, program: filepath.Join(dir, "driver"), path: filepath.Join(dir, "model.safetensors")}
	for name, text := range e.files {
		write(t, filepath.Join(dir, name), string(text))
	}
	write(t, filepath.Join(dir, "all.cpp"), "#include \"model.cu\"\n#include \"engine.cu\"\n"+cudaDriver)
	w.save(t, m, e.path)
	cmd := exec.CommandContext(t.Context(), command[0], append(command[1:], "-I.", "-Ikernels", "all.cpp", "-o", e.program)...)
	cmd.Dir = dir
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	return e
}

// attentions is how many kernels of attention there are.
func (e *cudaEngine) attentions() (n int) {
	for _, text := range e.files {
		if bytes.Contains(text, []byte("_score : ")) {
			n++
		}
	}
	return n
}

// run gives the outputs for inputs that have no batch.
func (e *cudaEngine) run(t *testing.T, m *ir.Module, inputs map[string]*eval.Tensor, like map[string]*eval.Tensor) map[string][]float32 {
	t.Helper()
	var in bytes.Buffer
	args := []string{e.path}
	for _, p := range m.Inputs {
		x := inputs[p.Name]
		arg := p.Name + ":1"
		for _, a := range x.Axes {
			arg += fmt.Sprint(":", a.Size)
		}
		args = append(args, arg)
		for _, v := range x.Data {
			if err := binary.Write(&in, binary.LittleEndian, float32(v)); err != nil {
				t.Fatal(err)
			}
		}
	}
	var names []string
	for name := range like {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		args = append(args, "="+name)
	}
	cmd := exec.CommandContext(t.Context(), e.program, args...)
	var said bytes.Buffer
	cmd.Stdin, cmd.Stderr = &in, &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	all := map[string][]float32{}
	for _, name := range names {
		values := make([]float32, len(like[name].Data))
		n, err := binary.Decode(out, binary.LittleEndian, values)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out = out[n:]
		all[name] = values
	}
	if len(out) > 0 {
		t.Errorf("%d bytes more than the outputs have", len(out))
	}
	return all
}

var everyAttention = flag.Bool("every-attention", false, "all alignments x normalizers x patterns, not only every pair of them")

// attentionModel is a model of many attentions over the same queries and keys, an output each.
type attentionModel struct{ name, head, align, positive string }

// The alignments of the library (stdlib/attention.arch); the scores of the linear normalizer are made positive.
var attentionModels = []attentionModel{
	{"similarity", "", "similarity(q, k)", ""},
	{"dot", "", "dot(q, k)", ""},
	{"scaled_dot", "", "scaled_dot(q, k)", ""},
	{"general", "align : GeneralAlign(A, A)", "align(q, k)", ""},
	{"biased_general", "align : BiasedGeneralAlign(A, A)", "align(q, k)", ""},
	{"activated_general", "align : ActivatedGeneralAlign(A, A)", "align(q, k)", ""},
	{"generalized_kernel", "align : KernelAlign(A, 16)", "align(q, k)", "align(q, k)"},
	{"concat", "align : ConcatAlign(A, A, 12)", "align(q, k)", ""},
	{"additive", "align : AdditiveAlign(A, A, 12)", "align(q, k)", ""},
	{"deep", "align : DeepAlign(A, A, 6, 4)", "align(q, k)", ""},
	{"location_based", "align : LocationAlign(A, 24)", "align(q, j)", ""},
	{"feature_based", "align : FeatureAlign(A, 12, tanh, relu)", "align(k)", ""},
}

var attentionNorms = []struct{ name, text string }{
	{"softmax", "softmax"}, {"softmax1", "softmax1"}, {"sink", "softmax_sink(drain)"}, {"linear", "linear"}, {"entmax", "entmax(1.5)"},
	{"sparsemax", "sparsemax"}, {"top", "softmax_top(3)"}, {"sigmoid", "sigmoid"}, {"hard", "hard"}, {"contextual", "contextual(at[i])"},
}

var attentionPatterns = []struct{ name, text string }{
	{"full", ""}, {"causal", "causal"}, {"window", "window(4)"}, {"band", "band(2)"}, {"sink", "causal & (window(4) | sink(2))"},
	{"strided", "strided(3)"}, {"fixed", "fixed(4, 1)"}, {"dilated", "dilated(2, 3)"},
}

// text is the model of an alignment, and how many of its attentions are one kernel: where the scores are products of features
// that linear weights share, all keys or all so far are sums that need no pairs, and there is no attention any more.
func (a attentionModel) text(which int) (text string, kernels int) {
	var b strings.Builder
	var outs []string
	fmt.Fprintf(&b, "model Combined(A=8, E=6) {\n  drain : []\n  places : [6, A]\n  %s\n  hard[N](s: [N]) = if s == max[N](s) then 1 else 0\n", a.head)
	var body strings.Builder
	for k, n := range attentionNorms {
		for l, p := range attentionPatterns {
			if !*everyAttention && (which+k+l)%4 != 0 {
				continue
			}
			score := a.align
			if n.name == "linear" {
				score = "exp(" + a.align + " / 4)"
				if a.positive != "" {
					score = a.positive
				}
			}
			mask := ""
			if p.text != "" {
				mask = ";  mask = " + p.text
			}
			if sums := a.positive != "" && n.name == "linear" && (p.name == "full" || p.name == "causal"); !sums {
				kernels++
			}
			name := n.name + "_by_" + p.name
			outs = append(outs, name)
			fmt.Fprintf(&body, "    %s = attend(q; k, v) { score = %s%s;  norm = %s }\n", name, score, mask, n.text)
		}
	}
	fmt.Fprintf(&b, "  (q: [T, A], k: [T, A], v: [T, E]) -> %s: [T, E] {\n    at = sum[A](q * places)\n%s    %s\n  }\n}\n", strings.Join(outs, ": [T, E], "), body.String(),
		strings.Join(outs, ", "))
	return b.String(), kernels
}

// cudaJudge compares an engine's outputs with the reference for several numbers of rows.
func cudaJudge(t *testing.T, m *ir.Module, w *rounded, e *cudaEngine, rows ...int) {
	t.Helper()
	for _, n := range rows {
		inputs := smallInputs(m, map[string]int{"T": n})
		roundInputs(inputs)
		j, err := newJudge(t.Context(), m, w, inputs)
		if err != nil {
			t.Fatal(err)
		}
		for name, got := range e.run(t, m, inputs, j.full.Outputs) {
			j.sees(name, gograph.Array{Data: got})
		}
		if err := j.broken(); err != nil {
			t.Errorf("%d rows: %v; worst is %v", n, err, j.worst())
		}
	}
}

// TestCUDAAttention: every alignment of the library with every normalizer and every pattern is one fused kernel, which gives
// what the reference gives.
func TestCUDAAttention(t *testing.T) {
	for which, a := range attentionModels {
		t.Run(a.name, func(t *testing.T) {
			text, want := a.text(which)
			m := compile(t, "combined.arch", text, nil)
			hashed, err := eval.NewHashWeights(m)
			if err != nil {
				t.Fatal(err)
			}
			w := newRounded(hashed)
			e := newCUDAEngine(t, m, w, false)
			if n := e.attentions(); n != want {
				t.Errorf("%d kernels for %d attentions", n, want)
			}
			cudaJudge(t, m, w, e, 19, 7)
		})
	}
}

// attentionVariants are attentions beyond the library's, each one kernel; heads are a part of the model.
var attentionVariants = []struct{ name, text string }{
	{"sigmoid", "score = sum[K](q*k) / sqrt(K);  mask = causal;  norm = sigmoid"},
	{"hardest", "score = sum[K](q*k) / sqrt(K);  mask = causal;  norm = hard"},
	{"top", "score = sum[K](q*k) / sqrt(K);  mask = causal;  norm = softmax_top(3)"},
	{"learned_sinks", "score = sum[K](q*k) / sqrt(K);  mask = window(5);  norm = softmax_sink(drain)"},
	{"soft_clamp", "score = softcap(sum[K](q*k) / sqrt(K), 2);  mask = causal"},
	{"t5_bias", "score = sum[K](q*k) + rel(bucket(j - i, 8, 16));  mask = causal"},
	{"alibi_bias", "score = sum[K](q*k) / sqrt(K) + alibi(index(H), H) * (j - i);  mask = causal"},
	{"dynamic_bias", "score = sum[K](q*k) + sum[M](outer * relu(inner * (j - i) + shift));  mask = causal"},
	{"contextual", "score = sum[K](q*k) / sqrt(K);  mask = causal;  norm = contextual(at[i])"},
	{"selective", "score = sum[K](q*k) / sqrt(K) - taken[T: i, S: j];  mask = causal"},
	{"inverted", "score = exp(sum[K](q*k) / sqrt(K) - won[j]);  norm = linear"},
	{"grouped", ""}, {"residual", ""}, {"latent", ""},
}

// variantKernels is how many kernels of attention the variants are. What queries compete for is one more: the logarithm of
// what they sum up to, which is attention of the keys to the queries.
var variantKernels = len(attentionVariants) + 1

func variantsText() string {
	body, outs := "", ""
	for _, v := range attentionVariants {
		switch v.name {
		case "grouped": // heads of queries share keys
			body += "    grouped = attend(grouping; few, fewer) { score = sum[K](grouping*few) / sqrt(K);  mask = causal }\n"
			outs += "grouped: [T, G, R, K], "
		case "residual": // the scores of the layer below are added
			body += "    residual = attend(q, p; k, r, v) { score = (sum[K](q*k) + sum[K](p*r)) / sqrt(K);  mask = causal }\n"
			outs += "residual: [T, H, K], "
		case "latent": // keys and values are one latent, beside a part with positions of its own
			body += "    latent = attend(wide, p; c, turned, c) { score = (sum[W](wide*c) + sum[K](p*turned)) / sqrt(K);  mask = causal }\n"
			outs += "latent: [T, H, W], "
		default:
			body += fmt.Sprintf("    %s = attend(q; k, v) { %s }\n", v.name, v.text)
			outs += v.name + ": [T, H, K], "
		}
	}
	names := ""
	for i, v := range attentionVariants {
		if i > 0 {
			names += ", "
		}
		names += v.name
	}
	return `model Variants(H=4, G=2, R=2, K=8, M=5, W=16) {
  drain               : [H]
  rel                 : int 8 -> H
  inner, shift, outer : [M]
  places              : [6, K]
  hard[N](s: [N]) = if s == max[N](s) then 1 else 0
  (q: [T, H, K], p: [T, H, K], k: [T, H, K], r: [T, H, K], v: [T, H, K], grouping: [T, G, R, K], few: [T, G, K],
    fewer: [T, G, K], wide: [T, H, W], c: [T, W], turned: [T, K])
    -> ` + strings.TrimSuffix(outs, ", ") + ` {
    at    = sum[K](q * places)
    taken = selected[T, S](sum[K](q[H: 0] * k[H: 0][T = S]) / sqrt(K))
    one   = index(T) * 0 + 1
    won   = attend(k; q, one) {
      score = sum[K](q*k) / sqrt(K)
      norm  = { m = max(s);  e = exp(s - m);  n = sum(e);  (m + log(n)) * e / n }
    }
` + body + "    " + names + "\n  }\n}\n"
}

// TestCUDAAttentionVariants: variants that are often refused a fused kernel are one, in float as the contract of numbers has
// it, and in bf16 within what rounding weights to 8 bits does to inputs that have no more.
func TestCUDAAttentionVariants(t *testing.T) {
	m := compile(t, "variants.arch", variantsText(), nil)
	hashed, err := eval.NewHashWeights(m)
	if err != nil {
		t.Fatal(err)
	}
	w := newRounded(hashed)
	for _, bf16 := range []bool{false, true} {
		t.Run(fmt.Sprintf("bf16=%t", bf16), func(t *testing.T) {
			e := newCUDAEngine(t, m, w, bf16)
			if n := e.attentions(); n != variantKernels {
				t.Errorf("%d kernels for %d attentions", n, variantKernels)
			}
			if !bf16 {
				cudaJudge(t, m, w, e, 21, 3)
				return
			}
			for _, n := range []int{21, 3} {
				inputs := smallInputs(m, map[string]int{"T": n})
				for _, x := range inputs { // so that no rounding of theirs decides which key is the largest
					for i, v := range x.Data {
						bits := math.Float32bits(float32(v))
						x.Data[i] = float64(math.Float32frombits((bits + 0x7fff + bits>>16&1) &^ 0xffff))
					}
				}
				j, err := newJudge(t.Context(), m, w, inputs)
				if err != nil {
					t.Fatal(err)
				}
				for name, got := range e.run(t, m, inputs, j.full.Outputs) {
					nearInBF16(t, name, got, j.full.Outputs[name].Data)
				}
			}
		})
	}
}

// TestCUDAAttentionRefused: what no kernel computes is refused where it stands, with the reason.
func TestCUDAAttentionRefused(t *testing.T) {
	for _, c := range []struct{ name, fields, body string }{
		{"talking heads", "speak : H -> H", "score = speak(sum[K](q*k));  mask = causal"},
		{"talking heads behind the normalizer", "speak : H -> H", "score = sum[K](q*k);  mask = causal;  weight = speak(w)"},
	} {
		text := fmt.Sprintf("model Refused(H=4, K=8) {\n  %s\n  (q: [T, H, K], k: [T, H, K], v: [T, H, K]) -> [T, H, K] = attend(q; k, v) { %s }\n}\n", c.fields, c.body)
		_, err := cudasource.Files(cudaSource(t, compile(t, "refused.arch", text, nil), false))
		var refused *cudasource.Refused
		if !errors.As(err, &refused) || !strings.HasPrefix(refused.At.Text(), "attend(") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestCUDAAttentionPTX: the kernels of the variants compile for devices without a toolkit, keep what they hold in registers
// and multiply on tensor cores in bf16.
func TestCUDAAttentionPTX(t *testing.T) {
	clang := needsCompiler(t, "clang-19")
	m := compile(t, "variants.arch", variantsText(), nil)
	for _, bf16 := range []bool{false, true} {
		archs := []string{"sm_80"}
		if bf16 {
			archs = append(archs, "sm_90a")
		}
		dir, unit := t.TempDir(), ""
		for name, text := range cudaFiles(t, m, bf16) {
			write(t, filepath.Join(dir, name), string(text))
			if strings.HasPrefix(name, "kernels/") {
				unit += fmt.Sprintf("#include %q\n", name)
			}
		}
		write(t, filepath.Join(dir, "all.cu"), unit)
		for _, arch := range archs {
			cmd := exec.CommandContext(t.Context(), clang, "-x", "cuda", "-nocudainc", "-nocudalib", "-Wno-unknown-cuda-version", "--cuda-device-only",
				"--cuda-gpu-arch="+arch, "--cuda-feature=+ptx83", "-std=c++17", "-O3", "-S", "-I.", "-Ikernels", "all.cu", "-o", "all.ptx")
			cmd.Dir = dir
			if said, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%s: %v\n%s", arch, err, said)
			}
			text, err := os.ReadFile(filepath.Join(dir, "all.ptx"))
			if err != nil {
				t.Fatal(err)
			}
			ptx := string(text)
			if strings.Contains(ptx, ".local") || strings.Contains(ptx, "call.uni") {
				t.Errorf("%s, bf16 %t: a thread's array lies in memory, or a function is called", arch, bf16)
			}
			if strings.Contains(ptx, "mma.sync.aligned.m16n8k16") != bf16 {
				t.Errorf("%s, bf16 %t: tensor cores where there should be none, or none", arch, bf16)
			}
		}
	}
}

// nearInBF16 compares with the reference: every weight that enters a product has 8 bits, and an output is a mean of values.
func nearInBF16(t *testing.T, name string, got []float32, want []float64) {
	t.Helper()
	largest, worst := 0.0, 0.0
	for i, x := range want {
		largest, worst = max(largest, math.Abs(x)), max(worst, math.Abs(x-float64(got[i])))
		if math.IsNaN(float64(got[i])) {
			t.Errorf("%s[%d] is not a number", name, i)
			return
		}
	}
	if worst > 0x1p-7*largest {
		t.Errorf("%s is off by %.2g of its largest element", name, worst/largest)
	}
}
