package spec_test

import (
	"fmt"
	"io/fs"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"archc/dsl/check"
	"archc/dsl/format"
	"archc/dsl/lower"
	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
	"archc/ir/eval"
	"archc/passes/cost"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// A conformance case is a file under cases/parse, lower, cost or run. Its first line names the rules that it shows,
// `L8.4, L8.5: what it is about`; its sections are
//
//	command     parse, lower, cost or run, with --set NAME=VALUE, --model NAME and, for cost, --at NAME=SIZE
//	input.arch  the file; further .arch files are what it imports
//	same.arch   parse: a file of the same tree, parentheses aside
//	config.json a configuration that the file's binding reads
//	weights     run: the stored tensors, `name [2, 3] = 1 2 3 4 5 6`; without the section they are hashed
//	inputs      run: the inputs in the same form, with one axis more in front for a batch
//	want        what is printed; -update writes it
type conformanceCase struct {
	errorCase
	words    []string // of the command
	settings map[string]string
	sizes    map[string]int64
	model    string
}

func readConformanceCase(t *testing.T, path string) *conformanceCase {
	t.Helper()
	c := &conformanceCase{errorCase: *readCase(t, path), settings: map[string]string{}, sizes: map[string]int64{}}
	command, _ := c.section("command")
	c.words = strings.Fields(command)
	for i := 1; i+1 < len(c.words); i += 2 {
		name, value, _ := strings.Cut(c.words[i+1], "=")
		switch c.words[i] {
		case "--set":
			c.settings[name] = value
		case "--model":
			c.model = name
		case "--at":
			c.sizes[name], _ = strconv.ParseInt(value, 10, 64)
		default:
			t.Fatalf("%s: no flag %s", path, c.words[i])
		}
	}
	if kind := filepath.Base(filepath.Dir(path)); len(c.words) == 0 || c.words[0] != kind {
		t.Fatalf("%s: its command is %q", path, command)
	}
	return c
}

func (c *conformanceCase) open(name string) (*diag.Source, error) {
	text, ok := c.section(name)
	if !ok {
		return nil, fs.ErrNotExist
	}
	return diag.NewSource(name, text), nil
}

// lowered is the module of the case.
func (c *conformanceCase) lowered(t *testing.T) *ir.Module {
	t.Helper()
	src, err := c.open("input.arch")
	if err != nil {
		t.Fatal(err)
	}
	prog, list := check.Load(src, func(n string) (*diag.Source, error) { return c.open(n + ".arch") })
	opt := lower.Options{Model: c.model, Settings: map[string]string{}}
	if config, ok := c.section("config.json"); ok && list.Empty() {
		arch, fields := flatConfig(t, config)
		opt.Model, opt.Settings, list = lower.Configure(prog, c.model, arch, fields)
	}
	var m *ir.Module
	if list.Empty() {
		maps.Copy(opt.Settings, c.settings)
		m, list = lower.Lower(prog, opt)
	}
	if !list.Empty() {
		var b strings.Builder
		_ = diag.Human(&b, list.All)
		t.Fatal(b.String())
	}
	if errs := ir.Verify(m); len(errs) > 0 {
		t.Fatal(errs)
	}
	return m
}

// output is what the case prints.
func (c *conformanceCase) output(t *testing.T) string {
	t.Helper()
	switch c.words[0] {
	case "parse":
		return c.parsed(t)
	case "lower":
		return ir.Text(c.lowered(t))
	case "cost":
		return c.counts(t)
	}
	return c.ran(t)
}

// parsed is the canonical form. With same.arch both are one tree.
func (c *conformanceCase) parsed(t *testing.T) string {
	t.Helper()
	tree := func(name string) *syntax.File {
		src, err := c.open(name)
		if err != nil {
			t.Fatal(err)
		}
		file, list := syntax.Parse(src)
		if err := list.Err(); err != nil {
			t.Fatal(err)
		}
		return file
	}
	file := tree("input.arch")
	if _, ok := c.section("same.arch"); ok {
		paren := func(e syntax.Expr) bool { _, is := e.(*syntax.Paren); return is }
		bare := cmp.FilterValues(func(a, b syntax.Expr) bool { return paren(a) || paren(b) },
			cmp.Transformer("bare", func(e syntax.Expr) syntax.Expr {
				for p, is := e.(*syntax.Paren); is; p, is = e.(*syntax.Paren) {
					e = p.X
				}
				return e
			}))
		places := cmp.Comparer(func(a, b diag.Span) bool { return true })
		if diff := cmp.Diff(tree("same.arch").Decls, file.Decls, bare, places); diff != "" {
			t.Errorf("same.arch is another tree (-same +input):\n%s", diff)
		}
	}
	out, _ := format.Source(file.Src)
	return string(out)
}

// counts are the parameters, the formulas, and their values at the sizes given.
func (c *conformanceCase) counts(t *testing.T) string {
	t.Helper()
	r := report(t, c.lowered(t), cost.Exact)
	var b strings.Builder
	line := func(name string, n *big.Int) {
		if n != nil {
			fmt.Fprintf(&b, "%s %s\n", name, n)
		}
	}
	line("parameters", r.Parameters.Total)
	line("buffers", r.Parameters.Buffers)
	line("active", r.Parameters.Active)
	for _, name := range slices.Sorted(maps.Keys(r.Formulas)) {
		fmt.Fprintf(&b, "%s = %s\n", name, r.Formulas[name])
	}
	for _, reason := range slices.Concat(r.Bounds, r.Unknown) {
		fmt.Fprintln(&b, "because", reason)
	}
	if len(c.sizes) > 0 {
		n, err := r.At(c.sizes)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range slices.Sorted(maps.Keys(c.sizes)) {
			fmt.Fprintf(&b, "at %s = %d\n", name, c.sizes[name])
		}
		line("contractions", n.Contraction)
		line("elementwise", n.Elementwise)
		for i, p := range n.Pairs {
			line(fmt.Sprint("pairs of attend ", i+1), p)
		}
	}
	return b.String()
}

// written is a tensor of a case: `x [2, 3] = 1 2 3 4 5 6`.
var written = regexp.MustCompile(`(?m)^(\S+) \[([\d, ]*)\] =((?: \S+)*)$`)

// caseWeights are the tensors of a case's section.
type caseWeights map[string]*eval.Tensor

func (w caseWeights) Read(key string) ([]int64, []float64, error) {
	x := w[key]
	if x == nil {
		return nil, nil, fmt.Errorf("the case has no weight %s", key)
	}
	var shape []int64
	for _, a := range x.Axes {
		shape = append(shape, int64(a.Size))
	}
	return shape, x.Data, nil
}

// tensors reads a section of written tensors; axes are without labels.
func (c *conformanceCase) tensors(t *testing.T, section string) caseWeights {
	t.Helper()
	text, _ := c.section(section)
	out := caseWeights{}
	for _, m := range written.FindAllStringSubmatch(text, -1) {
		x := &eval.Tensor{}
		n := 1
		for _, s := range strings.FieldsFunc(m[2], func(r rune) bool { return r == ',' || r == ' ' }) {
			size, _ := strconv.Atoi(s)
			x.Axes = append(x.Axes, eval.Axis{Size: size})
			n *= size
		}
		for _, s := range strings.Fields(m[3]) {
			v, err := strconv.ParseFloat(s, 64)
			if err != nil {
				t.Fatal(err)
			}
			x.Data = append(x.Data, v)
		}
		if len(x.Data) != n {
			t.Fatalf("%s has %d numbers, its shape wants %d", m[1], len(x.Data), n)
		}
		out[m[1]] = x
	}
	if strings.Count(text, "\n") != len(out) {
		t.Fatalf("section %s has lines that are no tensor:\n%s", section, text)
	}
	return out
}

// given are the module, the weights and the inputs of a case that is run.
func (c *conformanceCase) given(t *testing.T) (*ir.Module, eval.Weights, map[string]*eval.Tensor) {
	t.Helper()
	m := c.lowered(t)
	var w eval.Weights = c.tensors(t, "weights")
	if _, ok := c.section("weights"); !ok {
		h, err := eval.NewHashWeights(m)
		if err != nil {
			t.Fatal(err)
		}
		w = h
	}
	given, inputs := c.tensors(t, "inputs"), map[string]*eval.Tensor{}
	for _, p := range m.Inputs {
		x := given[p.Name]
		if x == nil {
			continue
		}
		x.Kind = p.Type().Kind
		labels := p.Type().Labels()
		if len(x.Axes) == len(labels)+1 {
			labels = append([]string{eval.Batch}, labels...)
		}
		if len(x.Axes) != len(labels) {
			t.Fatalf("input %s has %d axes, its type %v", p.Name, len(x.Axes), labels)
		}
		for i := range x.Axes {
			x.Axes[i].Label = labels[i]
		}
		inputs[p.Name] = x
	}
	if len(inputs) != len(given) {
		t.Fatalf("the case gives inputs that the model does not have")
	}
	return m, w, inputs
}

// ran are the outputs at the case's weights and inputs.
func (c *conformanceCase) ran(t *testing.T) string {
	t.Helper()
	m, w, inputs := c.given(t)
	outputs := run(t, m, w, inputs, eval.Options{}).Outputs
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(outputs)) {
		x := outputs[name]
		var shape, data []string
		for _, a := range x.Axes {
			shape = append(shape, fmt.Sprint(a.Size))
		}
		for _, v := range x.Data {
			data = append(data, strconv.FormatFloat(v, 'g', 12, 64))
		}
		fmt.Fprintf(&b, "%s [%s] = %s\n", name, strings.Join(shape, ", "), strings.Join(data, " "))
	}
	return b.String()
}

