package arrays

import (
	"fmt"
	"hash/fnv"
	"math"
)

// The distributions of random draws.
const (
	Normal  = "normal"
	Uniform = "uniform"
)

// Draw fills a random input: each number is a function of the seed, the input's name and where it stands, so that a run
// can be repeated anywhere. The uniform number is the upper 24 bits of the output with that number of SplitMix64 (Steele,
// Lea, Flood 2014), whose state begins at FNV-1a of "seed/name", over 2^24; the normal one is the quantile of the middle
// of its interval.
func Draw(dst []float64, seed uint64, name, distribution string) {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d/%s", seed, name)
	state := h.Sum64()
	for i := range dst {
		state += 0x9e3779b97f4a7c15
		z := (state ^ state>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		dst[i] = float64((z^z>>31)>>40) / (1 << 24)
		if distribution == Normal {
			dst[i] = math.Sqrt2 * math.Erfinv(2*dst[i]+1.0/(1<<24)-1)
		}
	}
}
