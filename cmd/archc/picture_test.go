package main

import (
	"math"
	"path/filepath"
	"testing"

	"archc/backends/checkpoint"
)

// TestReadsDigit gives a trained network a drawn digit as a user would. The scores are PyTorch's in float64 on the same
// picture, laid on 28 x 28 places by shares of pixels; the grey here has 16 bits, so the last digits differ.
func TestReadsDigit(t *testing.T) {
	weights, picture := testData(t, "mnist", "model.safetensors"), testData(t, "mnist", "seven.png")
	for _, backend := range []string{onGo, onReference} {
		out := filepath.Join(t.TempDir(), "out.safetensors")
		succeed(t, "run", "../../examples/mnist.arch", "-m", weights, "--input", "picture="+picture, "--output", out, "--backend", backend)
		c, err := checkpoint.Open(out)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		digit, err := c.Float64s("digit", nil)
		if err != nil || len(digit) != 1 || digit[0] != 7 {
			t.Errorf("the digit is read by %s as %v, %v", backend, digit, err)
		}
		scores, err := c.Float64s("scores", nil)
		want := []float64{-8.0183698, 7.4507776, 3.6989494, -0.99119347, 2.5607188, -4.8113879, -2.9001288, 8.2601807,
			-2.7982369, -2.8666027}
		if err != nil || len(scores) != len(want) {
			t.Fatal(scores, err)
		}
		for i := range want {
			if math.Abs(scores[i]-want[i]) > 1e-3 {
				t.Errorf("score of %d is %v, want %v", i, scores[i], want[i])
			}
		}
	}
}
