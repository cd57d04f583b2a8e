package main

import (
	"fmt"
	"io"
	"math/big"

	"archc/passes/figures"
)

func float(n *big.Int) float64 {
	f, _ := new(big.Float).SetInt(n).Float64()
	return f
}

// training is table 2 of Vaswani et al. 2017 (arXiv:1706.03762): devices, times the seconds, times the rate that its
// footnote 5 assumes for a P100; beside it the contractions of as many steps (section 5.2) of about 25,000 tokens on each
// side (section 5.1), here 1,000 pairs of sentences of 25 words each.
func training(w io.Writer) error {
	const devices, rate, pairs, words = 8, 9.5e12, 1000, 25
	row(w, "model", "hours", "devices x time x rate", "lecture", "steps", "our count", "of it")
	for _, r := range []struct {
		file, lecture string
		hours         float64
		steps         int64
	}{{"transformer-base", "3.3e18", 12, 100_000}, {"transformer-big", "2.3e19", 3.5 * 24, 300_000}} {
		f, err := figuresOf(r.file, "", nil)
		if err != nil {
			return err
		}
		v, err := f.At(figures.Point{Batch: pairs, Dims: map[string]int64{"S": words, "T": words}, DType: dtype("fp32")})
		if err != nil {
			return err
		}
		spent := devices * r.hours * 3600 * rate
		counted := float(new(big.Int).Mul(v.Train, big.NewInt(r.steps)))
		row(w, r.file, r.hours, fmt.Sprintf("%.3e", spent), r.lecture, r.steps, fmt.Sprintf("%.3e", counted),
			fmt.Sprintf("%.0f%%", 100*counted/spent))
	}
	return nil
}

// savings is what DeepSeek-V2 costs against DeepSeek 67B (arXiv:2405.04434, abstract and section 3.2.3).
func savings(w io.Writer) error {
	const tokens = 4096
	type costs struct{ train, cache float64 }
	of := func(file string, set map[string]string) (costs, error) {
		f, err := figuresOf(file, "", set)
		if err != nil {
			return costs{}, err
		}
		v, err := f.At(figures.Point{Batch: 1, Dims: map[string]int64{"T": tokens}, Context: tokens, DType: dtype("bf16")})
		if err != nil {
			return costs{}, err
		}
		return costs{float(v.Train) / tokens, float(v.CachePerToken)}, nil
	}
	old, err := of("llama", map[string]string{"D": "8192", "L": "95", "H": "64", "F": "22016", "V": "102400"})
	if err != nil {
		return err
	}
	v2, err := of("deepseek-v2", nil)
	if err != nil {
		return err
	}
	less := func(a, b float64) string { return fmt.Sprintf("%.1f%% less", 100*(1-b/a)) }
	row(w, "", "DeepSeek 67B", "DeepSeek-V2", "ours", "lecture")
	row(w, "training, GFLOP a token at 4,096", fmt.Sprintf("%.1f", old.train/1e9), fmt.Sprintf("%.1f", v2.train/1e9),
		less(old.train, v2.train), "-")
	row(w, "GPU hours for 10^12 tokens, the paper's", "300.6K", "172.8K", less(300.6, 172.8), "42.5% less")
	row(w, "cache, numbers a token", fmt.Sprintf("%.0f", old.cache), fmt.Sprintf("%.0f", v2.cache), less(old.cache, v2.cache), "-")
	row(w, "cache in bits, 16 each and 6 each", fmt.Sprintf("%.0f", 16*old.cache), fmt.Sprintf("%.0f", 6*v2.cache), less(16*old.cache, 6*v2.cache), "93.3% less")
	return nil
}

// experts is total and active parameters as the papers round them.
func experts(w io.Writer) error {
	row(w, "model", "total", "active", "without the input embedding", "lecture")
	for _, r := range []struct{ file, lecture string }{
		{"mixtral-8x7b", "47B / 13B"}, {"deepseek-v2", "236B / 21B"}, {"deepseek-v3", "671B / 37B"},
	} {
		f, err := figuresOf(r.file, "", nil)
		if err != nil {
			return err
		}
		p := f.Forward.Parameters
		row(w, r.file, number(p.Total), number(p.Active), number(p.ActiveWithoutInputEmbedding), r.lecture)
	}
	return nil
}
