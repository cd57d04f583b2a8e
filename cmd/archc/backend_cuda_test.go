package main

import (
	"bufio"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"archc/backends/checkpoint"
)

// onShim lets archc run compile with a C++ compiler into a cache of the test's own. Where ARCHC_COMPILERS is set, to be
// without one is a failure.
func onShim(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("engines are loaded on Linux alone")
	}
	if _, err := exec.LookPath("g++"); err != nil {
		if os.Getenv("ARCHC_COMPILERS") != "" {
			t.Fatal("ARCHC_COMPILERS is set and there is no g++")
		}
		t.Skip("no g++: CUDA sources are not compiled")
	}
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("CXX", "g++")
	t.Setenv("CXXFLAGS", "-O1")
}

// TestRunCUDA: on the shim, archc run says what it says with its own kernels: text, ids, choices at random, and scores to
// within float32. The engine is compiled once.
func TestRunCUDA(t *testing.T) {
	onShim(t)
	base := []string{"run", "../../examples/llama.arch", "-m", datesDir}
	for _, args := range [][]string{
		{"-p", "March 5, 1987 =", "-n", "20"},
		{"--tokens", "0,22,319,291,222,18,26,25,24,308"},
		{"--tokens", "0", "-n", "12", "--temperature", "2", "--seed", "7"},
		{"-p", "1 Sep 2024 =", "-n", "20", "--format", "json"},
	} {
		args = slices.Concat(base, args)
		got, errs, code := command(t, "", "archc", append(args, "--backend", "cuda-cpu")...)
		want, _, _ := command(t, "", "archc", args...)
		if code != 0 || errs != "" || got != want {
			t.Errorf("%q: code %d, %q, errors %q; with Go %q", args, code, got, errs, want)
		}
	}
	const golden = "March 5, 1987 = 1987-03-05\n"
	if out, errs, _ := command(t, "", "archc", append(base, "-p", "March 5, 1987 =", "--backend", "cuda-cpu")...); out != golden {
		t.Errorf("%q, errors %q; want %q", out, errs, golden)
	}
	scores := func(more ...string) (x struct{ Logits []float64 }) {
		t.Helper()
		out, errs, code := command(t, "", "archc", slices.Concat(base, []string{"--tokens", "0,22,319", "--logits"}, more)...)
		if err := json.Unmarshal([]byte(out), &x); err != nil || code != 0 {
			t.Fatal(err, code, errs)
		}
		return x
	}
	got, want := scores("--backend", "cuda-cpu"), scores("--backend", "reference")
	for i, x := range want.Logits {
		if math.Abs(got.Logits[i]-x) > 1e-4*(1+math.Abs(x)) {
			t.Errorf("score %d is %g, the reference gives %g", i, got.Logits[i], x)
		}
	}
	if len(got.Logits) != 334 {
		t.Errorf("%d scores", len(got.Logits))
	}
	made, err := filepath.Glob(filepath.Join(os.Getenv("XDG_CACHE_HOME"), "archc", "cuda-cpu", "*"))
	if err != nil || len(made) != 1 || !strings.HasSuffix(made[0], ".so") {
		t.Errorf("the cache has %q, %v", made, err)
	}
}

// drawing takes tokens and draws a number for each.
const drawing = `model Drawing(V=5, D=2) {
  embed : int V -> D
  head  : D -> V
  (tokens: int[T]) -> [T, V] {
    noise = normal([T, D])
    head(embed(tokens) + noise)
  }
}
`

// TestRunCUDADraws: random draws are those of the kernels in Go, for arrays with a batch and without, and token by token. A
// number that is no element of a table is told with its place.
func TestRunCUDADraws(t *testing.T) {
	onShim(t)
	work := t.TempDir()
	file := filepath.Join(work, "drawing.arch")
	if err := os.WriteFile(file, []byte(drawing), 0o666); err != nil {
		t.Fatal(err)
	}
	base := append([]string{"run", file, "--seed", "4"}, weigh(t, file, nil, filepath.Join(work, "model.safetensors"))...)
	both := func(args ...string) (outs, errs [2]string, codes [2]int) {
		t.Helper()
		for i, backend := range []string{"go", "cuda-cpu"} {
			outs[i], errs[i], codes[i] = command(t, "", "archc", slices.Concat(base, args, []string{"--backend", backend})...)
		}
		return outs, errs, codes
	}
	if outs, errs, codes := both("--tokens", "1,2,3", "-n", "9"); outs[0] != outs[1] || errs[1] != "" || codes[1] != 0 {
		t.Errorf("%q, errors %q", outs, errs)
	}
	for name, shape := range map[string][]int64{"one": {3}, "batch": {2, 3}} {
		in := onceCase{name: name, inputs: map[string]tensors{"tokens": {shape, 5}}}
		outs, errs, codes := both(append(in.write(t, work), "--format", "json")...)
		if codes != [2]int{} || errs != [2]string{} {
			t.Fatalf("%s: codes %d, errors %q", name, codes, errs)
		}
		var got [2]struct {
			Outputs map[string]struct {
				Axes  []string
				Shape []int
				Data  []float64
			}
		}
		for i := range got {
			if err := json.Unmarshal([]byte(outs[i]), &got[i]); err != nil {
				t.Fatal(err)
			}
		}
		want, have := got[0].Outputs["output"], got[1].Outputs["output"]
		near := func(a, b float64) bool { return math.Abs(a-b) <= 1e-6*(1+math.Abs(a)) }
		if !slices.Equal(have.Axes, want.Axes) || !slices.Equal(have.Shape, want.Shape) || !slices.EqualFunc(have.Data, want.Data, near) {
			t.Errorf("%s: %v, with Go %v", name, have, want)
		}
	}
	bad := filepath.Join(work, "bad.safetensors")
	if err := checkpoint.Write(bad, []checkpoint.Named{{Name: "tokens", Shape: []int64{2}, Float32: []float32{1, 5}}}, nil); err != nil {
		t.Fatal(err)
	}
	_, errs, codes := both("--input", "tokens="+bad)
	if codes != [2]int{1, 1} || errs[0] != errs[1] || !strings.Contains(errs[1], "drawing.arch:6:10: the evaluation stopped at gather: number 5 is not in 0 to 4") {
		t.Errorf("codes %d, errors %q", codes, errs)
	}
}

// TestInterruptedCompiler: an interrupt stops a compiler, and leaves nothing behind.
func TestInterruptedCompiler(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("engines are loaded on Linux alone")
	}
	work := t.TempDir()
	slow, began := filepath.Join(work, "slow"), filepath.Join(work, "began")
	text := "#!/bin/sh\ncase \"$1\" in --version) exit 0;; esac\ntouch " + began + "\nexec sleep 100\n"
	if err := os.WriteFile(slow, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("archc", "run", "../../examples/llama.arch", "-m", datesDir, "--tokens", "0", "--backend", "cuda-cpu")
	cmd.Env = append(os.Environ(), "CXX="+slow, "XDG_CACHE_HOME="+work)
	demandInterrupt(t, cmd, func(*bufio.Reader) {
		for end := time.Now().Add(hang); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
			if _, err := os.Stat(began); err == nil {
				return
			}
		}
		t.Error("the compiler was not started")
	})
	if left, err := os.ReadDir(filepath.Join(work, "archc", "cuda-cpu")); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
