package spec_test

import (
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"archc/dsl/check"
	"archc/dsl/lower"
	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
	"archc/passes/figures"

	"gopkg.in/yaml.v3"
)

// published is examples/published.yaml: what the models' authors publish, and the rows of the lecture.
type published struct {
	Models  map[string]publishedModel
	Lecture []lectureRow
}

type publishedModel struct {
	File, Model, Method    string
	Set                    map[string]string
	Parameters             int64
	Active                 int64
	ActiveWithoutEmbedding int64 `yaml:"active_without_embedding"`
	Cache                  int64
	Source, Note           string
	Printed                []printedCount
	Unprinted              bool
}

// printedCount is a count that is printed rounded.
type printedCount struct {
	What, As         string
	How, Within, Why string
}

type lectureRow struct {
	Title    string
	Examples []string
}

func readPublished(t *testing.T) *published {
	t.Helper()
	f, err := os.Open("../examples/published.yaml")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out published
	dec := yaml.NewDecoder(f)
	dec.KnownFields(true) // a misspelled entry must not be passed over
	if err := dec.Decode(&out); err != nil {
		t.Fatal(err)
	}
	return &out
}

// named lowers one model of an example, its default where no name is given.
func named(t *testing.T, file, model string, settings map[string]string) *ir.Module {
	t.Helper()
	return lowered(t, file, lower.Options{Model: model, Settings: settings})
}

func lowered(t *testing.T, file string, opt lower.Options) *ir.Module {
	t.Helper()
	m, list := lower.Lower(program(t, file), opt)
	if !list.Empty() {
		var b strings.Builder
		_ = diag.Human(&b, list.All)
		t.Fatalf("%s %+v does not compile:\n%s", file, opt, b.String())
	}
	return m
}

// program loads an example and what it imports.
func program(t *testing.T, file string) *check.Program {
	t.Helper()
	open := func(n string) (*diag.Source, error) {
		b, err := os.ReadFile("../examples/" + n + ".arch")
		return diag.NewSource(n+".arch", string(b)), err
	}
	src, err := open(file)
	if err != nil {
		t.Fatal(err)
	}
	prog, list := check.Load(src, open)
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	return prog
}

// bf16 is two bytes a number.
var bf16 = figures.DType{Name: "bf16", Bits: 16}

// TestPublishedCounts holds every example to what is published about it.
func TestPublishedCounts(t *testing.T) {
	for name, p := range readPublished(t).Models {
		if p.Source == "" || p.Parameters == 0 {
			t.Errorf("%s: a count and its source are needed", name)
		}
		f, err := figures.Of(lowered(t, p.File, lower.Options{Model: p.Model, Settings: p.Set, Method: p.Method}), figures.Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, err := f.At(figures.Point{Batch: 1, DType: bf16})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if p.Active == 0 && p.ActiveWithoutEmbedding != 0 {
			p.Active = p.Parameters
		}
		if p.Cache == 0 && got.CachePerToken != nil && got.CachePerToken.Sign() != 0 && p.ActiveWithoutEmbedding != 0 {
			t.Errorf("%s keeps %s numbers a token, none are published", name, got.CachePerToken)
		}
		for _, c := range []struct {
			what string
			got  *big.Int
			want int64
		}{
			{"parameters", got.Total, p.Parameters},
			{"active parameters", got.Active, p.Active},
			{"active parameters without the input embedding", got.ActiveWithoutEmbedding, p.ActiveWithoutEmbedding},
			{"numbers kept for a token", got.CachePerToken, p.Cache},
			{"bytes kept for a token in bf16", got.CacheBytesPerToken, 2 * p.Cache},
		} {
			if c.want != 0 && (c.got == nil || c.got.Cmp(big.NewInt(c.want)) != 0) {
				t.Errorf("%s (%s %v): %s %s, published are %d", name, p.File, p.Set, c.got, c.what, c.want)
			}
		}
	}
}

// TestPrintedCounts holds the counts to those that are printed rounded.
func TestPrintedCounts(t *testing.T) {
	for name, p := range readPublished(t).Models {
		derived := strings.HasPrefix(p.Source, "sizes of")
		if derived != (p.Unprinted || len(p.Printed) > 0) && (derived || p.Unprinted) {
			t.Errorf("%s: its count is that of sizes: what is printed, or unprinted: true", name)
		}
		if p.Active == 0 {
			p.Active = p.Parameters
		}
		for _, x := range p.Printed {
			n := map[string]int64{"parameters": p.Parameters, "active": p.Active,
				"active_without_embedding": p.ActiveWithoutEmbedding}[x.What]
			if why := x.differs(n); why != "" {
				t.Errorf("%s: %s is %d, printed as %s: %s", name, x.What, n, x.As, why)
			}
		}
	}
}

// differs says why a count is not the printed one under what is said about its rounding; empty where it is.
func (x printedCount) differs(n int64) string {
	unit := map[string]int64{"M": 1e6, "B": 1e9}[x.As[len(x.As)-1:]]
	want, ok := new(big.Rat).SetString(x.As[:len(x.As)-1])
	if n == 0 || unit == 0 || !ok {
		return "no such count, or no number in M or B"
	}
	got := big.NewRat(n, unit)
	_, digits, _ := strings.Cut(x.As[:len(x.As)-1], ".")
	rounded, _ := new(big.Rat).SetString(got.FloatString(len(digits)))
	switch {
	case x.How == "" && x.Within == "":
		if rounded.Cmp(want) != 0 || x.Why != "" {
			return "rounded it is " + rounded.FloatString(len(digits))
		}
		return ""
	case rounded.Cmp(want) == 0:
		return "rounded it is that already"
	case x.Why == "":
		return "no why"
	case x.How == "cut":
		last := new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(len(digits))), nil))
		if got.Cmp(want) < 0 || got.Cmp(last.Add(last, want)) >= 0 {
			return "its digits are others"
		}
		return ""
	}
	percent, ok := new(big.Rat).SetString(strings.TrimSuffix(x.Within, "%"))
	if !ok || !strings.HasSuffix(x.Within, "%") {
		return "within takes a percentage"
	}
	off := new(big.Rat).Sub(got, want)
	if off.Abs(off).Mul(off, big.NewRat(100, 1)).Cmp(percent.Mul(percent, want)) > 0 {
		return "it is farther off than " + x.Within
	}
	return ""
}

