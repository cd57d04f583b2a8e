package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// demandTools skips a test without a tool. Where ARCHC_COMPILERS is set, to be without one is a failure.
func demandTools(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("ARCHC_COMPILERS") != "" {
				t.Fatalf("ARCHC_COMPILERS is set and there is no %s", tool)
			}
			t.Skipf("no %s: CUDA sources are not compiled", tool)
		}
	}
}

// builtCUDA runs archc build and then make with a C++ compiler, and gives the program.
func builtCUDA(t *testing.T, args ...string) string {
	t.Helper()
	demandTools(t, "make", "g++")
	dir := filepath.Join(t.TempDir(), "cuda")
	if _, errs, code := command(t, "", "archc", append([]string{"build", "--target", "cuda", "-o", dir}, args...)...); code != 0 {
		t.Fatalf("archc build: code %d\n%s", code, errs)
	}
	if out, errs, code := command(t, dir, "make", "CXX=g++", "CXXFLAGS=-O0 -Wall -Wextra -Werror -Wno-unused-parameter", "cpu"); code != 0 {
		t.Fatalf("make cpu: code %d\n%s%s", code, out, errs)
	}
	return filepath.Join(dir, "engine-cpu")
}

// TestBuildCUDA: the program on the shim continues token ids as archc run does, however the prompt is divided.
func TestBuildCUDA(t *testing.T) {
	llama := "../../examples/llama.arch"
	engine := builtCUDA(t, llama, "--config", datesDir)
	ids := "0,22,319,291,222,18,26,25,24,308"
	want, _, _ := command(t, "", "archc", "run", llama, "-m", datesDir, "--tokens", ids, "-n", "10")
	for _, args := range [][]string{{}, {"--chunk", "1"}, {"--chunk", "7"}} {
		got, errs, code := command(t, "", engine, append([]string{"-m", datesDir, "--tokens", ids, "-n", "10"}, args...)...)
		if code != 0 || errs != "" || got != want {
			t.Errorf("%q: code %d, %q, errors %q; archc run prints %q", args, code, got, errs, want)
		}
	}
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--tokens", "1"}, 2, "-m CHECKPOINT is missing"},
		{[]string{"-m", datesDir}, 2, "--tokens is missing"},
		{[]string{"-m", datesDir, "--tokens", "1,,2"}, 2, "whole numbers apart by commas"},
		{[]string{"-m", datesDir, "--tokens", "1", "-n", "-1"}, 2, "-n is a whole number"},
		{[]string{"-m", datesDir, "--tokens", "1", "--chunk", "0"}, 2, "--chunk is a whole number from 1 on"},
		{[]string{"-m", datesDir, "--tokens", "1", "--room"}, 2, "unknown argument --room"},
		{[]string{"-m", datesDir, "--tokens"}, 2, "--tokens needs a value"},
		{[]string{"-m", datesDir, "--tokens", "334"}, 3, "token 334 is not in 0 to 333"},
		{[]string{"-m", "no/such/place", "--tokens", "1"}, 3, "no/such/place: No such file or directory"},
		{[]string{"-m", ".", "--tokens", "1"}, 3, "neither model.safetensors nor its index"},
	} {
		out, errs, code := command(t, "", engine, c.args...)
		if code != c.code || !strings.Contains(errs, c.says) || out != "" {
			t.Errorf("%q: code %d, %q, %q", c.args, code, out, errs)
		}
	}
}

// selfTest compiles the self-test of an engine that was written, and gives what it prints, and its code.
func selfTest(t *testing.T, dir string) (string, int) {
	t.Helper()
	if out, errs, code := command(t, dir, "make", "CXX=g++", "CXXFLAGS=-O0 -Wall -Wextra -Werror -Wno-unused-parameter -Wno-unused-variable", "test-cpu"); code != 0 {
		t.Fatalf("make test-cpu: code %d\n%s%s", code, out, errs)
	}
	out, errs, code := command(t, dir, filepath.Join(dir, "test-cpu"), "-n", "14")
	if errs != "" {
		t.Errorf("errors %q", errs)
	}
	return out, code
}

