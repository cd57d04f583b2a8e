package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"archc/backends/gograph"
	"archc/backends/kernel"
	"archc/ir"
	"archc/passes"
	"archc/passes/plan"
)

// planVerb prints the kernels of a model and the memory that they need.
type planVerb struct {
	File       string   `arg:"" optional:"" help:"File to plan, or - for standard input; else the family of --config."`
	Whole      bool     `help:"The whole pass; without, a step of decoding where the model has one."`
	Seq        []string `placeholder:"T=1,past=511" help:"Free dims: rows, rows before them, and others. Without, T = 1 behind past = 511, or T = 512 in a whole pass."`
	Batch      int      `default:"1" placeholder:"B" help:"Sequences: ${default}."`
	DType      string   `name:"dtype" enum:"f32,bf16" default:"f32" placeholder:"TYPE" help:"Element of packed weights: f32 (default) or bf16."`
	Fast       bool     `help:"The step in the form that is cheapest for its number of rows, where the model has two."`
	Text       bool     `help:"Print the plan's own text, with every view and size as a formula, and no numbers."`
	modelFlags `embed:""`
}

// Help is the verb's longer help.
func (*planVerb) Help() string {
	return `A row is one kernel, in the order in which they run; what stands below a loop is in its body.
Bytes and FLOPs are those of all its runs: each element is counted once a run, weights without
padding, FLOPs as archc stats counts them. "at most" marks what hangs on data.

The arena is what is computed on the way: stores that are not needed at the same time have the
same slot. A step computes the last row's outputs alone, as generation does.`
}

// planned is a plan at sizes.
type planned struct {
	name    string
	step    bool
	plan    *plan.Plan
	program *plan.Program // of a step
	why     string        // why there is no step
	dims    map[string]int
	element kernel.Element
	counts  *plan.Counter
	memory  gograph.Memory
}

// Run plans the model and prints the plan.
func (v *planVerb) Run(s *session) error {
	switch {
	case v.Batch < 1:
		return usage("--batch is 1 or more")
	case v.Fast && v.Whole:
		return usage("--fast chooses a form of the step, --whole has none")
	}
	c, err := s.compile(v.File, v.modelFlags)
	if err != nil {
		return err
	}
	p, err := v.plan(s, c.module)
	if err != nil {
		return err
	}
	if v.Text && !v.Fast {
		return p.plan.Print(s.out)
	}
	if p.dims, err = v.sizes(p); err != nil {
		return err
	}
	if p.step {
		p.plan = p.program.For(p.dims[p.program.Axis])
	}
	if v.Text {
		return p.plan.Print(s.out)
	}
	s.enter("counting")
	if p.counts, err = plan.Count(p.plan, p.dims); err != nil {
		return usage("%v", err)
	}
	if p.memory, err = p.needs(); err != nil {
		return usage("%v", err)
	}
	s.enter("printing")
	if s.json {
		e := json.NewEncoder(s.out)
		e.SetEscapeHTML(false)
		return e.Encode(p.report())
	}
	return p.print(s.out)
}

// plan makes the plan that is asked for: of a step where there is one, else of the whole pass.
func (v *planVerb) plan(s *session, m *ir.Module) (*planned, error) {
	p := &planned{name: m.Name, element: dtypes[v.DType].element}
	if !v.Whole {
		steps, err := s.steps(m, "", false)
		if f, _ := asFailure(err); err != nil && f == nil {
			return nil, err
		} else if f != nil {
			p.why = f.diags[0].Msg
		} else {
			s.enter("planning")
			if p.program, err = programOf(steps, v.Fast); err != nil {
				return nil, err
			}
			p.plan, p.step = p.program.Step, true
			return p, nil
		}
	}
	s.enter("planning")
	behind, err := passes.Run(m.Clone(), false)
	if err != nil {
		return nil, err
	}
	p.plan, err = plan.Of(behind, plan.Options{})
	return p, err
}

// sizes gives the free dims of a plan their numbers.
func (v *planVerb) sizes(p *planned) (map[string]int, error) {
	free := freeDims(p.plan)
	rows := "T"
	if p.step {
		rows = p.program.Axis
		free = slices.DeleteFunc(append(free, rows, p.program.Past), func(f string) bool { return f == plan.Room })
	}
	slices.Sort(free)
	free = slices.Compact(free)
	dims := map[string]int{plan.Batch: v.Batch}
	for _, text := range v.Seq {
		name, number, named := strings.Cut(text, "=")
		if !named {
			name, number = rows, text
		}
		n, err := strconv.Atoi(number)
		switch least := 1; {
		case !slices.Contains(free, name):
			return nil, usage("--seq %s: the free dims are %s", text, strings.Join(free, ", "))
		case p.step && name == p.program.Past:
			least = 0
			fallthrough
		default:
			if err != nil || n < least || n > 1<<30 {
				return nil, usage("--seq takes a length from %d to 2^30, not %q", least, text)
			}
		}
		dims[name] = n
	}
	usual := map[string]int{rows: 512}
	if p.step {
		usual = map[string]int{rows: 1, p.program.Past: 511}
	}
	for _, f := range free {
		if _, ok := dims[f]; ok {
			continue
		}
		n, ok := usual[f]
		if !ok {
			return nil, usage("--seq gives no length for %s: write --seq %s=128", f, f)
		}
		dims[f] = n
	}
	if p.step {
		dims[plan.Room] = dims[rows] + dims[p.program.Past]
	}
	return dims, nil
}

// freeDims are the free dims of a plan's inputs and states but the batch.
func freeDims(p *plan.Plan) []string {
	var out []string
	add := func(v plan.View) {
		for _, a := range v.Axes {
			for _, f := range a.Size.Frees() {
				if f != plan.Batch && !slices.Contains(out, f) {
					out = append(out, f)
				}
			}
		}
	}
	for _, x := range p.Inputs {
		add(x.View)
	}
	for _, x := range p.States {
		add(x.View)
	}
	return out
}

// needs is the memory of a run at these sizes alone.
func (p *planned) needs() (gograph.Memory, error) {
	if !p.step {
		return gograph.Needs(p.plan, p.element, p.dims)
	}
	rows, past := p.dims[p.program.Axis], p.dims[p.program.Past]
	other := map[string]int{}
	for name, n := range p.dims {
		if name != p.program.Axis && name != p.program.Past && name != plan.Room {
			other[name] = n
		}
	}
	return gograph.StepNeeds(p.program, p.element, rows, past, gograph.Decoding{Batch: p.dims[plan.Batch], Dims: other})
}

// title says what is planned, at which sizes.
func (p *planned) title() string {
	var sizes []string
	for _, name := range freeOf(p.dims) {
		sizes = append(sizes, fmt.Sprintf("%s = %d", name, p.dims[name]))
	}
	what := "the whole pass"
	if p.step {
		what = "a step"
	}
	return fmt.Sprintf("%s, %s, batch %d, %s; weights %s, kernels for %s", p.name, what, p.dims[plan.Batch],
		strings.Join(sizes, ", "), p.element, kernel.Machine())
}

// freeOf are the names of free dims as they are shown: without the batch, and the room, which is the sum of two others.
func freeOf(dims map[string]int) []string {
	var out []string
	for name := range dims {
		if name != plan.Batch && name != plan.Room {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}
