package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"

	"archc/ir"
	"archc/ir/diag"
)

// irVerb prints the IR of a model.
type irVerb struct {
	File       string `arg:"" optional:"" help:"File to compile, or - for standard input; else the family of --config. A file .ir is read as IR text."`
	Verify     bool   `help:"Check every rule of the IR, and that the text reads back as the same module."`
	Positions  bool   `help:"Name the line of the source behind each node."`
	passFlags  `embed:""`
	modelFlags `embed:""`
}

// Help is the verb's longer help.
func (*irVerb) Help() string {
	return `The text is canonical: equal modules print equal text, and what is printed reads back as the
same module. With --verify a broken rule in IR that archc made is a bug of archc (exit 5); in IR
text that was read it is a mistake (exit 1).

The passes, in the order in which they run:

` + passTable()
}

// Run prints the module.
func (v *irVerb) Run(s *session) error {
	list, err := v.list()
	if err != nil {
		return err
	}
	m, err := v.module(s)
	if err != nil {
		return err
	}
	if v.After == decoded {
		return v.printSteps(s, m)
	}
	m, found, err := v.transform(s, m, list, v.Verify)
	if err != nil {
		return err
	}
	if v.Verify {
		s.enter("verifying the text")
		if err := readsBack(m); err != nil {
			return err
		}
	}
	s.enter("printing")
	if s.json {
		e := json.NewEncoder(s.out)
		e.SetEscapeHTML(false)
		return e.Encode(irReport{m.Name, ir.Text(m), formsReport(found), nil})
	}
	writeForms(s.out, found, v.Form)
	return ir.Format{Positions: v.Positions}.Print(s.out, m)
}

func (v *irVerb) module(s *session) (*ir.Module, error) {
	if filepath.Ext(v.File) != ".ir" {
		c, err := s.compile(v.File, v.modelFlags)
		if err != nil {
			return nil, err
		}
		return c.module, nil
	}
	src, err := s.readSource(v.File)
	if err != nil {
		return nil, err
	}
	s.enter("parsing")
	m, err := ir.Parse(src)
	if err != nil || !v.Verify {
		return m, err
	}
	list := &diag.List{}
	for _, broken := range ir.Verify(m) {
		at := diag.Span{Src: src}
		if x, ok := broken.(*ir.Violation); ok && !x.Src.IsZero() {
			at = x.Src
		}
		list.Add(diag.New(diag.IRType, at, "%v", broken))
	}
	return m, list.Err()
}

// readsBack checks that the printed text is the module; a difference is a bug.
func readsBack(m *ir.Module) error {
	again, err := ir.Parse(diag.NewSource(m.Name+".ir", ir.Text(m)))
	if err == nil {
		err = ir.Equal(m, again)
	}
	if err != nil {
		return fmt.Errorf("the printed text does not read back: %s", err.Error())
	}
	return nil
}
