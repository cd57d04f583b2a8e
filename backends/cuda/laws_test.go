package cuda

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestOneSource: a kernel is the same text for every compiler. Only launch.h and ptx.cuh ask which one reads them, and
// only ptx.cuh speaks to the device in assembly.
func TestOneSource(t *testing.T) {
	asks := regexp.MustCompile(`(?m)^\s*#\s*(if|ifdef|ifndef|elif)\b|ON_CPU|__CUDA|__NVCC`)
	assembly := regexp.MustCompile(`\basm\b`)
	for _, dir := range []string{"runtime", "kernels"} {
		files, err := Source(dir)
		if err != nil {
			t.Fatal(err)
		}
		if len(files) == 0 {
			t.Errorf("%s is empty", dir)
		}
		for name, text := range files {
			// The shim is never compiled for a device: what it asks is which machine it runs on.
			shim := strings.HasPrefix(name, "shim")
			if m := asks.Find(text); m != nil && !shim && !slices.Contains([]string{"launch.h", "ptx.cuh"}, name) {
				t.Errorf("%s/%s has %q", dir, name, m)
			}
			if assembly.Match(text) && !shim && name != "ptx.cuh" {
				t.Errorf("%s/%s has assembly of its own", dir, name)
			}
			if strings.Contains(string(text), "<<<") || dir == "kernels" && strings.Contains(string(text), "__shared__") {
				t.Errorf("%s/%s goes around launch.h", dir, name)
			}
			for line := range strings.Lines(string(text)) {
				if len(strings.TrimSuffix(line, "\n")) > 130 {
					t.Errorf("%s/%s has a line of %d", dir, name, len(line))
				}
			}
		}
	}
}

// TestWrappersHaveNamesakes: what ptx.cuh gives a device, the shim gives a CPU, under the same name.
func TestWrappersHaveNamesakes(t *testing.T) {
	files, err := Source("runtime")
	if err != nil {
		t.Fatal(err)
	}
	var shim strings.Builder
	for name, text := range files {
		if strings.HasPrefix(name, "shim") {
			shim.Write(text)
		}
	}
	device, _, _ := strings.Cut(string(files["ptx.cuh"]), "#endif")
	wrappers := regexp.MustCompile(`DEVICE \w+ (\w+)\(`).FindAllStringSubmatch(device, -1)
	if len(wrappers) < 20 {
		t.Errorf("only %d wrappers found", len(wrappers))
	}
	for _, w := range wrappers {
		// Addresses in shared memory are the device's own; the shim knows pointers.
		if w[1] != "shared_address" && !regexp.MustCompile(`\w+ `+w[1]+`\(`).MatchString(shim.String()) {
			t.Errorf("%s has no namesake in the shim", w[1])
		}
	}
}

func TestUnknownSource(t *testing.T) {
	if _, err := Source("testdata"); err == nil {
		t.Error("files of tests are embedded")
	}
}
