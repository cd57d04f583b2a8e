package arbitrary

import (
	"fmt"
	"strings"
)

// Table counts in how many architectures each construct occurs.
type Table struct {
	Architectures int
	Count         map[string]int
}

// Add counts one architecture.
func (t *Table) Add(a Arch) {
	if t.Count == nil {
		t.Count = map[string]int{}
	}
	t.Architectures++
	for _, name := range a.Uses {
		t.Count[name]++
	}
}

// Rare lists the constructs that occur in fewer than n architectures; those of Future variants are not asked for.
func (t *Table) Rare(n int) []string {
	var out []string
	for _, name := range Constructs() {
		if t.Count[name] < n && !strings.HasPrefix(name, "future ") && !strings.HasPrefix(name, "place ") {
			out = append(out, fmt.Sprintf("%s: %d", name, t.Count[name]))
		}
	}
	return out
}

// String is a table for people: the constructs in the order of Constructs, three in a row.
func (t *Table) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "of %d architectures\n", t.Architectures)
	column := 0
	for _, name := range Constructs() {
		if n := t.Count[name]; n > 0 {
			fmt.Fprintf(&b, "%6d  %-34s", n, name)
			if column++; column%3 == 0 {
				b.WriteString("\n")
			}
		}
	}
	return strings.TrimRight(b.String(), "\n ") + "\n"
}
