package spec_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"archc/dsl/check"
	"archc/dsl/lower"
	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"

	"github.com/google/go-cmp/cmp"
)

const languageDoc = "language.md"

// bodyHead opens the model in whose body an example stands that is marked `body` or `fragment`.
const bodyHead = "model M(D=64, H=8, G=2, R=H/G, K=D/H, F=128, V=100, L=4, eps=1e-5) {\n"

// block is a fenced example of a document. The words behind ```arch say how it is read:
//
//	body           it stands in the body of the model that bodyHead opens
//	fragment       it need only parse there
//	error E301 ... it gives exactly these codes, on the lines that end in `// E301`
//	set F=1.5      the model is lowered with this setting
//
// A json block directly behind it is a configuration that its binding reads.
type block struct {
	doc, text      string
	line           int
	body, fragment bool
	codes          []string
	settings       map[string]string
	config         string
}

var (
	fence   = regexp.MustCompile("(?ms)^```arch([^\n]*)\n(.*?)^```\n(?:```json\n(.*?)^```)?")
	blames  = regexp.MustCompile(`(?m)[ ]*// (E\d{3}(?: E\d{3})*)$`)
	isCode  = regexp.MustCompile(`\bE\d{3}\b`)
	ruleNum = regexp.MustCompile(`(?m)^\*\*L(\d+)\.(\d+)\*\* `)
)

// read gives a document with newlines as \n.
func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(b), "\r\n", "\n")
}

func blocks(t *testing.T, path string) []*block {
	t.Helper()
	text := read(t, path)
	var out []*block
	for _, m := range fence.FindAllStringSubmatchIndex(text, -1) {
		line := strings.Count(text[:m[4]], "\n")
		b := &block{doc: path, text: text[m[4]:m[5]], line: line, settings: map[string]string{}}
		if m[6] >= 0 {
			b.config = text[m[6]:m[7]]
		}
		for _, word := range strings.Fields(text[m[2]:m[3]]) {
			name, value, setting := strings.Cut(word, "=")
			switch {
			case setting:
				b.settings[name] = value
			case isCode.MatchString(word):
				b.codes = append(b.codes, word)
			case word == "body" || word == "fragment":
				b.body, b.fragment = true, word == "fragment"
			case word != "error" && word != "set":
				t.Errorf("%s:%d: an example cannot be marked %q", path, b.line, word)
			}
		}
		out = append(out, b)
	}
	return out
}

// source is the example as a file, without the marks of blamed lines; they are given as "line code".
func (b *block) source() (*diag.Source, map[string]bool) {
	text := b.text
	if b.body {
		text = bodyHead + text + "}\n"
	}
	marked := map[string]bool{}
	for _, m := range blames.FindAllStringSubmatchIndex(text, -1) {
		for _, code := range strings.Fields(text[m[2]:m[3]]) {
			marked[fmt.Sprintf("%d %s", strings.Count(text[:m[0]], "\n")+1, code)] = true
		}
	}
	return diag.NewSource("example.arch", blames.ReplaceAllString(text, "")), marked
}

// diagnose compiles the example: every model of a file that is right, the default model of one that is wrong.
func (b *block) diagnose(t *testing.T, src *diag.Source) *diag.List {
	t.Helper()
	if b.fragment {
		_, list := syntax.Parse(src)
		return list
	}
	prog, list := check.Load(src, func(n string) (*diag.Source, error) {
		text, err := os.ReadFile("../examples/" + n + ".arch")
		if err != nil {
			err = errors.New("no such file")
		}
		return diag.NewSource(n+".arch", string(text)), err
	})
	if !list.Empty() {
		return list
	}
	models, settings := []string{""}, maps.Clone(b.settings)
	if b.codes == nil && b.config == "" {
		models = nil
		for _, d := range prog.Models {
			models = append(models, d.Name().Name)
		}
	}
	if b.config != "" {
		arch, fields := flatConfig(t, b.config)
		if models[0], settings, list = lower.Configure(prog, "", arch, fields); !list.Empty() {
			return list
		}
	}
	for _, model := range models {
		m, list := lower.Lower(prog, lower.Options{Model: model, Settings: settings})
		if !list.Empty() {
			return list
		}
		for _, broken := range ir.Verify(m) {
			t.Errorf("%s:%d: the IR of the example breaks its rules: %v", b.doc, b.line, broken)
		}
	}
	return &diag.List{}
}

