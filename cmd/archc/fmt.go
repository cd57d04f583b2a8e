package main

import (
	"fmt"
	"os"
	"path/filepath"

	"archc/dsl/expand"
	"archc/dsl/format"
	"archc/ir/diag"
)

// fmtVerb prints files in the canonical form.
type fmtVerb struct {
	Files  []string `arg:"" name:"file" help:"Files to format, or - for standard input."`
	List   bool     `short:"l" help:"Name the files whose form differs, and fail if there is one."`
	Diff   bool     `short:"d" help:"Print what would change, and fail if something would."`
	Write  bool     `short:"w" help:"Write the form back to the files."`
	Expand bool     `help:"Append the library declarations that a file uses, as its own."`
}

// Help is the verb's longer help.
func (*fmtVerb) Help() string {
	return `Without a flag the form is printed. It changes blanks and blank lines only: comments stay, lines
break where the author broke them. With --expand the result compiles to the same IR without
using those declarations of the library, and can be edited from there.`
}

// Run formats the files one by one and fails with the mistakes of all.
func (v *fmtVerb) Run(s *session) error {
	if v.Write && v.Diff || v.Write && v.Expand {
		return usage("-w does not go with -d or --expand")
	}
	var found failure
	differ := false
	for _, file := range v.Files {
		changed, err := v.format(s, file)
		differ = differ || changed
		if f, ok := asFailure(err); ok {
			found.exit = max(found.exit, f.exit)
			found.diags = append(found.diags, f.diags...)
		} else if err != nil {
			return err
		}
	}
	if found.exit != exitOK {
		return &found
	}
	if differ && (v.List || v.Diff) && !v.Write {
		return told(exitDiagnostics)
	}
	return nil
}

// format does one file and says whether its form differs.
func (v *fmtVerb) format(s *session, file string) (bool, error) {
	if v.Write && file == stdin {
		return false, usage("-w needs a file")
	}
	src, err := s.readSource(file)
	if err != nil {
		return false, err
	}
	s.enter("formatting")
	text, err := formatted(src)
	if err == nil && v.Expand {
		text, err = s.expand(src, file)
	}
	if err != nil {
		return false, err
	}
	changed := string(text) != src.Text
	switch {
	case changed && v.List:
		fmt.Fprintln(s.out, diag.Clean(src.Name))
	case changed && v.Diff:
		fmt.Fprint(s.out, unifiedDiff(src.Name, src.Text, string(text)))
	}
	if changed && v.Write {
		return changed, rewrite(file, text)
	}
	if !v.List && !v.Diff && !v.Write {
		_, err = s.out.Write(text)
	}
	return changed, err
}

func formatted(src *diag.Source) ([]byte, error) {
	text, list := format.Source(src)
	return text, list.Err()
}

// expand appends what the file uses of the library, and tells what cannot move.
func (s *session) expand(src *diag.Source, path string) ([]byte, error) {
	text, notes, list := expand.Source(src, beside(path))
	if err := list.Err(); err != nil {
		return nil, err
	}
	for _, note := range notes {
		s.warn("%s", note)
	}
	return formatted(diag.NewSource(src.Name, text))
}

// rewrite replaces the text of a file that is there and keeps its permissions.
func rewrite(path string, text []byte) error {
	info, err := os.Stat(path)
	if err != nil {
		return unreadable(codeCannotWrite, "%s: %v", path, bareError(err))
	}
	return replace(path, text, func(f *os.File) error { return f.Chmod(info.Mode().Perm()) })
}

// replace writes a file: under another name first, then renamed, so that the file is at every moment the old one, or
// none, or the whole new one.
func replace(path string, text []byte, steps ...func(*os.File) error) error {
	real := path
	if linked, err := filepath.EvalSymlinks(path); err == nil { // a link stays a link
		real = linked
	}
	f, err := temporary(filepath.Dir(real))
	if err != nil {
		return unreadable(codeCannotWrite, "%s: %v", path, bareError(err))
	}
	_, err = f.Write(text)
	steps = append([]func(*os.File) error{(*os.File).Sync}, steps...)
	for _, step := range append(steps, (*os.File).Close, func(f *os.File) error { return os.Rename(f.Name(), real) }) {
		if err == nil {
			err = step(f)
		}
	}
	if err != nil {
		f.Close()
		os.Remove(f.Name())
		return unreadable(codeCannotWrite, "%s: %v", path, bareError(err))
	}
	return nil
}

// temporary is os.CreateTemp with the permissions that the user's mask gives new files.
func temporary(dir string) (*os.File, error) {
	for i := 0; ; i++ {
		name := fmt.Sprintf(".archc-%d-%d", os.Getpid(), i)
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if !os.IsExist(err) {
			return f, err
		}
	}
}