func conformanceFiles(t *testing.T, kinds ...string) []string {
	t.Helper()
	var out []string
	for _, kind := range kinds {
		files, err := filepath.Glob("cases/" + kind + "/*.txt")
		if err != nil || len(files) == 0 {
			t.Fatalf("no cases of kind %s: %v", kind, err)
		}
		out = append(out, files...)
	}
	return out
}

// TestConformance runs every case but those of errors, which TestErrorCases runs.
func TestConformance(t *testing.T) {
	for _, path := range conformanceFiles(t, "parse", "lower", "cost", "run") {
		t.Run(strings.TrimSuffix(strings.TrimPrefix(filepath.ToSlash(path), "cases/"), ".txt"), func(t *testing.T) {
			c := readConformanceCase(t, path)
			got := c.output(t)
			if *update && !t.Failed() {
				c.rewrite(t, got)
				return
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", path, diff)
			}
		})
	}
}

// caseRules are the rules that a case names in its first line.
var caseRules = regexp.MustCompile(`^L\d+\.\d+(?:, L\d+\.\d+)*: `)

// TestCasesNameRules: the first line of a case names rules that language.md has; that of an error may.
func TestCasesNameRules(t *testing.T) { rulesWithCases(t) }

// rulesWithCases are the rules that some case names.
func rulesWithCases(t *testing.T) map[string]bool {
	t.Helper()
	known := map[string]bool{}
	for _, m := range ruleNum.FindAllStringSubmatch(read(t, languageDoc), -1) {
		known["L"+m[1]+"."+m[2]] = true
	}
	shown := map[string]bool{}
	for _, path := range conformanceFiles(t, "error", "parse", "lower", "cost", "run") {
		comment := string(readCase(t, path).archive.Comment)
		named := strings.TrimSuffix(caseRules.FindString(comment), ": ")
		if named == "" {
			if filepath.Base(filepath.Dir(path)) != "error" {
				t.Errorf("%s: its first line names no rule: %q", path, comment)
			}
			continue
		}
		for rule := range strings.SplitSeq(named, ", ") {
			if !known[rule] {
				t.Errorf("%s: %s has no rule %s", path, languageDoc, rule)
			}
			shown[rule] = true
		}
	}
	return shown
}

