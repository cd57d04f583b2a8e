package cost

import (
	"fmt"
	"maps"
	"math/big"
	"slices"

	"archc/ir"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// At gives the counts at sizes for the names of Report.Free. A name without a value, a value below 1 and a
// count that is not a whole number are errors that name it.
func (r *Report) At(env map[string]int64) (Numbers, error) {
	out := Numbers{
		Parameters: r.Parameters.Total, Buffers: r.Parameters.Buffers,
		Bounds: r.Bounds, Unknown: slices.Clone(r.Unknown),
	}
	if err := r.check(env); err != nil {
		return out, err
	}
	all := r.countPairs(env, &out)
	if len(out.Unknown) > 0 {
		return out, nil
	}
	var err error
	if out.Contraction, err = r.Forward.Contraction.Whole(all); err != nil {
		return out, fmt.Errorf("flops.forward: %w", err)
	}
	if out.Elementwise, err = r.Forward.Elementwise.Whole(all); err != nil {
		return out, fmt.Errorf("flops.elementwise: %w", err)
	}
	for _, x := range []struct {
		to *(*big.Int)
		of ir.Size
	}{{&out.Attending, r.Attending.Contraction}, {&out.Layers, r.Layers.Contraction}, {&out.Scores, r.Scores}} {
		if v, ok := x.of.Eval(all); ok {
			*x.to = rounded(v)
		}
	}
	out.Kept = map[Recompute]*big.Int{}
	for _, how := range Recomputes {
		if v, ok := r.Kept.Of(how).Eval(all); ok && r.Kept.Unknown == "" {
			out.Kept[how] = rounded(v)
		}
	}
	return out, nil
}

// Value is any formula of the report (a scope's work, an attend's rows) at sizes, exact. It is nil without
// an error when the formula hangs on pairs that are too many to enumerate.
func (r *Report) Value(s ir.Size, env map[string]int64) (*big.Int, error) {
	value, err := r.Values(env)
	if err != nil {
		return nil, err
	}
	v := value(s)
	if v != nil && !v.IsInt() {
		return nil, fmt.Errorf("%s is %s, not a whole number", s, v.RatString())
	}
	if v == nil {
		return nil, nil
	}
	return new(big.Int).Set(v.Num()), nil
}

// Values evaluates any formulas of the report at the same sizes: pairs are enumerated once for all of them. A formula
// that hangs on pairs that are too many to enumerate, or on a size that is not of the report, is nil.
func (r *Report) Values(env map[string]int64) (func(ir.Size) *big.Rat, error) {
	if err := r.check(env); err != nil {
		return nil, err
	}
	all := r.countPairs(env, new(Numbers))
	return func(s ir.Size) *big.Rat {
		if slices.ContainsFunc(s.Frees(), func(name string) bool { _, known := all[name]; return !known }) {
			return nil
		}
		v, _ := s.Eval(all)
		return v
	}, nil
}

// check wants every name, at 1 or more: the closed forms use the fact that a free dim is at least 1.
func (r *Report) check(env map[string]int64) error {
	for _, name := range r.Free {
		switch v, ok := env[name]; {
		case !ok:
			return fmt.Errorf("no size given for %s", name)
		case v < 1:
			return fmt.Errorf("%s = %d: a size is 1 or more", name, v)
		}
	}
	return nil
}

// countPairs fills in the pairs of each attend and returns env with the symbols of those that were
// enumerated.
func (r *Report) countPairs(env map[string]int64, out *Numbers) map[string]int64 {
	all := maps.Clone(env)
	for _, a := range r.Attention {
		if a.varies {
			out.Pairs = append(out.Pairs, nil)
			continue
		}
		var pairs *big.Int // stays nil where half of all pairs is no whole number; the work may be one
		if a.Pairs.Formula != nil {
			if v, ok := a.Pairs.Formula.Eval(env); ok && v.IsInt() {
				pairs = v.Num()
			}
		}
		if a.Symbol != "" || a.RowSymbol != "" {
			n, rows, err := a.Pairs.Pattern.Number(env)
			if err != nil {
				out.Unknown = append(out.Unknown, fmt.Sprintf("%s: %v", a.Scope, err))
			} else {
				pairs = big.NewInt(n)
				all[a.Symbol], all[a.RowSymbol] = n, rows
			}
		}
		out.Pairs = append(out.Pairs, pairs)
	}
	return all
}
