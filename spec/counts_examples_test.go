package spec_test

import (
	"flag"
	"fmt"
	"maps"
	"math/big"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"archc/dsl/check"
	"archc/dsl/lower"
	"archc/ir"
	"archc/ir/eval"
	"archc/passes/cost"
	"archc/passes/figures"
)

var shapes = flag.Int("shapes", 150, "how many random shapes of examples are counted")

// exampleModel is one model of a file of ../examples.
type exampleModel struct {
	file string
	prog *check.Program
	decl *check.Decl
}

func (e exampleModel) String() string { return e.file + " " + e.decl.Name().Name }

// exampleModels are all models of all files.
func exampleModels(t *testing.T) []exampleModel {
	t.Helper()
	files, err := filepath.Glob("../examples/*.arch")
	if err != nil || len(files) == 0 {
		t.Fatal("no examples", err)
	}
	var out []exampleModel
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".arch")
		prog := program(t, name)
		for _, d := range prog.Models {
			out = append(out, exampleModel{name, prog, d})
		}
	}
	return out
}

// countedRun is a module at sizes, with what the reference evaluation counted in a run of it.
type countedRun struct {
	what   string // "forward of gpt2 GPT2 with ..."
	module *ir.Module
	env    map[string]int64
	batch  string // its name in env
	run    eval.Counts
	shapes map[string][]int64  // of stored tensors, as the evaluation reads them
	given  map[string]*big.Int // real numbers of each result, of one sequence
	kept   string              // of a step, how what is kept differs
}

// shaped lowers a model with small dims and runs it forward, behind the passes, and as a step.
func (e exampleModel) shaped(t *testing.T, r *rand.Rand) []*countedRun {
	t.Helper()
	row := rowOf(e.decl)
	if row == nil {
		t.Fatalf("%s: shrink has no row for it", e)
	}
	d := &dice{r, map[string]string{}}
	row(d)
	m, list := lower.Lower(e.prog, lower.Options{Model: e.decl.Name().Name, Settings: d.set})
	if err := list.Err(); err != nil {
		t.Fatalf("%s with %v: %v", e, d.set, err)
	}
	out, f := stepRuns(t, m, r)
	for _, x := range out {
		x.what += fmt.Sprintf(" of %s with %v", e, d.set)
	}
	if f.Steps != nil {
		out[3].kept = keptDifference(f, out[2], out[3])
	}
	return out
}

// stepRuns runs a module at drawn sizes: forward; where it has steps also behind the passes, the start, and each form of a
// step.
func stepRuns(t *testing.T, m *ir.Module, r *rand.Rand) ([]*countedRun, *figures.Figures) {
	t.Helper()
	f, err := figures.Of(m, figures.Options{})
	if err != nil {
		t.Fatalf("%s: %v", m.Name, err)
	}
	sizes := drawSizes(r, f)
	out := []*countedRun{sizes("forward", m, f.Forward)}
	if f.Steps != nil {
		out = append(out,
			sizes("prefill", f.Steps.Behind, f.Prefill),
			sizes("start", f.Steps.Init, report(t, f.Steps.Init, cost.Exact)),
			sizes("step", f.Steps.Step, report(t, f.Steps.Step, cost.Exact)))
		if f.Steps.Few != nil {
			out = append(out, sizes("short step", f.Steps.Few, report(t, f.Steps.Few, cost.Exact)))
		}
	}
	for _, x := range out {
		x.count(t, r)
	}
	return out, f
}

