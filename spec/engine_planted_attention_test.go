package spec_test

import (
	"slices"

	"archc/ir"
	"archc/passes/plan"
)

// scored is the first line of an attention's score with a function, and its attention.
func scored(p *plan.Plan, fn string) *plan.PairOp {
	a := these[*plan.Attention](p)[0]
	for i := range a.Score {
		if a.Score[i].Fn == fn {
			return &a.Score[i]
		}
	}
	panic("no line of the score with " + fn)
}

// normed is line number k, from 0, with a function in the normalizer of the first attention.
func normed(p *plan.Plan, fn string, k int) *plan.NormOp {
	a := these[*plan.Attention](p)[0]
	for i := range a.Norm {
		if a.Norm[i].Fn == fn {
			if k == 0 {
				return &a.Norm[i]
			}
			k--
		}
	}
	panic("no line of the normalizer with " + fn)
}

// inner is the line of a score that reads a view along an axis beyond the pair and another one, or that one alone.
func inner(p *plan.Plan, label, beside string) *plan.PairOp {
	a := these[*plan.Attention](p)[0]
	for i, o := range a.Score {
		if o.Fn == "view" && o.View.Find(label) >= 0 && (beside == "" && len(o.View.Axes) == 1 || o.View.Find(beside) >= 0) {
			return &a.Score[i]
		}
	}
	panic("no such view")
}

// still makes a view the same along an axis.
func still(v *plan.View, label string) {
	v.Axes = slices.Clone(v.Axes)
	v.Axes[v.Find(label)].Stride = ir.Const(0)
}

func init() {
	plantedModels["deep"] = attendingBody("align : DeepAlign(K, K, W, 3)", "align(q, k)", "norm = softmax_sink(sunk)", "causal")
	plantedModels["distance"] = attendingBody("rel : [40, K]", "sum[K](q * rel[40: abs(i - j)]) - sum[K]((q - k)^2)", "norm = ranked", "causal")
	plantedModels["stick"] = attendingBody("", "scaled_dot(q, k)", "norm = { p = sigmoid(s);  left = log(1 - p);  p * exp(cumsum(left) - left) }", "causal")
	plantedModels["top"] = attendingBody("align : LocationAlign(K, 40)", "3 * align(q, j)", "norm = softmax_top(3);  weight = w * gate", "causal")
	plantedModels["contextual"] = attendingBody("", "scaled_dot(q, k)", "norm = contextual(at[i])", "causal")
	plantedModels["placed"] = attendingBody("", "scaled_dot(q, k)", "norm = { s * (0.1 * j - i) };  weight = w + near[j]", "strided(3)")
	plantedInPlans = append(plantedInPlans, plantedInAttention...)
}

