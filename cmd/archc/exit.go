package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"archc/backends/checkpoint"
	"archc/backends/gograph"
	"archc/backends/host/sampler"
	"archc/backends/host/tokenizer"
	"archc/ir/diag"
	"archc/ir/eval"
)

// exitCode is what the process tells its caller.
type exitCode int

const (
	exitOK          exitCode = 0
	exitDiagnostics exitCode = 1
	exitUsage       exitCode = 2
	exitUnreadable  exitCode = 3
	exitMissing     exitCode = 4
	exitBug         exitCode = 5
	exitInterrupt   exitCode = 130
)

// exits is the one table of exit codes; --help prints it.
var exits = []struct {
	code  exitCode
	means string
}{
	{exitOK, "done"},
	{exitDiagnostics, "mistakes in a file or a prompt, or a threshold was passed"},
	{exitUsage, "the command line is wrong"},
	{exitUnreadable, "an input or a checkpoint cannot be read, or an output written"},
	{exitMissing, "a tool or device that the command needs is missing, or fails"},
	{exitBug, "a bug of archc"},
	{exitInterrupt, "interrupted"},
}

func exitTable() string {
	var b strings.Builder
	b.WriteString("Exit codes:")
	for _, e := range exits {
		fmt.Fprintf(&b, "\n  %-4d %s", e.code, e.means)
	}
	return b.String()
}

// failure is an error that the user is told as diagnostics.
type failure struct {
	exit  exitCode
	diags []*diag.Diagnostic
}

// Error is a line for each diagnostic.
func (f *failure) Error() string {
	lines := make([]string, len(f.diags))
	for i, d := range f.diags {
		lines[i] = d.Error()
	}
	return strings.Join(lines, "\n")
}

// note adds one line about the circumstances to every diagnostic.
func (f *failure) note(format string, args ...any) *failure {
	for _, d := range f.diags {
		d.Note(diag.Span{}, format, args...)
	}
	return f
}

// fail is a failure with one diagnostic that has no place in a source.
func fail(exit exitCode, code *diag.Code, format string, args ...any) *failure {
	return &failure{exit, []*diag.Diagnostic{diag.New(code, diag.Span{}, format, args...)}}
}

// wrong is a mistake in what the user wrote.
func wrong(code *diag.Code, format string, args ...any) *failure {
	return fail(exitDiagnostics, code, format, args...)
}

// unreadable is a file that cannot be read, or written.
func unreadable(code *diag.Code, format string, args ...any) *failure {
	return fail(exitUnreadable, code, format, args...)
}

// help sets the suggestion of a failure's first diagnostic.
func (f *failure) help(format string, args ...any) *failure {
	f.diags[0].Suggest(format, args...)
	return f
}

// told ends a verb whose diagnostics are printed already: it carries the exit code alone, nil for success.
func told(exit exitCode) error {
	if exit == exitOK {
		return nil
	}
	return &failure{exit: exit}
}

// usageError is a command line that cannot be obeyed.
type usageError struct{ msg string }

func (e *usageError) Error() string { return e.msg }

func usage(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

// asFailure turns the errors of the packages below into diagnostics; false for an error that none of them
// documents.
func asFailure(err error) (*failure, bool) {
	var f *failure
	var list *diag.Errors
	var one *diag.Diagnostic
	var stored *checkpoint.Error
	var text *tokenizer.Error
	var choice *sampler.Error
	var node *eval.NodeError
	var at *gograph.Located
	switch {
	case errors.As(err, &f):
		return f, true
	case errors.As(err, &list):
		return &failure{exitDiagnostics, withDropped(list.List)}, true
	case errors.As(err, &one):
		return &failure{exitDiagnostics, []*diag.Diagnostic{one}}, true
	case errors.As(err, &stored):
		return ofCheckpoint(stored), true
	case errors.As(err, &text):
		return ofTokenizer(text, ""), true
	case errors.As(err, &choice):
		return ofSampler(choice, exitDiagnostics), true
	case errors.As(err, &node):
		return stopped(node.Node.Op.Name, node.Scope, node.Node.Src, node.Err), true
	case errors.As(err, &at):
		return stopped(at.Op, at.Scope, at.Src, at.Err), true
	}
	return nil, false
}

// withDropped says how many diagnostics were too many to keep.
func withDropped(list *diag.List) []*diag.Diagnostic {
	if list.Dropped == 0 || len(list.All) == 0 {
		return list.All
	}
	all := slices.Clone(list.All)
	last := *all[len(all)-1]
	last.Notes = slices.Clone(last.Notes)
	all[len(all)-1] = last.Note(diag.Span{}, "%d further mistakes are not shown", list.Dropped)
	return all
}

func ofCheckpoint(e *checkpoint.Error) *failure {
	return unreadable(codeNamed(e.Code), "%s", e.Error()).help("%s", e.Help)
}

// ofTokenizer words an error of tokenizer.json, whose path the package does not know, or of a text.
func ofTokenizer(e *tokenizer.Error, path string) *failure {
	text := strings.TrimPrefix(e.Error(), e.Code+": ")
	switch {
	case path == "":
		return wrong(codeNamed(e.Code), "%s", text).help("%s", e.Help)
	case e.Line > 0:
		text = path + ":" + text
	default:
		text = path + ": " + text
	}
	return unreadable(codeNamed(e.Code), "%s", text).help("%s", e.Help)
}

// ofSampler words an error of the options, which is one of the command line, or of the scores.
func ofSampler(e *sampler.Error, exit exitCode) *failure {
	return fail(exit, codeNamed(e.Code), "%s", e.Msg)
}

// stopped words what a run met at an op of the program.
func stopped(op, scope string, src diag.Span, err error) *failure {
	if scope != "" {
		op += " in " + scope
	}
	d := diag.New(codeStopped, src, "the evaluation stopped at %s: %v", op, err)
	return &failure{exitDiagnostics, []*diag.Diagnostic{d}}
}

// exitOf is the code for an error; nil is success.
func exitOf(err error) exitCode {
	var misused *usageError
	f, known := asFailure(err)
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, context.Canceled):
		return exitInterrupt
	case errors.As(err, &misused):
		return exitUsage
	case known:
		return f.exit
	}
	return exitBug
}
