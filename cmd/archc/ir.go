package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"archc/ir"
	"archc/ir/diag"
	"archc/passes"
	"archc/passes/order"
	"archc/passes/simplify"
)

// irVerb prints the IR of a model.
type irVerb struct {
	File       string `arg:"" help:"File to compile, or - for standard input; a file .ir is read as IR text."`
	Verify     bool   `help:"Check every rule of the IR, and that the text reads back as the same module."`
	After      string `placeholder:"PASS" default:"lower" help:"Behind which pass to print; ${default}: before."`
	Form       string `enum:"long,short" default:"long" help:"Where the pass order finds two forms: that for many rows of queries (long), or that for few (short)."`
	Trace      bool   `name:"trace-rewrites" help:"Log each step of the pass simplify on standard error."`
	Positions  bool   `help:"Name the line of the source behind each node."`
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

// passTable lists the passes with what they do.
func passTable() string {
	var b strings.Builder
	for _, p := range passes.Pipeline() {
		fmt.Fprintf(&b, "    %-8s %s\n", p.Name, p.Doc)
	}
	return b.String()
}

// lowered is the name of the module before the first pass.
const lowered = "lower"

// Run prints the module.
func (v *irVerb) Run(s *session) error {
	list, err := passesUntil(v.After)
	if err != nil {
		return err
	}
	m, err := v.module(s)
	if err != nil {
		return err
	}
	if v.Form != "long" && !slices.ContainsFunc(list, func(p passes.Pass) bool { return p.Name == "order" }) {
		return usage("--form %s: the forms are found by the pass order: add --after order", v.Form)
	}
	m, found, err := v.transform(s, m, list)
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
		return e.Encode(irReport{m.Name, ir.Text(m), formsReport(found)})
	}
	writeForms(s.out, found, v.Form)
	return ir.Format{Positions: v.Positions}.Print(s.out, m)
}

// transform runs the passes. The pass order may find two forms: the one that is asked for goes on.
func (v *irVerb) transform(s *session, m *ir.Module, list []passes.Pass) (*ir.Module, *order.Choice, error) {
	var found *order.Choice
	for _, p := range list {
		s.enter("pass " + p.Name)
		var err error
		switch p.Name {
		case "order":
			if found, err = order.Forms(m); err == nil {
				m = map[string]*ir.Module{"long": found.Long, "short": found.Short}[v.Form]
			}
			if err == nil && m == nil {
				return nil, nil, usage("--form short: this model has one form, for few rows of queries and for many")
			}
		case "simplify":
			m, err = simplify.With(m, simplify.Rules(), v.traced(s))
		default:
			m, err = p.Run(m)
		}
		if err == nil && v.Verify {
			err = errors.Join(ir.Verify(m)...)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("pass %s: %v", p.Name, err)
		}
	}
	return m, found, nil
}

// traced logs rewrites where that is asked for.
func (v *irVerb) traced(s *session) simplify.Options {
	if !v.Trace {
		return simplify.Options{}
	}
	return simplify.Options{Trace: func(f simplify.Firing) { fmt.Fprintf(s.err, "rewrite %s\n", f) }}
}

// passesUntil lists the passes up to a named one.
func passesUntil(name string) ([]passes.Pass, error) {
	names := []string{lowered}
	all := passes.Pipeline()
	for i, p := range all {
		if names = append(names, p.Name); p.Name == name {
			return all[:i+1], nil
		}
	}
	if name != lowered {
		return nil, usage("--after %q: there is no such pass; there are %s", name, strings.Join(names, ", "))
	}
	return nil, nil
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
