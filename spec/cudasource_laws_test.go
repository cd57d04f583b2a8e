package spec_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"archc/backends/cudasource"
	"archc/ir"
	"archc/passes"
	"archc/passes/plan"
)

// cudaSources is what archc build writes of a model that continues token ids.
func cudaSources(t testing.TB, m *ir.Module, bf16 bool) map[string][]byte {
	t.Helper()
	steps, fault, err := passes.StepsOf(m.Clone(), "", false)
	if err != nil || fault != nil {
		t.Fatal(err, fault)
	}
	p, err := plan.OfSteps(steps, true)
	if err != nil {
		t.Fatal(err)
	}
	files, err := cudasource.Files(cudasource.Source{Name: m.Name, File: "x.arch", Module: m, Program: p, BFloat16: bf16})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// withFewRows is what an engine in bf16 is written from that has a plan for few rows beside the other.
func withFewRows(t testing.TB, m *ir.Module) cudasource.Source {
	t.Helper()
	steps, fault, err := passes.StepsOf(m.Clone(), "", false)
	if err != nil || fault != nil {
		t.Fatal(err, fault)
	}
	p, err := plan.OfSteps(steps, true)
	if err != nil {
		t.Fatal(err)
	}
	if p.Few, err = plan.FewOfSteps(steps, true); err != nil {
		t.Fatal(err)
	}
	return cudasource.Source{Name: m.Name, File: "x.arch", Module: m, Program: p, BFloat16: true}
}

// TestCUDALaws: generated CUDA is one text for all compilers, starts kernels through one function, leaves assembly to ptx.cuh,
// has lines that fit, and is the same every time.
func TestCUDALaws(t *testing.T) {
	asks := regexp.MustCompile(`(?m)^\s*#\s*(if|ifdef|ifndef|elif)\b|ON_CPU|__CUDA|__NVCC`)
	assembly := regexp.MustCompile(`\basm\b`)
	for _, name := range []string{"llama3-8b", "deepseek-v3", "gpt2"} {
		m := example(t, name, nil)
		files, again := cudaSources(t, m, true), cudaSources(t, m, true)
		kernels := 0
		for path, text := range files {
			if string(again[path]) != string(text) {
				t.Errorf("%s: %s is another file the second time", name, path)
			}
			if path != "model.cu" && !strings.HasPrefix(path, "kernels/") {
				continue
			}
			kernels++
			if found := asks.Find(text); found != nil {
				t.Errorf("%s: %s asks which compiler reads it: %q", name, path, found)
			}
			if assembly.Match(text) || strings.Contains(string(text), "<<<") || strings.Contains(string(text), "__shared__") {
				t.Errorf("%s: %s goes around launch.h or ptx.cuh", name, path)
			}
			for line := range strings.Lines(string(text)) {
				if len(line) > 131 {
					t.Errorf("%s: %s has a line of %d", name, path, len(line))
				}
			}
		}
		if kernels < 20 || len(again) != len(files) {
			t.Errorf("%s: %d files, %d of them kernels", name, len(files), kernels)
		}
	}
}

// TestCUDAFloors: the comment of a generated kernel says what it does and how long that takes at the least on a device, in
// numbers that a reader can check.
func TestCUDAFloors(t *testing.T) {
	m := example(t, "llama3-8b", nil)
	s := withFewRows(t, m)
	s.Device = cudasource.Device{Name: "it", Bytes: 1e12, Float32: 1e12, BFloat16: 1e14}
	files, err := cudasource.Files(s)
	if err != nil {
		t.Fatal(err)
	}
	for path, text := range files {
		kernel := strings.HasPrefix(path, "kernels/") && path != "kernels/dims.cuh" && !strings.HasPrefix(string(text), "// SPDX")
		if kernel && !strings.Contains(path, "_narrow") && !strings.Contains(string(text), "; floor ") {
			t.Errorf("%s says no floor", path)
		}
	}
	for path, want := range map[string]string{
		// 128256 x 4096 weights in bf16, a row and a norm of 4096 and 128256 results in float.
		"kernels/lm_head_stream.cuh": " FLOPs, 1,051,218,944 bytes; floor 1.05 ms on it, by its bytes.",
		// 2 x 4096 x 14336 x 4096 FLOPs.
		"kernels/down_proj_product.cuh": "// 4096 rows: 481,036,337,152 FLOPs, ",
	} {
		if !strings.Contains(string(files[path]), want) {
			t.Errorf("%s does not say %q:\n%.1200s", path, want, files[path])
		}
	}
	if text := string(files["kernels/down_proj_product.cuh"]); !strings.Contains(text, "; floor 4.81 ms on it, by its FLOPs on tensor cores.") {
		t.Errorf("another floor:\n%.1200s", text)
	}
}

// TestCUDAPTX: clang makes PTX of what is generated, with no CUDA toolkit; nothing that a thread holds lies in local memory,
// and no function is called that nobody gives to the device.
func TestCUDAPTX(t *testing.T) {
	clang, err := exec.LookPath("clang-19")
	if err != nil {
		if os.Getenv("ARCHC_COMPILERS") != "" {
			t.Fatal("ARCHC_COMPILERS is set and there is no clang-19")
		}
		t.Skip("no clang-19: no PTX is made")
	}
	for _, c := range []struct {
		model string
		bf16  bool
		arch  string
	}{{"llama", false, "sm_80"}, {"llama3-8b", true, "sm_80"}, {"llama3-8b", true, "sm_90a"}, {"deepseek-v3", true, "sm_90a"}} {
		t.Run(c.model+"/"+c.arch, func(t *testing.T) {
			dir := t.TempDir()
			all := ""
			files := cudaSources(t, example(t, c.model, nil), c.bf16)
			names := make([]string, 0, len(files))
			for name, text := range files {
				write(t, filepath.Join(dir, name), string(text))
				names = append(names, name)
			}
			slices.Sort(names)
			for _, name := range names {
				if strings.HasPrefix(name, "kernels/") {
					all += "#include \"" + name + "\"\n"
				}
			}
			write(t, filepath.Join(dir, "all.cu"), all)
			cmd := exec.CommandContext(t.Context(), clang, "-x", "cuda", "-nocudainc", "-nocudalib", "-Wno-unknown-cuda-version", "--cuda-device-only",
				"--cuda-gpu-arch="+c.arch, "--cuda-feature=+ptx83", "-std=c++17", "-O3", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter", "-S", "-I.", "-Ikernels", "all.cu",
				"-o", "all.ptx")
			cmd.Dir = dir
			if said, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%.3000s", err, said)
			}
			text, err := os.ReadFile(filepath.Join(dir, "all.ptx"))
			if err != nil {
				t.Fatal(err)
			}
			for _, word := range []string{".local", "call.uni", ".extern .func"} {
				if strings.Contains(string(text), word) {
					t.Errorf("the PTX has %s", word)
				}
			}
			if n := strings.Count(string(text), ".entry"); n < 15 {
				t.Errorf("%d kernels", n)
			}
			// Products of many rows are for warpgroups where the code may have them, and those kernels are empty elsewhere.
			for _, word := range []string{"wgmma.mma_async.sync.aligned.m64n128k16", "cp.async.bulk.tensor.2d"} {
				if strings.Contains(string(text), word) != (c.arch == "sm_90a") {
					t.Errorf("%s stands in code for %s, or is missing", word, c.arch)
				}
			}
			t.Logf("%d kernels, %s", strings.Count(string(text), ".entry"), cmd.ProcessState.UserTime())
		})
	}
}
