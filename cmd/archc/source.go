package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"archc/dsl/syntax"
	"archc/ir/diag"
)

// stdin is the file name that means standard input, and what diagnostics call it.
const (
	stdin     = "-"
	stdinName = "<stdin>"
)

// shown is how a file is called in messages.
func shown(path string) string {
	if path == stdin {
		return stdinName
	}
	return diag.Clean(path)
}

// tooLarge is a file over its limit.
type tooLarge struct {
	name  string
	limit int64
}

func (e *tooLarge) Error() string { return fmt.Sprintf("%s has more than %d bytes", e.name, e.limit) }

// readRegular reads a regular file of at most limit bytes. What it is, is asked before opening: opening a
// pipe could block for ever. A file that grows is cut off by the reader.
func readRegular(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, bareError(err)
	}
	switch {
	case info.IsDir():
		return nil, errors.New("it is a directory")
	case !info.Mode().IsRegular():
		return nil, errors.New("it is no regular file")
	case info.Size() > limit:
		return nil, &tooLarge{path, limit}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, bareError(err)
	}
	defer f.Close()
	return readAtMost(f, path, limit)
}

func readAtMost(r io.Reader, name string, limit int64) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, bareError(err)
	}
	if int64(len(text)) > limit {
		return nil, &tooLarge{name, limit}
	}
	return text, nil
}

// readStdin reads standard input until its end or the interrupt: a read that waits cannot be ended, only
// left.
func (s *session) readStdin(limit int64) ([]byte, error) {
	type result struct {
		text []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		text, err := readAtMost(s.in, stdinName, limit)
		done <- result{text, err}
	}()
	select {
	case r := <-done:
		return r.text, r.err
	case <-s.ctx.Done():
		return nil, s.ctx.Err()
	}
}

// bareError is the system's reason without the path, which the message has already.
func bareError(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// readSource reads a source text by the name that the user gave. A source over the limit is a mistake of
// the source; whatever cannot be read is not.
func (s *session) readSource(path string) (*diag.Source, error) {
	s.enter("reading")
	name, text, err := path, []byte(nil), error(nil)
	if path == stdin {
		name = stdinName
		text, err = s.readStdin(syntax.MaxSource)
	} else {
		text, err = readRegular(path, syntax.MaxSource)
	}
	var large *tooLarge
	switch {
	case errors.As(err, &large):
		return nil, wrong(diag.TooLong, "%s: a source has at most %d bytes, this one has more",
			name, large.limit)
	case s.ctx.Err() != nil:
		return nil, s.ctx.Err()
	case err != nil:
		return nil, unreadable(codeCannotRead, "%s: %v", name, err)
	}
	return diag.NewSource(name, string(text)), nil
}

// beside opens the files that a source imports: those in its directory, or in the current one for
// standard input.
func beside(path string) func(name string) (*diag.Source, error) {
	dir := "."
	if path != stdin {
		dir = filepath.Dir(path)
	}
	return func(name string) (*diag.Source, error) {
		file := filepath.Join(dir, name+".arch")
		text, err := readRegular(file, syntax.MaxSource)
		if err != nil {
			return nil, err
		}
		return diag.NewSource(file, string(text)), nil
	}
}
