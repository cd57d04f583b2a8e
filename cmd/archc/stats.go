package main

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"archc/passes/cost"
)

// statsVerb counts a model.
type statsVerb struct {
	File        string   `arg:"" optional:"" help:"File to compile, or - for standard input; else the family of --config."`
	Batch       int64    `placeholder:"B" help:"Sequences in the batch; 1 when --seq is given."`
	Seq         []string `placeholder:"T" help:"Length of the sequence; with several free dims S=30,T=20."`
	Attention   string   `enum:"exact,full,half" default:"exact" help:"Pairs: exact (the mask's), full or half."`
	Symbolic    bool     `help:"Print the formulas also when there are numbers."`
	Depth       int      `default:"3" help:"Levels of the tree of parameters; ${default} unless given."`
	deviceFlags `embed:""`
	passFlags   `embed:""`
	modelFlags  `embed:""`
}

// Help is the verb's longer help.
func (*statsVerb) Help() string {
	return `Parameters are stored tensors, each counted once. A FLOP is one multiply or one add; the
headline counts contractions (maps, scores, averages of values), all else is elementwise.
Without --seq there are formulas alone. JSON: parameters.total, parameters.buffers,
flops.forward, flops.elementwise, formulas, attention; integers are exact.`
}

// Run counts and prints.
func (v *statsVerb) Run(s *session) error {
	if v.Batch < 0 || v.Depth < 1 {
		return usage("--batch and --depth are 1 or more")
	}
	passes, err := v.list()
	if err != nil {
		return err
	}
	c, err := s.compile(v.File, v.modelFlags)
	if err != nil {
		return err
	}
	if v.Device != "" {
		if v.After != lowered || len(v.Seq) > 0 {
			return usage("--device counts a prefill and a step behind all passes: it takes --batch and --context, not --seq or --after")
		}
		return v.onDevice(s, c, v.Batch)
	}
	if v.Roofline != "" {
		return usage("--roofline needs a --device")
	}
	var kept *kept
	m := c.module
	if v.After == decoded {
		m, _, err = v.stepForm(s, m, false)
	} else if kept, err = s.keeps(m); err == nil {
		m, _, err = v.transform(s, m, passes, false)
	}
	if err != nil {
		return err
	}
	s.enter("counting")
	report, err := cost.Of(m, cost.Options{Attention: cost.Attention(v.Attention)})
	if err != nil {
		return err
	}
	t := &tally{Report: report, convention: v.Attention, kept: kept}
	if t.env, err = v.sizes(report); err != nil {
		return err
	}
	if t.env != nil {
		if t.numbers, err = report.At(t.env); err != nil {
			return wrong(codeNotWhole, "%v", err)
		}
	}
	if s.json {
		return t.printJSON(s)
	}
	return t.print(s, v.Depth, v.Symbolic || t.env == nil)
}

// tally is a report with the sizes that were asked for; env is nil without.
type tally struct {
	*cost.Report
	convention string
	env        map[string]int64
	numbers    cost.Numbers
	kept       *kept // nil where it does not come up
}

// sizes gives the free dims of the report their numbers, nil when --seq says none.
func (v *statsVerb) sizes(r *cost.Report) (map[string]int64, error) {
	free := slices.DeleteFunc(slices.Clone(r.Free), func(f string) bool { return f == r.Batch })
	if len(v.Seq) == 0 && (v.Batch == 0 || len(free) > 0) {
		return nil, nil
	}
	env := map[string]int64{r.Batch: max(1, v.Batch)}
	for _, text := range v.Seq {
		name, number, named := strings.Cut(text, "=")
		if !named {
			name, number = "T", text
			if len(free) == 1 {
				name = free[0]
			}
		}
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil || n < 1 {
			return nil, usage("--seq takes a length of 1 or more, not %q", text)
		}
		if named && !slices.Contains(free, name) {
			return nil, usage("--seq %s: the free dims are %s", text, strings.Join(free, ", "))
		}
		env[name] = n
	}
	for _, f := range free {
		if env[f] == 0 {
			return nil, usage("--seq gives no length for %s: write --seq %s", f, example(free))
		}
	}
	return env, nil
}

func example(free []string) string {
	parts := make([]string, len(free))
	for i, f := range free {
		parts[i] = f + "=128"
	}
	return strings.Join(parts, ",")
}

// order lists the formulas' names in a stable order.
func (t *tally) order() []string { return slices.Sorted(maps.Keys(t.Formulas)) }