// TestPrintedCountsDiffer: each way to agree can fail.
func TestPrintedCountsDiffer(t *testing.T) {
	for _, c := range []struct {
		x    printedCount
		n    int64
		same bool
	}{
		{printedCount{As: "65M"}, 64_500_000, true},
		{printedCount{As: "65M"}, 65_499_999, true},
		{printedCount{As: "65M"}, 65_500_000, false},
		{printedCount{As: "12.9B"}, 12_849_999_999, false},
		{printedCount{As: "2.4B", How: "cut", Why: "so"}, 2_451_435_008, true},
		{printedCount{As: "2.4B", How: "cut", Why: "so"}, 2_500_000_000, false},
		{printedCount{As: "2.4B", How: "cut", Why: "so"}, 2_410_000_000, false}, // rounded it is that
		{printedCount{As: "65M", Within: "4%", Why: "so"}, 63_045_632, true},
		{printedCount{As: "65M", Within: "3%", Why: "so"}, 63_045_632, false},
		{printedCount{As: "65M", Within: "4%"}, 63_045_632, false},
		{printedCount{As: "65"}, 65, false},
		{printedCount{As: "65M"}, 0, false},
	} {
		if why := c.x.differs(c.n); (why == "") != c.same {
			t.Errorf("%d as %+v: %q", c.n, c.x, why)
		}
	}
}

// TestPublishedIsComplete: every example stands in a row of the lecture, or an example of a row imports it.
func TestPublishedIsComplete(t *testing.T) {
	listed := map[string]bool{}
	for _, row := range readPublished(t).Lecture {
		for _, name := range row.Examples {
			if listed[name] {
				t.Errorf("%s stands in two rows", name)
			}
			listed[name] = true
		}
	}
	covered := map[string]bool{}
	for name := range listed {
		covered[name] = true
		for _, base := range imports(t, name) {
			covered[base] = true
		}
	}
	files, err := filepath.Glob("../examples/*.arch")
	if err != nil || len(files) == 0 {
		t.Fatal("no examples", err)
	}
	for _, f := range files {
		if name := strings.TrimSuffix(filepath.Base(f), ".arch"); !covered[name] {
			t.Errorf("%s is in no row of the lecture in examples/published.yaml", name)
		}
	}
}

// imports lists the examples that an example reads, directly and through others, itself not among them.
func imports(t *testing.T, name string) []string {
	t.Helper()
	var out []string
	text := read(t, "../examples/"+name+".arch")
	file, _ := syntax.Parse(diag.NewSource(name+".arch", text))
	for _, d := range file.Decls {
		if i, ok := d.(*syntax.Import); ok {
			out = append(append(out, i.File.Name), imports(t, i.File.Name)...)
		}
	}
	return out
}
