package spec_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"archc/backends/checkpoint"
	"archc/backends/cudasource"
	"archc/ir/eval"
	"archc/passes"
	"archc/passes/plan"
)

// TestCudaStory: generated CUDA, compiled for a CPU, gives the reference's scores for decoders of each kind, in pieces of
// one row, of few and of many: each piece is computed by other kernels.
func TestCudaStory(t *testing.T) {
	gxx, err := exec.LookPath("g++")
	if err != nil {
		if os.Getenv("ARCHC_COMPILERS") != "" {
			t.Fatal("ARCHC_COMPILERS is set and there is no g++")
		}
		t.Skip("no g++: CUDA sources are not compiled")
	}
	for _, c := range allOracleCases() {
		if slices.Contains([]string{"gpt2", "mixtral", "deepseek-v3"}, c.name) {
			t.Run(c.name, func(t *testing.T) { story(t, gxx, c) })
		}
	}
}

// story builds a case's engine and compares its scores with the reference's.
func story(t *testing.T, gxx string, c oracleCase) {
	f := c.read(t)
	m := c.module(t, f)
	steps, fault, err := passes.StepsOf(m.Clone(), "", false)
	if err != nil || fault != nil {
		t.Fatal(err, fault)
	}
	io, err := checkpoint.Open("oracle/cases/" + c.name + "/io.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	inputs := c.feed(t, m, f, io)
	io.Close()
	for name, x := range inputs {
		inputs[name] = lone(x)
	}
	program, err := plan.OfSteps(steps, true)
	if err != nil {
		t.Fatal(err)
	}
	if program.Few, err = plan.FewOfSteps(steps, true); err != nil {
		t.Fatal(err)
	}
	in, out := m.Inputs[0].Name, m.Outputs[0].Name
	files, err := cudasource.Files(cudasource.Source{Name: m.Name, File: "x.arch", Module: m, Program: program,
		Text: cudasource.Text{Input: in, Output: out, Vocab: 1 << 20}})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	w := newRounded(hashed{f, c.prefix})
	w.save(t, m, filepath.Join(dir, "model.safetensors"))
	cmd := exec.Command(gxx, "-std=c++17", "-O0", "-Wno-unknown-pragmas", "-I.", "-Ikernels", "-x", "c++", "model.cu", "engine.cu", "main.cu", "-o", "engine-cpu")
	cmd.Dir = dir
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	res := run(t, m, w, inputs, eval.Options{})
	want := res.Outputs[out]
	ids := make([]string, len(inputs[in].Data))
	for i, x := range inputs[in].Data {
		ids[i] = fmt.Sprint(int(x))
	}
	for _, chunk := range []string{"1", "3", "100"} {
		cmd := exec.Command(filepath.Join(dir, "engine-cpu"), "-m", dir, "--tokens", strings.Join(ids, ","), "--logits", "--chunk", chunk)
		var e strings.Builder
		cmd.Stderr = &e
		said, err := cmd.Output()
		if err != nil {
			t.Fatalf("chunk %s: %v %s", chunk, err, e.String())
		}
		var got struct{ Logits []float64 }
		if err := json.Unmarshal(said, &got); err != nil {
			t.Fatal(err)
		}
		n := len(got.Logits)
		last := want.Data[len(want.Data)-n:]
		worst, size := 0.0, 0.0
		for i, x := range got.Logits {
			worst, size = max(worst, math.Abs(x-last[i])), max(size, math.Abs(last[i]))
		}
		if !(worst <= 1e-5*size) {
			t.Errorf("pieces of %s: off by %g of %g", chunk, worst, size)
		}
	}
}
