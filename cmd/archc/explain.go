package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"archc/dsl/check"
	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
)

// explainVerb tells what a code means or shows what the library declares.
type explainVerb struct {
	Name string `arg:"" optional:"" help:"A code such as E301, or a block, function or pattern of the library."`
}

// Help is the verb's longer help.
func (*explainVerb) Help() string {
	return "Without a name all codes and all names of the library are listed."
}

// explanation is what is known under a name.
type explanation struct {
	Name      string `json:"name"`
	Title     string `json:"title"`
	Story     string `json:"story,omitempty"`
	Signature string `json:"signature,omitempty"`
	Place     string `json:"place,omitempty"`
	Source    string `json:"source,omitempty"`
}

// Run prints the story of a code, or a declaration with its comment and source.
func (v *explainVerb) Run(s *session) error {
	found, err := explanations()
	if err != nil {
		return err
	}
	if v.Name == "" {
		return printAll(s, found)
	}
	for _, x := range found {
		if x.Name == v.Name || x.Signature == "" && strings.EqualFold(x.Name, v.Name) {
			return x.print(s)
		}
	}
	var names []string
	for _, x := range found {
		names = append(names, x.Name)
	}
	if near := diag.Nearest(v.Name, names); near != "" {
		return usage("%q is neither a code nor a name of the library; did you mean %s?", v.Name, near)
	}
	return usage("%q is neither a code nor a name of the library; archc explain lists them", v.Name)
}

// explanations lists the codes, the library's declarations, then the scalar functions of the language.
func explanations() ([]explanation, error) {
	var out []explanation
	for _, c := range allCodes() {
		story := strings.Join(strings.Fields(c.Story), " ")
		out = append(out, explanation{Name: c.ID, Title: c.Title, Story: story})
	}
	scope, broken := check.Library()
	if err := broken.Err(); err != nil {
		return nil, fmt.Errorf("the library does not parse: %s", err.Error())
	}
	for _, name := range scope.Names() {
		out = append(out, declared(scope.Lookup(name)))
	}
	for _, f := range ir.Fns() {
		args := strings.Join([]string{"x", "y", "z"}[:min(3, f.Arity)], ", ")
		out = append(out, explanation{Name: f.Name, Title: "scalar function, element by element",
			Story: f.Doc, Signature: f.Name + "(" + args + ")"})
	}
	// A library function of the same name is what a file sees; the scalar function is then one node of it.
	seen := map[string]bool{}
	return slices.DeleteFunc(out, func(x explanation) bool {
		twice := seen[x.Name]
		seen[x.Name] = true
		return twice
	}), nil
}

// declared explains a declaration of the library.
func declared(d *check.Decl) explanation {
	name, kind, doc, head, whole := d.Name(), "block", "", diag.Span{}, diag.Span{}
	if d.Block != nil {
		doc, head, whole = d.Block.Doc, d.Block.At, d.Block.Whole
		if d.Block.Kind == syntax.KindModel {
			kind = "model"
		}
	} else {
		kind, doc, head, whole = "function", d.Func.Doc, d.Func.At, d.Func.Whole
		if d.Func.Pattern {
			kind = "pattern"
		}
	}
	signature := strings.TrimSpace(strings.TrimRight(strings.TrimSpace(head.Text()), "{="))
	return explanation{Name: name.Name, Title: kind + " of the library", Story: doc, Signature: signature,
		Place: fmt.Sprintf("%s:%d", whole.Src.Name, whole.Line()), Source: whole.Text()}
}

func (x explanation) print(s *session) error {
	if s.json {
		e := json.NewEncoder(s.out)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(x)
	}
	fmt.Fprintf(s.out, "%s: %s\n", x.Name, x.Title)
	if x.Signature != "" {
		fmt.Fprintf(s.out, "\n  %s\n", x.Signature)
	}
	if x.Story != "" {
		fmt.Fprintf(s.out, "\n%s", wrapped(x.Story, 80))
	}
	if x.Source != "" {
		fmt.Fprintf(s.out, "\n%s:\n\n%s\n", x.Place, strings.TrimRight(x.Source, "\n"))
	}
	return nil
}

// printAll prints one line for each explanation.
func printAll(s *session, found []explanation) error {
	if s.json {
		e := json.NewEncoder(s.out)
		e.SetEscapeHTML(false)
		return e.Encode(map[string][]explanation{"explanations": found})
	}
	for _, x := range found {
		title := x.Title
		if x.Signature != "" {
			title = x.Signature
		}
		fmt.Fprintf(s.out, "%-18s %s\n", x.Name, title)
	}
	return nil
}

// wrapped breaks a story into lines.
func wrapped(text string, width int) string {
	var b strings.Builder
	used := 0
	for _, word := range strings.Fields(text) {
		switch {
		case used == 0:
		case used+1+len(word) > width:
			b.WriteByte('\n')
			used = 0
		default:
			b.WriteByte(' ')
			used++
		}
		b.WriteString(word)
		used += len(word)
	}
	b.WriteByte('\n')
	return b.String()
}
