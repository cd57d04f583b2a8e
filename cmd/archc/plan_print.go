package main

import (
	"fmt"
	"io"
	"math/big"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"archc/backends/gograph"
	"archc/backends/kernel"
	"archc/ir/diag"
	"archc/passes/plan"
)

// planReport is a plan as JSON; the table for people is made of it too.
type planReport struct {
	Model   string         `json:"model"`
	What    string         `json:"what"` // "step" or "whole"
	NoStep  string         `json:"no_step,omitempty"`
	Dims    map[string]int `json:"dims"`
	Machine string         `json:"machine"`
	Kernels []kernelReport `json:"kernels"`
	Total   workReport     `json:"total"`
	Slots   []slotReport   `json:"arena"`
	Memory  memoryReport   `json:"memory"`
}

type kernelReport struct {
	Number int    `json:"number"` // in the order of the plan; -1 for one of several in a dispatch
	Depth  int    `json:"depth"`  // of loops around
	Kind   string `json:"kernel"`
	Runs   int64  `json:"runs"`
	Shape  string `json:"shape"`
	Fused  string `json:"fused,omitempty"` // what one pass does
	Tile   string `json:"tile,omitempty"`  // rows by columns
	Scope  string `json:"scope,omitempty"`
	Name   string `json:"name,omitempty"`
	workReport
}

type workReport struct {
	Read        int64 `json:"read_bytes"`
	Weights     int64 `json:"weight_bytes"`
	Written     int64 `json:"written_bytes"`
	Contraction int64 `json:"flops"`
	Elementwise int64 `json:"elementwise"`
	AtMost      bool  `json:"at_most,omitempty"`
}

type slotReport struct {
	Offset int64    `json:"offset"`
	Bytes  int64    `json:"bytes"`
	Stores []string `json:"stores"` // with the first and the last kernel that they are needed at
}

type memoryReport struct {
	Weights int64 `json:"weights"`
	States  int64 `json:"states"`
	Arena   int64 `json:"arena"`
	Inputs  int64 `json:"inputs"`
	Peak    int64 `json:"peak"`
}

func (p *planned) report() *planReport {
	r := &planReport{Model: p.name, What: "whole", NoStep: p.why, Dims: map[string]int{}, Machine: kernel.Machine()}
	if p.step {
		r.What = "step"
	}
	for _, name := range freeOf(p.dims) {
		r.Dims[name] = p.dims[name]
	}
	r.Dims["batch"] = p.dims[plan.Batch]
	p.kernels(r, p.plan.Body, 0)
	offset := int64(0)
	for k, slot := range p.plan.Slots {
		x := slotReport{Offset: offset, Bytes: gograph.SlotBytes(slot, p.counts.Size), Stores: []string{}}
		for _, s := range p.plan.Stores {
			if s.Slot == k {
				x.Stores = append(x.Stores, storeText(s))
			}
		}
		offset += x.Bytes
		r.Slots = append(r.Slots, x)
	}
	m := p.memory
	r.Memory = memoryReport{m.Weights, m.States, m.Arena, m.Inputs, m.Total()}
	return r
}

func storeText(s *plan.Store) string {
	return strings.TrimSpace(fmt.Sprintf("a%d %s", s.ID, s.Name)) + fmt.Sprintf(" (%d-%d)", s.First, s.Last)
}

func (p *planned) kernels(r *planReport, b *plan.Block, depth int) {
	for _, i := range b.Code {
		k := p.kernel(i, depth)
		r.Kernels = append(r.Kernels, k)
		if list, ok := i.(*plan.Products); ok {
			for _, one := range list.List {
				part := p.kernel(one, depth+1)
				part.Number = -1
				r.Kernels = append(r.Kernels, part)
			}
		}
		r.Total.Read += k.Read
		r.Total.Weights += k.Weights
		r.Total.Written += k.Written
		r.Total.Contraction += k.Contraction
		r.Total.Elementwise += k.Elementwise
		r.Total.AtMost = r.Total.AtMost || k.AtMost
		if inner := plan.Inside(i); inner != nil {
			p.kernels(r, inner, depth+1)
		}
	}
}

