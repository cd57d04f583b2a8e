package main

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestFullDisk: output that cannot be written is told, whether it fills the buffer or not.
func TestFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full here:", err)
	}
	defer full.Close()
	for _, args := range [][]string{{"version"}, {"ir", "../../examples/llama.arch"}, {"explain"}} {
		cmd := exec.Command("archc", args...)
		var stderr strings.Builder
		cmd.Stdout, cmd.Stderr = full, &stderr
		var failed *exec.ExitError
		if err := cmd.Run(); !errors.As(err, &failed) || failed.ExitCode() != int(exitUnreadable) {
			t.Errorf("%v: %v, want exit code %d", args, err, exitUnreadable)
		}
		if !strings.Contains(stderr.String(), "R002") {
			t.Errorf("%v: standard error %q", args, stderr.String())
		}
	}
}
