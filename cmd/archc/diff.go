package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"archc/ir/diag"
	"archc/passes/compare"
	"archc/passes/cost"
	"archc/passes/figures"
)

// diffVerb compares designs.
type diffVerb struct {
	Designs   []string `arg:"" help:"Two or more files, or configurations (config.json, or its directory); all others are compared with the first."`
	Set       []string `sep:"none" placeholder:"NAME=VALUE" help:"Set a parameter of all designs; repeatable."`
	SetA      []string `sep:"none" placeholder:"NAME=VALUE" help:"Set a parameter of the first design; repeatable, wins over --set. So for the others, to H."`
	SetB      []string `sep:"none" placeholder:"NAME=VALUE" help:"Of the second."`
	SetC      []string `sep:"none" hidden:""`
	SetD      []string `sep:"none" hidden:""`
	SetE      []string `sep:"none" hidden:""`
	SetF      []string `sep:"none" hidden:""`
	SetG      []string `sep:"none" hidden:""`
	SetH      []string `sep:"none" hidden:""`
	ModelA    string   `placeholder:"NAME" help:"Model of the first file; so for the others, to H."`
	ModelB    string   `placeholder:"NAME" help:"Of the second."`
	ModelC    string   `hidden:""`
	ModelD    string   `hidden:""`
	ModelE    string   `hidden:""`
	ModelF    string   `hidden:""`
	ModelG    string   `hidden:""`
	ModelH    string   `hidden:""`
	Batch     int64    `placeholder:"B" help:"Sequences in the batch; 1 unless given."`
	Seq       []string `placeholder:"T" help:"Length of the sequence; with several free dims S=30,T=20. Without, formulas of a forward pass."`
	Context   int64    `placeholder:"N" help:"Tokens kept when the next one comes; without, formulas of a step."`
	Only      []string `placeholder:"KEY" help:"Only these figures: parameters,cache or parameters.total."`
	Attention string   `enum:"exact,full,half" default:"exact" help:"Pairs: exact (the mask's), full or half."`
	Dtype     string   `placeholder:"TYPE" default:"bf16" help:"Of the weights: fp32, bf16, fp16, fp8, int8, int4, int1; ${default} unless given."`
	By        string   `enum:"kind,path" default:"kind" help:"Parts of different designs: by their kind, or by path too."`
	Threshold []string `sep:"none" placeholder:"RULE" help:"Exit with 1 where a difference from the first design breaks it: 'cache<=10%', 'parameters.total<1e9'; repeatable."`
}

// formats are the further forms of the output.
func (*diffVerb) formats() []string { return []string{"md", "csv", "html"} }

// Help is the verb's longer help.
func (*diffVerb) Help() string {
	keys := make([]string, 0, 16)
	for _, f := range compare.Figures() {
		keys = append(keys, f.Key)
	}
	return `Designs of one model that differ in parameters are told apart by changing one parameter after another, in
the order of the declaration, and counting each model on the way. Other designs are told apart part by part: what is
looked up, attends, selects experts. Either way the parts add up to each difference exactly.

Figures: ` + strings.Join(keys, ", ") + `. What is kept is of one sequence. A threshold on "cache" is one on every
figure of that name with a number; with % the difference is measured by the first design's figure. Bytes are in
--dtype, those of caches and activations too where it has 16 bits or more, else in bf16.`
}

// maxDesigns bounds the columns of a table; there are as many letters.
const maxDesigns = 8

// design is one of the compared models.
type design struct {
	letter   string
	path     string
	compiled *compiled
	set      []string // as given on the command line
	*compare.Design
}

// name tells designs of one model apart.
func (d *design) name() string { return d.letter + " " + diag.Clean(d.Module.Name) }

// comparison is all that is shown.
type comparison struct {
	designs []*design
	options compare.Options
	sizes   compare.Sizes
	rows    []compare.Row
	pairs   []*against
	rules   []judged
}

// against is one design beside the first.
type against struct {
	to        *design
	dims      []compare.Dim
	structure []compare.Entry
	changes   []compare.Change // nil where the parts are told
	noChanges string           // then the reason, empty for different models
	why       []attribution
}

// attribution tells the difference of one figure.
type attribution struct {
	row    int // of comparison.rows
	delta  compare.Value
	shares []compare.Share
}

// Run compares and prints.
func (v *diffVerb) Run(s *session) error {
	rows, err := v.figures()
	if err != nil {
		return err
	}
	rules, err := rulesOf(v.Threshold)
	if err != nil {
		return err
	}
	c := &comparison{}
	if c.options, err = v.options(); err != nil {
		return err
	}
	if c.designs, err = v.compileAll(s, c.options); err != nil {
		return err
	}
	if c.sizes, err = v.sizes(c.designs); err != nil {
		return err
	}
	plain := make([]*compare.Design, len(c.designs))
	for i, d := range c.designs {
		plain[i] = d.Design
	}
	c.rows = compare.Rows(rows, plain, c.sizes)
	for i, to := range c.designs[1:] {
		p, err := v.compare(s, c, to, i+1)
		if err != nil {
			return err
		}
		c.pairs = append(c.pairs, p)
	}
	if c.rules, err = c.judge(rules, compare.Rows(compare.Figures(), plain, c.sizes)); err != nil {
		return err
	}
	s.enter("printing")
	if err := c.print(s); err != nil {
		return err
	}
	return broken(c.rules)
}

