package cuda

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// program is a compiled subject: its kernel as it stands (variant 0), then with each of its mistakes.
type program struct {
	path     string
	under    []string // the command that runs it, if there is one
	mistakes []mistake
	err      error
}

var (
	buildDir  string
	buildLock sync.Mutex
	built     = map[string]program{}
)

func TestMain(m *testing.M) {
	var err error
	if buildDir, err = os.MkdirTemp("", "cuda"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(buildDir)
	os.Exit(code)
}

// compiler finds one, or skips the test. Where ARCHC_COMPILERS is set, to be without one is a failure.
func compiler(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("ARCHC_COMPILERS") != "" {
		t.Fatalf("ARCHC_COMPILERS is set and there is no %s", name)
	}
	t.Skipf("no %s: CUDA sources are not compiled", name)
	return ""
}

// build compiles a subject once for all tests. All variants are one translation unit, each in a namespace of its own: the
// shim's header is read once and not thirty times.
func build(t *testing.T, s subject) program {
	t.Helper()
	gxx := compiler(t, "g++")
	buildLock.Lock()
	defer buildLock.Unlock()
	p, ok := built[s.name]
	if !ok {
		p.path = filepath.Join(buildDir, s.name)
		var text string
		if text, p.err = s.text(); p.err == nil {
			p.mistakes, p.err = s.mistakes(text)
		}
		if p.err == nil {
			p.err = p.compile(gxx, text)
		}
		built[s.name] = p
	}
	if p.err != nil {
		t.Fatal(p.err)
	}
	return p
}

// unit is a program that runs the text, or one of its mistakes by number.
func unit(text string, mistakes []mistake) string {
	var all, list strings.Builder
	all.WriteString("#include \"ptx.cuh\"\n#include \"harness.h\"\n")
	for v, m := range append([]mistake{{text: text}}, mistakes...) {
		fmt.Fprintf(&all, "namespace v%d {\n%s}\n", v, m.text)
		fmt.Fprintf(&list, "v%d::run, ", v)
	}
	fmt.Fprintf(&all, `int main(int argc, char** argv) {
  static void (*const variants[])(Request&) = {%s};
  Request r(argc - 1, argv + 1);
  variants[r.number()](r);
  r.answer();
}
`, list.String())
	return all.String()
}

func (p program) compile(gxx, text string) error {
	source := p.path + ".cpp"
	if err := os.WriteFile(source, []byte(unit(text, p.mistakes)), 0o666); err != nil {
		return err
	}
	cmd := exec.Command(gxx, "-std=c++17", "-O0", "-Wall", "-Wextra", "-Werror", "-Wno-unknown-pragmas", "-Wno-unused-variable", "-Wno-unused-parameter",
		"-Iruntime", "-Itestdata", source, "-o", p.path)
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, said)
	}
	return nil
}

// text is all of a subject that a mistake may be planted in, and the host code that starts it, without the lines that
// belong outside of a namespace.
func (s subject) text() (string, error) {
	var all strings.Builder
	names := append(slices.Clone(s.kernels), "testdata/"+s.name+"_entries.cuh")
	if s.host != "" {
		names = append(names, "testdata/"+s.host)
	}
	for _, name := range append(names, "testdata/"+s.name+"_run.h") {
		b, err := os.ReadFile(name)
		if err != nil {
			return "", err
		}
		for line := range strings.Lines(string(b)) {
			if !strings.HasPrefix(line, "#include") && !strings.HasPrefix(line, "#pragma once") {
				all.WriteString(line)
			}
		}
	}
	return all.String(), nil
}

// run gives what a variant writes for one trial. A program that hangs is ended.
func (p program) run(variant int, order string, tr trial) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	args := []string{strconv.Itoa(variant)}
	for _, n := range tr.numbers {
		args = append(args, strconv.Itoa(n))
	}
	var input, out, said bytes.Buffer
	for _, a := range tr.arrays {
		if err := binary.Write(&input, binary.LittleEndian, a); err != nil {
			return nil, err
		}
	}
	args = append(append(slices.Clone(p.under), p.path), args...)
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = &input, &out, &said
	cmd.Env = append(os.Environ(), "SHIM_ORDER="+order)
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%w %s", err, strings.TrimSpace(said.String()))
	}
	return out.Bytes(), nil
}

// take reads n values from the front of a program's output.
func take[T float32 | uint16 | int32](out *[]byte, n int) ([]T, error) {
	values := make([]T, n)
	size, err := binary.Decode(*out, binary.LittleEndian, values)
	if err != nil {
		return nil, errors.New("the program wrote too little")
	}
	*out = (*out)[size:]
	return values, nil
}
