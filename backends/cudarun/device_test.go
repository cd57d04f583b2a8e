//go:build linux && (amd64 || arm64)

package cudarun

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// driver is a driver of NVIDIA's as far as it is asked, with answers of its environment.
const driver = `
#include <stdlib.h>
static int of(const char* name) { const char* s = getenv(name); return s ? atoi(s) : 0; }
extern "C" {
int cuInit(unsigned) { return of("INIT"); }
int cuDeviceGetCount(int* n) { *n = of("COUNT"); return of("COUNTING"); }
int cuDeviceGetAttribute(int* value, int attribute, int device) {
  *value = device != 0 ? -1 : attribute == 75 ? of("MAJOR") : attribute == 76 ? of("MINOR") : -1;
  return of("ASKING");
}
int cuGetErrorString(int code, const char** text) { *text = code == 100 ? "no CUDA-capable device is detected" : 0; return code == 100 ? 0 : 1; }
}
`

// TestDevice: what the driver says becomes what nvcc compiles for, or what is missing. The test runs itself, once for each
// driver, since a process loads a driver once.
func TestDevice(t *testing.T) {
	if os.Getenv("ASK_DEVICE") != "" {
		code, missing := device()
		if err := os.WriteFile(os.Getenv("ASK_DEVICE"), []byte(code+"|"+missing), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	gxx, err := exec.LookPath("g++")
	if err != nil {
		if os.Getenv("ARCHC_COMPILERS") != "" {
			t.Fatal("ARCHC_COMPILERS is set and there is no g++")
		}
		t.Skip("no g++: no driver is made up")
	}
	work := t.TempDir()
	build := func(name, text string) (dir string) {
		t.Helper()
		dir = filepath.Join(work, name)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		source := filepath.Join(dir, "driver.cc")
		if err := os.WriteFile(source, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(gxx, "-shared", "-fPIC", "-o", filepath.Join(dir, driverLibrary), source).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return dir
	}
	whole, empty := build("whole", driver), build("empty", "")
	for _, c := range []struct {
		dir  string
		env  []string
		want string
	}{
		{whole, []string{"COUNT=1", "MAJOR=9", "MINOR=0"}, "arch=compute_90a,code=sm_90a|"},
		{whole, []string{"COUNT=2", "MAJOR=8", "MINOR=6"}, "arch=compute_80,code=sm_80|"},
		{whole, []string{"COUNT=1", "MAJOR=12"}, "arch=compute_80,code=compute_80|"},
		{whole, []string{"COUNT=1", "MAJOR=7", "MINOR=5"}, "|a device: the first one has compute capability 7.5, and the kernels need 8.0"},
		{whole, []string{"COUNT=0"}, "|a device: the driver sees none"},
		{whole, []string{"INIT=100"}, "|a device: cuInit gives error 100, no CUDA-capable device is detected"},
		{whole, []string{"COUNTING=3"}, "|a device: cuDeviceGetCount gives error 3"},
		{whole, []string{"COUNT=1", "ASKING=3"}, "|a device: cuDeviceGetAttribute gives error 3"},
		{empty, nil, "|a device: the driver libcuda.so.1 has no cuInit"},
	} {
		answer := filepath.Join(work, "answer")
		cmd := exec.Command(os.Args[0], "-test.run=^TestDevice$")
		cmd.Env = append(append(os.Environ(), "LD_LIBRARY_PATH="+c.dir, "ASK_DEVICE="+answer), c.env...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if got, err := os.ReadFile(answer); err != nil || string(got) != c.want {
			t.Errorf("%q: %q, %v, want %q", c.env, got, err, c.want)
		}
	}
}
