package cost

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"archc/ir"
	"archc/ir/eval"
)

// zeros are the stored tensors of a module, all 0, by their keys.
type zeros map[string][]int64

func (z zeros) Read(key string) ([]int64, []float64, error) {
	n := int64(1)
	for _, d := range z[key] {
		n *= d
	}
	return z[key], make([]float64, n), nil
}

func weightsOf(t *testing.T, m *ir.Module) zeros {
	out := zeros{}
	list, err := storedIn(m.Body, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	i := 0
	m.Body.Walk(func(n *ir.Node, _ int) {
		if n.Op != ir.Param {
			return
		}
		var shape []int64
		for _, a := range n.Outs[0].Axes {
			d, _ := a.Size.Int()
			shape = append(shape, d)
		}
		for key := range list[i].key.concrete {
			out[key] = shape
		}
		i++
	})
	return out
}

// inputsOf makes an input of each that is required: with a batch, small numbers, about every second bool
// true.
func inputsOf(m *ir.Module, env map[string]int64, rnd *rand.Rand) map[string]*eval.Tensor {
	out := map[string]*eval.Tensor{}
	for _, p := range m.Inputs {
		if p.Node.Attr.(*ir.InputAttr).Default != nil {
			continue
		}
		x := &eval.Tensor{Kind: p.Type().Kind, Axes: []eval.Axis{{Label: eval.Batch, Size: int(env["B"])}}}
		n := env["B"]
		for _, a := range p.Type().Axes {
			size, _ := a.Size.Eval(env)
			x.Axes = append(x.Axes, eval.Axis{Label: a.Label, Size: int(size.Num().Int64())})
			n *= size.Num().Int64()
		}
		for range n {
			x.Data = append(x.Data, float64(rnd.IntN(2)))
		}
		out[p.Name] = x
	}
	return out
}

// TestCountingRunAgrees runs the corpus and counts what is executed. It shares the op table with the
// formulas, and not the rows' costs.
func TestCountingRunAgrees(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for _, c := range slices.Concat(corpus, loopCorpus) {
		t.Run(c.name, func(t *testing.T) {
			m := c.make(t)
			r := report(t, m)
			machine, err := eval.New(m, weightsOf(t, m))
			if err != nil {
				t.Fatal(err)
			}
			for _, size := range [][3]int64{{1, 1, 1}, {1, 7, 4}, {3, 4, 7}, {2, 9, 9}, {3, 2, 1}} {
				env := map[string]int64{"B": size[0], "T": size[1], "S": size[2]}
				run, err := machine.Run(t.Context(), inputsOf(m, env, rnd), eval.Options{})
				if err != nil {
					t.Fatal(err)
				}
				got, err := r.At(env)
				if err != nil {
					t.Fatal(err)
				}
				if len(r.Unknown) > 0 {
					t.Fatal(r.Unknown)
				}
				if len(r.Bounds) > 0 {
					holdsAbove(t, "contraction", got.Contraction, run.Counts.Contraction)
					holdsAbove(t, "elementwise", got.Elementwise, run.Counts.Elementwise)
					continue
				}
				wantInt(t, "contraction", got.Contraction, int64(run.Counts.Contraction))
				wantInt(t, "elementwise", got.Elementwise, int64(run.Counts.Elementwise))
				if !attendsInside(m) {
					pairs := new(big.Int)
					for _, p := range got.Pairs {
						pairs.Add(pairs, p)
					}
					wantInt(t, "pairs", pairs, int64(run.Counts.Pairs))
				}
				scopesAgree(t, r, env, run.Counts)
				if t.Failed() {
					t.Fatalf("at %v: %v", env, r.Formulas)
				}
			}
		})
	}
}

// attendsInside reports whether some attend runs more than once: its pairs are then those of one run.
func attendsInside(m *ir.Module) bool {
	found := false
	m.Body.Walk(func(n *ir.Node, depth int) { found = found || n.Op == ir.Attend && depth > 0 })
	return found
}

// scopesAgree compares scope by scope.
func scopesAgree(t *testing.T, r *Report, env map[string]int64, counts eval.Counts) {
	sums := map[string][2]int64{}
	for site, w := range counts.Sites {
		s := sums[site.Scope]
		sums[site.Scope] = [2]int64{s[0] + int64(w.Contraction), s[1] + int64(w.Elementwise)}
	}
	for _, s := range r.Scopes {
		for k, f := range []ir.Size{s.Contraction, s.Elementwise} {
			v, err := r.Value(f, env)
			if err != nil {
				t.Fatal(err)
			}
			wantInt(t, "scope "+s.Scope, v, sums[s.Scope][k])
		}
	}
}

func holdsAbove(t *testing.T, what string, bound *big.Int, counted uint64) {
	t.Helper()
	if bound.Cmp(new(big.Int).SetUint64(counted)) < 0 {
		t.Errorf("%s: the bound %s is below the counted %d", what, bound, counted)
	}
}

// TestEveryCostRowMatters plants an error in each row of the op table and looks for it in the reports.
func TestEveryCostRowMatters(t *testing.T) {
	plants := []struct {
		name  string
		wrong func(w ir.Work) ir.Work
	}{
		{"one more contraction", func(w ir.Work) ir.Work { return w.Add(ir.Work{Contraction: ir.Const(1)}) }},
		{"one more elementwise", func(w ir.Work) ir.Work { return w.Add(ir.Work{Elementwise: ir.Const(1)}) }},
		{"twice", func(w ir.Work) ir.Work { return w.Scale(ir.Const(2)) }},
	}
	var modules []*ir.Module
	for _, c := range slices.Concat(corpus, loopCorpus) {
		modules = append(modules, c.make(t))
	}
	reports := func() []string {
		var out []string
		for _, m := range modules {
			f := report(t, m).Formulas
			out = append(out, f["flops.forward"]+"; "+f["flops.elementwise"])
		}
		return out
	}
	right := reports()
	for _, op := range ir.Ops() {
		for _, p := range plants {
			cost := op.Cost
			if cost == nil && p.name == "twice" {
				continue
			}
			op.Cost = func(n *ir.Node) ir.Work {
				var w ir.Work
				if cost != nil {
					w = cost(n)
				}
				return p.wrong(w)
			}
			wrong := reports()
			op.Cost = cost
			if slices.Equal(wrong, right) {
				t.Errorf("%s: %s changes no report", op.Name, p.name)
			}
		}
	}
	if !slices.Equal(reports(), right) {
		t.Error("a planted error was not taken out again")
	}
}

// TestExpertsOfEachElement: where the mask around experts depends on the batch, each of its elements has experts of its
// own. With every pair admitted the bound is the count.
func TestExpertsOfEachElement(t *testing.T) {
	m := expertsInAttend(t, func(n *net, i, j ir.Value) ir.Value {
		valid := n.gather(n.m.Inputs[1].Value, j, "S") // v: all of it true
		first := n.add(ir.Pick, &ir.PickAttr{Label: "W", At: ir.Const(0)}, []ir.Value{valid})
		return n.add(ir.Cast, &ir.KindAttr{Kind: ir.Bool}, []ir.Value{first})
	})
	r := report(t, m)
	env := map[string]int64{"B": 3, "S": 4, "T": 5}
	inputs := inputsOf(m, env, rand.New(rand.NewPCG(5, 6)))
	for k := range inputs["v"].Data {
		inputs["v"].Data[k] = 1
	}
	isCounted(t, m, r, env, inputs)
}

// TestRaggedMaskRunsForEachElement: where the mask depends on the batch, even what depends on nothing runs
// for each of its elements. With every pair admitted the bound is the count.
func TestRaggedMaskRunsForEachElement(t *testing.T) {
	n := newNet(t)
	valid := n.input("valid", ir.Bool, free("S"))
	v := n.input("v", ir.Real, free("S"), dim("W", 2))
	q := n.param("slope", dim("T", 5), dim("H", 3))
	score := n.Enter("score")
	i, j := n.Param(ir.Scalar(ir.Int), "i"), n.Param(keyNumbers(), "j")
	slope := n.fn("exp", n.Param(rowType(q, "T", "S"), "q")) // once a row
	score.Results = []ir.Value{n.fn("mul", n.fn("sub", i, j), slope)}
	n.Leave()
	norm := n.Enter("norm")
	norm.Results = []ir.Value{n.fn("exp", n.Param(score.Results[0].Type(), "s"))}
	n.Leave()
	mask := n.maskRegion(func(n *net, i, j ir.Value) ir.Value {
		return n.fn("and", n.fn("ge", j, n.num(0)), n.gather(valid, j, "S"))
	})
	attr := &ir.AttendAttr{Query: "T", Key: "S", Queries: 1}
	m := n.done(n.add(ir.Attend, attr, []ir.Value{q, v}, score, mask, norm))
	r := report(t, m)
	env := map[string]int64{"B": 3, "S": 4, "T": 5}
	inputs := inputsOf(m, env, rand.New(rand.NewPCG(5, 6)))
	for k := range inputs["valid"].Data {
		inputs["valid"].Data[k] = 1
	}
	if len(r.Bounds) != 1 {
		t.Errorf("bounds %v", r.Bounds)
	}
	isCounted(t, m, r, env, inputs)
}

// isCounted demands that a report gives what a run counts.
func isCounted(t *testing.T, m *ir.Module, r *Report, env map[string]int64, inputs map[string]*eval.Tensor) {
	t.Helper()
	machine, err := eval.New(m, weightsOf(t, m))
	if err != nil {
		t.Fatal(err)
	}
	run, err := machine.Run(t.Context(), inputs, eval.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := r.At(env)
	if err != nil || len(r.Unknown) > 0 {
		t.Fatal(err, r.Unknown)
	}
	wantInt(t, "contraction", got.Contraction, int64(run.Counts.Contraction))
	wantInt(t, "elementwise", got.Elementwise, int64(run.Counts.Elementwise))
}
