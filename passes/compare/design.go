package compare

import (
	"fmt"
	"math/big"
	"slices"

	"archc/ir"
	"archc/passes/cost"
	"archc/passes/figures"
)

// Options are the conventions of a comparison: the same for all designs.
type Options struct {
	cost.Options
	DType figures.DType // of weights; caches and activations have it too where it has 16 bits or more, else bf16
}

// Design is a model with its counts.
type Design struct {
	*figures.Figures
	Module           *ir.Module
	Options          Options
	kinds            *kinds // of Module
	inPrompt, inStep *kinds // of the modules that Prefill and Decode count; nil where there are no steps
}

// Count counts a verified module, which stays as it is. An error is about the compiler.
func Count(m *ir.Module, opt Options) (*Design, error) {
	f, err := figures.Of(m, figures.Options{Options: opt.Options})
	if err != nil {
		return nil, err
	}
	d := &Design{Figures: f, Module: m, Options: opt, kinds: kindsOf(m)}
	if f.Steps != nil {
		d.inPrompt, d.inStep = kindsOf(f.Steps.Behind), kindsOf(f.Step)
	}
	return d, nil
}

// Lengths lists the free dims of a forward pass but the batch: what Sizes.Lengths has to say for numbers.
func (d *Design) Lengths() []string {
	return slices.DeleteFunc(slices.Clone(d.Forward.Free), func(f string) bool { return f == d.Forward.Batch })
}

// Sizes are those at which formulas become numbers. The zero value gives none.
type Sizes struct {
	Batch   int64            // 0 is 1
	Lengths map[string]int64 // of the free dims; nil for formulas of the forward pass
	Context int64            // tokens that are kept when the next one comes; 0 for formulas of the step
}

// forward is the environment of the forward pass, nil without lengths; that of a prompt is the same.
func (s Sizes) forward(d *Design) map[string]int64 {
	if s.Lengths == nil && len(d.Lengths()) > 0 {
		return nil
	}
	env := map[string]int64{d.Forward.Batch: max(1, s.Batch)}
	for name, n := range s.Lengths {
		env[name] = n
	}
	return env
}

// step is the environment of one step with one new token, nil without a context.
func (s Sizes) step(d *Design) map[string]int64 {
	if d.Steps == nil || s.Context == 0 {
		return nil
	}
	env := map[string]int64{d.Decode.Batch: max(1, s.Batch)}
	for name, n := range s.Lengths {
		env[name] = n
	}
	env[d.Axis], env[d.Past] = 1, s.Context
	return env
}

// number is a formula at sizes: nil where they do not tell, with the reason where that is no matter of sizes alone.
func number(r *cost.Report, s ir.Size, env map[string]int64) (*big.Int, string) {
	if v, ok := s.Rat(); ok {
		if !v.IsInt() {
			return nil, fmt.Sprintf("%s is no whole number", v.RatString())
		}
		return new(big.Int).Set(v.Num()), ""
	}
	if env == nil {
		return nil, ""
	}
	if v, ok := s.Eval(env); ok {
		if !v.IsInt() {
			return nil, fmt.Sprintf("%s is %s, no whole number", s, v.RatString())
		}
		return new(big.Int).Set(v.Num()), ""
	}
	if r == nil {
		return nil, ""
	}
	n, err := r.Value(s, env) // pairs without a formula are enumerated
	switch {
	case err != nil:
		return nil, err.Error()
	case n == nil:
		return nil, "the pairs of an attention are too many to enumerate"
	}
	return n, ""
}

// enumerated lists the symbols of a report that stand for numbers which are found by enumerating.
func enumerated(r *cost.Report) []string {
	var out []string
	for _, a := range r.Attention {
		for _, s := range []string{a.Symbol, a.RowSymbol} {
			if s != "" {
				out = append(out, s)
			}
		}
	}
	return out
}
