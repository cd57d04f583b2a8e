package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
)

// session is what every verb works with: the streams, the form of the output, and which stage is running.
type session struct {
	ctx      context.Context
	in       io.Reader
	out      *bufio.Writer
	err      io.Writer
	json     bool
	format   string // of the output, by its name
	stage    string // for the bug report
	progress progress
	look     look
}

// look says what the streams are.
type look struct {
	outIsTerminal bool
	errIsTerminal bool
	colour        bool // of standard error
	outColour     bool // of standard output
}

func newSession(ctx context.Context) *session {
	s := &session{ctx: ctx, in: os.Stdin, err: os.Stderr, stage: "start"}
	s.out = bufio.NewWriter(output{os.Stdout})
	s.look = look{outIsTerminal: isTerminal(os.Stdout), errIsTerminal: isTerminal(os.Stderr)}
	s.look.colour = s.look.errIsTerminal && wantsColour(os.Getenv)
	s.look.outColour = s.look.outIsTerminal && wantsColour(os.Getenv)
	s.progress.to = s.err
	s.progress.on = s.look.errIsTerminal
	return s
}

// wantsColour reads the environment. NO_COLOR counts when it is present and not empty, whatever its value
// (no-color.org).
func wantsColour(env func(string) string) bool { return env("NO_COLOR") == "" && env("TERM") != "dumb" }

// isTerminal takes every character device for a terminal: the cost of being wrong is a coloured line in
// /dev/null.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// enter starts a stage: what a bug report names, and a progress line shows when it takes long.
// ARCHC_TEST_PANIC names a stage that panics, so that a test can see the report.
func (s *session) enter(stage string) {
	s.stage = stage
	if os.Getenv("ARCHC_TEST_PANIC") == stage {
		panic("ARCHC_TEST_PANIC is set")
	}
	s.progress.begin(stage)
}

// flush writes out what is buffered.
func (s *session) flush() error {
	s.progress.end()
	return s.out.Flush()
}

// output makes a failure of what cannot be written: a full disk is no bug. A reader that is gone ends the
// process by SIGPIPE, before this sees it.
type output struct{ to io.Writer }

func (o output) Write(p []byte) (int, error) {
	n, err := o.to.Write(p)
	if err != nil {
		return n, unreadable(codeCannotWrite, "standard output: %v", bareError(err))
	}
	return n, nil
}

// warn tells something on standard error that is no mistake.
func (s *session) warn(format string, args ...any) {
	s.progress.end()
	fmt.Fprintf(s.err, "archc: "+format+"\n", args...)
}
