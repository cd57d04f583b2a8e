package main

import (
	"fmt"
	"slices"
	"strings"

	"archc/dsl/check"
	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
	"archc/stdlib"
)

// explainVerb tells what a code means or shows what the library declares.
type explainVerb struct {
	Name string `arg:"" optional:"" help:"A code (E301), a name of the library (rope, attention.additive) or one of its families (pattern)."`
}

// Help is the verb's longer help.
func (*explainVerb) Help() string {
	return "Without a name all codes and all names of the library are listed."
}

// explanation is what is known under a name: of a code, a title and a story; of a declaration, all.
type explanation struct {
	Name       string                 `json:"name"`
	Family     string                 `json:"family,omitempty"`   // of the library: position
	KnownAs    string                 `json:"known_as,omitempty"` // its name in the family, where that is another one
	Title      string                 `json:"title"`
	Story      string                 `json:"story,omitempty"`
	Formula    string                 `json:"formula,omitempty"`
	Paper      string                 `json:"paper,omitempty"`
	Parameters []explanationParameter `json:"parameters,omitempty"`
	Example    string                 `json:"example,omitempty"`
	PartOf     string                 `json:"part_of,omitempty"`
	Signature  string                 `json:"signature,omitempty"`
	Place      string                 `json:"place,omitempty"`
	Source     string                 `json:"source,omitempty"`
}

type explanationParameter struct {
	Names []string `json:"names"`
	Text  string   `json:"text"`
}

// Run prints the story of a code, a declaration with its parts, or a list.
func (v *explainVerb) Run(s *session) error {
	found, err := explanations()
	if err != nil {
		return err
	}
	if v.Name == "" {
		return printAll(s, found)
	}
	if x := find(found, v.Name); x != nil {
		return x.print(s)
	}
	family := slices.DeleteFunc(slices.Clone(found), func(x explanation) bool { return x.Family != v.Name })
	if len(family) > 0 {
		return printAll(s, family)
	}
	var names []string
	for _, x := range found {
		names = append(names, x.Name)
		if x.Family != "" {
			names = append(names, x.dotted(), x.Family)
		}
	}
	if near := diag.Nearest(v.Name, names); near != "" {
		return usage("%q is neither a code nor a name of the library; did you mean %s?", v.Name, near)
	}
	return usage("%q is neither a code nor a name of the library; archc explain lists them", v.Name)
}

// dotted is the name with its family: attention.additive.
func (x explanation) dotted() string {
	if x.KnownAs != "" {
		return x.Family + "." + x.KnownAs
	}
	return x.Family + "." + x.Name
}

// find looks for a name as it is written, then without regard to case, `_` and `-`: who asks for attention.scaled-dot or
// swiglu can only mean one thing.
func find(all []explanation, name string) *explanation {
	for _, fold := range []func(string) string{
		func(s string) string { return s },
		func(s string) string { return strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(s)) },
	} {
		for i := range all {
			x := &all[i]
			names := []string{x.Name}
			if x.Family != "" {
				names = append(names, x.dotted(), x.Family+"."+x.Name)
			}
			if x.KnownAs != "" {
				names = append(names, x.KnownAs)
			}
			if slices.ContainsFunc(names, func(n string) bool { return fold(n) == fold(name) }) {
				return x
			}
		}
	}
	return nil
}

// explanations lists the codes, the library's declarations by family, then the scalar functions of the language.
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
	var library []explanation
	for _, name := range scope.Names() {
		x, err := declared(scope.Lookup(name))
		if err != nil {
			return nil, err
		}
		library = append(library, x)
	}
	slices.SortStableFunc(library, func(a, b explanation) int { return strings.Compare(a.Family, b.Family) })
	out = append(out, library...)
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
func declared(d *check.Decl) (explanation, error) {
	name, kind, comment, head, whole := d.Name(), "block", "", diag.Span{}, diag.Span{}
	if d.Block != nil {
		comment, head, whole = d.Block.Doc, d.Block.At, d.Block.Whole
		if d.Block.Kind == syntax.KindModel {
			kind = "model"
		}
	} else {
		kind, comment, head, whole = "function", d.Func.Doc, d.Func.At, d.Func.Whole
		if d.Func.Pattern {
			kind = "pattern"
		}
	}
	place := fmt.Sprintf("%s:%d", whole.Src.Name, whole.Line())
	doc, err := stdlib.ParseDoc(comment)
	if err != nil {
		return explanation{}, fmt.Errorf("%s: the comment of %s: %w", place, name.Name, err)
	}
	x := explanation{
		Name: name.Name, Family: stdlib.Family(whole.Src.Name), KnownAs: doc.Name, Title: kind + " of the library",
		Story: doc.Summary, Formula: doc.Formula, Paper: doc.Paper, Example: doc.Example, PartOf: doc.PartOf,
		Signature: strings.TrimSpace(strings.TrimRight(strings.TrimSpace(head.Text()), "{=")),
		Place:     place, Source: whole.Text(),
	}
	for _, p := range doc.Parameters {
		x.Parameters = append(x.Parameters, explanationParameter(p))
	}
	return x, nil
}
