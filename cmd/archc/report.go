package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"archc/backends/kernel"
	"archc/ir/diag"
)

// report prints an error where errors go and gives the exit code.
func (s *session) report(err error) exitCode {
	s.progress.end()
	code := exitOf(err)
	var misused *usageError
	switch {
	case code == exitOK:
	case code == exitInterrupt:
		fmt.Fprintln(s.err, "archc: interrupted")
	case errors.As(err, &misused):
		fmt.Fprintf(s.err, "archc: %s\n", diag.Clean(misused.msg))
	case code == exitBug:
		s.reportBug(err)
	default:
		if f, _ := asFailure(err); len(f.diags) > 0 {
			s.printTo(s.err, f.diags)
		}
	}
	return code
}

// reportBug says that archc itself is wrong: an error that nothing documents, or a panic.
func (s *session) reportBug(what any) {
	text := diag.Clean(fmt.Sprint(what))
	fmt.Fprintf(s.err, "archc: this is a bug of archc, at stage %q: %s\n", s.stage, text)
}

// reportPanic adds the stack for those who ask for it: of a worker, where it was one that panicked.
func (s *session) reportPanic(what any) {
	s.progress.end()
	stack := debug.Stack()
	if p, ok := what.(*kernel.Panic); ok {
		what, stack = p.Value, p.Stack
	}
	s.reportBug(what)
	if os.Getenv("ARCHC_DEBUG") == "1" {
		s.err.Write(stack)
		return
	}
	fmt.Fprintln(s.err, "archc: ARCHC_DEBUG=1 shows where")
}

// printTo prints diagnostics in the chosen form.
func (s *session) printTo(w io.Writer, list []*diag.Diagnostic) error {
	switch {
	case s.json:
		return diag.JSON(w, list)
	case !s.look.colour || w != s.err:
		return diag.Human(w, list)
	}
	var text bytes.Buffer
	for i, d := range list {
		if i > 0 {
			text.WriteByte('\n')
		}
		var one bytes.Buffer
		if err := diag.Human(&one, []*diag.Diagnostic{d}); err != nil {
			return err
		}
		text.WriteString(coloured(one.String()))
	}
	_, err := text.WriteTo(w)
	return err
}

const (
	bold  = "\x1b[1m"
	red   = "\x1b[31m"
	green = "\x1b[32m"
	plain = "\x1b[0m"
)

// coloured marks three things in the human form of one diagnostic: its first line, the carets, the help.
func coloured(text string) string {
	lines := strings.SplitAfter(text, "\n")
	for i, line := range lines {
		bare := strings.TrimSuffix(line, "\n")
		switch {
		case bare == "":
		case i == 0:
			lines[i] = bold + bare + plain + "\n"
		case i == 2 && strings.HasPrefix(bare, "      | "):
			lines[i] = "      | " + red + strings.TrimPrefix(bare, "      | ") + plain + "\n"
		case strings.HasPrefix(bare, "   help: "):
			lines[i] = green + bare + plain + "\n"
		}
	}
	return strings.Join(lines, "")
}
