package passes

import (
	"archc/passes/order"
	"archc/passes/simplify"
)

// Pipeline is the list of passes in the order in which they run. It is the only one.
func Pipeline() []Pass {
	return []Pass{
		{
			Name: "dce",
			Doc:  "removes nodes whose results nobody uses; inputs and stored tensors stay",
			Why:  "first, so that no later pass looks at what nobody computes",
			Run:  simplify.Dead,
		},
		{
			Name:  "simplify",
			Doc:   "folds numbers, computes equal work once, and applies the rules of a table until none fits",
			After: []string{"dce"},
			Why:   "before order, which reads masks, normalizers and products in their plain form",
			Run:   simplify.Run,
		},
		{
			Name:  "order",
			Doc:   "sums products in the cheapest order, also through attention: what one side decides leaves the pairs",
			After: []string{"dce", "simplify"},
			Why: "behind simplify, so that one value stands for equal ones; it relies on dce, because a value that " +
				"something dead uses is not taken apart",
			Run: order.Run,
		},
	}
}
