package cost

import (
	"fmt"
	"slices"

	"archc/ir"
)

// ways are the ways in which the carries of a repeat depend on inputs, run by run. A carry that starts as a constant
// has no batch in the first run and may have one in the next; with c carries there are at most 2^c ways, and their
// sequence becomes periodic.
type ways struct {
	states [][]bool
	gives  [][]bool // what is stacked, in the same runs
	back   int      // the state that follows the last one; -1 when there are no more runs
	after  []bool   // the carries behind the last of the states
	count  ir.Size
}

// repeat counts the body once for each way.
func (w *walker) repeat(n *ir.Node, p place) error {
	a, ok := n.Attr.(*ir.RepeatAttr)
	if !ok || len(n.Regions) != 1 || a.Carries(len(n.Args)) < 0 {
		return fmt.Errorf("%s: malformed repeat", n.Scope)
	}
	args := make([]bool, len(n.Args))
	for i, v := range n.Args {
		args[i] = w.isBatched(v)
	}
	carries, sliced := args[:a.Carries(len(args))], args[a.Carries(len(args)):]
	in := p
	in.follow, in.counts = true, append(slices.Clip(p.counts), a.Var)
	in.around = append(slices.Clip(p.around), n)
	k := ways{back: -1, after: carries, count: a.Count}
	for runs, number := a.Count.Int(); k.back < 0 && (!number || int64(len(k.states)) < runs); {
		next, given, err := w.run(n.Regions[0], slices.Concat(k.after, sliced), len(carries), in)
		if err != nil {
			return err
		}
		k.states, k.gives, k.after = append(k.states, k.after), append(k.gives, given), next
		k.back = slices.IndexFunc(k.states, func(s []bool) bool { return slices.Equal(s, next) })
	}
	if len(k.states) > 1 {
		in.apart = append(slices.Clip(p.apart), a.Var)
	}
	for i, s := range k.states {
		if p.follow {
			break // the batch is known, and nothing is charged: else nested repeats would double the walk each
		}
		in.follow, in.fold = false, k.runs(i, a).then(p.fold)
		if _, _, err := w.run(n.Regions[0], slices.Concat(s, sliced), len(carries), in); err != nil {
			return err
		}
	}
	some := false
	for i := range n.Outs {
		batched, sure := k.result(i)
		if !sure {
			note(&w.report.Bounds, fmt.Sprintf("%s: what %s runs give is counted for each element of the batch, as "+
				"after more of them", n.Scope, a.Count))
		}
		w.batched[ir.Value{Node: n, Out: i}] = batched
		some = some || batched
		if batched && i < len(k.after) {
			w.carry(n.Outs[i].Elements().Mul(a.Count), p)
		}
	}
	w.charge(n, p, some)
	return nil
}

// run follows one run of a body, given what it takes, and returns the next carries and what is stacked.
func (w *walker) run(body *ir.Region, takes []bool, carries int, p place) (next, given []bool, err error) {
	if len(body.Params) != len(takes)+1 || len(body.Results) < carries {
		return nil, nil, fmt.Errorf("region %s: %d parameters for %d values", body.Name, len(body.Params), len(takes))
	}
	w.mark(body.Params[0], false)
	for i, c := range takes {
		w.mark(body.Params[i+1], c)
	}
	if err := w.region(body, p); err != nil {
		return nil, nil, err
	}
	for i, v := range body.Results {
		if i < carries {
			next = append(next, w.isBatched(v))
		} else {
			given = append(given, w.isBatched(v))
		}
	}
	return next, given, nil
}

// period is how many states recur; 0 when none does.
func (k *ways) period() int64 {
	if k.back < 0 {
		return 0
	}
	return int64(len(k.states) - k.back)
}

// runs sums over the runs that are in state number i: run i, and from back on every run a period later.
func (k *ways) runs(i int, a *ir.RepeatAttr) fold {
	left, step := k.count.Sub(ir.Const(int64(i))), int64(1)
	visits := facts.Smaller(ir.Const(1), facts.Larger(left, ir.Size{}))
	if period := k.period(); k.back >= 0 && i >= k.back {
		step = period
		rounded := ir.Floor(left.Add(ir.Const(period - 1)).Mul(inverse(period)))
		visits = facts.Larger(rounded, ir.Size{})
	}
	return func(perRun ir.Size) (ir.Size, error) {
		return sumOver(perRun, a.Var, a.First+a.Step*int64(i), a.Step*step, visits)
	}
}

// result is the batch of a result of the node; sure is false when it depends on the number of runs, which is then
// taken as large.
func (k *ways) result(i int) (batched, sure bool) {
	if i >= len(k.after) {
		return k.stacked(i - len(k.after))
	}
	if n, number := k.count.Int(); number {
		if k.back < 0 {
			return k.after[i], true
		}
		return k.states[int64(k.back)+(n-int64(k.back))%k.period()][i], true
	}
	var yes, no bool
	for s, state := range k.states {
		if s >= k.back || !facts.AtLeast(k.count, int64(s)+1) { // there may be s runs, or as many and some periods
			yes, no = yes || state[i], no || !state[i]
		}
	}
	return yes, !yes || !no
}

// stacked is true when some run's value has the batch.
func (k *ways) stacked(i int) (batched, sure bool) {
	for s, given := range k.gives {
		batched = batched || given[i]
		sure = sure || given[i] && facts.AtLeast(k.count, int64(s)+1)
	}
	return batched, sure || !batched
}