// drawSizes gives the free dims of a report small sizes, one dim the same in all reports; a step is for a few rows behind
// at least one.
func drawSizes(r *rand.Rand, f *figures.Figures) func(what string, m *ir.Module, of *cost.Report) *countedRun {
	drawn := map[string]int64{}
	size := func(name string, least, most int64) int64 {
		if drawn[name] == 0 {
			drawn[name] = least + r.Int64N(most-least+1)
		}
		return drawn[name]
	}
	return func(what string, m *ir.Module, of *cost.Report) *countedRun {
		x := &countedRun{what: what, module: m, env: map[string]int64{of.Batch: size("batch", 1, 3)}, batch: of.Batch}
		isStep := strings.HasSuffix(what, "step")
		if isStep {
			x.env[f.Axis], x.env[f.Past] = 1+r.Int64N(3), 1+r.Int64N(longest-3)
		}
		for _, name := range of.Free {
			if x.env[name] == 0 {
				x.env[name] = size(name, sizesOf(name)[0], sizesOf(name)[1])
			}
		}
		return x
	}
}

// sizesOf is between which sizes a free dim is drawn: of three numbers three can be chosen, a picture that is halved five
// times has some place left, and there are as many drawn blocks as blocks at least.
func sizesOf(name string) [2]int64 {
	if x, ok := map[string][2]int64{"N": {3, longest}, "R": {longest + 1, longest + 2}, "X": {8, 40}, "Y": {8, 40}}[name]; ok {
		return x
	}
	return [2]int64{1, longest}
}

// count runs the module on inputs under which all is computed that may be: experts have room, drawn blocks are all.
func (x *countedRun) count(t *testing.T, r *rand.Rand) {
	t.Helper()
	w, err := eval.NewHashWeights(x.module)
	if err != nil {
		t.Fatalf("%s: %v", x.what, err)
	}
	if x.shapes, err = eval.StoredShapes(x.module); err != nil {
		t.Fatalf("%s: %v", x.what, err)
	}
	inputs := map[string]*eval.Tensor{}
	for _, p := range x.module.Inputs {
		if p.Node.Attr.(*ir.InputAttr).Default == nil {
			inputs[p.Name] = x.filled(p, r)
		}
	}
	machine, err := eval.New(x.module, w)
	if err != nil {
		t.Fatalf("%s: %v", x.what, err)
	}
	dims := maps.Clone(x.env)
	delete(dims, x.batch)
	res, err := machine.Run(t.Context(), inputs, eval.Options{Dims: dims})
	if err != nil {
		t.Fatalf("%s: %v", x.what, err)
	}
	x.run = res.Counts
	x.given = map[string]*big.Int{}
	for name, y := range res.Outputs {
		n := int64(len(y.Data))
		if y.Find(eval.Batch) >= 0 {
			n /= x.env[x.batch]
		}
		if x.given[name] = big.NewInt(n); y.Kind != ir.Real {
			x.given[name] = new(big.Int)
		}
	}
}

// keptDifference compares the formula of what is kept behind all rows with what a step gives on, and with what the start
// made of a source once. It is empty where they are equal.
func keptDifference(f *figures.Figures, start, step *countedRun) string {
	kept := new(big.Int)
	for _, s := range f.Steps.States {
		if s.Next == "" {
			kept.Add(kept, start.given[s.Start])
		} else {
			kept.Add(kept, step.given[s.Next])
		}
	}
	all, _ := f.Cache.At(ir.Free(f.Past).Add(ir.Free(f.Axis))).Eval(step.env)
	if all.RatString() == kept.String() {
		return ""
	}
	return fmt.Sprintf("kept are %s numbers, the formula gives %s", kept, all.RatString())
}

// filled is an input with a batch: small ids, all marks set, draws of 0, which take what can be taken. A table of blocks
// has them all.
func (x *countedRun) filled(p ir.Port, r *rand.Rand) *eval.Tensor {
	out := &eval.Tensor{Kind: p.Type().Kind, Axes: []eval.Axis{{Label: eval.Batch, Size: int(x.env[x.batch])}}}
	n, last := int(x.env[x.batch]), 1
	for _, a := range p.Type().Axes {
		size, _ := a.Size.Eval(x.env)
		last = int(size.Num().Int64())
		out.Axes = append(out.Axes, eval.Axis{Label: a.Label, Size: last})
		n *= last
	}
	out.Data = make([]float64, n)
	for i := range out.Data {
		switch {
		case p.Node.Attr.(*ir.InputAttr).Draw != "":
		case p.Name == "picks":
			out.Data[i] = float64(i % last)
		case out.Kind == ir.Bool:
			out.Data[i] = 1
		case out.Kind == ir.Int:
			out.Data[i] = float64(r.IntN(3))
		default:
			out.Data[i] = r.Float64() - 0.5
		}
	}
	return out
}

