package passes

// Pipeline is the list of passes in the order in which they run. It is the only one.
func Pipeline() []Pass {
	return []Pass{
		{
			Name: "dce",
			Doc:  "removes nodes whose results nobody uses; inputs and stored tensors stay",
			Why:  "first, so that no later pass looks at what nobody computes",
			Run:  eliminateDead,
		},
	}
}
