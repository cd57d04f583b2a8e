package spec_test

import (
	"fmt"
	"maps"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"archc/passes/cost"

	"github.com/google/go-cmp/cmp"
)

// lectureTable is the table of README.md between its marks.
var lectureTable = regexp.MustCompile(`(?s)(<!-- lecture -->\n).*?(<!-- /lecture -->)`)

// otherwise names the examples without an oracle case of their own, and what holds them instead.
var otherwise = map[string]string{
	"g2p-gru":   "trained checkpoint: `TestPronunciations`",
	"mnist":     "trained checkpoint: `TestReadsDigit`",
	"nano-sort": "trained checkpoint: `TestNanoSort`",
}

// boundLine is a line of the README's table: the example and the difference that stands there.
var boundLine = regexp.MustCompile(`(?m)^\|[^|]*\|[^|]*\| ([^|]*) \|.*\| (1e-\d+) \|$`)

// TestReadmeTable prints the lecture's rows: each example's count beside the published one, and how far it is from its
// oracle. With -update it rewrites the table of the README.
func TestReadmeTable(t *testing.T) {
	text := read(t, "../README.md")
	old := map[string]float64{}
	for _, m := range boundLine.FindAllStringSubmatch(text, -1) {
		old[m[1]], _ = strconv.ParseFloat(m[2], 64)
	}
	table := printLecture(t, readPublished(t), old)
	want := lectureTable.ReplaceAllString(text, "${1}"+strings.ReplaceAll(table, "$", "$$")+"${2}")
	if !lectureTable.MatchString(text) {
		t.Fatal("the README has no place for the table of the lecture")
	}
	if *update {
		if err := os.WriteFile("../README.md", []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, text); diff != "" {
		t.Errorf("go test ./spec -run ReadmeTable -update prints the table again:\n%s", diff)
	}
}

func printLecture(t *testing.T, p *published, old map[string]float64) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("| row | lecture | example | parameters | published, or by published sizes | source of the count | difference |\n" +
		"| ---: | --- | --- | ---: | ---: | --- | ---: |\n")
	for i, row := range p.Lecture {
		number, title := fmt.Sprint(i+1), row.Title
		if i >= lectureRows {
			number = ""
		}
		if len(row.Examples) == 0 {
			fmt.Fprintf(&b, "| %s | %s | not yet | | | | |\n", number, title)
		}
		for _, name := range row.Examples {
			for _, model := range models(t, name) {
				count := report(t, named(t, name, model, nil), cost.Exact).Parameters.Total
				cell, want, source := "`"+name+"`", "", ""
				if model != "" {
					cell += " " + model
				}
				if m := p.of(name, model); m != nil {
					want, source = grouped(int(m.Parameters)), m.Source
				}
				fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n", number, title, cell,
					grouped(int(count.Int64())), want, source, difference(t, name, old[cell]))
				number, title = "", ""
			}
		}
	}
	return b.String()
}

// models are those of an example that the tests look at: "" for its default, or all where it has none.
func models(t *testing.T, example string) []string {
	t.Helper()
	prog := program(t, example)
	plain := func(s string) string {
		return strings.NewReplacer("-", "", "_", "", ".", "").Replace(strings.ToLower(s))
	}
	var out []string
	for _, d := range prog.Models {
		if plain(d.Name().Name) == plain(example) || len(prog.Models) == 1 {
			return []string{""}
		}
		out = append(out, d.Name().Name)
	}
	return out
}

// lectureRows is the number of the lecture's rows; what stands behind them is beyond it.
const lectureRows = 16

// of finds what is published about a model of an example, nil where nothing is: first an entry of the file's name.
func (p *published) of(example, model string) *publishedModel {
	for _, name := range append([]string{example}, slices.Sorted(maps.Keys(p.Models))...) {
		if m := p.Models[name]; m.File == example && m.Model == model && len(m.Set) == 0 {
			return &m
		}
	}
	return nil
}

// difference is the largest of an example's oracle cases, or of the examples that it imports: a variant is its base
// with other dims. It is told as a power of ten, which another processor's last bits do not change; a power that stands
// in the README is kept while it is right and at most a hundred times too large.
func difference(t *testing.T, example string, old float64) string {
	t.Helper()
	worst, found := 0.0, false
	for _, files := range [][]string{{example}, imports(t, example)} {
		for _, c := range allOracleCases() {
			if slices.Contains(files, c.file) {
				worst, found = max(worst, c.compare(t)), true
			}
		}
		if found {
			break
		}
	}
	switch {
	case !found && otherwise[example] != "":
		return otherwise[example]
	case !found:
		t.Errorf("example %s has no oracle case, nor has what it imports", example)
		return ""
	}
	power := math.Pow(10, math.Ceil(math.Log10(max(worst, 1e-15))))
	if worst <= old && old <= 100*power {
		power = old
	}
	return fmt.Sprintf("%.0e", power)
}
