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

// rewrite replaces a file's text: under another name first, then renamed, so that the file is at every
// moment the old one or the whole new one.
func rewrite(path string, text []byte) error {
	failed := func(err error) error {
		return unreadable(codeCannotWrite, "%s: %v", path, bareError(err))
	}
	real, err := filepath.EvalSymlinks(path) // a link stays a link
	if err != nil {
		return failed(err)
	}
	info, err := os.Stat(real)
	if err != nil {
		return failed(err)
	}
	f, err := os.CreateTemp(filepath.Dir(real), ".archc-*")
	if err != nil {
		return failed(err)
	}
	_, err = f.Write(text)
	for _, step := range []func() error{f.Sync, func() error { return f.Chmod(info.Mode().Perm()) }, f.Close,
		func() error { return os.Rename(f.Name(), real) }} {
		if err == nil {
			err = step()
		}
	}
	if err != nil {
		f.Close()
		os.Remove(f.Name())
		return failed(err)
	}
	return nil
}
