package main

import (
	_ "embed"
	"errors"
	"slices"
	"strconv"
	"strings"

	"archc/ir"
	"archc/passes/cost"
	"archc/passes/figures"
)

// statsSchema is what the JSON of stats satisfies.
//
//go:embed stats.schema.json
var statsSchema string

// statsVerb counts a model.
type statsVerb struct {
	File            string   `arg:"" optional:"" help:"File to compile, or - for standard input; else the family of --config."`
	Batch           int64    `placeholder:"B" help:"Sequences in the batch; 1 when --seq is given."`
	Seq             []string `placeholder:"T" help:"Length of the sequence; with several free dims S=30,T=20."`
	Symbolic        bool     `help:"Print the formulas also when there are numbers."`
	Depth           int      `default:"3" placeholder:"N" help:"Levels of the tree; ${default} unless given."`
	Columns         []string `placeholder:"NAMES" help:"The tree by blocks, with these columns: tensors, parameters, bytes, flops, elementwise, pairs, activations, decode, kept."`
	Schema          bool     `help:"Print the schema of --format json, and nothing else."`
	conventionFlags `embed:""`
	deviceFlags     `embed:""`
	passFlags       `embed:""`
	modelFlags      `embed:""`
}

// Help is the verb's longer help.
func (*statsVerb) Help() string {
	return `Parameters are stored tensors, each counted once. A FLOP is one multiply or one add; the
headline counts contractions (maps, scores, averages of values), all else is elementwise.
Without --seq there are formulas alone, and what has no length in it. Behind S tokens a new one
attends to S + 1. JSON: integers are exact; what has no value is null, with its reason under
reasons. --as prints what another tool counts, beside our own.`
}

// Run counts and prints.
func (v *statsVerb) Run(s *session) error {
	if v.Schema {
		_, err := s.out.WriteString(statsSchema)
		return err
	}
	if v.Batch < 0 || v.Depth < 1 || v.Context < 0 {
		return usage("--batch, --context and --depth are 1 or more")
	}
	columns, err := columnsOf(v.Columns)
	if err != nil {
		return err
	}
	if len(columns) > 0 && (s.json || v.Device != "") {
		return usage("--columns chooses columns of the tree, which is not printed: JSON has all of them under blocks")
	}
	passes, err := v.list()
	if err != nil {
		return err
	}
	use, err := v.conventions(v.deviceFlags)
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
		others := v.conventionFlags
		others.CacheType = ""
		if others != (conventionFlags{Attention: "exact", Unit: "flop", Moe: "active", Recompute: "none"}) {
			return usage("--device counts by the conventions of its own: of their flags it takes --cache-dtype")
		}
		return v.onDevice(s, c, v.Batch, use.cacheType)
	}
	if v.Roofline != "" {
		return usage("--roofline needs a --device")
	}
	t := &tally{conventions: use}
	m := c.module
	if v.After != lowered {
		m = m.Clone()
	}
	if v.After == decoded {
		m, _, err = v.stepForm(s, m, false)
	} else {
		m, _, err = v.transform(s, m, passes, false)
	}
	if err != nil {
		return err
	}
	s.enter("counting")
	if err := t.count(c.module, m, v.After == decoded); err != nil {
		return err
	}
	if t.env, err = v.sizes(t.Report); err != nil {
		return err
	}
	if err := t.evaluate(m, v.Context); err != nil {
		return err
	}
	if s.json {
		return t.printJSON(s)
	}
	return t.print(s, columns, v.Depth, v.Symbolic || t.env == nil)
}

// tally is a report with the sizes that were asked for; env is nil without.
type tally struct {
	*cost.Report
	conventions
	figures  *figures.Figures
	formulas map[string]string
	env      map[string]int64
	point    figures.Point
	context  int64 // 0 is none
	numbers  cost.Numbers
	values   *figures.Values
	as       *otherCount // what --as asks for; nil without
}

// count takes the formulas of a model, and for the forward pass those of what its passes made of it.
func (t *tally) count(model, behind *ir.Module, isStep bool) error {
	var none *figures.FormError
	var err error
	if isStep {
		t.figures = &figures.Figures{NoSteps: "this is a step itself"}
	} else if t.figures, err = figures.Of(model, t.options); errors.As(err, &none) {
		return usage("--mla %s: %s", none.Form, none.Why)
	} else if err != nil {
		return err
	}
	if behind != model { // as written it has been counted
		if t.figures.Forward, err = cost.Of(behind, t.options.Options); err != nil {
			return err
		}
	}
	t.Report = t.figures.Forward
	t.formulas = t.figures.Formulas(t.recompute)
	return nil
}

// evaluate takes the figures at the sizes that are given.
func (t *tally) evaluate(m *ir.Module, context int64) error {
	p := figures.Point{Batch: 1, Dims: map[string]int64{}, Context: context, DType: t.dtype, CacheDType: t.cacheType,
		Recompute: t.recompute}
	for name, n := range t.env {
		if name == t.Batch {
			p.Batch = n
		} else {
			p.Dims[name] = n
		}
	}
	if p.Context == 0 {
		p.Context = t.env[t.figures.Axis]
	}
	t.context, t.point = p.Context, p
	var err error
	if t.env != nil {
		if t.numbers, err = t.At(t.env); err != nil {
			return wrong(codeNotWhole, "%v", err)
		}
	}
	if t.values, err = t.figures.At(p); err != nil {
		return wrong(codeNotWhole, "%v", err)
	}
	if t.preset != nil {
		if t.as, err = t.countAs(m, p); err != nil {
			return err
		}
	}
	return t.inUnit()
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
