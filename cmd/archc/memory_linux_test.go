package main

import (
	"encoding/json"
	"os/exec"
	"syscall"
	"testing"
)

// TestPeakMemory: what the system says that a process has held is the peak that archc plan predicts, for a model of 1 GB:
// at most 5% more beside the Go runtime and the program itself, and not less, or the prediction counts what is not there.
func TestPeakMemory(t *testing.T) {
	model := []string{"../../examples/llama.arch", "--set", "D=1024", "--set", "L=14", "--set", "H=16", "--set", "G=4", "--set", "F=2816",
		"--set", "V=48000"}
	var p planReport
	out := succeed(t, append([]string{"plan", "--seq", "T=256,past=0", "--format", "json"}, model...)...)
	if err := json.Unmarshal([]byte(out), &p); err != nil {
		t.Fatal(err)
	}
	held := func(args ...string) int64 {
		cmd := exec.Command("archc", args...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10
	}
	alone := held("version")
	run := append([]string{"bench", "--random", "--prompt", "256", "--new", "0", "--repeat", "1"}, model...)
	got := held(run...) - alone
	t.Logf("predicted %d bytes, held %d, and %d of the program alone", p.Memory.Peak, got, alone)
	if got > p.Memory.Peak*105/100 || got < p.Memory.Peak*95/100 {
		t.Errorf("%d bytes are held and %d were predicted", got, p.Memory.Peak)
	}
}
