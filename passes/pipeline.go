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
			Name:  "order",
			Doc:   "sums products in the cheapest order, also through attention: what one side decides leaves the pairs",
			After: []string{"dce"},
			Why:   "behind dce, because a value that something dead uses could not be taken apart",
			Run:   order.Run,
		},
	}
}
