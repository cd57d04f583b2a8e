package cuda

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// deviceTargets are what each subject is compiled for, and the instructions that it must have there.
var deviceTargets = []struct {
	subject            subject
	arch, instructions string
}{
	{wrappers, "sm_80", "cvt.rn.bf16x2.f32 cvt.rn.f16x2.f32 tanh.approx rsqrt.approx lg2.approx st.global.v4 shfl.sync.idx"},
	{product, "sm_80", "mma.sync.aligned.m16n8k16 ldmatrix.sync cp.async.cg.shared.global"},
	{product, "sm_90a", "mma.sync.aligned.m16n8k16 ldmatrix.sync cp.async.cg.shared.global"},
	{hopperProduct, "sm_90a", "wgmma.mma_async.sync.aligned.m64n128k16 cp.async.bulk.tensor.2d mbarrier.try_wait setmaxnreg.inc"},
	{exactProduct, "sm_80", "ld.global.v4 ld.shared.v4 fma.rn.f32"},
	{widened, "sm_80", "mma.sync.aligned.m16n8k16 cvt.rn.bf16x2.f32 ld.global.nc.L1::no_allocate.v4.u32 st.shared.v4 fma.rn.f32"},
	{stream, "sm_80", "ld.global.nc.L1::no_allocate.v4.u32 ld.shared.v4 shfl.sync.bfly fma.rn.f32"},
	{route, "sm_80", "vote.sync.ballot.b32 popc.b32 mma.sync.aligned.m16n8k16 fma.rn.f32"},
	{attend, "sm_80", "mma.sync.aligned.m16n8k16 ldmatrix.sync.aligned.m8n8.x4.trans cp.async.cg.shared.global ex2.approx"},
	{attendFew, "sm_80", "mma.sync.aligned.m16n8k16 ldmatrix.sync.aligned.m8n8.x4.trans cp.async.cg.shared.global ex2.approx"},
	{attendFew, "sm_90a", "mma.sync.aligned.m16n8k16 ldmatrix.sync.aligned.m8n8.x4.trans cp.async.cg.shared.global ex2.approx"},
	{attendRows, "sm_80", "mma.sync.aligned.m16n8k16 ldmatrix.sync.aligned.m8n8.x4.trans cp.async.cg.shared.global ex2.approx"},
	{attendRows, "sm_90a", "mma.sync.aligned.m16n8k16 ldmatrix.sync.aligned.m8n8.x4.trans cp.async.cg.shared.global ex2.approx"},
	{attend, "sm_90a", "mma.sync.aligned.m16n8k16 ldmatrix.sync.aligned.m8n8.x4.trans cp.async.cg.shared.global ex2.approx"},
}

// deviceSource writes a subject's kernels and entries, and nothing of the host, as one file.
func deviceSource(t *testing.T, s subject) string {
	t.Helper()
	var unit strings.Builder
	for _, k := range append(s.kernels, "testdata/"+s.name+"_entries.cuh") {
		unit.WriteString("#include \"" + filepath.Base(k) + "\"\n")
	}
	source := filepath.Join(buildDir, s.name+".cu")
	if err := os.WriteFile(source, []byte(unit.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	return source
}

// ptx compiles a subject's entries for a device, with no CUDA toolkit.
func ptx(t *testing.T, s subject, arch string) string {
	t.Helper()
	return compilePTX(t, s.name, deviceSource(t, s), arch)
}

func compilePTX(t *testing.T, name, source, arch string) string {
	t.Helper()
	clang := compiler(t, "clang-19")
	out := filepath.Join(buildDir, name+".ptx")
	cmd := exec.Command(clang, "-x", "cuda", "-nocudainc", "-nocudalib", "-Wno-unknown-cuda-version", "--cuda-device-only", "--cuda-gpu-arch="+arch,
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
	for _, c := range deviceTargets {
		t.Run(c.subject.name+"/"+c.arch, func(t *testing.T) {
			text := ptx(t, c.subject, c.arch)
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

// TestToolkit: where there is NVIDIA's compiler, it assembles the same sources, and no register is spilled to memory.
func TestToolkit(t *testing.T) {
	nvcc, err := exec.LookPath("nvcc")
	if err != nil {
		t.Skip("no nvcc: CUDA sources are not assembled")
	}
	for _, c := range deviceTargets {
		t.Run(c.subject.name+"/"+c.arch, func(t *testing.T) {
			source, number := deviceSource(t, c.subject), strings.TrimPrefix(c.arch, "sm_")
			cmd := exec.Command(nvcc, "-std=c++17", "-gencode", "arch=compute_"+number+",code=sm_"+number, "-Xptxas", "-v", "-cubin",
				"-Iruntime", "-Ikernels", "-Itestdata", source, "-o", filepath.Join(buildDir, c.subject.name+".cubin"))
			said, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, said)
			}
			kept := "0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads"
			if n := strings.Count(string(said), "spill stores"); n == 0 || n != strings.Count(string(said), kept) {
				t.Errorf("registers are spilled:\n%s", said)
			}
			if strings.Contains(string(said), "warning") || strings.Contains(string(said), "serialized") {
				t.Errorf("the compiler is not content:\n%s", said)
			}
		})
	}
}
