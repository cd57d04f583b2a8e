package spec_test

import (
	"math/big"
	"strings"
	"testing"

	"archc/dsl/lower"
	"archc/passes/cost"
	"archc/passes/figures"
)

// figure is a published figure and how we come to it: a preset of --as on an example, in units of the source.
type figure struct {
	name, file string
	set        map[string]string
	dims       map[string]int64
	batch      int64
	as         string
	train      bool
	perToken   int64  // the figure is for each of so many tokens
	want       string // exact, or as many digits as are published
	unit       float64
	source     string
}

var published27B = map[string]string{"G": "32", "F": "11008", "V": "32000"}

// image is the size of the pictures that common counters take.
var image = map[string]int64{"X": 224, "Y": 224}

// flopFigures are the published figures of compute that follow from a model.
var flopFigures = []figure{
	{name: "forward", file: "gpt2", dims: map[string]int64{"T": 1024}, as: "nanogpt", want: "291648307200",
		source: "karpathy/nanoGPT@3adf61e, transformer_sizing.ipynb"},
	{name: "forward and back", file: "gpt2", dims: map[string]int64{"T": 1024}, as: "nanogpt", train: true, want: "874944921600",
		source: "karpathy/nanoGPT@3adf61e, transformer_sizing.ipynb"},
	{name: "a training step", file: "llama", set: published27B, dims: map[string]int64{"T": 8192}, batch: 4, as: "maxtext",
		train: true, want: "1510.11", unit: 1e12, source: "AI-Hypercomputer/maxtext PR#1988: 1299.00 + 211.11"},
	{name: "training", file: "deepseek-v2", dims: map[string]int64{"T": 4096}, as: "deepseek", train: true, perToken: 4096,
		want: "155.31", unit: 1e9, source: "arXiv:2505.09343, table 2: 155"},
	{name: "training", file: "deepseek-v3", dims: map[string]int64{"T": 4096}, as: "deepseek", train: true, perToken: 4096,
		want: "250.46", unit: 1e9, source: "arXiv:2505.09343, table 2: 250"},
	{name: "training on 300e9 tokens", file: "gpt3", dims: map[string]int64{"T": 2000}, batch: 150_000_000, as: "gpt3", train: true,
		want: "3.143", unit: 1e23, source: "arXiv:2005.14165, appendix D: 3.14e23"},
	{name: "multiply-adds", file: "alexnet", as: "thop", want: "714188480", source: "torchvision; FLOPs in TensorCAD's README"},
	{name: "FLOPs", file: "alexnet", as: "torch", want: "1428376960", source: "TensorCAD README, torch FlopCounterMode"},
	{name: "multiply-adds", file: "resnet50", dims: image, as: "fvcore", want: "4089184256", source: "torchvision, common counters"},
	{name: "multiply-adds", file: "vgg16", as: "fvcore", want: "15470264320", source: "torchvision, common counters"},
	{name: "forward, a token at T=128", file: "gpt2", dims: map[string]int64{"T": 128}, as: "torch", perToken: 128, want: "251.78",
		unit: 1e6, source: "TensorCAD README, torch FlopCounterMode"},
}

func TestPublishedFLOPs(t *testing.T) {
	for _, c := range flopFigures {
		m := example(t, c.file, c.set)
		x, err := figures.PresetOf(c.as)
		if err != nil {
			t.Fatal(err)
		}
		got, train, err := x.Count(m, "T", figures.Point{Batch: max(1, c.batch), Dims: c.dims, Recompute: cost.Nothing})
		if err != nil {
			t.Errorf("%s %s: %v", c.file, c.name, err)
			continue
		}
		if c.train {
			got = train
		}
		if text := inUnits(got, max(1, c.perToken), c.unit, c.want); text != c.want {
			t.Errorf("%s %s as %s: %s, published are %s (%s)", c.file, c.name, c.as, text, c.want, c.source)
		}
	}
}

// TestTrainingByTime: what training cost by devices, time and rate (Vaswani et al. 2017, table 2 and footnote 5: 9.5
// TFLOP/s sustained by a P100), and beside it the contractions of as many steps of 25,000 tokens on each side as the paper
// takes. Training does no more work than the devices can.
func TestTrainingByTime(t *testing.T) {
	for _, c := range []struct {
		file         string
		hours, steps int64
		printed      string // in units of the next
		unit         float64
		percent      int64 // of it that our count is
	}{
		{"transformer-base", 12, 100_000, "3.3", 1e18, 28},
		{"transformer-big", 84, 300_000, "2.3", 1e19, 42},
	} {
		const devices, rate = 8, 9_500_000_000_000
		spent := new(big.Int).Mul(big.NewInt(devices*c.hours*3600), big.NewInt(rate))
		if got := inUnits(spent, 1, c.unit, c.printed); got != c.printed {
			t.Errorf("%s: %s, printed %s, in units of %g", c.file, got, c.printed, c.unit)
		}
		n, err := report(t, example(t, c.file, nil), cost.Exact).At(map[string]int64{"B": 1000, "S": 25, "T": 25})
		if err != nil {
			t.Fatal(err)
		}
		ours := new(big.Int).Mul(figures.Train(n, cost.Nothing), big.NewInt(100*c.steps))
		if percent := ours.Div(ours, spent).Int64(); percent != c.percent {
			t.Errorf("%s: our count of its steps is %d%% of what the devices can, not %d%%", c.file, percent, c.percent)
		}
	}
}

