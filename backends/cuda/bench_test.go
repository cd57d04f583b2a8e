package cuda

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestBench: the benchmark's kernels compile for the devices that it runs on, and its program is a program. That it
// measures anything is seen on a device alone.
func TestBench(t *testing.T) {
	sources, err := filepath.Glob("bench/*.cu")
	if err != nil || len(sources) < 3 {
		t.Fatal(sources, err)
	}
	for _, source := range sources {
		name := strings.TrimSuffix(filepath.Base(source), ".cu")
		arches := []string{"sm_80", "sm_90a"}
		if strings.HasSuffix(name, "_sm90") {
			arches = arches[1:]
		}
		for _, arch := range arches {
			if strings.Contains(compilePTX(t, "bench_"+name, source, arch), ".local") {
				t.Errorf("%s for %s: a thread's own array lies in memory and not in registers", source, arch)
			}
		}
	}
	if python, err := exec.LookPath("python3"); err != nil {
		t.Log("no python3: bench.py is not read")
	} else if said, err := exec.Command(python, "-c", "import ast; ast.parse(open('bench/bench.py').read())").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, said)
	}
}
