package spec_test

import (
	"cmp"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"archc/dsl/check"
	"archc/dsl/expand"
	"archc/dsl/syntax"
	"archc/ir/diag"
	"archc/ir/eval"
)

// renaming gives every name of an author another one, the same wherever it stands, and knows the way back. What is left
// are words of the language: those of rule L18.1 where nothing of the file declares them, and the
// names that the language binds in regions and stacks (syntax.Own).
type renaming struct {
	language map[string]bool
	names    map[string]string
	back     map[string]string
}

func newRenaming(t *testing.T) *renaming {
	r := &renaming{language: map[string]bool{}, names: map[string]string{}, back: map[string]string{}}
	for _, word := range languageWords(t) {
		r.language[word] = true
	}
	return r
}

// languageWords are the names of rule L18.1 of language.md, which says what the language itself has.
func languageWords(t *testing.T) []string {
	t.Helper()
	rule := regexp.MustCompile(`(?s)\*\*L18\.1\*\*.*?\n\n`).FindString(read(t, languageDoc))
	var out []string
	for _, quoted := range regexp.MustCompile("`[^`]*`").FindAllString(rule, -1) {
		out = append(out, strings.Fields(strings.Trim(quoted, "`"))...)
	}
	if len(out) < 30 {
		t.Fatalf("rule L18.1 of %s has %d words", languageDoc, len(out))
	}
	return out
}

// of is the new name of an old one, of the same case.
func (r *renaming) of(name string) string {
	if r.names[name] == "" {
		letter := "z"
		if name[0] >= 'A' && name[0] <= 'Z' {
			letter = "Z"
		}
		r.names[name] = fmt.Sprintf("%s%d_", letter, 7*len(r.names)+3)
		r.back[r.names[name]] = name
	}
	return r.names[name]
}

var renamedWord = regexp.MustCompile(`[zZ][0-9]+_`)

// original puts the first names back into a text of the compiler: IR, or a key.
func (r *renaming) original(text string) string {
	return renamedWord.ReplaceAllStringFunc(text, func(w string) string {
		if was, ok := r.back[w]; ok {
			was, _, _ = strings.Cut(was, "@")
			return was
		}
		return w
	})
}

// program loads an example with the library moved into it and into what it imports, all under other names.
func (r *renaming) program(t *testing.T, example string) *check.Program {
	t.Helper()
	plain := func(n string) (*diag.Source, error) {
		b, err := os.ReadFile("../examples/" + n + ".arch")
		return diag.NewSource(n+".arch", string(b)), err
	}
	renamed := func(n string) (*diag.Source, error) {
		src, err := plain(n)
		if err != nil {
			return nil, err
		}
		text, notes, list := expand.Source(src, plain)
		if !list.Empty() || len(notes) > 0 {
			t.Fatalf("%s with its library declarations: %v %v", n, notes, list.Err())
		}
		prog, list := check.Load(diag.NewSource(n+".arch", text), plain)
		if !list.Empty() {
			t.Fatalf("%s with its library declarations: %v", n, list.Err())
		}
		before, _ := syntax.Parse(src)
		return diag.NewSource(n+".arch", r.rename(prog, n, len(before.Decls))), nil
	}
	src, err := renamed(example)
	if err != nil {
		t.Fatal(err)
	}
	prog, list := check.Load(src, renamed)
	if !list.Empty() {
		t.Fatalf("%s under other names: %v\n%s", example, list.Err(), src.Text)
	}
	return prog
}

// rename gives the text of a program's main file under other names. Bindings stay as they are: they speak of a
// configuration, which nobody reads here. Declarations behind the first own ones are the library's: each file has them
// under names of its own, or two imports would bring one name.
func (r *renaming) rename(prog *check.Program, name string, own int) string {
	src := prog.Main.Src
	file, _ := syntax.Parse(src)
	moved := map[string]bool{}
	for _, d := range file.Decls[own:] {
		switch d := d.(type) {
		case *syntax.Block:
			moved[d.Name.Name] = true
		case *syntax.Func:
			moved[d.Name.Name] = true
		}
	}
	var found []syntax.Use
	for _, d := range file.Decls {
		syntax.Uses(d, func(u syntax.Use) { found = append(found, u) })
	}
	slices.SortFunc(found, func(a, b syntax.Use) int { return cmp.Compare(a.At.Start, b.At.Start) })
	var b strings.Builder
	at := 0
	for _, u := range found {
		if u.At.Start < at || r.stays(prog, u) {
			continue
		}
		was := u.Name
		if moved[was] && u.Kind != syntax.Member && u.Kind != syntax.Argument {
			was += "@" + name
		}
		b.WriteString(src.Text[at:u.At.Start] + r.of(was))
		at = u.At.End
	}
	return b.String() + src.Text[at:]
}

// stays says whether a name is the language's where it stands.
func (r *renaming) stays(prog *check.Program, u syntax.Use) bool {
	switch u.Kind {
	case syntax.Own:
		return true
	case syntax.Refers:
		return r.language[u.Name] && !u.Local && prog.Main.Lookup(u.Name) == nil
	case syntax.Argument:
		return r.language[u.Of] && prog.Main.Lookup(u.Of) == nil
	}
	return false
}

// renamedWeights reads a tensor under the key that it had before.
type renamedWeights struct {
	*renaming
	eval.Weights
}

func (w renamedWeights) Read(key string) ([]int64, []float64, error) {
	return w.Weights.Read(w.original(key))
}
