package document

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"archc/ir/diag"
)

var (
	bad     = &diag.Code{ID: "D001", Title: "bad"}
	unknown = &diag.Code{ID: "D002", Title: "unknown"}
	letter  = Kind{Name: "a letter", MaxBytes: 64, Malformed: bad, UnknownKey: unknown}
)

// mistakes reads a text as a letter with the keys to and text.
func mistakes(text string) (fields []string, told []string) {
	r := New(diag.NewSource("l.yaml", text), letter)
	if root := r.Root(); root != nil {
		list, _ := r.Mapping(root, letter.Name, []string{"to", "text"})
		for _, f := range list {
			fields = append(fields, f.Key.Value+"="+r.Span(f.Value).Text())
		}
	}
	for _, d := range r.List.All {
		told = append(told, strings.TrimSpace(d.Error()+" "+d.Help))
	}
	return fields, told
}

// TestPlaces: what is read stands where the span says, in any script; quotes are not part of it.
func TestPlaces(t *testing.T) {
	for text, want := range map[string][]string{
		"to: a\ntext: b\n":         {"to=a", "text=b"},
		"to: \"é\"\ntext: 'b'\n":   {"to=é", "text=b"},
		"{\"to\": 手紙, text: x}\n":  {"to=手紙", "text=x"},
		"to: [a]\n":                {"to=["},
		"to: \"a\\tb\"\ntext: z\n": {"to=a", "text=z"}, // an escape is not written as it is meant: its first character
	} {
		if got, told := mistakes(text); !slices.Equal(got, want) || told != nil {
			t.Errorf("%q: %q (%q), not %q", text, got, told, want)
		}
	}
}

// TestMistakes are told in the words of the kind, each with its place, and all at once.
func TestMistakes(t *testing.T) {
	for text, want := range map[string][]string{
		"":                             {"l.yaml is empty [D001]"},
		"# nothing\n":                  {"l.yaml is empty [D001]"},
		"- a\n":                        {"l.yaml:1:1: a letter is a mapping with keys, not a list [D001]"},
		"a\n":                          {"l.yaml:1:1: a letter is a mapping with keys, not one value [D001]"},
		"~\n":                          {"l.yaml:1:1: a letter is a mapping with keys, not nothing [D001]"},
		"too: a\nto: b\nxyz: 1\nto: c": {"l.yaml:1:1: a letter has no key too [D002] did you mean `to`?", "l.yaml:3:1: a letter has no key xyz [D002] it has to, text", "l.yaml:4:1: to stands twice, first in line 2 [D001]"},
		"to: a\n---\nto: b\n":          {"l.yaml:2:1: a second document: a letter is one [D001] leave it out"},
		"to: &x a\ntext: *x\n":         {"l.yaml:1:5: anchors and aliases are not read [D001] write the value out", "l.yaml:2:7: anchors and aliases are not read [D001] write the value out"},
		"to: !!str a\n":                {"l.yaml:1:5: tags are not read [D001] leave !!str out"},
		"? [a]\n: b\n":                 {"l.yaml:1:3: a key of a letter is a word [D001]"},
		"to: a: b\n":                   {"l.yaml:1:1: l.yaml is no YAML: mapping values are not allowed in this context [D001]"},
		"to: a\ntext: [b\nseq: 3\n":    {"l.yaml:2:1: l.yaml is no YAML: did not find expected ',' or ']' [D001]"},
	} {
		if _, told := mistakes(text); !slices.Equal(told, want) {
			t.Errorf("%q:\n got %q\nwant %q", text, told, want)
		}
	}
}

// TestLimit: a document of as many bytes as a kind allows is read, one of more is not.
func TestLimit(t *testing.T) {
	for n := letter.MaxBytes - 1; n <= letter.MaxBytes+1; n++ {
		text := "to: " + strings.Repeat("x", n-len("to: "))
		_, told := mistakes(text)
		want := fmt.Sprintf("l.yaml has more than %d bytes [D001]", letter.MaxBytes)
		if over := n > letter.MaxBytes; over != (len(told) == 1 && told[0] == want) || !over && told != nil {
			t.Errorf("%d bytes: %q", n, told)
		}
	}
}

// FuzzRoot: no text makes the reader panic.
func FuzzRoot(f *testing.F) {
	f.Add("to: |\n  a\n? [b]\n: c")
	f.Add("\xff: &a [*a]")
	f.Fuzz(func(t *testing.T, text string) { mistakes(text) })
}
