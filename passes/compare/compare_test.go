package compare

import (
	"fmt"
	"math/big"
	"os"
	"slices"
	"strings"
	"testing"

	"archc/dsl/check"
	"archc/dsl/lower"
	"archc/ir"
	"archc/ir/diag"
	"archc/passes/cost"
	"archc/passes/figures"
)

// example counts a file of the examples with settings, name=value.
func example(t *testing.T, opt Options, file string, set ...string) *Design {
	t.Helper()
	open := func(n string) (*diag.Source, error) {
		b, err := os.ReadFile("../../examples/" + n + ".arch")
		return diag.NewSource(n+".arch", string(b)), err
	}
	src, err := open(file)
	if err != nil {
		t.Fatal(err)
	}
	return design(t, opt, src, open, set...)
}

func text(t *testing.T, source string) *Design {
	t.Helper()
	return design(t, bf16, diag.NewSource("test.arch", source), nil)
}

func design(t *testing.T, opt Options, src *diag.Source, open func(string) (*diag.Source, error), set ...string) *Design {
	t.Helper()
	prog, list := check.Load(src, open)
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	settings := map[string]string{}
	for _, s := range set {
		name, value, _ := strings.Cut(s, "=")
		settings[name] = value
	}
	m, list := lower.Lower(prog, lower.Options{Settings: settings})
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	d, err := Count(m, opt)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

var bf16 = Options{DType: figures.DTypes[1]}

var sizes = Sizes{Batch: 2, Lengths: map[string]int64{"T": 12, "S": 7}, Context: 9}

// small are designs of most kinds.
func small(t *testing.T, opt Options) map[string]*Design {
	return map[string]*Design{
		"gpt2":        example(t, opt, "gpt2", "D=12", "H=2", "L=2", "V=50", "P=16"),
		"llama":       example(t, opt, "llama", "D=16", "H=4", "G=2", "L=3", "F=20", "V=50"),
		"mixtral":     example(t, opt, "mixtral-8x7b", "D=16", "H=4", "G=2", "L=2", "F=10", "V=50", "E=4"),
		"deepseek-v2": example(t, opt, "deepseek-v2", "D=16", "L=2", "H=2", "Q=6", "C=8", "N=4", "R=2", "W=4", "F=12", "Fe=4", "V=50", "E=8", "G=2", "top_k=2", "top_groups=1"),
		"t5":          example(t, opt, "t5", "D=8", "L=2", "H=2", "K=4", "F=12", "V=50"),
		"bert":        example(t, opt, "bert", "D=12", "H=2", "L=2", "V=50", "P=16"),
		"lstm":        example(t, opt, "ptb-lstm-small", "V=50", "U=6"),
		"mistral":     example(t, opt, "mistral-7b", "D=16", "H=4", "G=2", "L=2", "F=20", "V=50", "span=5"),
	}
}

// TestFiguresAreThoseOfStats: each row is what passes/figures has at the same sizes, at each precision and convention.
func TestFiguresAreThoseOfStats(t *testing.T) {
	for _, opt := range []Options{
		bf16, {DType: figures.DTypes[0]}, {DType: figures.DTypes[5]}, {Options: cost.Options{Attention: cost.Full}, DType: figures.DTypes[3]},
	} {
		for name, d := range small(t, opt) {
			dims := map[string]int64{}
			for _, n := range d.Lengths() {
				dims[n] = sizes.Lengths[n]
			}
			v, err := d.At(figures.Point{Batch: sizes.Batch, Dims: dims, Context: sizes.Context, DType: opt.DType})
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]*big.Int{
				"parameters.total": v.Total, "parameters.active": v.Active, "parameters.buffers": v.Buffers,
				"parameters.active_without_embedding": v.ActiveWithoutEmbedding,
				"flops.forward":                       v.Forward, "flops.elementwise": v.Elementwise, "flops.prefill": v.Prefill,
				"flops.decode": v.Decode, "flops.train": v.Train,
				"cache.elements_per_token": v.CachePerToken, "cache.constant": v.CacheConstant,
				"cache.per_source_token": v.CachePerSource, "cache.at_context": v.CacheAtContext,
				"cache.bytes_at_context": v.CacheBytesAtContext, "memory.weights": v.Weights, "memory.decode_moved": v.DecodeMoved,
				"memory.activations": v.Activations, "memory.training": v.Training,
			}
			for _, f := range Figures() {
				x, ok := want[f.Key]
				if !ok && f.Key != "pairs" { // stats has them by attend
					t.Errorf("%s is compared with nothing", f.Key)
				}
				if got := f.Value(d, sizes).Number; ok && (got == nil) != (x == nil) || ok && x != nil && got.Cmp(x) != 0 {
					t.Errorf("%s, %s, %s attention: %s is %v, not %v", name, opt.DType.Name, opt.Attention, f.Key, got, x)
				}
			}
		}
	}
}

// TestPartsAddUp: the parts of every figure of every pair, by kind and by path, are the difference exactly.
func TestPartsAddUp(t *testing.T) {
	all := small(t, bf16)
	for a, x := range all {
		for b, y := range all {
			for _, f := range Figures() {
				delta := Delta(f.Value(x, sizes), f.Value(y, sizes))
				for _, paths := range []bool{false, true} {
					shares, err := f.ByPart(x, y, paths, sizes)
					if err != nil {
						t.Fatalf("%s and %s: %v", a, b, err)
					}
					if shares == nil {
						continue // one of them has no such figure
					}
					sum := new(big.Int)
					for _, s := range shares {
						sum.Add(sum, s.Delta.Number)
					}
					if delta.Number == nil || sum.Cmp(delta.Number) != 0 {
						t.Errorf("%s and %s: the parts of %s are %s, the difference is %s", a, b, f.Key, sum, delta.Number)
					}
				}
			}
		}
	}
}

