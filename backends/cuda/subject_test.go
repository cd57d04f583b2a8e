package cuda

import (
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

// subject is a kernel under test: the files that make it, requests with answers computed in float64, and the mistakes
// that the requests must bring to light. testdata/NAME_entries.cuh and NAME_run.h are its entries and its host; host is a
// file of testdata that several share.
type subject struct {
	name    string
	kernels []string
	host    string
	trials  func() []trial
	plants  []plant
}

type trial struct {
	name    string
	numbers []int
	arrays  []any // []float32, []uint16
	check   func(out []byte) error
}

// plant is a textual mistake: old, which stands exactly once in the subject, becomes new.
type plant struct{ name, old, new string }

// mistake is a subject's text with something wrong in it.
type mistake struct{ name, text string }

// orders are the lines that make threads and copies wait for each other.
var orders = regexp.MustCompile(`(?m)^ *(if \(.*?\) )?(block_sync|part_sync|warp_sync|cp_async|mbar|map_acquire|bulk_copy|wgmma_[fcw])` +
	`\w*(<[^>]*>)?\(.*?\);`)

// mistakes are the plants, and the text without each line that orders anything: none may be missed by a test, or it is not
// needed.
func (s subject) mistakes(text string) ([]mistake, error) {
	var all []mistake
	for _, p := range s.plants {
		if n := strings.Count(text, p.old); n != 1 {
			return nil, fmt.Errorf("mistake %q: its text stands %d times in the kernel", p.name, n)
		}
		all = append(all, mistake{p.name, strings.Replace(text, p.old, p.new, 1)})
	}
	for i, at := range orders.FindAllStringIndex(text, -1) {
		name := fmt.Sprintf("without order %d, %s", i+1, strings.TrimSpace(text[at[0]:at[1]]))
		all = append(all, mistake{name, text[:at[0]] + ";" + text[at[1]:]})
	}
	return all, nil
}

var subjects = []subject{wrappers, product, hopperProduct, exactProduct, widened, stream, route, attend, attendFew, attendRows}

// fails is the first thing wrong with a variant on the shim. Orders that find less come later.
func (p program) fails(variant int, trials []trial) error {
	for _, order := range []string{"rising", "falling", "mixed"} {
		if err := p.tries(variant, trials, order); err != nil {
			return err
		}
	}
	return nil
}

func (p program) tries(variant int, trials []trial, order string) error {
	for _, tr := range trials {
		out, err := p.run(variant, order, tr)
		if err == nil {
			err = tr.check(out)
		}
		if err != nil {
			return fmt.Errorf("%s, %s order: %w", tr.name, order, err)
		}
	}
	return nil
}

// TestKernels: what each kernel computes on the shim is what float64 computes, within the rounding that it must do, in
// whichever order threads run.
func TestKernels(t *testing.T) {
	for _, s := range subjects {
		t.Run(s.name, func(t *testing.T) {
			if err := build(t, s).fails(0, s.trials()); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestPlantedMistakes: every planted mistake is caught by a trial that the kernel as it stands passes.
func TestPlantedMistakes(t *testing.T) {
	for _, s := range subjects {
		t.Run(s.name, func(t *testing.T) {
			p, trials := build(t, s), s.trials()
			for v, m := range p.mistakes {
				if err := p.fails(v+1, trials); err != nil {
					t.Logf("%s: %v", m.name, err)
				} else {
					t.Errorf("%s: nothing shows it", m.name)
				}
			}
		})
	}
}

// random gives n values of the normal distribution, always the same for the same seed.
func random(seed uint64, n int) []float32 {
	r := rand.New(rand.NewPCG(seed, 7))
	values := make([]float32, n)
	for i := range values {
		values[i] = float32(r.NormFloat64())
	}
	return values
}

// narrow rounds to bf16, to nearest, ties to even.
func narrow(values []float32) []uint16 {
	out := make([]uint16, len(values))
	for i, v := range values {
		b := math.Float32bits(v)
		out[i] = uint16((b + 0x7fff + b>>16&1) >> 16)
	}
	return out
}

func wide(b uint16) float64 { return float64(math.Float32frombits(uint32(b) << 16)) }

// padded spreads rows of cols values over rows of stride; what lies between is not a number, and nobody may use it.
func padded[T uint16 | float32](values []T, cols, stride int, between T) []T {
	out := make([]T, len(values)/cols*stride)
	for i := range out {
		out[i] = between
	}
	for i := 0; i < len(values)/cols; i++ {
		copy(out[i*stride:], values[i*cols:(i+1)*cols])
	}
	return out
}

// near tells where got is further from want than the bound; a value that is not a number is further than any.
func near(what string, i int, got, want, bound float64) error {
	if math.Abs(got-want) <= bound {
		return nil
	}
	return fmt.Errorf("%s[%d] is %.9g, want %.9g within %.2g", what, i, got, want, bound)
}
