package checkpoint

import (
	"errors"
	"fmt"
	"strings"
)

// Error is every refusal of this package. Code is stable (see Codes); the other fields name
// what is to blame as far as it is known.
type Error struct {
	Code   string // C001 and so on
	File   string // path of the file, as opened; "" for text that came from no file
	Tensor string // "" where no tensor is to blame
	Msg    string // one line, without the file and the tensor
	Help   string // what to do about it, or ""
	Offset int64  // byte offset in the file; -1 where no byte is to blame
	Err    error  // the operating system's error behind it, or nil
}

// Error gives file, tensor, message and offset on one line. Names out of a file are quoted, so
// that nothing a file says can move the cursor of a terminal.
func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(printable(e.File) + ": ")
	}
	if e.Tensor != "" {
		fmt.Fprintf(&b, "tensor %s: ", quoted(e.Tensor))
	}
	b.WriteString(e.Msg)
	if e.Offset >= 0 {
		fmt.Fprintf(&b, " (at byte %d)", e.Offset)
	}
	return b.String()
}

// Unwrap gives the operating system's error, for errors.Is(err, fs.ErrNotExist) and the like.
func (e *Error) Unwrap() error { return e.Err }

func refuse(code, format string, args ...any) *Error {
	return &Error{Code: code, Msg: fmt.Sprintf(format, args...), Offset: -1}
}

func (e *Error) in(file string) *Error       { e.File = file; return e }
func (e *Error) of(tensor string) *Error     { e.Tensor = tensor; return e }
func (e *Error) at(offset int64) *Error      { e.Offset = offset; return e }
func (e *Error) withHelp(help string) *Error { e.Help = help; return e }

// because keeps the system's error and says it too, without the path that *PathError repeats.
func (e *Error) because(err error) *Error {
	e.Err = err
	e.Msg += ": " + bareCause(err).Error()
	return e
}

func bareCause(err error) error {
	for next := errors.Unwrap(err); next != nil; next = errors.Unwrap(err) {
		err = next
	}
	return err
}

// locate fills in the file and the tensor that a deeper function could not know.
func locate(err error, file, tensor string) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	if e.File == "" {
		e.File = file
	}
	if e.Tensor == "" {
		e.Tensor = tensor
	}
	return err
}

// maxQuoted keeps a hostile name from filling the screen.
const maxQuoted = 120

func quoted(s string) string {
	if len(s) > maxQuoted {
		return fmt.Sprintf("%q... (%d bytes)", s[:maxQuoted], len(s))
	}
	return fmt.Sprintf("%q", s)
}

// printable leaves an ordinary path alone and quotes one with control or invalid characters.
func printable(path string) string {
	q := fmt.Sprintf("%q", path)
	if strings.ReplaceAll(q[1:len(q)-1], `\\`, `\`) == path {
		return path
	}
	return q
}