func (p *planned) kernel(i plan.Instruction, depth int) kernelReport {
	w, note := p.counts.Of(i), plan.NoteOf(i)
	k := kernelReport{Number: note.Number, Depth: depth, Runs: w.Runs, Scope: note.Scope, Name: note.Name, workReport: workReport{
		Read: 4 * w.Read, Written: 4 * w.Written, Weights: int64(p.element.Size()) * w.Weights,
		Contraction: w.Contraction, Elementwise: w.Elementwise, AtMost: w.Bound,
	}}
	p.describe(&k, i)
	return k
}

// describe says which kernel an instruction is, and its shape.
func (p *planned) describe(k *kernelReport, i plan.Instruction) {
	n := p.counts.Size
	dims := func(list ...plan.Dim) string {
		var parts []string
		for _, d := range list {
			label, size := strings.ReplaceAll(d.Label, plan.Batch, "batch"), n(d.Size)
			if size != 1 || d.Label != "" && d.Label != plan.Batch {
				parts = append(parts, fmt.Sprintf("%s=%d", label, size))
			}
		}
		return strings.Join(parts, " ")
	}
	axes := func(v plan.View) string {
		var list []plan.Dim
		for _, a := range v.Axes {
			list = append(list, plan.Dim{Label: a.Label, Size: a.Size})
		}
		return dims(list...)
	}
	switch i := i.(type) {
	case *plan.Loop:
		k.Kind, k.Shape = "loop "+strings.ReplaceAll(i.Var, plan.Batch, "batch"), fmt.Sprintf("%d runs", n(i.Count))
	case *plan.Table:
		k.Kind, k.Shape, k.Fused = "table", axes(i.Out), i.Expr.String()
	case *plan.Rows:
		k.Kind, k.Shape, k.Fused = "rows", dims(append(slices.Clone(i.Outer), i.Inner)...), functions(i.Code)
	case *plan.Product:
		rows := n(i.Rows)
		k.Kind, k.Shape = "product", fmt.Sprintf("%d x %d x %d", rows, n(i.Weights.Rows()), n(i.Weights.Columns()))
		for _, l := range i.Over {
			if times := n(l.Size); times != 1 {
				k.Shape += fmt.Sprintf(", %d times", times)
			}
		}
		height, width := kernel.TileOf(int(rows))
		k.Tile = fmt.Sprintf("%d x %d", height, width)
	case *plan.Products:
		k.Kind, k.Shape = "products", fmt.Sprintf("%d in one dispatch", len(i.List))
	case *plan.Contract:
		k.Kind, k.Shape = "contract", fmt.Sprintf("%d x %d x %d", n(i.M.Size), n(i.N.Size), n(i.K.Size))
		for _, l := range i.Over {
			k.Shape += fmt.Sprintf(", %s=%d", l.Label, n(l.Size))
		}
	case *plan.Attention:
		k.Kind, k.Shape = "attention", dims(append(append(slices.Clone(i.Over), i.Lane...), i.Key)...)
		if k.Fused = "score softmax average"; i.Norm != nil {
			k.Fused = "score normalize average"
		}
		lanes := int64(1)
		for _, d := range i.Lane {
			lanes *= n(d.Size)
		}
		if k.Tile = "1 lane"; lanes > 1 {
			k.Tile = fmt.Sprintf("%d lanes", kernel.LanesOf(int(lanes)))
		}
	case *plan.Gather:
		k.Kind, k.Shape = "gather", axes(i.Out)
	case *plan.TopK:
		k.Kind, k.Shape = "topk", axes(i.In)
	case *plan.Move:
		k.Kind, k.Shape = "move", axes(i.To)
	case *plan.Fill:
		k.Kind, k.Shape = "fill", axes(i.To)
	case *plan.Admit:
		k.Kind, k.Shape = "admit", axes(i.Mask)
	case *plan.Select:
		k.Kind, k.Shape = "select", axes(i.Index)
	case *plan.Collect:
		k.Kind, k.Shape = "collect", axes(i.To)
	}
}

