package spec_test

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"archc/ir"
)

// oneRunEach is every model of every example at one shape, and mixed.
func oneRunEach(t *testing.T) []*countedRun {
	t.Helper()
	r := rand.New(rand.NewPCG(5, 6))
	x := &countedRun{what: "mixed", module: compile(t, "mixed.arch", mixed, nil), batch: "B", env: map[string]int64{"B": 2, "T": 5}}
	x.count(t, r)
	out := []*countedRun{x}
	for _, e := range exampleModels(t) {
		out = append(out, e.shaped(t, r)...)
	}
	return out
}

// TestPlantedCostErrors puts a mistake into each row of the op table: some run must then differ from its formulas. What
// a row says of the elements that it hangs on is seen by the mistakes that grow with the node's result.
func TestPlantedCostErrors(t *testing.T) {
	runs := oneRunEach(t)
	users := map[*ir.Op][]*countedRun{}
	for _, x := range runs {
		if d := x.differences(t); len(d) > 0 {
			t.Fatalf("without a mistake: %s: %s", x.what, d[0])
		}
		seen := map[*ir.Op]bool{}
		x.module.Body.Walk(func(n *ir.Node, _ int) { seen[n.Op] = true })
		for op := range seen {
			users[op] = append(users[op], x)
		}
	}
	noticed := func(op *ir.Op) bool {
		return slices.ContainsFunc(users[op], func(x *countedRun) bool { return len(x.differences(t)) > 0 })
	}
	result := func(n *ir.Node) ir.Size { return n.Outs[0].Elements() }
	plants := []struct {
		name  string
		wrong func(n *ir.Node, w ir.Work) ir.Work
		free  bool // also in rows without work
	}{
		{"one more contraction", func(_ *ir.Node, w ir.Work) ir.Work { return w.Add(ir.Work{Contraction: ir.Const(1)}) }, true},
		{"one more elementwise", func(_ *ir.Node, w ir.Work) ir.Work { return w.Add(ir.Work{Elementwise: ir.Const(1)}) }, true},
		{"one more for each element", func(n *ir.Node, w ir.Work) ir.Work { return w.Add(ir.Work{Elementwise: result(n)}) }, true},
		{"twice the work", func(_ *ir.Node, w ir.Work) ir.Work { return w.Scale(ir.Const(2)) }, false},
		{"no work", func(*ir.Node, ir.Work) ir.Work { return ir.Work{} }, false},
		{"contractions as elementwise", func(_ *ir.Node, w ir.Work) ir.Work {
			return ir.Work{Contraction: w.Elementwise, Elementwise: w.Contraction}
		}, false},
	}
	for _, op := range ir.Ops() {
		if users[op] == nil {
			if op != ir.Cast { // no example needs one; the tests of passes/cost plant errors in it
				t.Errorf("no example uses %s", op.Name)
			}
			continue
		}
		honest := op.Cost
		for _, p := range plants {
			if honest == nil && !p.free {
				continue
			}
			op.Cost = func(n *ir.Node) ir.Work {
				var w ir.Work
				if honest != nil {
					w = honest(n)
				}
				return p.wrong(n, w)
			}
			if !noticed(op) {
				t.Errorf("%s with %s goes unnoticed", op.Name, p.name)
			}
			op.Cost = honest
		}
	}
}

// TestPlantedMiscounts: every quantity of a run that is compared is seen where it is one off.
func TestPlantedMiscounts(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	x := &countedRun{what: "mixed", module: compile(t, "mixed.arch", mixed, nil), batch: "B", env: map[string]int64{"B": 2, "T": 5}}
	x.count(t, r)
	for name, change := range map[string]func(x *countedRun){
		"a contraction":     func(x *countedRun) { x.run.Contraction++ },
		"an elementwise":    func(x *countedRun) { x.run.Elementwise-- },
		"a length":          func(x *countedRun) { x.env = map[string]int64{"B": 2, "T": 6} },
		"a batch":           func(x *countedRun) { x.env = map[string]int64{"B": 3, "T": 5} },
		"a stored tensor":   func(x *countedRun) { x.shapes = map[string][]int64{} },
		"a scope's work":    func(x *countedRun) { x.run.Sites = nil },
		"nothing, for once": nil,
	} {
		y := *x
		if change != nil {
			change(&y)
		}
		if got := y.differences(t); (len(got) > 0) != (change != nil) {
			t.Errorf("%s: differences %q", name, got)
		}
	}
	m := example(t, "gpt2", map[string]string{"D": "8", "H": "2", "L": "2", "V": "5", "P": "9"})
	runs, f := stepRuns(t, m, r)
	if d := keptDifference(f, runs[2], runs[3]); d != "" {
		t.Error("without a mistake:", d)
	}
	for _, s := range f.Steps.States {
		runs[3].given[s.Next] = new(big.Int).Add(runs[3].given[s.Next], big.NewInt(1))
		break
	}
	if keptDifference(f, runs[2], runs[3]) == "" {
		t.Error("one more number kept goes unnoticed")
	}
}
