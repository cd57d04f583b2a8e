package compare

import (
	"math/big"
	"strings"

	"archc/ir"
	"archc/passes/decode"
	"archc/passes/figures"
)

// amount is what of a state a figure counts, for one sequence.
type amount func(d *Design, x decode.State) ir.Size

func atPast(d *Design, s ir.Size, n int64) ir.Size {
	return s.Substitute(map[string]ir.Size{d.Past: ir.Const(n)})
}

// perToken is what one further token adds while no window is full.
func perToken(d *Design, x decode.State) ir.Size {
	return atPast(d, x.Elements(), 1).Sub(atPast(d, x.Elements(), 0))
}

// constant is what is kept before the first token and hangs on no source.
func constant(d *Design, x decode.State) ir.Size { return atSource(atPast(d, x.Elements(), 0), 0) }

// perSource is what one token of the source adds.
func perSource(d *Design, x decode.State) ir.Size {
	return atSource(atPast(d, x.Elements(), 0), 1).Sub(constant(d, x))
}

func atContext(_ *Design, x decode.State) ir.Size { return x.Elements() }

// atSource sets the dims that are left, which are those of sources.
func atSource(s ir.Size, n int64) ir.Size {
	env := map[string]ir.Size{}
	for _, f := range s.Frees() {
		env[f] = ir.Const(n)
	}
	return s.Substitute(env)
}

// keptTotal asks for the sum that counting has, so that the states, which are the parts, are checked against it.
func keptTotal(sum func(*figures.Cache) ir.Size) func(*Design) (ir.Size, bool, string) {
	return func(d *Design) (ir.Size, bool, string) {
		if d.Steps == nil {
			return ir.Size{}, false, d.NoSteps
		}
		return sum(d.Cache), true, ""
	}
}

func sumPerToken(c *figures.Cache) ir.Size  { return c.PerToken }
func sumConstant(c *figures.Cache) ir.Size  { return c.Constant }
func sumPerSource(c *figures.Cache) ir.Size { return c.PerSource }
func sumAtContext(c *figures.Cache) ir.Size { return c.All }

// keptParts are the states, those of one name in several loops together.
func keptParts(which amount) func(*Design) []Part {
	return func(d *Design) []Part {
		var out []Part
		index := map[string]int{}
		for _, x := range d.Cache.States {
			if x.Type.Kind != ir.Real {
				continue // a mark
			}
			path, _, _ := strings.Cut(x.In, "#")
			i, ok := index[path]
			if !ok {
				i = len(out)
				index[path] = i
				out = append(out, Part{Kind(x.Kind.String()), path, ir.Size{}})
			}
			out[i].Size = out[i].Size.Add(which(d, x))
		}
		return out
	}
}

// pairsTotal sums over the layers; each is counted for one sequence and head.
func pairsTotal(d *Design) (ir.Size, bool, string) {
	parts, why := d.pairs()
	var sum ir.Size
	for _, p := range parts {
		sum = sum.Add(p.Size)
	}
	return sum, why == "", why
}

func pairsParts(d *Design) []Part {
	parts, _ := d.pairs()
	return parts
}

// pairs looks up the loops around each attend: the report has one row for all runs of one.
func (d *Design) pairs() (parts []Part, why string) {
	var runs []ir.Size
	var scopes []string
	var walk func(r *ir.Region, times ir.Size)
	walk = func(r *ir.Region, times ir.Size) {
		for _, n := range r.Nodes {
			inner := times
			if a, ok := n.Attr.(*ir.RepeatAttr); ok {
				if inner = times.Mul(a.Count); a.Count.IsZero() {
					continue
				}
			}
			if n.Op == ir.Attend {
				runs, scopes = append(runs, times), append(scopes, n.Scope)
			}
			for _, body := range n.Regions {
				walk(body, inner)
			}
		}
	}
	walk(d.Module.Body, ir.Const(1))
	if len(runs) != len(d.Forward.Attention) {
		return nil, "attention inside of attention"
	}
	for i, a := range d.Forward.Attention {
		switch {
		case a.Scope != scopes[i]:
			return nil, "attention inside of attention"
		case a.Pairs.Formula == nil:
			return nil, a.Scope + ": the pairs have no formula"
		}
		// Where the mask differs from run to run, the formula has all runs already.
		size := a.Pairs.Formula.Mul(runs[i]).Mul(inverse(a.Pairs.Runs))
		parts = append(parts, Part{Scores, a.Scope, size})
	}
	return parts, ""
}

func inverse(n int64) ir.Size { return ir.Rational(big.NewRat(1, n)) }
