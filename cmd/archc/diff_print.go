package main

import (
	"encoding/csv"
	"fmt"
	"html"
	"maps"
	"math/big"
	"reflect"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"archc/ir/diag"
	"archc/passes/compare"
	"archc/passes/cost"
	"archc/passes/figures"
)

// grid is one table of the comparison in the forms for people.
type grid struct {
	title  string
	header []any
	rows   []table.Row
	right  int // columns from this one on are numbers; 0 for none
	notes  []string
}

func (g *grid) add(cells ...any) { g.rows = append(g.rows, cells) }

// print writes the form that was asked for.
func (c *comparison) print(s *session) error {
	switch s.format {
	case "json":
		return c.printJSON(s)
	case "csv":
		return c.printCSV(s)
	}
	var b strings.Builder
	grids := c.grids()
	switch s.format {
	case "md":
		fmt.Fprintf(&b, "# %s\n", c.title())
		for _, g := range grids {
			fmt.Fprintf(&b, "\n## %s\n\n%s\n", g.title, g.writer(backticked).RenderMarkdown())
			for _, n := range g.notes {
				fmt.Fprintf(&b, "\n%s\n", n)
			}
		}
	case "html":
		fmt.Fprintf(&b, htmlHead, html.EscapeString(c.title()), html.EscapeString(c.title()))
		for _, g := range grids {
			fmt.Fprintf(&b, "<h2>%s</h2>\n%s\n", html.EscapeString(g.title), g.writer(nil).RenderHTML())
			for _, n := range g.notes {
				fmt.Fprintf(&b, "<p>%s</p>\n", html.EscapeString(n))
			}
		}
		b.WriteString("</body>\n</html>\n")
	default:
		for i, g := range grids {
			if i > 0 {
				b.WriteString("\n")
			}
			fmt.Fprintf(&b, "%s\n%s\n", g.title, g.writer(nil).Render())
			for _, n := range g.notes {
				fmt.Fprintf(&b, "%s\n", n)
			}
		}
	}
	_, err := s.out.WriteString(b.String())
	return err
}

