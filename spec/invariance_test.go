package spec_test

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
	"archc/ir/eval"
	"archc/stdlib"
)

// fixedNames mean something of the language itself; every other name is the author's, the library's ones too. Layer
// indices, positions and what attend's regions see are of the language.
var fixedNames = []string{"block", "pattern", "import", "from", "if", "then", "else", "in", "as", "yield", "emit", "over",
	"stored", "buffer", "require", "with", "div", "checkpoint", "prefix", "ignore", "optional",
	"int", "bool", "real", "true", "false", "none", "pi", "inf", "train", "l", "i", "j", "attend", "score", "mask", "norm",
	"sum", "max", "min", "any", "all", "cumsum", "index", "exp", "log", "sqrt", "rsqrt", "sin", "cos", "tanh",
	"erf", "abs", "sign", "floor", "ceil", "round", "huggingface"}

// renaming is a program under other names, and the way back.
type renaming struct {
	text string
	back map[string]string
}

// rename gives every name of a source but the fixed ones another one, of the same case.
func rename(text string) renaming {
	src := diag.NewSource("renamed.arch", text)
	tokens, _ := syntax.Tokens(src)
	names := map[string]string{}
	r := renaming{back: map[string]string{}}
	var b strings.Builder
	at := 0
	for i, tok := range tokens {
		before, after := tokenText(tokens, i-1), tokenText(tokens, i+1)
		switch {
		case tok.Kind != syntax.Word || slices.Contains(fixedNames, tok.Text),
			tok.Text == "model" && after != ".",
			tok.Text == "bias" && before == "with",
			tok.Text == "weight" && after == "=":
			continue
		}
		if names[tok.Text] == "" {
			letter := "z"
			if tok.Text[0] >= 'A' && tok.Text[0] <= 'Z' {
				letter = "Z"
			}
			names[tok.Text] = fmt.Sprintf("%s%d_", letter, 7*len(names)+3)
			r.back[names[tok.Text]] = tok.Text
		}
		b.WriteString(text[at:tok.Start] + names[tok.Text])
		at = tok.End
	}
	r.text = b.String() + text[at:]
	return r
}

// tokenText is the text of a token, empty where there is none.
func tokenText(tokens []syntax.Token, i int) string {
	if i < 0 || i >= len(tokens) {
		return ""
	}
	return tokens[i].Text
}

var renamedWord = regexp.MustCompile(`[zZ][0-9]+_`)

// original puts the first names back into a text of the compiler: IR, or a key.
func (r renaming) original(text string) string {
	return renamedWord.ReplaceAllStringFunc(text, func(w string) string { return r.back[w] })
}

// renamedWeights reads a tensor under the key that it had before.
type renamedWeights struct {
	renaming
	eval.Weights
}

func (w renamedWeights) Read(key string) ([]int64, []float64, error) {
	return w.Weights.Read(w.original(key))
}

// TestNamesMeanNothing renames every model, block, field, function, local and dim of an example with the library inlined
// into it: IR, counts and every bit of the logits stay what they are.
func TestNamesMeanNothing(t *testing.T) {
	for name, small := range map[string]map[string]string{
		"llama": {"D": "16", "L": "3", "H": "4", "G": "2", "K": "4", "F": "24", "V": "20", "theta": "100"},
		"gpt2":  {"D": "16", "L": "3", "H": "4", "K": "4", "F": "24", "V": "20", "P": "12"},
	} {
		t.Run(name, func(t *testing.T) {
			var inlined strings.Builder
			for _, src := range stdlib.Sources() {
				inlined.WriteString(src.Text + "\n")
			}
			text, err := os.ReadFile("../examples/" + name + ".arch")
			if err != nil {
				t.Fatal(err)
			}
			inlined.Write(text)
			r := rename(inlined.String())
			settings := map[string]string{}
			for renamed, was := range r.back {
				if v, ok := small[was]; ok {
					settings[renamed] = v
				}
			}
			before, after := example(t, name, small), compile(t, name+".arch", r.text, settings)
			if diff := firstDifference(lines(ir.Text(before)), lines(r.original(ir.Text(after)))); diff != "" {
				t.Fatalf("the IR depends on a name:\n%s", diff)
			}
			hashed, err := eval.NewHashWeights(before)
			if err != nil {
				t.Fatal(err)
			}
			tokens := []int{3, 1, 4, 1, 5, 9, 2}
			port := after.Inputs[0]
			a := run(t, before, hashed, map[string]*eval.Tensor{"tokens": ids("T", tokens)}, eval.Options{})
			b := run(t, after, renamedWeights{r, hashed},
				map[string]*eval.Tensor{port.Name: ids(port.Type().Axes[0].Label, tokens)}, eval.Options{})
			if a.Counts.Contraction != b.Counts.Contraction || a.Counts.Elementwise != b.Counts.Elementwise {
				t.Errorf("counts differ: %v and %v", a.Counts, b.Counts)
			}
			x, y := a.Outputs["output"], b.Outputs["output"]
			if len(x.Data) != len(y.Data) {
				t.Fatalf("%d logits, then %d", len(x.Data), len(y.Data))
			}
			for i := range x.Data {
				if math.Float64bits(x.Data[i]) != math.Float64bits(y.Data[i]) {
					t.Fatalf("logit %d: %v, renamed %v", i, x.Data[i], y.Data[i])
				}
			}
		})
	}
}

// lines are those of an IR's text; the dims table is in the order of its labels, so it is sorted again.
func lines(text string) []string {
	out := strings.Split(text, "\n")
	slices.SortStableFunc(out, func(a, b string) int {
		if strings.HasPrefix(a, "dim ") && strings.HasPrefix(b, "dim ") {
			return strings.Compare(a, b)
		}
		return 0
	})
	return out
}

func firstDifference(a, b []string) string {
	for i := range max(len(a), len(b)) {
		switch {
		case i >= len(a):
			return "+ " + b[i]
		case i >= len(b):
			return "- " + a[i]
		case a[i] != b[i]:
			return "- " + a[i] + "\n+ " + b[i]
		}
	}
	return ""
}
