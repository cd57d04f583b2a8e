//go:build unix

package main

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestPipesAndDevices: nothing that could block or never end is opened.
func TestPipesAndDevices(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "pipe.arch")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Skip("no pipes here:", err)
	}
	for _, file := range []string{fifo, "/dev/zero"} {
		_, stderr, code := invoke(t, "", "check", file)
		if code != exitUnreadable || !strings.Contains(stderr, "it is no regular file [R001]") {
			t.Errorf("%s: exit code %d, %s", file, code, stderr)
		}
	}
	main := "import pipe\n"
	_, stderr, code := invoke(t, main, "check", "-")
	if code != exitDiagnostics || !strings.Contains(stderr, "E203") {
		t.Errorf("import of nothing: exit code %d, %s", code, stderr)
	}
}
