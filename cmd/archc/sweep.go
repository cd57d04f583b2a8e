package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"archc/ir/diag"
	"archc/passes/figures"
	"archc/passes/hardware"
	"archc/passes/search"
)

// sweepVerb counts every design of a space.
type sweepVerb struct {
	File      string   `arg:"" help:"File with the model, or a search space: NAME.yaml."`
	Set       []string `sep:"none" placeholder:"NAME=VALUE,VALUE" help:"Values of a parameter; repeatable, all combinations are counted."`
	Where     []string `sep:"none" placeholder:"COND" help:"A condition that points have to meet, 'params < 1e9'; repeatable."`
	Objective []string `sep:"none" placeholder:"GOAL" help:"'min EXPR' or 'max EXPR'; repeatable."`
	Figures   []string `placeholder:"EXPR,..." help:"Columns: figures, or expressions over them."`
	Axes      []string `placeholder:"X,Y" help:"Axes of the plot; the first two objectives unless given."`
	Output    []string `short:"o" sep:"none" placeholder:"FILE" help:"File to write: .csv, .json or .svg; repeatable."`
	Seq       string   `placeholder:"T" help:"Length of the sequence for FLOPs; with several free dims S=30,T=20."`
	Batch     int64    `placeholder:"B" help:"Sequences in the batch; 1 unless given."`
	Context   int64    `placeholder:"N" help:"Tokens before the new one, for decode and what is kept."`
	Dtype     string   `placeholder:"TYPE" help:"Format of weights and cache; bf16 unless given."`
	Model     string   `placeholder:"NAME" help:"Model of the file; else the only one, or the one named like it."`
	Config    string   `placeholder:"PATH" help:"config.json, or its directory, for what --set leaves."`
}

// Help is the verb's longer help, with the table of figures.
func (*sweepVerb) Help() string {
	var b strings.Builder
	b.WriteString(`A search space is YAML: file, model, parameters (a value, a list, {from, to, step} or {from, to,
factor}), constraints, objectives, batch, seq, context, dtype. Flags win over it. Expressions have
+ - * / % comparisons & | ! over figures, parameters and dims, conditions also
'fits h200 at 32k int4' (archc devices lists the names). Points that do not compile, or miss
a constraint, stay in the table with the reason. The front is what no other point beats.

Figures:
`)
	for _, f := range search.Figures {
		text := fmt.Sprintf("  %-24s  %s: %s", f.Name, f.Unit, f.About)
		if f.Needs != "" {
			text += fmt.Sprintf(" (needs --%s)", f.Needs)
		}
		b.WriteString(text + "\n")
	}
	return b.String()
}

func (*sweepVerb) formats() []string { return []string{"csv"} }

// sweep is a search that has been read: what is asked for, and the points when they are counted.
type sweep struct {
	*search.Space
	columns []*search.Expr
	axes    []*search.Expr // two, or none
	needs   map[string]bool
	noSeq   error                       // for a model with a sequence: its length is needed, and not given
	devices map[string]*hardware.Device // by the names that constraints have for them
	model   string
	points  []*search.Point
}

// Run reads the space, counts it, writes the files and prints the table.
func (v *sweepVerb) Run(s *session) error {
	w, err := v.read(s)
	if err != nil {
		return err
	}
	renderings := make([]rendering, len(v.Output))
	for i, path := range v.Output { // before the counting: a wrong name costs no waiting
		if renderings[i] = renderingOf(path); renderings[i] == nil {
			return usage("-o %s: the name ends in .csv, .json or .svg", path)
		}
		if filepath.Ext(path) == ".svg" && len(w.axes) != 2 {
			return usage("-o %s: a plot has two axes: give two objectives, or --axes X,Y", path)
		}
	}
	if err := v.count(s, w); err != nil {
		return err
	}
	texts := make([][]byte, len(renderings))
	for i, write := range renderings {
		if texts[i], err = write(w); err != nil {
			return err
		}
	}
	for i, path := range v.Output {
		if err := replace(path, texts[i]); err != nil {
			return err
		}
	}
	if s.format == "human" {
		return w.print(s)
	}
	text, err := renderingOf("." + s.format)(w)
	if err != nil {
		return err
	}
	_, err = s.out.Write(text)
	return err
}