// plantedInAttention are mistakes of the lines beyond products of queries and keys, and of normalizers.
var plantedInAttention = []plantedInPlan{
	{"pairs", "another function of the hidden layer", "deep", func(p *plan.Plan) { scored(p, "tanh").Fn = "abs" }},
	{"pairs", "one unit of the hidden layer too few", "deep", func(p *plan.Plan) {
		for i := range these[*plan.Attention](p)[0].Score {
			for _, list := range [][]plan.Dim{these[*plan.Attention](p)[0].Score[i].Axes, these[*plan.Attention](p)[0].Score[i].Sum} {
				for k := range list {
					if list[k].Label == "W" {
						list[k].Size = ir.Const(5)
					}
				}
			}
		}
	}},
	{"pairs", "the stored matrix one element farther", "deep", func(p *plan.Plan) { v := inner(p, "W", "M.2"); v.View.Base = more(v.View.Base) }},
	{"pairs", "the same row of the stored matrix", "deep", func(p *plan.Plan) { still(&inner(p, "W", "M.2").View, "M.2") }},
	{"pairs", "a bias that is the same for all units", "deep", func(p *plan.Plan) { still(&inner(p, "M.2", "").View, "M.2") }},
	{"pairs", "all lanes read the first query's part", "deep", func(p *plan.Plan) { still(&inner(p, "W", "T").View, "T") }},
	{"pairs", "keys one row farther", "deep", func(p *plan.Plan) { v := &inner(p, "W", "T'").View; v.Base = v.Base.Add(v.Stride("T'")) }},
	{"pairs", "the largest for the sum", "distance", func(p *plan.Plan) { scored(p, "sum").Fn = "max_of" }},
	{"pairs", "squares for the terms of a sum", "distance", func(p *plan.Plan) {
		o := scored(p, "sum")
		o.Fn, o.Args = "product", append(o.Args, o.Args...)
	}},
	{"pairs", "vectors of distances one off", "distance", func(p *plan.Plan) {
		o := scored(p, "lookup")
		o.Expr = &plan.Expr{Fn: "max", Args: []*plan.Expr{plus(o.Expr, -1), {Fn: "const"}}}
	}},
	{"pairs", "one element for all of a vector of a distance", "distance", func(p *plan.Plan) { still(&scored(p, "lookup").View, "K") }},
	{"pairs", "every query looks up the first one's places", "top", func(p *plan.Plan) { still(&scored(p, "lookup").View, "T") }},
	{"pairs", "places that end too early", "top", func(p *plan.Plan) { scored(p, "lookup").Size = ir.Const(7) }},

	{"weights", "softmax in their place", "deep", func(p *plan.Plan) { these[*plan.Attention](p)[0].Norm = nil }},
	{"weights", "no sink", "deep", func(p *plan.Plan) { *normed(p, "view", 0) = plan.NormOp{Fn: "imm", Imm: -30} }},
	{"weights", "the first head's sink for all", "deep", func(p *plan.Plan) { still(&normed(p, "view", 0).View, "H") }},
	{"weights", "the largest for the sum", "deep", func(p *plan.Plan) { normed(p, "sum", 0).Fn = "max_of" }},
	{"weights", "a quotient the other way round", "deep", func(p *plan.Plan) { slices.Reverse(normed(p, "div", 0).Args) }},
	{"weights", "a division left out", "deep", func(p *plan.Plan) {
		a := these[*plan.Attention](p)[0]
		a.Norm = a.Norm[:len(a.Norm)-1]
	}},
	{"weights", "two of the largest for three", "top", func(p *plan.Plan) {
		for i := range these[*plan.Attention](p)[0].Norm {
			if o := &these[*plan.Attention](p)[0].Norm[i]; o.Fn == "imm" && o.Imm == 3 {
				o.Imm = 2
			}
		}
	}},
	{"weights", "the least for the largest", "top", func(p *plan.Plan) { normed(p, "gt", 0).Fn = "lt" }},
	{"weights", "each key compared with itself", "top", func(p *plan.Plan) { o := normed(p, "gt", 0); o.Args[0] = o.Args[1] }},
	{"weights", "the first head's gate for all", "top", func(p *plan.Plan) { still(&normed(p, "view", 0).View, "H") }},
	{"weights", "the largest so far for the sum so far", "stick", func(p *plan.Plan) { normed(p, "cumsum", 0).Fn = "cummax" }},
	{"weights", "every query looks up what the first one gives", "contextual", func(p *plan.Plan) { still(&normed(p, "lookup", 0).View, "T") }},
	{"weights", "the first head's table for all", "contextual", func(p *plan.Plan) { still(&normed(p, "lookup", 0).View, "H") }},
	{"weights", "a table that ends too early", "contextual", func(p *plan.Plan) { normed(p, "lookup", 1).Size = ir.Const(3) }},
	{"weights", "the place below for the place above", "contextual", func(p *plan.Plan) { normed(p, "lookup", 1).Args = normed(p, "lookup", 0).Args }},
	{"weights", "elements of a table too far apart", "contextual", func(p *plan.Plan) { o := normed(p, "lookup", 0); o.Unit = ir.Const(0) }},
	{"weights", "keys counted among those that are seen", "placed", func(p *plan.Plan) { normed(p, "key", 0).Fn = "rank" }},
	{"weights", "numbers of queries one off", "placed", func(p *plan.Plan) { o := normed(p, "position", 0); o.Expr = plus(o.Expr, 1) }},
	{"weights", "a weight for the key that stands there for all keys", "placed", func(p *plan.Plan) { normed(p, "lookup", 0).Unit = ir.Const(0) }},
	{"weights", "keys numbered from the wrong end", "distance", func(p *plan.Plan) { *normed(p, "rank", 0) = plan.NormOp{Fn: "score", Along: plan.PerKey} }},
	{"weights", "a number of keys that stands still", "distance", func(p *plan.Plan) { *normed(p, "count", 0) = plan.NormOp{Fn: "imm", Imm: 21} }},
}
