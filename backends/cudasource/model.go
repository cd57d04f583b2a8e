package cudasource

import (
	"fmt"
	"maps"
	"slices"

	"archc/backends/source"
	"archc/passes/plan"
)

// model is what is being written.
type model struct {
	Source
	weights   *source.Weights
	formats   map[*source.Weight]*Format // of those that are quantized
	kernels   []file
	kernelIDs *names
	library   map[string]bool // headers that kernels use
	dims      []dim
	places    []string // in the user's file, where a number may be no element
	states    []state
	slides    []*plan.Slide
	outputs   []plan.Port // of a step, then those that hang on no row
	kept      []string    // fields of the latter
	checks    []string    // of the library at the model's sizes, for test.cu
}

// file is a kernel's text.
type file struct{ name, text string }

// dim is a free dim, and what it is called in Dims.
type dim struct{ name, id string }

// state is what is kept from step to step.
type state struct {
	plan.Memory
	field string
	view  plan.View   // in the step
	slide *plan.Slide // nil for one that begins where its memory begins
}

func newModel(s Source) *model {
	m := &model{
		Source: s, library: map[string]bool{}, kernelIDs: kernelNames(),
	}
	plans := []*plan.Plan{s.Program.Step, s.Program.Init}
	if s.Program.Few != nil {
		plans = append(plans, s.Program.Few)
	}
	m.weights = source.NewWeights(s.Module, newNames().of, plans...)
	m.quantize()
	m.free()
	m.keep()
	m.outputs = slices.Clone(s.Program.Step.Outputs)
	ids := newNames()
	for _, o := range s.Program.Init.Outputs {
		if !slices.ContainsFunc(m.states, func(x state) bool { return x.Start == o.Name }) {
			m.outputs = append(m.outputs, o)
			m.kept = append(m.kept, ids.of(o.Name))
		}
	}
	return m
}

// free collects the free dims.
func (m *model) free() {
	ids := kernelNames()
	add := func(name, text string) {
		if name == "" || slices.ContainsFunc(m.dims, func(d dim) bool { return d.name == name }) {
			return
		}
		id := ""
		if upper := source.Identifier(text, true); upper == text || source.Identifier(text, false) == text {
			id = ids.Free(text)
		} else {
			id = ids.of(text)
		}
		m.dims = append(m.dims, dim{name, id})
	}
	add(plan.Batch, "batch")
	add(m.Program.Past, m.Program.Past)
	add(plan.Room, plan.Room)
	for _, p := range m.plans() {
		for _, x := range p.Inputs {
			for _, a := range x.View.Axes {
				for _, f := range a.Size.Frees() {
					add(f, f)
				}
			}
		}
		for _, s := range p.States {
			if s.Slide != nil {
				add(s.Slide.Start, s.Slide.Start)
				add(s.Slide.Room, s.Slide.Room)
			}
		}
		for _, b := range p.Bounds {
			add(b.Symbol, b.Symbol)
		}
	}
}

// plans are all that are written out.
func (m *model) plans() []*plan.Plan {
	all := []*plan.Plan{m.Program.Init, m.Program.Step}
	if m.Program.Few != nil {
		all = append(all, m.Program.Few)
	}
	return all
}

// dim is the identifier of a free dim.
func (m *model) dim(name string) (string, bool) {
	for _, d := range m.dims {
		if d.name == name {
			return d.id, true
		}
	}
	return "", false
}

// number is where a free dim stands among all, -1 without it.
func (m *model) number(name string) int {
	return slices.IndexFunc(m.dims, func(d dim) bool { return d.name == name })
}

func (m *model) dimIDs() (out []string) {
	for _, d := range m.dims {
		out = append(out, d.id)
	}
	return out
}

// keep collects the states.
func (m *model) keep() {
	views := map[string]plan.View{}
	for _, x := range m.Program.Step.States {
		views[x.Name] = x.View
	}
	for _, x := range m.Program.Step.Inputs {
		views[x.Name] = x.View
	}
	var known []string
	for _, x := range m.Program.States {
		known = append(known, x.Name)
	}
	ids := newNames()
	for _, x := range m.Program.States {
		s := state{x, ids.of(source.Short(known, x.Name)), views[x.Name], nil}
		for _, y := range m.Program.Step.States {
			if y.Name == x.Name {
				s.slide = y.Slide
			}
		}
		if s.slide != nil && !slices.Contains(m.slides, s.slide) {
			m.slides = append(m.slides, s.slide)
		}
		m.states = append(m.states, s)
	}
}

// inputs are the ports of the step that its caller gives.
func (m *model) inputs() []plan.Port {
	return slices.DeleteFunc(slices.Clone(m.Program.Step.Inputs), func(p plan.Port) bool {
		return slices.ContainsFunc(m.states, func(s state) bool { return s.Name == p.Name })
	})
}

// element is the type of packed weights.
func (m *model) element() string {
	if m.BFloat16 {
		return "bf16"
	}
	return "float"
}

// Place is how an engine names an instruction when it says that a number is no element of a table.
func Place(n *plan.Note) string {
	text := n.Op
	if n.Name != "" {
		text += " " + n.Name
	}
	if n.Scope != "" {
		text += " in " + n.Scope
	}
	return text
}

// place is the number of a place in the user's file, from 1.
func (m *model) place(n *plan.Note) int {
	text := Place(n)
	if i := slices.Index(m.places, text); i >= 0 {
		return i + 1
	}
	m.places = append(m.places, text)
	return len(m.places)
}

// replays reports whether a step of one row launches the same kernels, whatever the number of rows so far.
func (m *model) replays() bool {
	moving := map[string]bool{m.Program.Past: true}
	for _, s := range m.slides {
		moving[s.Start], moving[s.Room] = true, true
	}
	for _, b := range m.Program.Step.Bounds {
		moving[b.Symbol] = true
	}
	same := true
	m.Program.Step.Body.Walk(func(i plan.Instruction) {
		if l, ok := i.(*plan.Loop); ok {
			same = same && !slices.ContainsFunc(l.Count.Frees(), func(f string) bool { return moving[f] })
		}
	})
	return same
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// sizesText writes the struct of the free dims.
func (m *model) dimsHeader() string {
	text := "// dims.cuh: the sizes that are known when a step runs. The host writes them, and kernels that choose rows.\n#pragma once\n\nstruct Dims {\n"
	for _, d := range m.dims {
		text += fmt.Sprintf("long %s;  // %s\n", d.id, comment(d.name))
	}
	if len(m.dims) == 0 {
		text += "long none;\n"
	}
	return laid(text + "};\n")
}
