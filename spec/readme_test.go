package spec_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// console is a block of README.md: a command behind `$ `, and what it prints.
var console = regexp.MustCompile("(?ms)^```console\n\\$ ([^\n]*)\n(.*?)^```$")

// elided stands for lines of an output that the README leaves out.
const elided = "...\n"

// TestReadme runs every command of the README, and of the one of the lecture's tables, from the repository's root and
// compares what it prints. With -update it rewrites the outputs that they give in full.
func TestReadme(t *testing.T) {
	programs := map[string]string{}
	for _, name := range []string{"cmd/archc", "examples/lecture"} {
		programs[name] = filepath.Join(t.TempDir(), "program.exe")
		if out, err := exec.Command("go", "build", "-o", programs[name], "../"+name).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	for _, file := range []string{"../README.md", "../examples/lecture/README.md"} {
		runReadme(t, programs, file)
	}
}

// runReadme runs the commands of one file.
func runReadme(t *testing.T, programs map[string]string, file string) {
	text := read(t, file)
	found := 0
	updated := console.ReplaceAllStringFunc(text, func(block string) string {
		m := console.FindStringSubmatch(block)
		command, want := m[1], m[2]
		found++
		if command == "go test ./..." {
			if ci, err := os.ReadFile("../.ci/run"); err != nil || !bytes.Contains(ci, []byte("\n"+command+"\n")) {
				t.Errorf("the README's test command %q is not what .ci/run calls (%v)", command, err)
			}
			return block
		}
		got := runLine(t, programs, command)
		if !matches(want, got) {
			if *update && !strings.Contains(want, elided) {
				return "```console\n$ " + command + "\n" + got + "```"
			}
			t.Errorf("%s: $ %s\n%s", file, command, cmp.Diff(want, got))
		}
		return block
	})
	if found < 5 {
		t.Errorf("%s has %d commands", file, found)
	}
	if *update {
		if err := os.WriteFile(file, []byte(updated), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// runLine runs one line of a README; `go run ./NAME`, and `archc`, are the programs that the test built.
func runLine(t *testing.T, programs map[string]string, line string) string {
	t.Helper()
	if rest, ok := strings.CutPrefix(line, "archc "); ok {
		line = "go run ./cmd/archc " + rest
	}
	rest, ok := strings.CutPrefix(line, "go run ./")
	name, args, _ := strings.Cut(rest, " ")
	if !ok || programs[name] == "" {
		t.Fatalf("the README runs %q, which is no program of ours", line)
	}
	cmd := exec.Command(programs[name], words(args)...)
	cmd.Dir = ".."
	out, err := cmd.CombinedOutput()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatal(err)
	}
	return string(out)
}

// words splits a line at spaces outside double quotes.
func words(line string) []string {
	var out []string
	for i, part := range strings.Split(line, `"`) {
		if i%2 == 1 {
			out = append(out, part)
		} else {
			out = append(out, strings.Fields(part)...)
		}
	}
	return out
}

// matches compares an output with the README's, in which a line `...` stands for any lines.
func matches(want, got string) bool {
	parts := strings.Split(want, elided)
	if !strings.HasPrefix(got, parts[0]) {
		return false
	}
	got = got[len(parts[0]):]
	for _, p := range parts[1:] {
		at := strings.Index(got, p)
		if at < 0 {
			return false
		}
		got = got[at+len(p):]
	}
	return got == "" || strings.HasSuffix(want, elided)
}

// cudaBlock is the README's block of generated CUDA.
var cudaBlock = regexp.MustCompile("(?ms)`archc (build [^`]* -o) mpt`.*?^```cuda\n(.*?)^```$")

// TestReadmeKernel: the kernel that the README shows is the one that is generated.
func TestReadmeKernel(t *testing.T) {
	text := read(t, "../README.md")
	at := cudaBlock.FindStringSubmatchIndex(text)
	if at == nil {
		t.Fatal("the README shows no kernel")
	}
	program := filepath.Join(t.TempDir(), "program.exe")
	if out, err := exec.Command("go", "build", "-o", program, "../cmd/archc").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	dir := filepath.Join(t.TempDir(), "mpt")
	cmd := exec.Command(program, append(words(text[at[2]:at[3]]), dir)...)
	cmd.Dir = ".."
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want, got := text[at[4]:at[5]], read(t, filepath.Join(dir, "kernels", "attn_attention.cuh"))
	if matches(want, got) {
		return
	}
	if !*update || strings.Contains(want, elided) {
		t.Fatal(cmp.Diff(want, got))
	}
	if err := os.WriteFile("../README.md", []byte(text[:at[4]]+got+text[at[5]:]), 0o666); err != nil {
		t.Fatal(err)
	}
}
