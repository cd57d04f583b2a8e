package search

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"archc/ir/diag"
)

var dtypes = []string{"bf16", "int4"}

const good = `# heads of a small model
file: llama.arch
model: Llama
parameters:
  D: 256
  H: [4, 8]
  G: {from: 1, to: 9, factor: 2}
  L: {from: 2, to: 9, step: 3}
  scaling: ["default", 'yarn']
constraints:
  - params < 40e6
  - "H % G == 0"
objectives: [min flops, max H * 2]
batch: 2
seq: 1_024
context: 4096
dtype: int4
`

func TestReadSpace(t *testing.T) {
	s, err := Read(diag.NewSource("space.yaml", good), dtypes)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range s.Parameters {
		got = append(got, p.Name+"="+strings.Join(p.Values, ","))
	}
	for _, c := range s.Constraints {
		got = append(got, c.Text)
	}
	for _, o := range s.Objectives {
		got = append(got, o.String())
	}
	want := []string{"D=256", "H=4,8", "G=1,2,4,8", "L=2,5,8", "scaling=default,yarn", "params < 40e6", "H % G == 0",
		"min flops", "max H * 2"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if s.File != "llama.arch" || s.Model != "Llama" || s.Batch != 2 || s.Seq != "1_024" || s.Context != 4096 || s.Dtype != "int4" {
		t.Errorf("%+v", s)
	}
	if n := s.Size().Int64(); n != 1*2*4*3*2 {
		t.Errorf("%d points", n)
	}
}

// TestSpaceMistakes: each mistake of a space names its line, and what to write where that can be said.
func TestSpaceMistakes(t *testing.T) {
	for _, c := range []struct{ text, want, help string }{
		{"fil: a.arch\n", "s.yaml:1:1: a search space has no key fil [R402]", "did you mean `file`?"},
		{"file: a\nconstraint:\n", "s.yaml:2:1: a search space has no key constraint [R402]", "did you mean `constraints`?"},
		{"file: a\nxyz: 3\n", "s.yaml:2:1: a search space has no key xyz [R402]",
			"it has file, model, parameters, constraints, objectives, batch, seq, context, dtype"},
		{"file: a\nfile: b\n", "s.yaml:2:1: file stands twice, first in line 1 [R401]", ""},
		{"model: A\n", "s.yaml:1:1: the space names no file [R401]", "add `file: NAME.arch`"},
		{"", "s.yaml is empty [R401]", ""},
		{"a: b: c\n", "s.yaml:1:1: s.yaml is no YAML: mapping values are not allowed in this context [R401]", ""},
		{"file: a\nmodel: b: c\n", "s.yaml:2:1: s.yaml is no YAML: mapping values are not allowed in this context [R401]", ""},
		{"file: a\nmodel: [b\nseq: 3\n", "s.yaml:2:1: s.yaml is no YAML: did not find expected ',' or ']' [R401]", ""},
		{"file: a\n---\nfile: b\n", "s.yaml:2:1: a second document: a search space is one [R401]", "leave it out"},
		{"- a\n", "s.yaml:1:1: a search space is a mapping with keys, not a list [R401]", ""},
		{"file: &x a\nmodel: *x\n", "s.yaml:1:7: anchors and aliases are not read [R401]", "write the value out"},
		{"file: !!str a\n", "s.yaml:1:7: tags are not read [R401]", "leave !!str out"},
		{"file: [a]\n", "s.yaml:1:7: file has one value, not a list [R401]", ""},
		{"file: a\nbatch: none\n", "s.yaml:2:8: batch is a whole number of 1 or more, not none [R401]", ""},
		{"file: a\ncontext: 0\n", "s.yaml:2:10: context is a whole number of 1 or more, not 0 [R401]", ""},
		{"file: a\ndtype: fp4\n", "s.yaml:2:8: dtype fp4 is not known [R401]", "it is one of bf16, int4"},
		{"file: a\nparameters: 3\n", "s.yaml:2:13: parameters is a mapping with keys, not one value [R401]", ""},
		{"file: a\nparameters: {H: []}\n", "s.yaml:2:17: H has no values [R403]", ""},
		{"file: a\nparameters: {H: [8, [4]]}\n", "s.yaml:2:21: a value of H is a number or a word, not a list [R403]", ""},
		{"file: a\nparameters:\n  H:\n", "s.yaml:3:5: a value of H is a number or a word, not nothing [R403]", ""},
		{"file: a\nparameters: {H: [8, 8.0]}\n", "s.yaml:2:21: H has the value 8.0 twice [R403]", "leave one out"},
		{"file: a\nparameters: {H: {from: 4, too: 8, step: 1}}\n", "s.yaml:2:27: the range of H has no key too [R402]", "did you mean `to`?"},
		{"file: a\nparameters: {H: {from: 4, step: 1}}\n", "s.yaml:2:17: the range of H needs both from and to [R403]", ""},
		{"file: a\nparameters: {H: {from: 4, to: 8}}\n", "s.yaml:2:17: the range of H needs step or factor, one of them [R403]",
			"{from: 8, to: 64, factor: 2}"},
		{"file: a\nparameters: {H: {from: 9, to: 8, step: 1}}\n", "s.yaml:2:17: the range of H goes from 9 down to 8 [R403]", "from: 8, to: 9"},
		{"file: a\nparameters: {H: {from: 0, to: 8, factor: 2}}\n", "s.yaml:2:17: a range with a factor starts at 1 or more, not at 0 [R403]", ""},
		{"file: a\nparameters: {H: {from: 1, to: 8, factor: 1}}\n", "s.yaml:2:42: factor is a whole number of 2 or more, not 1 [R401]", ""},
		{"file: a\nparameters: {H: {from: 0, to: 4096, step: 1}}\n",
			"s.yaml:2:17: the range of H has 4097 values, and a space at most 4096 points [R406]", ""},
		{"file: a\nconstraints: params < 3\n", "s.yaml:2:14: constraints is a list of expressions, not one value [R401]", "begin each line with `- `"},
		{"file: a\nconstraints:\n  - params <\n", "s.yaml:3:13: the expression ends where a number or a name is needed [R404]", ""},
		{"file: a\nconstraints:\n  - 'é' \n", "s.yaml:3:6: a condition is needed here, and this is a number [R404]", ""},
		{"file: a\nconstraints:\n  - a: 3\n", "s.yaml:3:5: an expression of constraints is one text, not a mapping [R401]", "put it into quotes"},
		{"file: a\nconstraints:\n  - params\n    < 3\n", "s.yaml:3:5: an expression stands on one line, without escapes [R401]", ""},
		{"file: a\nobjectives: [minimum params]\n", "s.yaml:2:14: an objective begins with min or max [R404]", "write `min minimum params`"},
	} {
		_, err := Read(diag.NewSource("s.yaml", c.text), dtypes)
		var many *diag.Errors
		var one *diag.Diagnostic
		if errors.As(err, &many) {
			one = many.All[0]
		}
		if err == nil || one == nil && !errors.As(err, &one) || one.Error() != c.want || one.Help != c.help {
			t.Errorf("%q\n got %v", c.text, err)
			if one != nil {
				t.Errorf("help %q", one.Help)
			}
		}
	}
}

// TestAllMistakesAtOnce: a space with several mistakes tells them all, in the order of the text.
func TestAllMistakesAtOnce(t *testing.T) {
	_, err := Read(diag.NewSource("s.yaml", "file: a\nparameters: {H: [1, 1], G: {}}\nobjective: [min params]\ndtype: x\n"), dtypes)
	if n := len(strings.Split(err.Error(), "\n")); n != 4 {
		t.Errorf("%d mistakes:\n%v", n, err)
	}
}

func TestListed(t *testing.T) {
	p, err := Listed("--set", "H=8, 16,32")
	if err != nil || p.Name != "H" || strings.Join(p.Values, " ") != "8 16 32" {
		t.Errorf("%+v, %v", p, err)
	}
	for text, want := range map[string]string{
		"H":       "--set:1:1: --set takes NAME=VALUE,VALUE [R403]",
		"=8":      "--set:1:1: --set takes NAME=VALUE,VALUE [R403]",
		"H=8,,9":  "--set:1:5: a value of H is empty [R403]",
		"H=8,9,8": "--set:1:7: H has the value 8 twice [R403]",
	} {
		if _, err := Listed("--set", text); err == nil || err.Error() != want {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// FuzzRead: no text makes the reader panic.
func FuzzRead(f *testing.F) {
	f.Add(good)
	f.Add("file: |\n  a\n? [b]\n: c")
	f.Fuzz(func(t *testing.T, text string) { Read(diag.NewSource("s.yaml", text), dtypes) })
}
