package spec_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"archc/ir"
	"archc/ir/diag"

	"github.com/google/go-cmp/cmp"
)

const irDoc = "ir.md"

// irTables are the generated parts of ir.md, by the name between their markers.
var irTables = map[string]func(t *testing.T) string{
	"ops": opReference, "functions": fnReference, "rules": ruleReference, "codes": codeReference,
}

// generated is <!-- generated: NAME --> ... <!-- end: NAME -->.
var generated = regexp.MustCompile(`(?s)(<!-- generated: (\w+) -->\n).*?(<!-- end: (\w+) -->)`)

func TestIRDocTables(t *testing.T) {
	text, err := os.ReadFile(irDoc)
	if err != nil {
		t.Fatal(err)
	}
	was, seen := strings.ReplaceAll(string(text), "\r\n", "\n"), map[string]bool{}
	now := generated.ReplaceAllStringFunc(was, func(part string) string {
		m := generated.FindStringSubmatch(part)
		table := irTables[m[2]]
		if table == nil || m[2] != m[4] {
			t.Fatalf("%s: markers %s and %s belong to no table", irDoc, m[2], m[4])
		}
		seen[m[2]] = true
		return m[1] + "\n" + table(t) + "\n" + m[3]
	})
	for name := range irTables {
		if !seen[name] {
			t.Errorf("%s has no markers for %s", irDoc, name)
		}
	}
	if *update {
		if err := os.WriteFile(irDoc, []byte(now), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(now, was); diff != "" {
		t.Errorf("%s is not what the tables say; run: go test ./spec -run IRDoc -update\n%s", irDoc, diff)
	}
}

// TestIRDocExamples: every ir block of the document is a valid module in canonical form.
func TestIRDocExamples(t *testing.T) {
	text, err := os.ReadFile(irDoc)
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```ir\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(blocks) == 0 {
		t.Fatal("no example")
	}
	for _, b := range blocks {
		m, err := ir.Parse(diag.NewSource(irDoc, b[1]))
		if err != nil {
			t.Error(err)
			continue
		}
		for _, err := range ir.Verify(m) {
			t.Error(err)
		}
		if diff := cmp.Diff(b[1], ir.Text(m)); diff != "" {
			t.Errorf("not in canonical form (-document +printed):\n%s", diff)
		}
	}
}

// examples finds the first node of each op in the module that has all of them, and its line of text.
func examples(t *testing.T) (nodes map[*ir.Op]*ir.Node, lines map[*ir.Op]string) {
	t.Helper()
	text, err := os.ReadFile("../ir/testdata/every_op.ir")
	if err != nil {
		t.Fatal(err)
	}
	m, err := ir.Parse(diag.NewSource("every_op.ir", string(text)))
	if err != nil {
		t.Fatal(err)
	}
	nodes, lines = map[*ir.Op]*ir.Node{}, map[*ir.Op]string{}
	m.Body.Walk(func(n *ir.Node, _ int) {
		if nodes[n.Op] == nil {
			nodes[n.Op], lines[n.Op] = n, strings.TrimSpace(n.Src.Text())
		}
	})
	return nodes, lines
}

func opReference(t *testing.T) string {
	var b strings.Builder
	nodes, lines := examples(t)
	for i, op := range ir.Ops() {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "### %s\n\n%s.\n\n", op.Name, sentence(op.Doc))
		fmt.Fprintf(&b, "- takes: %s\n- gives: %s\n", op.Args, op.Rule)
		if len(op.Regions) > 0 {
			fmt.Fprintf(&b, "- regions: %s\n", strings.Join(op.Regions, ", "))
		}
		fmt.Fprintf(&b, "- text: `%s`\n- cost: %s\n", lines[op], price(op, nodes[op]))
	}
	return b.String()
}

func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// price is the cost row applied to the example.
func price(op *ir.Op, n *ir.Node) string {
	if op.Cost == nil {
		return "nothing"
	}
	w := op.Cost(n)
	var parts []string
	if !w.Contraction.IsZero() {
		parts = append(parts, fmt.Sprintf("%s of contraction", w.Contraction))
	}
	if !w.Elementwise.IsZero() {
		parts = append(parts, fmt.Sprintf("%s elementwise", w.Elementwise))
	}
	return strings.Join(parts, ", ") + ", here"
}

func fnReference(*testing.T) string {
	var b strings.Builder
	b.WriteString("| function | arguments | value |\n| --- | --- | --- |\n")
	for _, f := range ir.Fns() {
		fmt.Fprintf(&b, "| %s | %d | %s |\n", f.Name, f.Arity, strings.ReplaceAll(f.Doc, "|", `\|`))
	}
	return b.String()
}

func ruleReference(*testing.T) string {
	var b strings.Builder
	b.WriteString("| rule | structural | what holds |\n| --- | --- | --- |\n")
	for _, r := range ir.Rules() {
		yes := ""
		if r.Structural {
			yes = "yes"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", r.ID, yes, r.Text)
	}
	return b.String()
}

func codeReference(*testing.T) string {
	var b strings.Builder
	for _, c := range diag.IRCodes {
		fmt.Fprintf(&b, "- **%s** %s. %s\n", c.ID, c.Title, strings.Join(strings.Fields(c.Story), " "))
	}
	return b.String()
}
