package main

import (
	"fmt"
	"io"
)

// mixtures is how often the training reads each part of its data. GPT-3: Brown et al. 2020 (arXiv:2005.14165), table 2.2,
// 300 billion tokens; LLaMA: Touvron et al. 2023 (arXiv:2302.13971), table 1, 1.4 trillion, where sizes are in bytes, so
// that the epochs give the tokens, and these the bytes a token.
func mixtures(w io.Writer) error {
	row(w, "GPT-3", "10^9 tokens", "weight", "epochs, ours", "paper")
	for _, r := range []struct {
		name                  string
		tokens, weight, paper float64
	}{
		{"Common Crawl", 410, 60, 0.44}, {"WebText2", 19, 22, 2.9}, {"Books1", 12, 8, 1.9}, {"Books2", 55, 8, 0.43},
		{"Wikipedia", 3, 3, 3.4},
	} {
		row(w, r.name, r.tokens, fmt.Sprintf("%g%%", r.weight), fmt.Sprintf("%.2f", 300*r.weight/100/r.tokens), r.paper)
	}
	row(w)
	row(w, "LLaMA", "10^9 bytes", "weight", "epochs, paper", "10^9 tokens, ours", "bytes a token")
	for _, r := range []struct {
		name                  string
		bytes, weight, epochs float64
	}{
		{"CommonCrawl", 3300, 67, 1.10}, {"C4", 783, 15, 1.06}, {"Github", 328, 4.5, 0.64}, {"Wikipedia", 83, 4.5, 2.45},
		{"Books", 85, 4.5, 2.23}, {"ArXiv", 92, 2.5, 1.06}, {"StackExchange", 78, 2, 1.03},
	} {
		tokens := 1400 * r.weight / 100 / r.epochs
		row(w, r.name, r.bytes, fmt.Sprintf("%g%%", r.weight), r.epochs, fmt.Sprintf("%.1f", tokens),
			fmt.Sprintf("%.2f", r.bytes/tokens))
	}
	return nil
}
