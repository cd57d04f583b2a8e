package cuda

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestDevice runs the trials of TestKernels on a device, where there is one with NVIDIA's compiler: the same sources, the
// same requests, the same bounds. It is what holds the shim to the hardware.
func TestDevice(t *testing.T) {
	nvcc, err := exec.LookPath("nvcc")
	if err != nil {
		t.Skip("no nvcc: nothing runs on a device")
	}
	said, err := exec.Command("nvidia-smi", "--query-gpu=compute_cap", "--format=csv,noheader").Output()
	if err != nil {
		t.Skip("no device that nvidia-smi knows")
	}
	number := strings.ReplaceAll(strings.Fields(string(said))[0], ".", "")
	if number == "90" {
		number = "90a"
	}
	for _, s := range subjects {
		t.Run(s.name, func(t *testing.T) {
			if s.name == hopperProduct.name && number != "90a" {
				t.Skip("no Hopper")
			}
			if err := compileForDevice(t, nvcc, number, s).tries(0, s.trials(), "device"); err != nil {
				t.Error(err)
			}
		})
	}
}

func compileForDevice(t *testing.T, nvcc, number string, s subject) program {
	t.Helper()
	text, err := s.text()
	if err != nil {
		t.Fatal(err)
	}
	p := program{path: filepath.Join(buildDir, s.name+"_device")}
	source := p.path + ".cu"
	if err := os.WriteFile(source, []byte(unit(text, nil)), 0o666); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(nvcc, "-std=c++17", "-O3", "-diag-suppress", "177", "-gencode", "arch=compute_"+number+",code=sm_"+number,
		"-Iruntime", "-Itestdata", source, "-o", p.path)
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	return p
}