// TestFurtherTokens: the module of DeepSeek-V3 that predicts one token more, without the table and the head that it
// shares (README_WEIGHTS.md at 9b4e978: 11.5B unique, and 14B stored with both).
func TestFurtherTokens(t *testing.T) {
	of := func(opt lower.Options) *cost.Report { return report(t, lowered(t, "deepseek-v3", opt), cost.Exact) }
	main := of(lower.Options{})
	both := of(lower.Options{Method: "predict", Settings: map[string]string{"mtp": "true"}})
	more := new(big.Int).Sub(both.Parameters.Total, main.Parameters.Total)
	if more.String() != "11610068224" {
		t.Errorf("%s parameters more", more)
	}
	if again := more.Add(more, big.NewInt(2*129280*7168)); again.String() != "13463426304" {
		t.Errorf("%s parameters in the checkpoint's layer", again)
	}
}

// inUnits writes a count with the digits of the published one.
func inUnits(n *big.Int, per int64, unit float64, like string) string {
	if unit == 0 {
		unit = 1
	}
	whole, _ := new(big.Float).SetFloat64(unit).Int(nil)
	r := new(big.Rat).SetFrac(n, whole.Mul(whole, big.NewInt(per)))
	_, after, _ := strings.Cut(like, ".")
	return r.FloatString(len(after))
}

// TestMaxTextParts: what MaxText logs apart, of a step of Llama 2 7B on 4 x 8192 tokens.
func TestMaxTextParts(t *testing.T) {
	for _, c := range []struct {
		attention cost.Attention
		want      string
	}{{cost.Full, "422.212"}, {cost.Half, "211.106"}} {
		n, err := report(t, example(t, "llama", published27B), c.attention).At(map[string]int64{"B": 4, "T": 8192})
		if err != nil {
			t.Fatal(err)
		}
		three := func(x *big.Int) *big.Int { return new(big.Int).Mul(x, big.NewInt(3)) }
		if got := inUnits(three(n.Attending), 1, 1e12, c.want); got != c.want {
			t.Errorf("%s attention: %s TFLOP, not %s", c.attention, got, c.want)
		}
		weights := new(big.Int).Sub(n.Contraction, n.Attending)
		if got := inUnits(three(weights), 1, 1e12, "1299.004"); got != "1299.004" {
			t.Errorf("weights: %s TFLOP, not 1299.004", got)
		}
	}
}

// TestPaLMOfNanoGPT: the notebook's model has no biases, 102,144 numbers fewer than the checkpoint; 875,062,886,400 is
// its 6 N T + 12 L H Q T^2.
func TestPaLMOfNanoGPT(t *testing.T) {
	m := example(t, "gpt2", nil)
	x, err := figures.PresetOf("palm")
	if err != nil {
		t.Fatal(err)
	}
	_, got, err := x.Count(m, "T", figures.Point{Batch: 1, Dims: map[string]int64{"T": 1024}, Recompute: cost.Nothing})
	if err != nil {
		t.Fatal(err)
	}
	biases := new(big.Int)
	for _, s := range report(t, m, cost.Full).Parameters.Tensors {
		if strings.HasSuffix(s.Key, ".bias") {
			biases.Add(biases, s.All())
		}
	}
	if biases.String() != "102144" {
		t.Errorf("%s biases", biases)
	}
	got.Sub(got, biases.Mul(biases, big.NewInt(6*1024)))
	if got.String() != "875062886400" {
		t.Errorf("palm: %s, published are 875062886400", got)
	}
}

// TestPresetFormulas holds presets to the printed formulas on a GPT whose feed-forward layer is four times as wide, with
// V, h and s as the papers call them.
func TestPresetFormulas(t *testing.T) {
	const V, h, l, a, s, B = 97, 24, 3, 4, 10, 2
	m := example(t, "gpt2", map[string]string{"D": "24", "L": "3", "H": "4", "V": "97", "P": "16"})
	point := figures.Point{Batch: B, Dims: map[string]int64{"T": s}, Recompute: cost.Nothing}
	const layer = 24*s*h*h + 4*s*s*h // maps, and scores and averages with all pairs
	const head = 2 * s * h * V
	for _, c := range []struct {
		name           string
		how            cost.Recompute
		forward, train int64
	}{
		// 72 B s l h^2 (1 + s/6h + V/12lh)
		{"megatron", cost.Nothing, B * (l*layer + head), 72*B*s*l*h*h + 12*B*s*s*l*h + 6*B*s*h*V},
		// 96 B s l h^2 (1 + s/6h + V/16lh)
		{"megatron", cost.Whole, B * (l*layer + head), 96*B*s*l*h*h + 16*B*s*s*l*h + 6*B*s*h*V},
		// 2 s V d + L (6 s d kh + 2 s^2 kh + 3 h s^2 + 2 s^2 kh + 2 s kh d + 4 s d F) + 2 s d V
		{"chinchilla", cost.Nothing, B * (2*head + l*(6*s*h*h+2*s*s*h+3*a*s*s+2*s*s*h+2*s*h*h+16*s*h*h)),
			3 * B * (2*head + l*(layer+3*a*s*s))},
		// 2 N without embedding: 12 h^2 in maps, 13 h in biases and norms of each layer, and the last norm
		{"kaplan", cost.Nothing, 2 * B * s * (l*(12*h*h+13*h) + 2*h), 6 * B * s * (l*(12*h*h+13*h) + 2*h)},
	} {
		x, err := figures.PresetOf(c.name)
		if err != nil {
			t.Fatal(err)
		}
		point.Recompute = c.how
		forward, train, err := x.Count(m, "T", point)
		if err != nil {
			t.Fatal(err)
		}
		if forward.Cmp(big.NewInt(c.forward)) != 0 || train.Cmp(big.NewInt(c.train)) != 0 {
			t.Errorf("%s, recompute %s: %s and %s, not %d and %d", c.name, c.how, forward, train, c.forward, c.train)
		}
	}
	if _, err := figures.PresetOf("abacus"); err == nil {
		t.Error("no error for a preset that there is not")
	}
}