// figures are those that --only leaves.
func (v *diffVerb) figures() ([]compare.Figure, error) {
	all := compare.Figures()
	if len(v.Only) == 0 {
		return all, nil
	}
	for _, key := range v.Only {
		if !slices.ContainsFunc(all, func(f compare.Figure) bool { return within(f.Key, key) }) {
			return nil, usage("--only %s: there is no such figure; there are %s", key, strings.Join(keysOf(all), ", "))
		}
	}
	return slices.DeleteFunc(all, func(f compare.Figure) bool {
		return !slices.ContainsFunc(v.Only, func(key string) bool { return within(f.Key, key) })
	}), nil
}

// within reports a key that is the other one or below it.
func within(key, of string) bool { return key == of || strings.HasPrefix(key, of+".") }

func keysOf(all []compare.Figure) []string {
	out := make([]string, len(all))
	for i, f := range all {
		out[i] = f.Key
	}
	return out
}

// options are the conventions of --attention and --dtype.
func (v *diffVerb) options() (compare.Options, error) {
	d, err := figures.DTypeOf(v.Dtype)
	if err != nil {
		return compare.Options{}, usage("--dtype: %v", err)
	}
	return compare.Options{Options: cost.Options{Attention: cost.Attention(v.Attention)}, DType: d}, nil
}

func (v *diffVerb) compileAll(s *session, opt compare.Options) ([]*design, error) {
	if n := len(v.Designs); n < 2 || n > maxDesigns {
		return nil, usage("archc diff compares 2 to %d designs, not %d", maxDesigns, n)
	}
	sets := [maxDesigns][]string{v.SetA, v.SetB, v.SetC, v.SetD, v.SetE, v.SetF, v.SetG, v.SetH}
	models := [maxDesigns]string{v.ModelA, v.ModelB, v.ModelC, v.ModelD, v.ModelE, v.ModelF, v.ModelG, v.ModelH}
	for i := len(v.Designs); i < len(sets); i++ {
		if letter := string(rune('a' + i)); len(sets[i]) > 0 || models[i] != "" {
			return nil, usage("--set-%s and --model-%s are for design number %d, and there are %d", letter, letter, i+1, len(v.Designs))
		}
	}
	var out []*design
	for i, path := range v.Designs {
		d := &design{letter: string(rune('A' + i)), path: path, set: slices.Concat(v.Set, sets[i])}
		flags := modelFlags{Set: d.set, Model: models[i]}
		if isConfig(path) {
			flags.Config, path = path, ""
		}
		var err error
		if d.compiled, err = s.compile(path, flags); err != nil {
			return nil, ofDesign(err, d)
		}
		s.enter("counting")
		if d.Design, err = compare.Count(d.compiled.module, opt); err != nil {
			return nil, fmt.Errorf("%s: %w", d.path, err)
		}
		out = append(out, d)
	}
	return out, nil
}

// ofDesign says which design a mistake is of: one file may be there twice, with other settings.
func ofDesign(err error, d *design) error {
	f, ok := asFailure(err)
	switch {
	case ok && len(d.set) > 0:
		return f.note("in design %s, %s with %s", d.letter, shown(d.path), strings.Join(d.set, ", "))
	case ok && f.diags[0].Code == diag.NoModel:
		return f.note("design %s; here the flag is --model-%s", d.letter, strings.ToLower(d.letter))
	}
	return err
}

func isConfig(path string) bool {
	info, err := os.Stat(path)
	return strings.HasSuffix(path, ".json") || err == nil && info.IsDir()
}

// sizes reads --batch, --seq and --context for all designs together.
func (v *diffVerb) sizes(designs []*design) (compare.Sizes, error) {
	out := compare.Sizes{Batch: v.Batch, Context: v.Context}
	if v.Batch < 0 || v.Context < 0 {
		return out, usage("--batch and --context are 1 or more")
	}
	names := map[string]bool{}
	for _, d := range designs {
		for _, name := range d.Lengths() {
			names[name] = true
		}
	}
	free := slices.Sorted(maps.Keys(names))
	if len(v.Seq) == 0 {
		return out, nil
	}
	out.Lengths = map[string]int64{}
	for _, text := range v.Seq {
		name, digits, named := strings.Cut(text, "=")
		if !named {
			digits = text
		}
		n, err := strconv.ParseInt(digits, 10, 64)
		switch {
		case err != nil || n < 1:
			return out, usage("--seq takes a length of 1 or more, not %q", text)
		case named && !names[name]:
			return out, usage("--seq %s: the free dims are %s", text, strings.Join(free, ", "))
		case named:
			out.Lengths[name] = n
		case len(free) > 1:
			return out, usage("--seq %s is a length for one free dim, and the designs have %s: write --seq %s", text,
				strings.Join(free, ", "), example(free))
		case len(free) == 1:
			out.Lengths[free[0]] = n
		}
	}
	for _, name := range free {
		if out.Lengths[name] == 0 {
			return out, usage("--seq gives no length for %s: write --seq %s", name, example(free))
		}
	}
	return out, nil
}

// compare tells what is between the first design and another.
func (v *diffVerb) compare(s *session, c *comparison, to *design, at int) (*against, error) {
	from := c.designs[0]
	s.enter("comparing")
	p := &against{to: to, dims: compare.Dims(from.Design, to.Design), structure: compare.Structure(from.Design, to.Design)}
	var err error
	if p.changes, p.noChanges, err = s.changes(from, to); err != nil {
		return nil, err
	}
	for i, r := range c.rows {
		w := attribution{row: i, delta: compare.Delta(r.Values[0], r.Values[at])}
		if p.changes != nil {
			w.shares = r.ByChange(from.Design, p.changes, c.sizes)
		} else if w.shares, err = r.ByPart(from.Design, to.Design, v.By == "path", c.sizes); err != nil {
			return nil, err
		}
		p.why = append(p.why, w)
	}
	return p, nil
}
