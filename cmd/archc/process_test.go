package main

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestInterrupt: the first interrupt ends a run within moments, with its own exit code and what was
// printed before. The run cannot end of itself: no token ends its text, and what it prints is more than a pipe holds.
func TestInterrupt(t *testing.T) {
	cmd := exec.Command("archc", "run", "../../examples/llama.arch", "-m", withoutEnd(t, "../../examples/checkpoints/dates"),
		"--tokens", "0", "-n", "100000")
	demandInterrupt(t, cmd, func(stdout *bufio.Reader) {
		if first, err := stdout.ReadString(','); err != nil || first != "0," { // it computes now
			t.Fatalf("%q, %v", first, err)
		}
	})
}

// withoutEnd is a copy of a checkpoint in which no token ends a text.
func withoutEnd(t *testing.T, checkpoint string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(checkpoint)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"config.json", "generation_config.json"} {
		path := filepath.Join(dir, name)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if changed := strings.Replace(string(text), `"eos_token_id": 1`, `"eos_token_id": null`, 1); changed == string(text) {
			t.Fatalf("%s names no end", path)
		} else if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestInterruptedInput: waiting for the rest of standard input ends too. The command has begun to read it when it has
// taken more than a pipe holds.
func TestInterruptedInput(t *testing.T) {
	cmd := exec.Command("archc", "check", "-")
	stdin, err := cmd.StdinPipe() // stays open
	if err != nil {
		t.Fatal(err)
	}
	demandInterrupt(t, cmd, func(*bufio.Reader) {
		if _, err := io.WriteString(stdin, strings.Repeat("// more\n", 1<<16)); err != nil {
			t.Fatal(err)
		}
	})
}

// demandInterrupt interrupts a command when it is ready.
func demandInterrupt(t *testing.T, cmd *exec.Cmd, ready func(stdout *bufio.Reader)) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("no signal can be sent to a process there")
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ready(bufio.NewReader(stdout))
	began := time.Now()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	var failed *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &failed) || failed.ExitCode() != int(exitInterrupt) {
		t.Errorf("%v, want exit code %d", err, exitInterrupt)
	}
	if took := time.Since(began); took > hang {
		t.Errorf("it went on for %v", took)
	}
	if stderr.String() != "archc: interrupted\n" {
		t.Errorf("standard error: %q", stderr.String())
	}
}

// hang is what no command here comes near, on however busy a machine: each of these takes well under a second on a quiet
// one. It tells an answer from a hang; how fast the answer comes is for benchmarks.
const hang = time.Minute

// TestHostileSourcesAreQuick: what could blow up a compiler is refused, and does not take what its size would suggest.
func TestHostileSourcesAreQuick(t *testing.T) {
	open := "model A {\n  (x: [T]) -> [T] = "
	for _, c := range []struct{ name, text string }{
		{"a million brackets that close", strings.Repeat("(", 500_000) + strings.Repeat(")", 500_000)},
		{"a million brackets", strings.Repeat("[", 1_000_000)},
		{"brackets up to the limit of size", open + strings.Repeat("(", 1<<20-len(open))},
		{"brackets up to the limit of tokens", open + strings.Repeat("(", 99_000)},
		{"braces", strings.Repeat("model A {", 20_000)},
		{"invalid UTF-8", open + "\xff\xfe}"},
		{"a dim of 20 digits", "model A(D=12345678901234567890) {\n  (x: [D]) -> [D] = x\n}\n"},
		{"a cut file", "model A(D=4) {\n  proj : D -> D\n  (x: [T, D]) -> [T, D] = proj("},
		{"a long chain", open + strings.Repeat("x + ", 40_000) + "x\n}"},
		{"many siblings", "model A(D=4) {\n" + strings.Repeat("  a : [D]\n", 16_000) + "}"},
	} {
		began := time.Now()
		_, stderr, code := invoke(t, c.text, "check", "-")
		if code != exitDiagnostics || !strings.Contains(stderr, "[E") {
			t.Errorf("%s: exit code %d, %.200s", c.name, code, stderr)
		}
		if took := time.Since(began); took > hang {
			t.Errorf("%s: took %v", c.name, took)
		}
	}
}

// TestCutExamples: an example file that ends anywhere gives diagnostics or is complete, and never a bug.
func TestCutExamples(t *testing.T) {
	files, err := filepath.Glob("../../examples/*.arch")
	if err != nil || len(files) == 0 {
		t.Fatal("no examples", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for end := 0; end < len(text); end += 41 {
			_, stderr, code := invoke(t, string(text[:end]), "check", "-")
			if code != exitOK && code != exitDiagnostics {
				t.Fatalf("%s up to byte %d: exit code %d, %s", file, end, code, stderr)
			}
		}
	}
}