// differences compares the formulas with the run: the work in all and of each scope, the stored tensors.
func (x *countedRun) differences(t testing.TB) []string {
	t.Helper()
	var out []string
	differ := func(what string, formula, counted any) {
		if f, c := fmt.Sprint(formula), fmt.Sprint(counted); f != c {
			out = append(out, fmt.Sprintf("%s: the formula gives %s, counted are %s", what, f, c))
		}
	}
	f := report(t, x.module, cost.Exact)
	n, err := f.At(x.env)
	if err != nil || len(n.Unknown) > 0 {
		return []string{fmt.Sprintf("no numbers: %v %v", err, n.Unknown)}
	}
	differ("contraction", n.Contraction, x.run.Contraction)
	differ("elementwise", n.Elementwise, x.run.Elementwise)
	value, err := f.Values(x.env)
	if err != nil {
		return append(out, err.Error())
	}
	sites := map[string]eval.Work{}
	for site, w := range x.run.Sites {
		s := sites[site.Scope]
		sites[site.Scope] = eval.Work{Contraction: s.Contraction + w.Contraction, Elementwise: s.Elementwise + w.Elementwise,
			Pairs: s.Pairs + w.Pairs}
	}
	for _, s := range f.Scopes {
		run := sites[s.Scope]
		differ("contraction of "+s.Scope, value(s.Contraction).RatString(), run.Contraction)
		differ("elementwise of "+s.Scope, value(s.Elementwise).RatString(), run.Elementwise)
		pairs, counted := value(s.Pairs), new(big.Rat).SetInt(new(big.Int).SetUint64(run.Pairs))
		most := new(big.Rat).Mul(pairs, big.NewRat(x.env[x.batch], 1))
		if len(f.Bounds) > 0 && pairs.Cmp(counted) <= 0 && counted.Cmp(most) <= 0 {
			continue // masks that hang on data are asked for each sequence, the others of the scope once
		}
		differ("pairs of "+s.Scope, pairs.RatString(), run.Pairs)
	}
	if x.kept != "" {
		out = append(out, x.kept)
	}
	differ("stored", new(big.Int).Add(f.Parameters.Total, f.Parameters.Buffers), x.stored())
	return out
}

// stored is the elements of all stored tensors.
func (x *countedRun) stored() *big.Int {
	sum := new(big.Int)
	for _, shape := range x.shapes {
		elements := big.NewInt(1)
		for _, d := range shape {
			elements.Mul(elements, big.NewInt(d))
		}
		sum.Add(sum, elements)
	}
	return sum
}

// TestClosedFormsEqualCountingRun: for random small dims of all models of all examples, every formula at random sizes is
// what the reference evaluation counts as it runs. -shapes says how many shapes.
func TestClosedFormsEqualCountingRun(t *testing.T) {
	models := exampleModels(t)
	r := rand.New(rand.NewPCG(20, 26))
	runs, differences := 0, 0
	for n := range max(*shapes, len(models)) {
		e := models[n%len(models)]
		for _, x := range e.shaped(t, r) {
			runs++
			for _, d := range x.differences(t) {
				differences++
				t.Errorf("%s at %v: %s", x.what, x.env, d)
			}
		}
		if differences > 20 {
			t.FailNow()
		}
	}
	t.Logf("%d pairs of %d models, %d runs, %d differences", max(*shapes, len(models)), len(models), runs, differences)
}