const htmlHead = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>%s</title>
<style>
body { font-family: sans-serif } table { border-collapse: collapse } th, td { padding: 0.1em 0.7em; border-bottom: 1px solid #ddd }
</style>
</head>
<body>
<h1>%s</h1>
`

// backticked keeps the stars and bars of a formula from being markup.
func backticked(cell string) string {
	if strings.ContainsAny(cell, "*_{[") {
		return "`" + cell + "`"
	}
	return cell
}

// writer is the table of a grid.
func (g *grid) writer(cell func(string) string) table.Writer {
	w := newTable(g.header...)
	for _, row := range g.rows {
		out := make(table.Row, len(row))
		for i, x := range row {
			out[i] = x
			if t := fmt.Sprint(x); cell != nil {
				out[i] = cell(t)
			}
		}
		w.AppendRow(out)
	}
	var right []table.ColumnConfig
	for i := g.right; g.right > 0 && i <= len(g.header); i++ {
		right = append(right, table.ColumnConfig{Number: i, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	w.SetColumnConfigs(right)
	return w
}

func (c *comparison) title() string {
	names := make([]string, len(c.designs))
	for i, d := range c.designs {
		names[i] = diag.Clean(d.Module.Name)
	}
	return strings.Join(names, " and ")
}

// grids are all tables, in the order of reading.
func (c *comparison) grids() []*grid {
	list := &grid{title: "designs", header: []any{"", "model", "file", "set"}}
	for _, d := range c.designs {
		list.add(d.letter, diag.Clean(d.Module.Name), shown(d.path), diag.Clean(strings.Join(d.set, ", ")))
	}
	out := []*grid{list, c.figureGrid()}
	if f := c.formulaGrid(); len(f.rows) > 0 {
		out = append(out, f)
	}
	for _, p := range c.pairs {
		if g := p.dimGrid(); len(g.rows) > 0 {
			out = append(out, g)
		}
		if g := p.structureGrid(); len(g.rows) > 0 {
			out = append(out, g)
		}
		out = append(out, c.whyGrids(p)...)
	}
	if len(c.rules) > 0 {
		out = append(out, c.ruleGrid())
	}
	return out
}

// whyGrids tell each difference once: a figure with the same parts as one before is named with that one.
func (c *comparison) whyGrids(p *against) []*grid {
	var out []*grid
	for _, w := range p.why {
		g := c.whyGrid(p, w)
		if len(g.rows) == 0 {
			continue
		}
		same := slices.IndexFunc(out, func(o *grid) bool { return reflect.DeepEqual(o.rows, g.rows) })
		if same < 0 {
			out = append(out, g)
			continue
		}
		out[same].notes = append(out[same].notes, fmt.Sprintf("%s differs by the same parts", c.rows[w.row].Key))
	}
	return out
}

// minus is "B - A".
func (d *design) minus() string { return d.letter + " - A" }

// figureGrid has the figures that are numbers in all designs, or not known in some.
func (c *comparison) figureGrid() *grid {
	g := &grid{title: "figures" + c.sizesText(), header: []any{"figure"}, right: 2}
	for _, d := range c.designs {
		g.header = append(g.header, d.name())
	}
	for _, d := range c.designs[1:] {
		g.header = append(g.header, d.minus(), "%")
	}
	for _, r := range c.rows {
		if r.Zero() || formulaRow(r) {
			continue
		}
		cells := table.Row{r.Name}
		for i, v := range r.Values {
			cells = append(cells, known(v.Number))
			if note := fmt.Sprintf("not known of %s: %s", c.designs[i].name(), v.Why); v.Number == nil && v.Why != "" &&
				!slices.Contains(g.notes, note) {
				g.notes = append(g.notes, note)
			}
		}
		for _, v := range r.Values[1:] {
			d := compare.Delta(r.Values[0], v)
			if d.Number == nil {
				cells = append(cells, "", "")
				continue
			}
			cells = append(cells, signed(d.Number), percent(r.Values[0].Number, d.Number))
		}
		g.rows = append(g.rows, cells)
	}
	return g
}

// formulaRow reports a figure that has a formula where the sizes give no number.
func formulaRow(r compare.Row) bool {
	for _, v := range r.Values {
		if v.Number == nil && v.Formula != nil {
			return true
		}
	}
	return false
}

// formulaGrid has the others, one below the other because formulas are long.
func (c *comparison) formulaGrid() *grid {
	g := &grid{title: "formulas", header: []any{"figure", "of", "formula"}}
	for _, r := range c.rows {
		if r.Zero() || !formulaRow(r) {
			continue
		}
		for i, v := range r.Values {
			g.add(r.Key, c.designs[i].letter, formulaText(v))
		}
		for i, v := range r.Values[1:] {
			g.add(r.Key, c.designs[i+1].minus(), formulaText(compare.Delta(r.Values[0], v)))
		}
	}
	if len(g.rows) > 0 {
		g.notes = append(g.notes, c.symbols()+"; --seq and --context give numbers")
	}
	return g
}

func (c *comparison) symbols() string {
	out := c.designs[0].Forward.Batch + " is the batch"
	if past := c.designs[0].Past; past != "" {
		out += ", " + past + " the tokens before the new one"
	}
	return out
}

func formulaText(v compare.Value) string {
	if v.Formula == nil {
		return "not known"
	}
	return compare.Formula(*v.Formula)
}

// sizesText is ", batch 1, T = 4096, context 32768".
func (c *comparison) sizesText() string {
	out := ""
	if c.sizes.Lengths != nil || c.sizes.Context > 0 {
		out = fmt.Sprintf(", batch %d", max(1, c.sizes.Batch))
	}
	for _, name := range slices.Sorted(maps.Keys(c.sizes.Lengths)) {
		out += fmt.Sprintf(", %s = %d", name, c.sizes.Lengths[name])
	}
	if c.sizes.Context > 0 {
		out += fmt.Sprintf(", context %d", c.sizes.Context)
	}
	if a := c.options.Attention; a != cost.Exact && a != "" {
		out += fmt.Sprintf(", %s attention", a)
	}
	if slices.ContainsFunc(c.rows, func(r compare.Row) bool { return within(r.Key, "memory") || r.Key == "cache.bytes_at_context" }) {
		out += ", weights " + c.options.DType.Name + ", else " + (figures.Point{DType: c.options.DType}).Else().Name
	}
	return out
}

func (p *against) dimGrid() *grid {
	g := &grid{title: "dims, A and " + p.to.letter, header: []any{"dim", "A", p.to.letter}, right: 2}
	for _, d := range p.dims {
		g.add(d.Name, d.From, d.To)
	}
	return g
}

func (p *against) structureGrid() *grid {
	g := &grid{title: "stored tensors, A and " + p.to.letter, header: []any{"", "block or tensor", "A", p.to.letter}}
	for _, e := range p.structure {
		path := diag.Clean(e.Path)
		if e.As != "" {
			path += " -> " + diag.Clean(e.As)
		}
		g.add(string(e.Mark), path, storedIn(e.From), storedIn(e.To))
	}
	return g
}

// storedIn is "32 x [D=4096, F=14336]" of a tensor, the number of tensors and elements of a block.
func storedIn(x *compare.Stored) string {
	switch {
	case x == nil:
		return ""
	case x.Shape == "":
		return fmt.Sprintf("%s tensors, %s elements", grouped(x.Tensors), grouped(x.Elements))
	case x.Tensors.IsInt64() && x.Tensors.Int64() == 1:
		return diag.Clean(x.Shape)
	}
	return grouped(x.Tensors) + " x " + diag.Clean(x.Shape)
}

// whyGrid tells a difference; without rows where there is nothing to tell.
func (c *comparison) whyGrid(p *against, w attribution) *grid {
	r := c.rows[w.row]
	g := &grid{title: fmt.Sprintf("why %s differs, %s, ", r.Key, p.to.minus()), right: 2}
	first := "part"
	if p.changes != nil {
		first = "change"
	}
	numbers := w.delta.Number != nil
	g.header = []any{first, "before", "after", "difference", "of the whole"}
	if p.changes == nil {
		g.header[1], g.header[2] = "A", p.to.letter
	}
	if !numbers {
		g.header, g.right = []any{first, "difference"}, 0
	}
	some := false
	for _, x := range w.shares {
		some = some || x.Delta.Formula == nil || !x.Delta.Formula.IsZero()
		if !numbers {
			g.add(shareName(x), formulaText(x.Delta))
			continue
		}
		of := ""
		if w.delta.Number.Sign() != 0 && x.Delta.Number != nil {
			of = plainPercent(x.Delta.Number, w.delta.Number)
		}
		g.add(shareName(x), known(x.From.Number), known(x.To.Number), signedOrUnknown(x.Delta.Number), of)
	}
	if !some {
		g.rows = nil
		return g
	}
	if from, to := r.Values[0].Number, r.Values[p.index(c)].Number; numbers {
		g.add("all", grouped(from), grouped(to), signed(w.delta.Number), "")
	} else {
		g.add("all", formulaText(w.delta))
	}
	if p.changes != nil {
		g.title += "one parameter after another in the order of the declaration"
	} else {
		g.title += "part by part"
		if p.noChanges != "" {
			g.title += " (" + p.noChanges + ")"
		}
	}
	return g
}

// index is the design's number.
func (p *against) index(c *comparison) int {
	for i, d := range c.designs {
		if d == p.to {
			return i
		}
	}
	return 0
}

// shareName is a part's kind, with its path where both tell it.
func shareName(x compare.Share) string {
	if x.Kind == "" || x.Name == string(x.Kind) {
		return diag.Clean(x.Name)
	}
	return fmt.Sprintf("%s: %s", x.Kind, diag.Clean(x.Name))
}

func (c *comparison) ruleGrid() *grid {
	g := &grid{title: "thresholds", header: []any{"threshold", "figure", "design", "difference", ""}}
	for _, j := range c.rules {
		g.add(j.rule.text, j.figure, j.design.letter, j.says, map[bool]string{true: "passed", false: "held"}[j.passed])
	}
	return g
}

// signed writes a difference.
func signed(n *big.Int) string {
	if n.Sign() > 0 {
		return "+" + grouped(n)
	}
	return grouped(n)
}

func signedOrUnknown(n *big.Int) string {
	if n == nil {
		return "not known"
	}
	return signed(n)
}

// percent is a difference in parts of the first figure; empty where that is 0.
func percent(from, delta *big.Int) string {
	out := plainPercent(delta, from)
	if delta.Sign() > 0 && out != "" {
		return "+" + out
	}
	return out
}

func plainPercent(part, of *big.Int) string {
	if of.Sign() == 0 {
		return ""
	}
	out := hundredths(part, of, 2) + "%"
	if part.Sign() != 0 && strings.Trim(out, "-0.%") == "" { // too small to show, but not nothing
		out = map[bool]string{true: "<0.01%", false: ">-0.01%"}[part.Sign() == of.Sign()]
	}
	return out
}

func hundredths(part, of *big.Int, digits int) string {
	return new(big.Rat).SetFrac(new(big.Int).Mul(part, big.NewInt(100)), of).FloatString(digits)
}

// printCSV writes one table: what is told, of which design, of which figure, and the numbers, exact.
func (c *comparison) printCSV(s *session) error {
	w := csv.NewWriter(s.out)
	rows := [][]string{{"table", "design", "figure", "item", "from", "to", "difference", "percent"}}
	number := func(v compare.Value) string {
		switch {
		case v.Number != nil:
			return v.Number.String()
		case v.Formula != nil:
			return compare.Formula(*v.Formula)
		}
		return ""
	}
	share := func(from, delta compare.Value) string {
		if from.Number == nil || delta.Number == nil || from.Number.Sign() == 0 {
			return ""
		}
		return hundredths(delta.Number, from.Number, 4)
	}
	for i, p := range c.pairs {
		of := p.to.letter
		for _, r := range c.rows {
			from, to := r.Values[0], r.Values[i+1]
			delta := compare.Delta(from, to)
			rows = append(rows, []string{"figures", of, r.Key, "", number(from), number(to), number(delta), share(from, delta)})
		}
		for _, d := range p.dims {
			rows = append(rows, []string{"dims", of, "", d.Name, d.From, d.To, "", ""})
		}
		for _, e := range p.structure {
			path := strings.TrimSuffix(e.Path+" -> "+e.As, " -> ")
			rows = append(rows, []string{"structure", of, string(e.Mark), path, storedIn(e.From), storedIn(e.To), "", ""})
		}
		for _, w := range p.why {
			for _, x := range w.shares {
				rows = append(rows, []string{"why", of, c.rows[w.row].Key, shareName(x), number(x.From), number(x.To),
					number(x.Delta), share(x.From, x.Delta)})
			}
		}
	}
	if err := w.WriteAll(rows); err != nil {
		return err
	}
	return w.Error()
}
