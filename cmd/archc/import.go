package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"archc/dsl/check"
	"archc/ir"
	"archc/ir/diag"
	"archc/passes/cost"
)

// importVerb writes a configuration of Hugging Face as a file.
type importVerb struct {
	Config string `arg:"" optional:"" help:"config.json, or the directory that it is in."`
	Output string `short:"o" placeholder:"FILE" help:"File to write; without it the text is printed."`
	Inline bool   `help:"Copy the family's declarations into the file, to edit them there, and import nothing."`
	List   bool   `help:"List the architectures that are known."`
}

// Help is the verb's longer help.
func (*importVerb) Help() string {
	return `The file is a variant of the model that comes with archc for the configuration's architecture,
with the dims and numbers that differ from that model's own. It compiles wherever it stands: an
import finds the models that come with archc. Every field of the configuration is understood,
or refused by name. Before the file is there, it is compiled and compared with the configuration.`
}

// Run imports, or lists what can be imported.
func (v *importVerb) Run(s *session) error {
	switch {
	case v.List && (v.Config != "" || v.Output != "" || v.Inline):
		return usage("--list stands alone")
	case v.List:
		return listFamilies(s)
	case v.Config == "":
		return usage("give a config.json or its directory, or --list")
	}
	c, f, err := s.lowerFamily(modelFlags{Config: v.Config})
	if err != nil {
		return err
	}
	w := &importing{compiled: c, family: f, name: modelName(v.nameSource())}
	if err := v.selfImport(w); err != nil {
		return err
	}
	s.enter("writing the file")
	text, err := w.text(v.Inline)
	if err != nil {
		return err
	}
	if err := v.same(s, w, text); err != nil {
		return err
	}
	if v.Output == "" {
		_, err := s.out.Write(text)
		return err
	}
	if err := replace(v.Output, text); err != nil {
		return err
	}
	report, err := cost.Of(c.module, cost.Options{Attention: cost.Exact})
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s: %s, %s with %s parameters\n", diag.Clean(v.Output), w.name, f.Architecture,
		grouped(report.Parameters.Total))
	return nil
}

// nameSource is what the model is called after: the file, or the directory of the configuration.
func (v *importVerb) nameSource() string {
	if v.Output != "" {
		return trimArch(filepath.Base(v.Output))
	}
	dir := v.Config
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		dir = filepath.Dir(dir)
	}
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	return filepath.Base(dir)
}

// selfImport refuses a file that would import itself, or whose name another model of it has.
func (v *importVerb) selfImport(w *importing) error {
	base := trimArch(filepath.Base(v.Output))
	switch {
	case v.Output == "":
		if w.clashes() {
			w.name += "Variant"
		}
		return nil
	case !v.Inline && base == w.family.File:
		return usage("-o %s: the file imports %s, which would be itself: choose another name", v.Output, base)
	case w.clashes():
		return usage("-o %s: the family has a %s of its own: choose another name", v.Output, w.name)
	}
	return nil
}

// same compiles the text where it will stand and demands what the configuration says: a file beside it could take the
// place of what it imports.
func (v *importVerb) same(s *session, w *importing, text []byte) error {
	path := v.Output
	if path == "" {
		path = stdin
	}
	prog, list := check.Load(diag.NewSource(shown(path), string(text)), beside(path))
	err := list.Err()
	var again *compiled
	if err == nil {
		again, err = s.lower(prog, modelFlags{Model: w.name})
	}
	if err == nil {
		again.module.Name = w.module.Name
		err = ir.Equal(w.module, again.module)
	}
	if err == nil {
		return nil
	}
	beside := filepath.Join(filepath.Dir(path), w.family.File+".arch")
	if _, statErr := os.Stat(beside); statErr == nil && !v.Inline {
		return wrong(codeOtherImport, "%s would be imported in place of the %s.arch that comes with archc, and is another one",
			beside, w.family.File).help("write the file to another directory, or with --inline")
	}
	return fmt.Errorf("the written file does not say what the configuration says: %w", err)
}

func listFamilies(s *session) error {
	all, err := families()
	if err != nil {
		return err
	}
	if s.json {
		e := json.NewEncoder(s.out)
		e.SetIndent("", "  ")
		return e.Encode(all)
	}
	w := newTable("architecture", "model", "import")
	for _, f := range all {
		w.AppendRow([]any{f.Architecture, f.Model, f.File})
	}
	_, err = fmt.Fprintln(s.out, w.Render())
	return err
}
