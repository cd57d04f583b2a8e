package cuda

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// ptx compiles a subject's entries for a device, with no CUDA toolkit.
func ptx(t *testing.T, name, arch string) string {
	t.Helper()
	clang := compiler(t, "clang-19")
	source := filepath.Join(buildDir, name+".cu")
	unit := "#include \"" + name + ".cuh\"\n#include \"" + name + "_entries.cuh\"\n"
	if err := os.WriteFile(source, []byte(unit), 0o666); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(buildDir, name+".ptx")
	cmd := exec.Command(clang, "-x", "cuda", "-nocudainc", "-nocudalib", "--cuda-device-only", "--cuda-gpu-arch="+arch,
		"--cuda-feature=+ptx83", "-std=c++17", "-O3", "-Wall", "-Wextra", "-Werror", "-S",
		"-Iruntime", "-Ikernels", "-Itestdata", source, "-o", out)
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestPTX: kernels compile for a device as they stand, keep what they hold in registers, and use its instructions.
func TestPTX(t *testing.T) {
	for _, c := range []struct{ name, arch, instructions string }{
		{"product", "sm_80", "mma.sync.aligned.m16n8k16 ldmatrix.sync cp.async.cg.shared.global"},
		{"product_sm90", "sm_90a", "wgmma.mma_async.sync.aligned.m64n128k16 cp.async.bulk.tensor.2d mbarrier.try_wait setmaxnreg.inc"},
		{"stream", "sm_80", "ld.global.nc.L1::no_allocate.v4.u32 shfl.sync.bfly fma.rn.f32"},
		{"attend", "sm_80", "mma.sync.aligned.m16n8k16 ldmatrix.sync.aligned.m8n8.x4.trans cp.async.cg.shared.global ex2.approx"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := ptx(t, c.name, c.arch)
			for _, word := range strings.Fields(c.instructions) {
				if !strings.Contains(text, word) {
					t.Errorf("no %s", word)
				}
			}
			if strings.Contains(text, ".local") {
				t.Error("a thread's own array lies in memory and not in registers")
			}
			if strings.Contains(text, "call.uni") || strings.Contains(text, ".extern .func") {
				t.Error("a function is called: nothing gives it to the device")
			}
		})
	}
}
