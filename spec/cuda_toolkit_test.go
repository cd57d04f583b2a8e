package spec_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCUDAToolkit: where there is NVIDIA's compiler, it assembles what is generated for whole models, host code too, and no
// register is spilled to memory. The models are one in float, one of grouped heads, and one of latents and experts.
func TestCUDAToolkit(t *testing.T) {
	nvcc, err := exec.LookPath("nvcc")
	if err != nil {
		t.Skip("no nvcc: generated CUDA is not assembled")
	}
	for _, c := range []struct {
		model, arch string
		bf16        bool
	}{{"llama", "80", false}, {"llama3-8b", "80", true}, {"llama3-8b", "90a", true}, {"deepseek-v3", "80", true}, {"deepseek-v3", "90a", true}} {
		t.Run(c.model+"/sm_"+c.arch, func(t *testing.T) {
			assembles(t, nvcc, c.arch, "model.cu", cudaSources(t, example(t, c.model, nil), c.bf16))
		})
	}
	t.Run("variants of attention", func(t *testing.T) {
		m := compile(t, "variants.arch", variantsText(), nil)
		for _, bf16 := range []bool{false, true} {
			assembles(t, nvcc, "80", "model.cu", cudaFiles(t, m, bf16))
		}
	})
}

// assembles compiles a file of a written directory for a device, and looks at what each kernel keeps in memory.
func assembles(t *testing.T, nvcc, arch, file string, files map[string][]byte) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		write(t, filepath.Join(dir, name), string(text))
	}
	cmd := exec.CommandContext(t.Context(), nvcc, "-std=c++17", "-gencode", "arch=compute_"+arch+",code=sm_"+arch, "-Xptxas", "-v", "-I.", "-Ikernels", "-c", file, "-o", "all.o")
	cmd.Dir = dir
	said, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%.5000s", err, said)
	}
	const kept = "0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads"
	kernels, kernel := 0, ""
	for line := range strings.Lines(string(said)) {
		switch {
		case strings.Contains(line, "Compiling entry function"):
			kernel = line
		case strings.Contains(line, "spill stores"):
			if kernels++; !strings.Contains(line, kept) {
				t.Errorf("%s%s", kernel, line)
			}
		case strings.Contains(line, "warning") || strings.Contains(line, "serialized"):
			t.Errorf("%s%s", kernel, line)
		}
	}
	if kernels < 10 {
		t.Errorf("%d kernels:\n%.3000s", kernels, said)
	}
	t.Logf("%d kernels, %s", kernels, cmd.ProcessState.UserTime())
}