// TestBuildCUDASelfTest: the test that comes with an engine holds on the shim, for a model in float and one in bf16 that chooses
// experts, and names what a changed kernel gets wrong: a tile of the library, by its loops, and a kernel of the model, by its
// logits in pieces.
func TestBuildCUDASelfTest(t *testing.T) {
	demandTools(t, "make", "g++")
	mixtral := []string{"../../examples/mixtral-8x7b.arch", "--dtype", "bf16"}
	for _, set := range []string{"D=24", "L=1", "H=4", "G=2", "F=20", "V=53", "E=5"} {
		mixtral = append(mixtral, "--set", set)
	}
	for _, c := range []struct {
		name   string
		args   []string
		checks []string
	}{
		{"llama", []string{"../../examples/llama.arch", "--config", datesDir}, []string{"tiles in float", "streamed weights, 2 sums", "attention of few lanes in parts", "in pieces of 7"}},
		{"mixtral", mixtral, []string{"tiles of tensor cores", "the 2 largest of 5", "attention of many lanes", "in pieces of 1"}},
	} {
		dir := filepath.Join(t.TempDir(), c.name)
		if _, errs, code := command(t, "", "archc", append([]string{"build", "--target", "cuda", "-o", dir}, c.args...)...); code != 0 {
			t.Fatalf("archc build: code %d\n%s", code, errs)
		}
		out, code := selfTest(t, dir)
		if code != 0 || !strings.HasSuffix(out, "\nok\n") || strings.Contains(out, "WRONG") {
			t.Errorf("%s: code %d\n%s", c.name, code, out)
		}
		for _, want := range c.checks {
			if !strings.Contains(out, want) {
				t.Errorf("%s: no check of %s:\n%s", c.name, want, out)
			}
		}
		if c.name != "llama" {
			continue
		}
		mistaken(t, filepath.Join(dir, "kernels", "product_exact.cuh"), "fmaf(va[i], vb[j], sum[i][j])", "va[i] * vb[j]")
		mistaken(t, filepath.Join(dir, "kernels", "down_proj_stream.cuh"), "v_0 + sum[0]", "sum[0]")
		out, code = selfTest(t, dir)
		if code != 1 || strings.HasSuffix(out, "\nok\n") || !strings.Contains(out, "WRONG tiles in float") ||
			!strings.Contains(out, "ok    streamed weights") || !strings.Contains(out, "WRONG logits behind 14 tokens, in pieces of 1") {
			t.Errorf("with a mistake: code %d\n%s", code, out)
		}
	}
}

// mistaken puts a mistake into a file, where its text stands once.
func mistaken(t *testing.T, path, old, with string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil || strings.Count(string(text), old) != 1 {
		t.Fatalf("%s: %v, %q stands %d times", path, err, old, strings.Count(string(text), old))
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), old, with, 1)), 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestBuildCUDAStories: the trained Llama of the test data continues a prompt with exactly the golden ids.
func TestBuildCUDAStories(t *testing.T) {
	root := os.Getenv("ARCHC_TESTDATA")
	if root == "" {
		t.Skip("ARCHC_TESTDATA is not set: no trained checkpoint of others")
	}
	ckpt := filepath.Join(root, "stories260k")
	var golden struct {
		Prompt []int `json:"prompt_ids"`
		IDs    []int `json:"greedy_ids"`
	}
	readGolden(t, filepath.Join(ckpt, "golden.json"), &golden)
	engine := builtCUDA(t, "../../examples/llama.arch", "--config", ckpt, "--dtype", "f32")
	list := func(ids []int) string { return strings.ReplaceAll(strings.Trim(fmt.Sprint(ids), "[]"), " ", ",") }
	out, errs, code := command(t, "", engine, "-m", ckpt, "--tokens", list(golden.Prompt), "-n", fmt.Sprint(len(golden.IDs)-len(golden.Prompt)))
	if code != 0 || out != list(golden.IDs)+"\n" {
		t.Errorf("code %d, %q, errors %q; want %q", code, out, errs, list(golden.IDs))
	}
}

// TestBuildCUDAQuantized: with weights in eight bits the trained model of the examples writes the dates that it writes without.
func TestBuildCUDAQuantized(t *testing.T) {
	llama := "../../examples/llama.arch"
	engine := builtCUDA(t, llama, "--config", datesDir, "--dtype", "int8")
	ids := "0,22,319,291,222,18,26,25,24,308"
	want, _, _ := command(t, "", "archc", "run", llama, "-m", datesDir, "--tokens", ids, "-n", "10")
	for _, chunk := range []string{"1", "10"} {
		if got, errs, code := command(t, "", engine, "-m", datesDir, "--tokens", ids, "-n", "10", "--chunk", chunk); code != 0 || errs != "" || got != want {
			t.Errorf("pieces of %s: code %d, %q, errors %q; archc run prints %q", chunk, code, got, errs, want)
		}
	}
}

// TestBuildCUDAHostile: names and strings of a file are names and strings of the C++, and nothing else: a compiler takes it.
func TestBuildCUDAHostile(t *testing.T) {
	demandTools(t, "g++")
	dir := t.TempDir()
	file := filepath.Join(dir, "hostile.arch")
	if err := os.WriteFile(file, []byte(hostileModel), 0o666); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	if _, errs, code := command(t, "", "archc", "build", file, "--target", "cuda", "-o", out); code != 0 {
		t.Fatalf("archc build: code %d\n%s", code, errs)
	}
	args := []string{"-std=c++17", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-Wno-unknown-pragmas", "-Wno-unused-parameter", "-I.", "-Ikernels", "-x", "c++"}
	if _, errs, code := command(t, out, "g++", append(args, "model.cu")...); code != 0 {
		t.Errorf("g++: code %d\n%s", code, errs)
	}
}
