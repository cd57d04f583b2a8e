package figures

import (
	"maps"

	"archc/ir"
	"archc/passes/cost"
)

// OneRow is a size of a step that computes one new row. That a row has one key at least, and a window no more than its
// keys, is known then, and such a min or max is folded.
func (f *Figures) OneRow(s ir.Size) ir.Size {
	none := int64(0)
	return ir.Facts{f.Past: {Least: &none}}.Settle(s.Substitute(map[string]ir.Size{f.Axis: ir.Const(1)}))
}

// Formulas are those of the forward report and of the figures beside it, by the name of the figure. Numbers, not bytes,
// of what is kept. A figure without a formula is left out.
func (f *Figures) Formulas(how cost.Recompute) map[string]string {
	out := maps.Clone(f.Forward.Formulas)
	if len(f.Forward.Unknown) == 0 {
		train := f.Forward.Forward.Contraction.Mul(ir.Const(3))
		switch how {
		case cost.Selective:
			train = train.Add(f.Forward.Attending.Contraction)
		case cost.Whole:
			train = train.Add(f.Forward.Layers.Contraction)
		}
		out["flops.train"] = cost.Pretty(train)
	}
	if f.Forward.Kept.Unknown == "" {
		out["activations.elements"] = cost.Pretty(f.Forward.Kept.Of(how))
	}
	if f.Cache == nil {
		return out
	}
	if len(f.Prefill.Unknown) == 0 {
		out["flops.prefill"] = cost.Pretty(f.Prefill.Forward.Contraction)
	}
	if len(f.Decode.Unknown) == 0 {
		out["flops.decode"] = cost.Pretty(f.OneRow(f.Decode.Forward.Contraction))
	}
	out["cache.elements_per_token"] = cost.Pretty(f.Cache.PerToken)
	out["cache.constant"] = cost.Pretty(f.Cache.Constant)
	out["cache.per_source_token"] = cost.Pretty(f.Cache.PerSource)
	out["cache.at_context"] = cost.Pretty(f.Cache.All)
	return out
}
