package main

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"archc/ir/diag"
	"archc/passes/cost"
	"archc/passes/search"
)

// print gives the tables: parameters by path, the work, memory, the formulas, what is kept.
func (t *tally) print(s *session, columns []column, depth int, symbolic bool) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", diag.Clean(t.Model))
	if len(columns) > 0 {
		b.WriteString(t.blockTable(columns, depth) + t.noColumn(columns))
	} else {
		b.WriteString(t.parameterTable(depth))
	}
	if t.env != nil {
		b.WriteString("\n" + t.workTable())
	}
	b.WriteString("\n" + t.memoryTable())
	if symbolic {
		b.WriteString("\n" + t.formulaTable() + t.patternTable())
	}
	if t.figures.Steps != nil || t.figures.NoSteps != "" {
		b.WriteString("\n" + t.cacheTable())
	}
	for _, reason := range t.Bounds {
		fmt.Fprintf(&b, "upper bound: %s\n", reason)
	}
	for _, reason := range t.unknown() {
		fmt.Fprintf(&b, "not known: %s\n", reason)
	}
	if t.env == nil && len(t.formulas) > 0 {
		flag := "--seq"
		if len(t.Free) == 1 {
			flag = "--batch"
		}
		fmt.Fprintf(&b, "%s is the batch; %s gives numbers\n", t.Batch, flag)
	}
	_, err := s.out.WriteString(b.String())
	return err
}

// newTable is the one look of all tables: no frames, numbers to the right.
func newTable(header ...any) table.Writer {
	w := table.NewWriter()
	style := table.StyleDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	style.Format.Header = text.FormatDefault
	style.Format.Footer = text.FormatDefault
	w.SetStyle(style)
	w.AppendHeader(header)
	w.SuppressTrailingSpaces()
	return w
}

func (t *tally) parameterTable(depth int) string {
	w := newTable("stored tensors", "number", "parameters")
	w.SetColumnConfigs([]table.ColumnConfig{
		{Number: 2, Align: text.AlignRight, AlignHeader: text.AlignRight},
		{Number: 3, Align: text.AlignRight, AlignHeader: text.AlignRight},
	})
	root := t.Parameters.Tree
	appendTree(w, root, 0, depth)
	w.AppendRow(table.Row{"total", grouped(root.Tensors), grouped(t.Parameters.Total)})
	out := w.Render() + "\n"
	switch p := t.Parameters; {
	case p.ActiveUnknown != "":
		out += fmt.Sprintf("what one token uses is not known: %s\n", p.ActiveUnknown)
	case p.Active.Cmp(p.Total) != 0:
		out += fmt.Sprintf("one token uses %s, %s without the input embedding\n", grouped(p.Active),
			grouped(p.ActiveWithoutInputEmbedding))
	}
	if t.Parameters.Buffers.Sign() > 0 {
		out += fmt.Sprintf("and %s elements of buffers, which are stored but no parameters\n",
			grouped(t.Parameters.Buffers))
	}
	return out
}

// appendTree adds the rows below a node, a level of indentation for each segment of the path.
func appendTree(w table.Writer, t *cost.Tree, level, depth int) {
	for _, c := range t.Children {
		name, at := c.Name, c
		for len(at.Children) == 1 { // a path that does not branch is one row
			at = at.Children[0]
			name += "." + at.Name
		}
		indent := strings.Repeat("  ", level)
		w.AppendRow(table.Row{indent + diag.Clean(name), grouped(at.Tensors), grouped(at.Parameters)})
		if level+1 < depth {
			appendTree(w, at, level+1, depth)
		}
	}
}

func (t *tally) workTable() string {
	w := newTable("forward pass, "+t.sizesText(), products(t.unit))
	w.SetColumnConfigs([]table.ColumnConfig{{Number: 2, Align: text.AlignRight, AlignHeader: text.AlignRight}})
	v := t.values
	w.AppendRow(table.Row{"contractions (" + t.text() + ")", known(v.Forward)})
	w.AppendRow(table.Row{"elementwise, in FLOPs", known(t.numbers.Elementwise)})
	if v.Prefill != nil {
		w.AppendRow(table.Row{"prompt, behind the passes", known(v.Prefill)})
	}
	if v.Decode != nil {
		w.AppendRow(table.Row{t.stepText(), known(v.Decode)})
	}
	w.AppendRow(table.Row{t.trainText(), known(v.Train)})
	out := w.Render() + "\n"
	if t.as != nil {
		out += fmt.Sprintf("as %s, in %s: forward %s, step of training %s\n  %s (%s)\n", t.as.Name, products(t.as.Unit),
			grouped(t.as.Forward), grouped(t.as.Train), t.as.How, t.as.Source)
	}
	if len(t.Report.Attention) == 0 {
		return out
	}
	p := newTable("attention, each sequence, head and layer", "pairs of query and key")
	p.SetColumnConfigs([]table.ColumnConfig{{Number: 2, Align: text.AlignRight, AlignHeader: text.AlignRight}})
	for i, a := range t.Report.Attention {
		p.AppendRow(table.Row{diag.Clean(a.Scope), known(t.pairs(i))})
	}
	return out + "\n" + p.Render() + "\n"
}

// patternTable says what is found about the mask of each attend.
func (t *tally) patternTable() string {
	w := newTable("attention", "pattern", "pairs by")
	rows := 0
	for _, a := range t.Attention {
		if a.Pairs.Pattern == nil {
			continue
		}
		rows++
		w.AppendRow(table.Row{diag.Clean(a.Scope), a.Pairs.Pattern.Describe(), pairsBy(a.Pairs)})
	}
	if rows == 0 {
		return ""
	}
	return "\n" + w.Render() + "\n"
}

// pairsBy says how the pairs are counted.
func pairsBy(p cost.Pairs) string {
	switch {
	case p.Bound:
		return "an upper bound"
	case p.Formula == nil:
		text := "counting at given sizes: " + p.Reason
		if long, above := p.Pattern.Long(); long != nil {
			text += fmt.Sprintf("; above %d: %s", above, cost.Pretty(*long))
		}
		return text
	case p.Runs > 1:
		return fmt.Sprintf("a closed form, of %d layers together", p.Runs)
	}
	return "a closed form"
}

func (t *tally) formulaTable() string {
	w := newTable("formula", "")
	for _, name := range slices.Sorted(maps.Keys(t.formulas)) {
		w.AppendRow(table.Row{diag.Clean(name), t.formulas[name]})
	}
	return w.Render() + "\n"
}

// sizesText is "batch 1, T = 1024".
func (t *tally) sizesText() string {
	parts := []string{fmt.Sprintf("batch %d", t.env[t.Batch])}
	for _, f := range t.Free {
		if f != t.Batch {
			parts = append(parts, fmt.Sprintf("%s = %d", f, t.env[f]))
		}
	}
	return strings.Join(parts, ", ")
}

// known is a number that may be nil.
func known(n *big.Int) string {
	if n == nil {
		return "not known"
	}
	return grouped(n)
}

// grouped writes a number with commas between thousands.
func grouped(n *big.Int) string { return search.Grouped(new(big.Rat).SetInt(n)) }
