package main

import (
	"fmt"
	"io"
	"math/big"

	"archc/passes/cost"
	"archc/passes/figures"
)

// positions compares encodings of positions by what a layer has with them over what it has without.
func positions(w io.Writer) error {
	const tokens = 1024
	at := func(model string) (*figures.Values, error) {
		f, err := figuresOf("positions", model, nil)
		if err != nil {
			return nil, err
		}
		return f.At(figures.Point{Batch: 1, Dims: map[string]int64{"T": tokens}, Context: tokens, DType: dtype("fp32")})
	}
	plain, err := at("Plain")
	if err != nil {
		return err
	}
	row(w, "encoding", "parameters", "bytes in fp32", "contractions", "elementwise", "numbers kept a token")
	row(w, "none", number(plain.Total), number(plain.Weights), number(plain.Forward), number(plain.Elementwise),
		number(plain.CachePerToken))
	for _, model := range []string{"Sinusoidal", "Learned", "Relative", "Buckets", "Rotary", "ALiBi"} {
		v, err := at(model)
		if err != nil {
			return err
		}
		more := func(a, b *big.Int) string { return "+" + number(new(big.Int).Sub(a, b)) }
		row(w, model, more(v.Total, plain.Total), more(v.Weights, plain.Weights), more(v.Forward, plain.Forward),
			more(v.Elementwise, plain.Elementwise), more(v.CachePerToken, plain.CachePerToken))
	}
	return nil
}

// sparse counts the pairs of query and key that patterns admit, as N grows fourfold: by 16 where they are O(N^2), by 8
// where they are O(N sqrt N), by 4 where they are O(N). A stride of the root of N changes with N.
func sparse(w io.Writer) error {
	lengths, roots := []int64{1024, 4096, 16384, 65536}, []string{"32", "64", "128", "256"}
	head := []any{"pattern"}
	for _, n := range lengths {
		head = append(head, "N = "+number(big.NewInt(n)))
	}
	row(w, append(head, "last growth", "of all pairs")...)
	for _, r := range []struct {
		model, what string
		rooted      bool
	}{
		{"Full", "all", false}, {"Causal", "causal", false},
		{"Strided", "strided, n = 64", false}, {"Strided", "strided, n = sqrt N", true},
		{"Fixed", "fixed, n = 64, c = 8", false}, {"Fixed", "fixed, n = sqrt N, c = 8", true},
		{"Longformer", "256 each side, 1 global", false}, {"Window", "window of 512", false},
		{"Sinks", "window of 512, 4 sinks", false},
	} {
		cells, pairs := []any{r.what}, []float64{}
		for i, n := range lengths {
			set := map[string]string{}
			if r.rooted {
				set["n"] = roots[i]
			}
			p, err := pairsOf(r.model, set, n)
			if err != nil {
				return err
			}
			cells, pairs = append(cells, number(p)), append(pairs, float(p))
		}
		last := len(pairs) - 1
		row(w, append(cells, fmt.Sprintf("x %.2f", pairs[last]/pairs[last-1]),
			fmt.Sprintf("%.2f%%", 100*pairs[last]/float64(lengths[last])/float64(lengths[last])))...)
	}
	return nil
}

// pairsOf is the pairs of a model of sparse.arch at a length.
func pairsOf(model string, set map[string]string, tokens int64) (*big.Int, error) {
	m, err := lowered("sparse", model, set)
	if err != nil {
		return nil, err
	}
	r, err := cost.Of(m, cost.Options{})
	if err != nil {
		return nil, err
	}
	n, err := r.At(map[string]int64{r.Batch: 1, "T": tokens})
	if err != nil {
		return nil, err
	}
	if n.Pairs[0] == nil {
		return nil, fmt.Errorf("%s at %d tokens: %v", model, tokens, n.Unknown)
	}
	return n.Pairs[0], nil
}