func (b *block) check(t *testing.T) {
	t.Helper()
	src, marked := b.source()
	list := b.diagnose(t, src)
	got, codes := map[string]bool{}, map[string]bool{}
	for _, d := range list.All {
		got[fmt.Sprintf("%d %s", d.Span.Line(), d.Code.ID)] = true
		codes[d.Code.ID] = true
	}
	want := map[string]bool{}
	for _, c := range b.codes {
		want[c] = true
	}
	if !maps.Equal(want, codes) || !maps.Equal(marked, got) {
		var told strings.Builder
		_ = diag.Human(&told, list.All)
		t.Errorf("%s:%d: blamed lines (-marked +reported):\n%s\n%s\n%s", b.doc, b.line,
			cmp.Diff(marked, got), src.Text, told.String())
	}
}

// TestDocumentedExamples compiles every arch block of the documents.
func TestDocumentedExamples(t *testing.T) {
	docs, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat("../README.md"); err == nil {
		docs = append(docs, "../README.md")
	}
	for _, doc := range docs {
		for _, b := range blocks(t, doc) {
			b.check(t)
		}
	}
}

// TestLanguageRules: rules are numbered in order, and each has a case.
func TestLanguageRules(t *testing.T) {
	shown := rulesWithCases(t)
	text := read(t, languageDoc)
	at := ruleNum.FindAllStringSubmatchIndex(text, -1)
	if len(at) < 100 {
		t.Errorf("%d rules found", len(at))
	}
	wantGroup, wantRule := 1, 1
	for _, m := range at {
		id := text[m[2]:m[3]] + "." + text[m[4]:m[5]]
		switch {
		case id == fmt.Sprintf("%d.%d", wantGroup, wantRule):
		case wantRule > 1 && id == fmt.Sprintf("%d.1", wantGroup+1):
			wantGroup, wantRule = wantGroup+1, 1
		default:
			t.Fatalf("rule L%s stands where L%d.%d must", id, wantGroup, wantRule)
		}
		wantRule++
		if !shown["L"+id] {
			t.Errorf("rule L%s has no case: a file under spec/cases whose first line begins with `L%s: `", id, id)
		}
	}
}

// TestLanguageMentions: the document names every code of the language and the numbers of the limits.
func TestLanguageMentions(t *testing.T) {
	text := read(t, languageDoc)
	for _, c := range diag.Codes() {
		if !slices.Contains(diag.IRCodes, c) && !strings.Contains(text, c.ID) {
			t.Errorf("%s does not mention %s (%s)", languageDoc, c.ID, c.Title)
		}
	}
	for what, n := range map[string]int{"bytes": syntax.MaxSource >> 20, "tokens": syntax.MaxTokens,
		"brackets": syntax.MaxDepth, "name": syntax.MaxWord, "string": syntax.MaxString >> 10,
		"digits": syntax.MaxDigits, "operators": syntax.MaxChain,
		"files": check.MaxFiles, "imports": check.MaxImportDepth,
		"nodes": ir.MaxNodes, "diagnostics": diag.MaxShown} {
		if !strings.Contains(text, "| "+grouped(n)) {
			t.Errorf("the table of limits does not have %s for %s", grouped(n), what)
		}
	}
}

// TestLanguageBudgets: every number among the constants of dsl/lower/budget.go stands in the table of limits.
func TestLanguageBudgets(t *testing.T) {
	text := read(t, languageDoc)
	budgets := regexp.MustCompile(`(?m)^\t(max\w+)\s+= ([\d_]+)\s+//`)
	found := budgets.FindAllStringSubmatch(read(t, "../dsl/lower/budget.go"), -1)
	for _, m := range found {
		n, err := strconv.Atoi(strings.ReplaceAll(m[2], "_", ""))
		if err != nil || !strings.Contains(text, "| "+grouped(n)+" |") {
			t.Errorf("the table of limits does not have %s = %s", m[1], m[2])
		}
	}
	if len(found) < 8 {
		t.Errorf("%d budgets found", len(found))
	}
}

// grouped writes 100,000.
func grouped(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", grouped(n/1000), n%1000)
}