// TestFormattingTwice: what is formatted stays as it is, in every case and every documented example that parses.
func TestFormattingTwice(t *testing.T) {
	found := 0
	twice := func(where, text string) {
		once, list := format.Source(diag.NewSource("x.arch", text))
		if !list.Empty() {
			return // an error of syntax
		}
		found++
		again, list := format.Source(diag.NewSource("x.arch", string(once)))
		if !list.Empty() || string(again) != string(once) {
			t.Errorf("%s: formatted twice it is another text:\n%s", where, cmp.Diff(string(once), string(again)))
		}
	}
	for _, path := range conformanceFiles(t, "error", "parse", "lower", "cost", "run") {
		a, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range a.Files {
			if strings.HasSuffix(f.Name, ".arch") {
				twice(path, string(f.Data))
			}
		}
	}
	docs, _ := filepath.Glob("*.md")
	for _, doc := range docs {
		for _, b := range blocks(t, doc) {
			src, _ := b.source()
			twice(fmt.Sprintf("%s:%d", doc, b.line), src.Text)
		}
	}
	for _, pattern := range []string{"../examples/*.arch", "../stdlib/*.arch"} {
		files, _ := filepath.Glob(pattern)
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			twice(f, string(text))
		}
	}
	if found < 250 {
		t.Errorf("%d texts were formatted", found)
	}
}