// TestPartsThatAreNotTheWhole are an error of the compiler, whichever figure it is.
func TestPartsThatAreNotTheWhole(t *testing.T) {
	d := example(t, bf16, "llama", "D=16", "H=4", "G=2", "L=3", "F=20", "V=50")
	for _, f := range Figures() {
		honest := f.parts
		f.parts = func(d *Design) []Part { return append(honest(d), Part{Rest, "more", ir.Const(1)}) }
		if _, err := f.ByPart(d, d, false, sizes); err == nil {
			t.Errorf("%s: a part more goes unnoticed", f.Key)
		}
		list := honest(d)
		at := slices.IndexFunc(list, func(p Part) bool { return !p.Size.IsZero() })
		if at < 0 {
			continue
		}
		f.parts = func(*Design) []Part { return slices.Delete(slices.Clone(list), at, at+1) }
		if _, err := f.ByPart(d, d, false, sizes); err == nil {
			t.Errorf("%s: a part less goes unnoticed", f.Key)
		}
	}
}

// TestKinds: parts are told by what the nodes do, not by what they are called.
func TestKinds(t *testing.T) {
	d := text(t, `model M(D=8, H=2, V=11, E=3) {
  a : int V -> D
  b : Mix
  c : Wide
  d : RMSNorm(D)
  e : Choice
  f : D -> V
  (tokens: int[T]) -> [T, V] = f(d(e(c(b(a(tokens))))))
  block Mix {
    K = D / H
    p, q, r : D -> H K
    (x: [T, D]) = x + attend(p(x); q(x), r(x)) { score = sum[K](q*k);  mask = causal }
  }
  block Wide { up : D -> 3 D;  down : 3 D -> D;  (x: [T, D]) = down(relu(up(x))) }
  block Choice {
    gate : D -> E
    each : E * Wide
    (x: [T, D]) { r = top[E](gate(x), 1);  sum[i in r](each[i](x)) }
  }
}`)
	want := map[Kind][]string{
		Embedding: {"a.weight"}, Attention: {"b.p.weight", "b.q.weight", "b.r.weight"}, Maps: {"c.up.weight", "c.down.weight"},
		Norms: {"d.weight"}, Experts: {"e.gate.weight", "e.each.{e1}.up.weight", "e.each.{e1}.down.weight"}, Head: {"f.weight"},
	}
	for kind, keys := range want {
		for _, key := range keys {
			if got := d.kinds.key[key]; got != kind {
				t.Errorf("%s is %q, not %s: there are %v", key, got, kind, d.kinds.key)
			}
		}
	}
}

// TestStructure: added, removed, changed, and moved to another path with the same work.
func TestStructure(t *testing.T) {
	const one = `model M(D=8, V=11) { words : int V -> D;  up : D -> D;  old : RMSNorm(D);  (tokens: int[T]) = up(old(words(tokens))) }`
	const two = `model M(D=8, V=13) { words : int V -> D;  rise : D -> D;  more : D -> D;  (tokens: int[T]) = more(relu(rise(words(tokens)))) }`
	var got []string
	for _, e := range Structure(text(t, one), text(t, two)) {
		got = append(got, strings.TrimSpace(fmt.Sprint(e.Mark, " ", e.Path, " ", e.As)))
	}
	slices.Sort(got)
	want := []string{"added rise.weight", "changed words.weight", "moved up.weight more.weight", "removed old.weight"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, not %q", got, want)
	}
	if list := Structure(text(t, one), text(t, one)); len(list) > 0 {
		t.Errorf("one design differs from itself by %v", list)
	}
	var dims []string
	for _, d := range Dims(text(t, one), text(t, two)) {
		dims = append(dims, d.Name+" "+d.From+" "+d.To)
	}
	if !slices.Equal(dims, []string{"V 11 13"}) {
		t.Errorf("the dims differ by %q", dims)
	}
}

// TestSame: equal figures, and none that differs.
func TestSame(t *testing.T) {
	all := small(t, bf16)
	again := small(t, bf16)
	for a, x := range all {
		for b, y := range again {
			if Same(x, y) != (a == b) {
				t.Errorf("%s and %s: %t", a, b, Same(x, y))
			}
		}
	}
}

// TestUnknownStaysUnknown: what one side does not have has no difference, with the reason, and no parts.
func TestUnknownStaysUnknown(t *testing.T) {
	all := small(t, bf16)
	for _, f := range Figures() {
		x, y := f.Value(all["gpt2"], sizes), f.Value(all["bert"], sizes)
		if needsSteps := strings.HasPrefix(f.Key, "cache") || slices.Contains([]string{"flops.prefill", "flops.decode", "memory.decode_moved"}, f.Key); !needsSteps {
			continue
		}
		if y.Number != nil || !strings.Contains(y.Why, "token by token") || Delta(x, y).Number != nil {
			t.Errorf("%s of an encoder is %v because %q", f.Key, y.Number, y.Why)
		}
		if shares, err := f.ByPart(all["gpt2"], all["bert"], false, sizes); shares != nil || err != nil {
			t.Errorf("%s: parts %v (%v) of what is not known", f.Key, shares, err)
		}
	}
}