// read puts the space of a file and of the flags together.
func (v *sweepVerb) read(s *session) (*sweep, error) {
	w := &sweep{Space: &search.Space{File: v.File}}
	if ext := filepath.Ext(v.File); ext == ".yaml" || ext == ".yml" {
		text, err := readRegular(v.File, search.MaxBytes)
		if err != nil {
			return nil, unreadable(codeCannotRead, "%s: %v", shown(v.File), err)
		}
		if w.Space, err = search.Read(diag.NewSource(shown(v.File), string(text)), dtypeNames()); err != nil {
			return nil, err
		}
		if !filepath.IsAbs(w.File) { // it is named from where the space stands
			w.File = filepath.Join(filepath.Dir(v.File), w.File)
		}
	}
	if err := v.flags(w.Space); err != nil {
		return nil, err
	}
	var err error
	if w.columns, err = numbers("--figures", v.Figures); err != nil {
		return nil, err
	}
	if w.axes, err = numbers("--axes", v.Axes); err != nil {
		return nil, err
	}
	if len(w.axes) != 0 && len(w.axes) != 2 {
		return nil, usage("--axes takes two expressions, X,Y")
	}
	if len(w.axes) == 0 && len(w.Objectives) >= 2 {
		w.axes = []*search.Expr{w.Objectives[0].Expr, w.Objectives[1].Expr}
	}
	if len(w.columns) == 0 {
		w.columns = w.usual()
	}
	needs, lacking := w.Needs(slices.Concat(w.columns, w.axes))
	if lacking["context"] != nil {
		return nil, lacking["context"]
	}
	w.needs, w.noSeq = needs, lacking["seq"]
	return w, w.findDevices(s)
}

// findDevices reads the devices that constraints name.
func (w *sweep) findDevices(s *session) error {
	w.devices = map[string]*hardware.Device{}
	for _, f := range w.Fits() {
		d, err := s.device(f.Device)
		var misused *usageError
		switch {
		case errors.As(err, &misused):
			return f.Mistake("%s", misused.msg)
		case err != nil:
			return err
		case d.Memory == nil:
			return f.Mistake("the file of %s does not say how much memory it has", d.Name)
		}
		if _, err := figures.DTypeOf(or(f.Dtype, w.Dtype)); err != nil {
			return f.Mistake("%v", err)
		}
		w.devices[f.Device] = d
	}
	return nil
}

// flags lay the flags over the space.
func (v *sweepVerb) flags(to *search.Space) error {
	given := map[string]search.Parameter{}
	for _, text := range v.Set { // the last one for a name wins, as in the other verbs
		p, err := search.Listed("--set", text)
		if err != nil {
			return err
		}
		to.Set(p)
		given[p.Name] = p
	}
	for _, text := range v.Where {
		e, err := search.Condition(flagged("--where", text))
		if err != nil {
			return err
		}
		to.Constraints = append(to.Constraints, e)
	}
	for _, text := range v.Objective {
		o, err := search.Goal(flagged("--objective", text))
		if err != nil {
			return err
		}
		to.Objectives = append(to.Objectives, o)
	}
	if v.Batch < 0 || v.Context < 0 {
		return usage("--batch and --context are 1 or more")
	}
	to.Batch, to.Context = max(1, or(v.Batch, to.Batch)), or(v.Context, to.Context)
	to.Seq, to.Model, to.Dtype = or(v.Seq, to.Seq), or(v.Model, to.Model), or(or(v.Dtype, to.Dtype), "bf16")
	if _, err := figures.DTypeOf(to.Dtype); err != nil {
		return usage("--dtype: %v", err)
	}
	return nil
}

func dtypeNames() []string {
	var names []string
	for _, d := range figures.DTypes {
		names = append(names, d.Name)
	}
	return names
}

// or is the first value that is set.
func or[T comparable](a, b T) T {
	var zero T
	if a != zero {
		return a
	}
	return b
}

// flagged is a flag's text as a place that diagnostics can point into.
func flagged(name, text string) diag.Span {
	return diag.Span{Src: diag.NewSource(name, text), End: len(text)}
}

func numbers(flag string, texts []string) ([]*search.Expr, error) {
	var out []*search.Expr
	for _, text := range texts {
		e, err := search.Number(flagged(flag, text))
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// usual are the columns when none are asked for: what the objectives want, and the figures of stats whose sizes are given.
func (w *sweep) usual() []*search.Expr {
	names := []string{"params"}
	if w.Seq != "" {
		names = append(names, "flops")
	}
	names = append(names, "cache")
	if w.Context > 0 {
		names = append(names, "cache_bytes")
	}
	var out []*search.Expr
	seen := map[string]bool{}
	for _, o := range w.Objectives {
		if !seen[o.Text] {
			out, seen[o.Text] = append(out, o.Expr), true
		}
	}
	for _, name := range names {
		if !seen[name] {
			e, _ := search.Number(flagged("", name)) // a name reads as itself
			out = append(out, e)
		}
	}
	return out
}
