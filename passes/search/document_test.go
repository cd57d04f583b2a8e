package search

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"archc/ir/diag"
)

// TestDocument: spec/search.md has the figures of the table, an example with every key, which reads, the limits and the
// codes.
func TestDocument(t *testing.T) {
	raw, err := os.ReadFile("../../spec/search.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	var want []string
	for _, f := range Figures {
		needs := ""
		if f.Needs != "" {
			needs = "`" + f.Needs + "`"
		}
		want = append(want, fmt.Sprintf("| `%s` | %s | %s | %s |", f.Name, f.Unit, f.About, needs))
	}
	if got := regexp.MustCompile("(?m)^\\| `.*$").FindAllString(text, -1); !slices.Equal(got, want) {
		t.Errorf("the table has\n%s\nand should have\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	_, example, _ := strings.Cut(text, "```yaml\n")
	example, _, _ = strings.Cut(example, "```")
	if s, err := Read(diag.NewSource("search.md", example), dtypes); err != nil || s.Size().Int64() != 27 {
		t.Errorf("the example: %v, %v", s, err)
	}
	for _, k := range keys {
		if !strings.Contains(example, "\n"+k.name+":") {
			t.Errorf("the example does not show %s", k.name)
		}
	}
	for _, limit := range []string{fmt.Sprint(MaxPoints, " points"), fmt.Sprint(MaxBytes>>10, " KiB"), fmt.Sprint(maxText, " bytes"),
		fmt.Sprint(maxDepth, " deep")} {
		if !strings.Contains(text, limit) {
			t.Errorf("the document does not tell the limit of %s", limit)
		}
	}
	for _, c := range Codes {
		if !strings.Contains(text, c.ID) {
			t.Errorf("the document does not name %s", c.ID)
		}
	}
}
