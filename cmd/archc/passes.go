package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"archc/ir"
	"archc/passes"
	"archc/passes/order"
	"archc/passes/simplify"
)

// passFlags say which passes run on a module before it is shown or counted.
type passFlags struct {
	After string `placeholder:"PASS" default:"lower" help:"Behind which pass; ${default}: before the first."`
	Form  string `enum:"long,short,start" default:"long" help:"Of two forms that order finds: for many rows of queries, or for few. Behind decode also what runs before the first step (start)."`
	Trace bool   `name:"trace-rewrites" help:"Log each step of the pass simplify on standard error."`
}

// passTable lists the passes with what they do.
func passTable() string {
	var b strings.Builder
	for _, p := range passes.Pipeline() {
		fmt.Fprintf(&b, "    %-8s %s\n", p.Name, p.Doc)
	}
	fmt.Fprintf(&b, "    %-8s %s\n", decoded, passes.StepsDoc)
	return b.String()
}

// lowered is the name of the module before the first pass, decoded that of the steps behind the last.
const (
	lowered = "lower"
	decoded = "decode"
)

// transform runs the passes. The pass order may find two forms: the one that is asked for goes on.
func (v *passFlags) transform(s *session, m *ir.Module, list []passes.Pass, verify bool) (*ir.Module, *order.Choice, error) {
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
		if err == nil && verify {
			err = errors.Join(ir.Verify(m)...)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("pass %s: %v", p.Name, err)
		}
	}
	return m, found, nil
}

// traced logs rewrites where that is asked for.
func (v *passFlags) traced(s *session) simplify.Options {
	if !v.Trace {
		return simplify.Options{}
	}
	return simplify.Options{Trace: func(f simplify.Firing) { fmt.Fprintf(s.err, "rewrite %s\n", f) }}
}

// list gives the passes up to the one that is asked for.
func (v *passFlags) list() ([]passes.Pass, error) {
	names := []string{lowered}
	all := passes.Pipeline()
	var list []passes.Pass
	for i, p := range all {
		if names = append(names, p.Name); p.Name == v.After {
			list = all[:i+1]
		}
	}
	if v.After == decoded {
		return nil, nil // it runs the passes itself
	}
	names = append(names, decoded)
	isOrder := func(p passes.Pass) bool { return p.Name == "order" }
	switch {
	case list == nil && v.After != lowered:
		return nil, usage("--after %q: there is no such pass; there are %s", v.After, strings.Join(names, ", "))
	case v.Form == "start":
		return nil, usage("--form start: what runs before the first step is found by --after decode")
	case v.Form != "long" && !slices.ContainsFunc(list, isOrder):
		return nil, usage("--form %s: the forms are found by the pass order: add --after order", v.Form)
	}
	return list, nil
}
