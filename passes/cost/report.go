package cost

import (
	"fmt"
	"math/big"
	"slices"

	"archc/ir"
)

// Attention says which pairs of query and key an attend is charged for.
type Attention string

// The conventions of --attention. Half is what some trainers count for a causal mask; it ignores the mask.
const (
	Exact Attention = "exact" // the pairs that the mask admits
	Full  Attention = "full"  // all T*S
	Half  Attention = "half"  // T*S/2
)

// Options chooses conventions; the zero value is the default.
type Options struct {
	Attention Attention // "" is Exact
	Experts   Experts   // the zero value counts the rows that are selected
	// Given names optional inputs that the caller gives. The others are left out: they stand at their
	// default, a constant without batch.
	Given []string
}

// Report is all counts of one module.
type Report struct {
	Model      string
	Batch      string   // the symbol of the implied batch: "B", or another where the module has a B of its own
	Free       []string // the names that At needs: the batch and the free dims of the work, sorted
	Parameters Parameters
	Forward    ir.Work // one forward pass; Contraction is the headline
	// Attending is the part of Forward in attends: scores, their weights and the averages. Layers is the part in the
	// bodies of repeats. Both are 0 of a module without them.
	Attending, Layers ir.Work
	Scores            ir.Size // how many scores attends make, over all heads, layers and the batch
	Kept              Kept    // what a training step keeps for its way back
	Scopes            []ScopeWork
	Nodes             map[*ir.Node]ir.Work // the part of Forward that each node does, in all its runs
	Attention         []AttendInfo
	Bounds            []string          // not empty: Forward is an upper bound, for these reasons
	Unknown           []string          // not empty: Forward is not known, for these reasons, and must not be shown
	Formulas          map[string]string // flops.forward, flops.elementwise, pairs.<scope>, as Pretty prints them
}

// ScopeWork is the part of Forward that the nodes of one scope do (not those of the scopes inside it).
type ScopeWork struct {
	Scope string
	ir.Work
	Pairs ir.Size // of its attends, in all their runs and all elements of their masks' further axes, of one sequence
}

// AttendInfo is one attend node, in order of appearance. One in the regions of another node is what one run of them
// has, with the names of sizes that hold there.
type AttendInfo struct {
	Scope         string
	Queries, Keys ir.Size // rows and keys of one sequence
	Pairs         Pairs
	// Symbol and RowSymbol stand for the pairs, and for the rows with a key, in Forward; empty where a
	// formula does.
	Symbol, RowSymbol string
	varies            bool // in the regions of another node, and another number from run to run
}

// Numbers is a Report at given sizes. Contraction, Elementwise and entries of Pairs are nil when not known.
type Numbers struct {
	Parameters, Buffers      *big.Int
	Contraction, Elementwise *big.Int
	// Attending and Layers are the parts of Contraction in attends and in the bodies of repeats; Scores is how many
	// scores there are. They are nil where Contraction is.
	Attending, Layers, Scores *big.Int
	// Kept is the numbers that a training step keeps: by Recompute, nil where Report.Kept says why.
	Kept map[Recompute]*big.Int
	// Pairs are for each entry of Report.Attention; nil too for half of an odd number, and for an attend in the
	// regions of another node whose pairs differ from run to run.
	Pairs           []*big.Int
	Bounds, Unknown []string // as in Report, and what was too large to enumerate
}

// Of counts a verified module. An error is about the module (a key with an unknown variable, a parameter
// without a size, a malformed region) or the options; work that has no formula is not an error but
// Report.Unknown.
func Of(m *ir.Module, opt Options) (*Report, error) {
	if opt.Attention == "" {
		opt.Attention = Exact
	}
	if opt.Experts.What == "" {
		opt.Experts.What = Active
	}
	if err := opt.Experts.check(); err != nil {
		return nil, err
	}
	if !slices.Contains([]Attention{Exact, Full, Half}, opt.Attention) {
		return nil, fmt.Errorf("attention %q is none of exact, full, half", opt.Attention)
	}
	for _, name := range opt.Given {
		if !slices.ContainsFunc(m.Inputs, func(p ir.Port) bool { return p.Name == name }) {
			return nil, fmt.Errorf("model %s has no input %s", m.Name, name)
		}
	}
	params, err := parametersOf(m)
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", m.Name, err)
	}
	w := newWalker(m, opt)
	if err := w.region(m.Body, place{fold: once}); err != nil {
		return nil, fmt.Errorf("model %s: %w", m.Name, err)
	}
	w.report.Parameters = params
	w.report.finish()
	return w.report, nil
}

// finish derives what follows from the work of the scopes: their total, the names At needs, the formulas.
func (r *Report) finish() {
	for _, s := range r.Scopes {
		r.Forward = r.Forward.Add(s.Work)
	}
	used := slices.Concat(r.Forward.Contraction.Frees(), r.Forward.Elementwise.Frees(), r.Scores.Frees(), r.Kept.frees())
	names := map[string]bool{r.Batch: true}
	for _, f := range used {
		names[f] = true
	}
	r.Formulas = map[string]string{}
	for i := range r.Attention {
		a := &r.Attention[i]
		delete(names, a.Symbol)
		delete(names, a.RowSymbol)
		if !slices.Contains(used, a.RowSymbol) {
			a.RowSymbol = "" // no work hangs on it: nothing to enumerate
		}
		if a.varies {
			continue
		}
		for _, f := range slices.Concat(a.Queries.Frees(), a.Keys.Frees(), a.Pairs.Frees()) {
			names[f] = true
		}
		if a.Pairs.Formula != nil {
			r.Formulas[r.unused("pairs."+a.Scope)] = Pretty(*a.Pairs.Formula)
		}
	}
	r.Free = sortedKeys(names)
	if len(r.Unknown) == 0 {
		r.Formulas["flops.forward"] = Pretty(r.Forward.Contraction)
		r.Formulas["flops.elementwise"] = Pretty(r.Forward.Elementwise)
	}
}

// unused numbers a formula's name from the second of that name on.
func (r *Report) unused(name string) string {
	free := name
	for i := 2; r.Formulas[free] != ""; i++ {
		free = fmt.Sprintf("%s#%d", name, i)
	}
	return free
}

// Pretty prints a formula for people and for JSON: plain ASCII, no grouping of digits, 2*B*T^2 + 3*B*T.
func Pretty(s ir.Size) string { return s.String() }
