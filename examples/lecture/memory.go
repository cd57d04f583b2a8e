package main

import (
	"fmt"
	"io"
	"math/big"

	"archc/passes/figures"
)

// gb writes bytes in 10^9.
func gb(bytes *big.Int) string {
	f, _ := new(big.Float).SetInt(bytes).Float64()
	return fmt.Sprintf("%.3f GB", f/1e9)
}

// memory is the lecture's table of weights. It gives no figure for the first two rows that is known here.
func memory(w io.Writer) error {
	row(w, "model", "parameters", "dtype", "ours", "lecture")
	for _, r := range []struct{ file, dtype, lecture string }{
		{"alexnet", "fp32", "-"}, {"resnet50", "fp32", "-"},
		{"gpt3", "bf16", "350 GB"}, {"gpt3", "int8", "175 GB"},
		{"llama3-70b", "bf16", "140 GB"}, {"llama3-70b", "int8", "70 GB"},
		{"deepseek-v3", "bf16", "1.4 TB"}, {"deepseek-v3", "fp8", "700 GB"},
		{"deepseek-v3", "int8", "350 GB"}, {"deepseek-v3", "int4", "180 GB"},
	} {
		f, err := figuresOf(r.file, "", nil)
		if err != nil {
			return err
		}
		p := f.Forward.Parameters
		row(w, r.file, number(p.Total), r.dtype, gb(figures.Weights(p, dtype(r.dtype))), r.lecture)
	}
	return nil
}

// deepseek is the lecture's three summands for DeepSeek-V3, and what 128K tokens of the caches take.
func deepseek(w io.Writer) error {
	f, err := figuresOf("deepseek-v3", "", nil)
	if err != nil {
		return err
	}
	row(w, "dtype", "weights", "lecture", "a fifth of them", "lecture", "sequences of 128K tokens in the third", "lecture")
	for _, r := range []struct {
		dtype, weights, fifth, third string
		low, high                    int64 // of the third, 10^9 bytes
	}{
		{"bf16", "1.4 TB", "280 GB", "400-600 GB", 400, 600}, {"fp8", "700 GB", "140 GB", "200-300 GB", 200, 300},
		{"int8", "350 GB", "70 GB", "200-300 GB", 200, 300}, {"int4", "180 GB", "36 GB", "200-300 GB", 200, 300},
	} {
		weights := figures.Weights(f.Forward.Parameters, dtype(r.dtype))
		v, err := f.At(figures.Point{Batch: 1, Context: 131072, DType: dtype("bf16"), Dims: map[string]int64{"T": 1}})
		if err != nil {
			return err
		}
		fit := func(gigabytes int64) *big.Int {
			n := big.NewInt(gigabytes * 1e9)
			return n.Div(n, v.CacheBytesAtContext)
		}
		row(w, r.dtype, gb(weights), r.weights, gb(new(big.Int).Div(weights, big.NewInt(5))), r.fifth,
			fmt.Sprintf("%s to %s of %s each", fit(r.low), fit(r.high), gb(v.CacheBytesAtContext)), r.third)
	}
	return nil
}
