package arbitrary

import "slices"

// parts are constructs that are there or not, with how often of 100 they are, where they may be.
var parts = []option{
	{"second sequence", 25}, {"valid", 25}, {"setting", 20}, {"require", 30}, {"tied head", 40}, {"head bias", 30},
	{"factored embedding", 15}, {"scaled embedding", 20}, {"final norm", 60}, {"final cap", 15},
	{"layer index", 40}, {"norm as argument", 30}, {"layer constant", 20},
	{"projection bias", 25}, {"fused projections", 25}, {"keys are values", 15}, {"short convolution", 15},
	{"query and key norm", 20}, {"cap on scores", 20}, {"talking heads before", 15}, {"talking heads", 15},
	{"output gate", 20}, {"no output projection", 35}, {"value width", 25}, {"operands in place", 40},
	{"low-rank queries", 50}, {"mask as pattern", 30},
	{"ordered cross-attention", 30}, {"learned start", 30}, {"start from source", 60}, {"groups in convolution", 40},
	{"expert bias", 50}, {"shared expert", 40}, {"normalized experts", 50}, {"bias in feed-forward", 30},
	{"activation as argument", 40}, {"layers twice", 10}, {"slices of a stack", 25}, {"stop", 10},
}

// Constructs lists every construct that can occur, group by group, the plainest of a group first.
func Constructs() []string {
	return slices.Concat(
		names("embedding position", positions), names("stack", stacks), names("norm", norms),
		names("residual", residuals), names("mixer", mixers), names("heads", heads), names("turn", turns),
		names("distance", distances), names("score", scores), names("normalizer", normalizers), names("mask", masks),
		names("convolution", convolutions), names("feed-forward", feedForwards), names("router", routers),
		names("encoder", encoders), names("part", parts), names("future", futures), names("place", places))
}

func names[R row](group string, from []R) []string {
	var out []string
	for _, r := range from {
		if r.row().name != "" {
			out = append(out, group+" "+r.row().name)
		}
	}
	return out
}
