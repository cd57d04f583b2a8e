package program

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"archc/backends/checkpoint"
	"archc/backends/host/sampler"
	"archc/backends/host/tokenizer"
	"archc/backends/host/weights"
)

// Model is what the program runs.
type Model struct {
	Name      string
	Vocab     int // ids run from 0 to Vocab-1
	Positions int // rows of its table of positions: as many tokens as a text can have; 0 without a limit
	// Check reads the headers of a checkpoint alone, and refuses one of another model before anything else is looked at.
	Check func(path string) error
	// Open reads a checkpoint. The errors of both are told to the user.
	Open func(path string, o Options) (Engine, error)
}

// Options are the circumstances that the command line decides.
type Options struct {
	Threads   int  // 0: one for each core
	Room      int  // tokens that come at most, the prompt among them
	NonFinite bool // accept NaN and infinities in the checkpoint
}

// Engine is one text that is being computed.
type Engine interface {
	// Scores computes ids behind those of earlier calls, and gives for each id how well it continues them. The scores
	// may be overwritten by the next call.
	Scores(ids []int) ([]float32, error)
	Close() error
}

// Exit codes: those of archc.
const (
	exitOK         = 0
	exitWrong      = 1 // a prompt that the model cannot take
	exitUsage      = 2
	exitUnreadable = 3 // a checkpoint that cannot be read, or is another model's; an output that cannot be written
)

// failure is an error with the exit code that it ends the program with.
type failure struct {
	code      int
	msg, help string
}

// Error is the message, without the help.
func (f *failure) Error() string { return f.msg }

func fail(code int, help, format string, args ...any) error {
	return &failure{code, fmt.Sprintf(format, args...), help}
}

// Main runs the program and gives its exit code. Errors are one line on standard error, and a line that says what to do.
func Main(m Model, args []string, in io.Reader, stdout, stderr io.Writer) int {
	out := bufio.NewWriter(stdout)
	f, isFile := stdout.(*os.File)
	return finish(run(m, args, in, &text{model: m, out: out, terminal: isFile && isTerminal(f)}, stderr), out, stderr)
}

// finish writes out what is buffered, and tells an error.
func finish(err error, out *bufio.Writer, stderr io.Writer) int {
	if flushed := out.Flush(); err == nil && flushed != nil {
		err = fail(exitUnreadable, "", "standard output: %v", flushed)
	}
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return exitOK
	}
	bad := told(err)
	fmt.Fprintf(stderr, "engine: %s\n", bad.msg)
	if bad.help != "" {
		fmt.Fprintf(stderr, "  help: %s\n", bad.help)
	}
	return bad.code
}

// told gives an error of the packages below its exit code and its help.
func told(err error) *failure {
	var f *failure
	var stored *checkpoint.Error
	var other *weights.Mismatch
	var text *tokenizer.Error
	var choice *sampler.Error
	switch {
	case errors.As(err, &f):
		return f
	case errors.As(err, &other):
		return &failure{exitUnreadable, other.Msg, other.Help}
	case errors.As(err, &stored):
		return &failure{exitUnreadable, stored.Error() + " [" + stored.Code + "]", stored.Help}
	case errors.As(err, &text):
		return &failure{exitWrong, text.Error(), text.Help}
	case errors.As(err, &choice):
		return &failure{exitWrong, choice.Error(), ""}
	}
	return &failure{exitWrong, err.Error(), ""}
}

func run(m Model, args []string, in io.Reader, t *text, stderr io.Writer) error {
	f, err := parse(m, args, stderr)
	if err != nil {
		return err
	}
	choose, err := sampler.New(sampler.Options{Temperature: f.temperature, TopK: f.topK, TopP: f.topP, Seed: f.seed})
	if err != nil {
		return fail(exitUsage, "", "%v", err)
	}
	t.flags = f
	if err := m.Check(f.checkpoint); err != nil {
		return err
	}
	if err := t.prompt(in); err != nil {
		return err
	}
	if t.ends, err = EndTokens(base(f.checkpoint)); err != nil {
		return fail(exitUnreadable, "", "%v", err)
	}
	engine, err := m.Open(f.checkpoint, Options{Threads: f.threads, Room: len(t.ids) + f.most, NonFinite: f.nonFinite})
	if err != nil {
		return err
	}
	defer engine.Close()
	if f.logits {
		return t.printLogits(engine)
	}
	return t.speak(engine, choose)
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// base is the directory of a checkpoint, for what stands beside the weights.
func base(path string) string {
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return filepath.Dir(path)
	}
	return path
}

// finite refuses scores that are none.
func finite(scores []float32) error {
	for i, x := range scores {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			return fail(exitWrong, "", "the score of token %d is %v", i, x)
		}
	}
	return nil
}
