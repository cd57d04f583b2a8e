package cudarun

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"archc/backends/cudasource"
)

// Kind is what an engine is compiled for.
type Kind int

// The kinds.
const (
	Device Kind = iota // a device of NVIDIA, by nvcc
	CPU                // tests, by a C++ compiler
)

// Compiler makes libraries of one kind.
type Compiler struct {
	kind      Kind
	command   []string
	arguments []string // by which it makes a library
	version   string   // all that it says of itself
}

// choice says where a compiler of a kind is looked for: what an environment variable names, as make has it, else the first
// of these that is on the path.
var choice = map[Kind]struct {
	what, variable string
	names          []string
}{
	Device: {"NVIDIA's compiler", "NVCC", []string{"nvcc"}},
	CPU:    {"a C++ compiler", "CXX", []string{"g++", "c++", "clang++"}},
}

const (
	made = "engine.so"
	// grace is how long the children of a compiler that was stopped may keep its streams open.
	grace = time.Second
)

// Find looks for what a kind of engine needs: a compiler, and for a device, the driver and the device. All that is missing
// comes at once, as a *Missing.
func Find(ctx context.Context, kind Kind) (*Compiler, error) {
	if why := unsupported(); why != "" {
		return nil, &Missing{[]string{why}}
	}
	var missing []string
	command, why := lookedUp(kind)
	if why != "" {
		missing = append(missing, why)
	}
	about := []string{"-O2"}
	if kind == Device {
		code, why := device()
		if why != "" {
			missing = append(missing, why)
		}
		about = []string{"-gencode", code}
	} else if flags := strings.Fields(os.Getenv("CXXFLAGS")); len(flags) > 0 {
		about = flags
	}
	if len(missing) > 0 {
		return nil, &Missing{missing}
	}
	c := &Compiler{kind: kind, command: command, arguments: cudasource.LibraryArguments(kind == CPU, about...)}
	version, err := c.run(ctx, "", "--version")
	c.version = string(version)
	return c, err
}

// lookedUp is the command of a compiler, or why there is none.
func lookedUp(kind Kind) (command []string, missing string) {
	x := choice[kind]
	if words := strings.Fields(os.Getenv(x.variable)); len(words) > 0 {
		if _, err := exec.LookPath(words[0]); err != nil {
			return nil, fmt.Sprintf("%s: $%s names %q, which is no program on the path", x.what, x.variable, words[0])
		}
		return words, ""
	}
	for _, name := range x.names {
		if _, err := exec.LookPath(name); err == nil {
			return []string{name}, ""
		}
	}
	names := x.names[0]
	if n := len(x.names); n > 1 {
		names = strings.Join(x.names[:n-1], ", ") + " or " + x.names[n-1]
	}
	return nil, fmt.Sprintf("%s: no %s on the path, and $%s is not set", x.what, names, x.variable)
}

// compile makes a library of the files in a directory, there.
func (c *Compiler) compile(ctx context.Context, dir string) error {
	_, err := c.run(ctx, dir, slices.Concat(c.arguments, []string{"-o", made})...)
	return err
}

// run runs the compiler and gives what it printed.
func (c *Compiler) run(ctx context.Context, dir string, args ...string) ([]byte, error) {
	words := slices.Concat(c.command, args)
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "LC_ALL=C") // what it says is read here
	cmd.WaitDelay = grace
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	err := cmd.Run()
	var failed *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.As(err, &failed):
		first, lines := firstError(said.Bytes())
		if first == "" {
			first = failed.Error()
		}
		return nil, &CompileError{c.command[0], first, lines}
	case err != nil:
		return nil, &CompileError{c.command[0], err.Error(), 0}
	}
	return out.Bytes(), nil
}

// mistakes are words of lines about errors: of compilers, and of a linker, whose own line tells more than the compiler's last.
var mistakes = []string{"error", "fatal", "cannot find", "undefined reference"}

// firstError finds the line that says what went wrong: the first one about an error, else the first one. "In file included
// from", warnings and notes stand in front of it.
func firstError(said []byte) (line string, lines int) {
	const most = 1 << 20 // bytes of one line
	first, found := "", ""
	scan := bufio.NewScanner(bytes.NewReader(said))
	scan.Buffer(nil, most)
	for scan.Scan() {
		text := strings.TrimSpace(scan.Text())
		if text == "" {
			continue
		}
		lines++
		if first == "" {
			first = text
		}
		about := func(word string) bool { return strings.Contains(text, word) }
		if found == "" && slices.ContainsFunc(mistakes, about) {
			found = text
		}
	}
	if found == "" {
		found = first
	}
	return found, lines
}
