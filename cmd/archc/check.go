package main

import (
	"fmt"
	"strings"

	"archc/ir"
	"archc/ir/diag"
)

// checkVerb finds the mistakes of files.
type checkVerb struct {
	Files      []string `arg:"" name:"file" help:"Files to check, or - for standard input."`
	modelFlags `embed:""`
}

// Help is the verb's longer help.
func (*checkVerb) Help() string {
	return `Every model of each file is compiled, or the one that --model names. All mistakes of a file come at
once, on standard error; with --format json they are the data, on standard output.`
}

// Run checks the files one by one and fails with the mistakes of all.
func (v *checkVerb) Run(s *session) error {
	var found failure
	for _, file := range v.Files {
		lines, err := v.check(s, file)
		if f, ok := asFailure(err); ok {
			found.exit = max(found.exit, f.exit)
			found.diags = append(found.diags, f.diags...)
			continue
		} else if err != nil {
			return err
		}
		if !s.json {
			fmt.Fprint(s.out, strings.Join(lines, ""))
		}
	}
	if s.json {
		s.progress.end()
		if err := diag.JSON(s.out, found.diags); err != nil {
			return err
		}
		return told(found.exit)
	}
	if found.exit == exitOK {
		return nil
	}
	return &found
}

// check compiles the models of one file and says what they are.
func (v *checkVerb) check(s *session, file string) ([]string, error) {
	prog, err := s.program(file)
	if err != nil {
		return nil, err
	}
	names := []string{v.Model}
	if v.Model == "" && v.Config == "" {
		names = nil
		for _, d := range prog.Models {
			names = append(names, d.Name().Name)
		}
		if len(names) == 0 {
			return []string{shown(file) + ": ok, no model\n"}, nil
		}
	}
	all := &diag.List{}
	var lines []string
	for _, name := range names {
		flags := v.modelFlags
		flags.Model = name
		c, err := s.lower(prog, flags)
		if f, ok := asFailure(err); ok && f.exit == exitDiagnostics {
			for _, d := range f.diags {
				all.Add(d)
			}
			continue
		} else if err != nil {
			return nil, err
		}
		lines = append(lines, fmt.Sprintf("%s: ok, %s\n", shown(file), signature(c.module)))
	}
	return lines, all.Err()
}

// signature prints a module as a function: Llama(tokens: int[T]) -> [T, V].
func signature(m *ir.Module) string {
	var in, out []string
	for _, p := range m.Inputs {
		in = append(in, p.Name+": "+p.Type().String())
	}
	for _, p := range m.Outputs {
		text := p.Type().String()
		if len(m.Outputs) > 1 {
			text = p.Name + ": " + text
		}
		out = append(out, text)
	}
	return fmt.Sprintf("%s(%s) -> %s", m.Name, strings.Join(in, ", "), strings.Join(out, ", "))
}
