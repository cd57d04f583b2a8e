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

// TestRunCUDAArrays: a model without weights and with random draws takes arrays, with a batch or without, and gives what the
// kernels in Go give.
func TestRunCUDAArrays(t *testing.T) {
	onShim(t)
	work := t.TempDir()
	file := filepath.Join(work, "noisy.arch")
	if err := os.WriteFile(file, []byte(noisy), 0o666); err != nil {
		t.Fatal(err)
	}
	for name, shape := range map[string][]int64{"one": {4}, "batch": {2, 4}} {
		in := onceCase{name: name, inputs: map[string]tensors{"x": {shape, 0}}, more: []string{"--seed", "7"}}
		args := append([]string{"run", file}, in.write(t, work)...)
		var all [2]*checkpoint.Checkpoint
		for i, backend := range []string{"go", "cuda-cpu"} {
			out := filepath.Join(work, name+backend+".safetensors")
			if _, errs, code := command(t, "", "archc", append(args, "--backend", backend, "--output", out)...); code != 0 || errs != "" {
				t.Fatalf("%s on %s: code %d, %s", name, backend, code, errs)
			}
			c, err := checkpoint.Open(out)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			all[i] = c
		}
		for _, output := range []string{"y", "z"} {
			want, err := all[0].Float64s(output, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := all[1].Expect(output, shape, checkpoint.F32); err != nil {
				t.Error(err)
			}
			if got, err := all[1].Float64s(output, nil); err != nil || !slices.Equal(got, want) {
				t.Errorf("%s: %s is %v, %v; with Go %v", name, output, got, err, want)
			}
		}
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
