package spec_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"archc/ir"
	"archc/passes"
	"archc/passes/plan"
)

// firings counts in how many architectures each op and function occurs, each pass changes something, and each kind of
// instruction and each fusion stands in a plan.
type firings map[string]int

// add counts one architecture: of the whole and of its steps.
func (f firings) add(t *testing.T, d *drawn) {
	t.Helper()
	m := d.m
	seen := map[string]bool{}
	m.Body.Walk(func(n *ir.Node, _ int) {
		seen["op "+n.Op.Name] = true
		if x, ok := n.Attr.(*ir.MapAttr); ok {
			seen["function "+x.Fn.Name] = true
		}
	})
	x := m.Clone()
	for _, p := range passes.Pipeline() {
		before := ir.Text(x)
		var err error
		if x, err = p.Run(x); err != nil {
			t.Fatal(err)
		}
		seen["pass "+p.Name] = seen["pass "+p.Name] || ir.Text(x) != before
	}
	steps := d.plans.steps
	planned(t, d.plans.whole, d.plans.behind, plan.Options{}, seen)
	planned(t, d.plans.program.Init, steps.Init, plan.Options{}, seen)
	planned(t, d.plans.program.Step, steps.Step, plan.Options{Capacity: map[string]string{steps.Past: plan.Room}}, seen)
	for name, yes := range seen {
		if yes {
			f[name]++
		}
	}
}

// planned notes what stands in the plan of a module, and what fusion has made of it.
func planned(t *testing.T, p *plan.Plan, m *ir.Module, opt plan.Options, seen map[string]bool) {
	t.Helper()
	opt.Apart = true
	apart, err := plan.Of(m, opt)
	if err != nil {
		t.Fatal(err)
	}
	rows := func(p *plan.Plan) (n int) {
		p.Body.Walk(func(i plan.Instruction) {
			if _, ok := i.(*plan.Rows); ok {
				n++
			}
		})
		return n
	}
	seen["fusion of rows"] = seen["fusion of rows"] || rows(p) < rows(apart)
	seen["fewer stores"] = seen["fewer stores"] || len(p.Stores) < len(apart.Stores)
	seen["slots of several stores"] = seen["slots of several stores"] || len(p.Slots) < len(p.Stores)
	for _, s := range p.States {
		seen["state"] = true
		seen["state that slides"] = seen["state that slides"] || s.Slide != nil
	}
	p.Body.Walk(func(i plan.Instruction) {
		kind := strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", i), "*plan."))
		seen[kind] = true
		switch i := i.(type) {
		case *plan.Rows:
			seen["rows over joined axes"] = seen["rows over joined axes"] || strings.Contains(i.Inner.Label, " ")
			for _, o := range i.Code {
				seen["rows "+o.Fn] = true
			}
		case *plan.Loop:
			_, known := i.Count.Int()
			seen["loop over rows"] = seen["loop over rows"] || !known
			seen["loop that carries"] = seen["loop that carries"] || len(i.Carries) > 0
		case *plan.Product:
			seen["product over axes"] = seen["product over axes"] || len(i.Over) > 0
		case *plan.Contract:
			seen["contract inside"] = seen["contract inside"] || len(i.Inside) > 0
		case *plan.Gather:
			seen["gather of panels"] = seen["gather of panels"] || i.Panels != nil
		case *plan.Collect:
			seen["collect, scattered"] = seen["collect, scattered"] || i.Scatter
		case *plan.Attention:
			seen["attention of several products"] = seen["attention of several products"] || len(i.Dots) > 1
			seen["attention with a first key"] = seen["attention with a first key"] || i.First != nil
			seen["attention with a last key"] = seen["attention with a last key"] || i.End != nil
			seen["attention with other admissions"] = seen["attention with other admissions"] || i.Admits != nil
			seen["attention with a normalizer"] = seen["attention with a normalizer"] || i.Norm != nil
			for k, o := range i.Score {
				seen["attention "+o.Fn] = true
				seen["attention beyond the pair"] = seen["attention beyond the pair"] || len(o.Axes) > 0
				_, ok := i.Matrix(k)
				seen["attention with a stored matrix"] = seen["attention with a stored matrix"] || ok
			}
			for _, o := range i.Norm {
				seen["normalizer "+o.Fn] = true
				seen["normalizer of two keys"] = seen["normalizer of two keys"] || o.Along == plan.PerTwo
			}
		}
	})
}

// String is a table for people, three in a row.
func (f firings) String() string {
	var b strings.Builder
	var names []string
	for name := range f {
		names = append(names, name)
	}
	slices.Sort(names)
	for k, name := range names {
		fmt.Fprintf(&b, "%6d  %-34s", f[name], name)
		if k%3 == 2 {
			b.WriteString("\n")
		}
	}
	return strings.TrimRight(b.String(), "\n ") + "\n"
}

// always are what has to occur in every population of a hundred architectures.
var always = []string{
	"pass dce", "pass simplify", "pass order", "fusion of rows", "fewer stores", "slots of several stores", "state",
	"state that slides", "rows", "rows over joined axes", "rows sum", "rows max_of", "rows cumsum", "loop over rows",
	"loop that carries", "product", "products", "product over axes", "contract", "gather", "gather of panels", "topk", "table",
	"move", "fill", "admit", "select", "collect", "collect, scattered", "attention", "attention of several products",
	"attention with a first key", "attention with a last key", "attention with other admissions", "attention lookup",
	"attention position", "attention view", "attention admit", "attention product", "attention sum", "attention beyond the pair",
	"attention with a stored matrix", "attention with a normalizer", "normalizer view", "normalizer sum", "normalizer max_of",
	"normalizer of two keys",
}

func (f firings) missing(least int) []string {
	var out []string
	for _, name := range always {
		if f[name] < max(least/5, 1) { // what fires hangs on several constructs at once
			out = append(out, fmt.Sprintf("%s: %d", name, f[name]))
		}
	}
	for _, o := range ir.Ops() {
		if least == 1 {
			break // of a hundred, some are missing by chance
		}
		if name := "op " + o.Name; f[name] < least && o != ir.Cast { // the language writes no cast
			out = append(out, fmt.Sprintf("%s: %d", name, f[name]))
		}
	}
	return out
}