// functions are those of a rows program in their order, the same one after another counted.
func functions(code []plan.Op) string {
	var parts []string
	last, times := "", 0
	flush := func() {
		switch {
		case times > 1:
			parts = append(parts, fmt.Sprintf("%s*%d", last, times))
		case times == 1:
			parts = append(parts, last)
		}
	}
	for _, op := range code {
		if op.Fn == "load" || op.Fn == "imm" {
			continue
		}
		if op.Fn != last {
			flush()
			last, times = op.Fn, 0
		}
		times++
	}
	flush()
	return strings.Join(parts, " ")
}

func (p *planned) print(w io.Writer) error {
	r := p.report()
	var b strings.Builder
	fmt.Fprintln(&b, diag.Clean(p.title()))
	if p.why != "" {
		fmt.Fprintf(&b, "no step: %s\n", diag.Clean(p.why))
	}
	b.WriteString("\n" + r.kernelTable() + "\n" + r.arenaTable() + "\n" + r.memoryTable())
	_, err := io.WriteString(w, b.String())
	return err
}

func right(columns ...int) []table.ColumnConfig {
	var out []table.ColumnConfig
	for _, c := range columns {
		out = append(out, table.ColumnConfig{Number: c, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	return out
}

func counted(n int64) string {
	if n == 0 {
		return ""
	}
	return grouped(big.NewInt(n))
}

func (r *planReport) kernelTable() string {
	t := newTable("#", "kernel", "shape", "tile", "runs", "read", "weights", "written", "FLOPs", "elementwise", "", "fused, and of what")
	t.SetColumnConfigs(right(1, 5, 6, 7, 8, 9, 10))
	bound := func(w workReport) string {
		if w.AtMost {
			return "at most"
		}
		return ""
	}
	row := func(number, name, shape, tile string, runs int64, w workReport, of string) {
		t.AppendRow(table.Row{number, name, shape, tile, counted(runs), counted(w.Read), counted(w.Weights), counted(w.Written),
			counted(w.Contraction), counted(w.Elementwise), bound(w), of})
	}
	for _, k := range r.Kernels {
		of := strings.TrimSpace(k.Scope + " " + k.Name)
		if k.Fused != "" && k.Kind != "table" {
			of = strings.TrimSuffix(k.Fused+": "+of, ": ")
		}
		number := ""
		if k.Number >= 0 {
			number = fmt.Sprint(k.Number)
		}
		row(number, strings.Repeat("  ", k.Depth)+k.Kind, k.Shape, k.Tile, k.Runs, k.workReport, diag.Clean(of))
	}
	row("", "total", "", "", 0, r.Total, "")
	return t.Render() + "\n"
}

func (r *planReport) arenaTable() string {
	t := newTable("arena, slot", "offset", "bytes", "stores, with the kernels that they are needed from and to")
	t.SetColumnConfigs(right(1, 2, 3))
	for k, s := range r.Slots {
		t.AppendRow(table.Row{k, grouped(big.NewInt(s.Offset)), grouped(big.NewInt(s.Bytes)), diag.Clean(strings.Join(s.Stores, ", "))})
	}
	return t.Render() + "\n"
}

func (r *planReport) memoryTable() string {
	t := newTable("predicted peak", "bytes")
	t.SetColumnConfigs(right(2))
	m := r.Memory
	for _, x := range []struct {
		name  string
		bytes int64
	}{{"weights, packed and padded", m.Weights}, {"states", m.States}, {"arena", m.Arena}, {"inputs", m.Inputs}, {"together", m.Peak}} {
		t.AppendRow(table.Row{x.name, grouped(big.NewInt(x.bytes))})
	}
	return t.Render() + "\n"
}
