package figures

import (
	"fmt"
	"math/big"
	"os"
	"testing"

	"archc/dsl/check"
	"archc/dsl/lower"
	"archc/ir"
	"archc/ir/diag"
	"archc/passes/cost"
)

func example(t testing.TB, file string, set map[string]string) *ir.Module {
	t.Helper()
	open := func(n string) (*diag.Source, error) {
		b, err := os.ReadFile("../../examples/" + n + ".arch")
		return diag.NewSource(n+".arch", string(b)), err
	}
	src, err := open(file)
	if err != nil {
		t.Fatal(err)
	}
	prog, list := check.Load(src, open)
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	return lowered(t, prog, set)
}

// compile lowers a text.
func compile(t testing.TB, text string) *ir.Module {
	t.Helper()
	prog, list := check.Load(diag.NewSource("test.arch", text), nil)
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	return lowered(t, prog, nil)
}

func lowered(t testing.TB, prog *check.Program, set map[string]string) *ir.Module {
	t.Helper()
	m, list := lower.Lower(prog, lower.Options{Settings: set})
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	return m
}

// point is one sequence in bf16.
func point(dims map[string]int64, context int64) Point {
	return Point{Batch: 1, Dims: dims, Context: context, DType: DTypes[1]}
}

func want(t *testing.T, what string, got *big.Int, want string) {
	t.Helper()
	if got == nil || got.String() != want {
		t.Errorf("%s: %v, not %s", what, got, want)
	}
}

// TestGPT2 has every figure by hand: each token passes maps of 123,532,032 weights, head included, and 12 layers of 12
// heads of 64 numbers cost 2 * 12 * 12 * (64 + 64) for each pair.
func TestGPT2(t *testing.T) {
	f, err := Of(example(t, "gpt2", nil), Options{})
	if err != nil {
		t.Fatal(err)
	}
	v, err := f.At(point(map[string]int64{"T": 1024}, 4096))
	if err != nil {
		t.Fatal(err)
	}
	const perToken, perPair = 2 * 123_532_032, 36_864
	const forward = perToken*1024 + perPair*1024*1025/2
	want(t, "forward", v.Forward, fmt.Sprint(forward))
	want(t, "prefill", v.Prefill, fmt.Sprint(forward))
	want(t, "decode behind 4096 tokens", v.Decode, fmt.Sprint(perToken+perPair*4097))
	want(t, "train", v.Train, fmt.Sprint(3*forward))
	want(t, "cache", v.CachePerToken, "18432")
	want(t, "cache in bytes", v.CacheBytesPerToken, "36864")
	want(t, "cache at the context", v.CacheBytesAtContext, fmt.Sprint(4096*36864))
	want(t, "weights", v.Weights, fmt.Sprint(2*124_439_808))
	moved := 2 * (124_439_808 - 1024*768 + 4097*18_432) // all but the learned positions; the cache, the new token's too
	want(t, "moved", v.DecodeMoved, fmt.Sprint(moved))
	for how, again := range map[cost.Recompute]int64{cost.Selective: perPair * 1024 * 1025 / 2,
		cost.Whole: forward - 2*768*50_257*1024} { // all but the head stands in layers
		p := point(map[string]int64{"T": 1024}, 0)
		p.Recompute = how
		v, err := f.At(p)
		if err != nil {
			t.Fatal(err)
		}
		want(t, string(how), v.Train, fmt.Sprint(3*forward+again))
		if v.Reasons["flops.decode"] == "" {
			t.Error("no reason for a step without a context")
		}
	}
}

// TestLatentForms: what is kept of DeepSeek-V3 is 61 layers of 512 + 64 numbers. Each of 128 heads in each layer scores
// a kept token by 2 * (512 + 64) and averages by 2 * 512 in the absorbed form; naively it widens it first.
func TestLatentForms(t *testing.T) {
	m := example(t, "deepseek-v3", nil)
	decode := map[Form]*big.Int{}
	for _, form := range []Form{Cheapest, Naive, Absorbed} {
		f, err := Of(m, Options{Form: form})
		if err != nil {
			t.Fatal(err)
		}
		a, err := f.At(point(nil, 4096))
		if err != nil {
			t.Fatal(err)
		}
		b, err := f.At(point(nil, 4097))
		if err != nil {
			t.Fatal(err)
		}
		want(t, "cache", a.CacheBytesPerToken, "70272")
		decode[form] = new(big.Int).Sub(b.Decode, a.Decode)
	}
	want(t, "one more token, cheapest", decode[Cheapest], fmt.Sprint(61*128*2*(512+64+512)))
	want(t, "one more token, absorbed", decode[Absorbed], fmt.Sprint(61*128*2*(512+64+512)))
	want(t, "one more token, naive", decode[Naive], fmt.Sprint(61*128*2*((128+64+128)+512*(128+128))))
	if _, err := Of(example(t, "gpt2", nil), Options{Form: Absorbed}); err == nil {
		t.Error("an absorbed form of a model that keeps keys and values")
	}
}

// TestCaches: windows bound what is kept, sources and constants stand apart, and so do marks.
func TestCaches(t *testing.T) {
	for _, c := range []struct{ file, perToken, constant, perSource, at string }{
		{"gemma-2-9b", "172032", "0", "0", fmt.Sprint(86_016 * (4095 + 10_000))},
		{"t5-small", "6144", "0", "6144", fmt.Sprint(6144*10_000 + 6144*7)},
		{"rnnsearch-50", "0", "1000", "3000", "22000"},
		{"bloom-560m", "49152", "0", "0", "491520000"},
	} {
		f, err := Of(example(t, c.file, nil), Options{})
		if err != nil {
			t.Fatal(err)
		}
		v, err := f.At(point(map[string]int64{"S": 7}, 10_000))
		if err != nil {
			t.Fatal(err)
		}
		want(t, c.file+" a token", v.CachePerToken, c.perToken)
		want(t, c.file+" constant", v.CacheConstant, c.constant)
		want(t, c.file+" a token of the source", v.CachePerSource, c.perSource)
		want(t, c.file+" at the context", v.CacheAtContext, c.at)
	}
	f, err := Of(example(t, "bert-base", nil), Options{})
	if err != nil {
		t.Fatal(err)
	}
	v, err := f.At(point(map[string]int64{"T": 8}, 8))
	if err != nil || v.Decode != nil || v.CachePerToken != nil || v.Reasons["cache"] == "" || v.Forward == nil {
		t.Errorf("an encoder: %+v, %v", v, err)
	}
}

// TestPrecisions: whole bytes, scales for begun groups, each tensor by itself.
func TestPrecisions(t *testing.T) {
	for _, c := range []struct {
		name    string
		numbers int64
		want    string
	}{
		{"fp32", 3, "12"}, {"bf16", 3, "6"}, {"fp16", 3, "6"}, {"fp8", 3, "3"}, {"int8", 3, "3"},
		{"int4", 127, "66"}, {"int4", 128, "66"}, {"int4", 129, "69"}, {"int1", 8, "1"}, {"int1", 9, "2"},
	} {
		d, err := DTypeOf(c.name)
		if err != nil {
			t.Fatal(err)
		}
		want(t, fmt.Sprint(c.numbers, " of ", c.name), d.Bytes(big.NewInt(c.numbers)), c.want)
	}
	if _, err := DTypeOf("bf17"); err == nil {
		t.Error("bf17 is a precision")
	}
	huge, _ := new(big.Int).SetString("100000000000000000000", 10)
	want(t, "10^20 numbers", DTypes[5].Bytes(huge), "51562500000000000000")
}

// TestKept has by hand what one layer of a tiny model keeps.
func TestKept(t *testing.T) {
	m := compile(t, `model M(D=4, F=6, L=3) {
  h : L * Layer
  (x: [T, D]) -> [T, D] = h(x)
  block Layer { up : D -> F; down : F -> D
    (x: [T, D]) -> [T, D] = x + down(relu(up(x))) } }`)
	f, err := Of(m, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for how, numbers := range map[cost.Recompute]string{cost.Nothing: "60*B*T", cost.Selective: "60*B*T", cost.Whole: "12*B*T"} {
		if got := f.Forward.Kept.Of(how).String(); got != numbers || f.Forward.Kept.Unknown != "" {
			t.Errorf("recompute %s keeps %s, not %s %s", how, got, numbers, f.Forward.Kept.Unknown)
		}
	}
}

// TestExperts: two of eight experts, each of two maps 4 x 6.
func TestExperts(t *testing.T) {
	m := example(t, "mixtral-8x7b", map[string]string{"D": "8", "L": "1", "H": "2", "G": "1", "F": "6", "V": "11"})
	work := map[string]*big.Int{}
	for name, e := range map[string]cost.Experts{"active": {}, "total": {What: cost.All},
		"capacity": {What: cost.Capacity, Factor: big.NewRat(5, 4)}} {
		f, err := Of(m, Options{Options: cost.Options{Experts: e}})
		if err != nil {
			t.Fatal(err)
		}
		v, err := f.At(point(map[string]int64{"T": 10}, 0))
		if err != nil {
			t.Fatal(err)
		}
		work[name] = v.Forward
	}
	const row = 3 * 2 * 8 * 6 // gate, up and down for one row of one expert
	want(t, "total", new(big.Int).Sub(work["total"], work["active"]), fmt.Sprint(row*10*(8-2)))
	want(t, "capacity", new(big.Int).Sub(work["capacity"], work["active"]), fmt.Sprint(row*(8*4-20))) // ceil(20/8*5/4) = 4
	for _, bad := range []cost.Experts{{What: "some"}, {What: cost.Capacity}, {Factor: big.NewRat(1, 1)},
		{What: cost.Capacity, Factor: big.NewRat(0, 1)}} {
		if _, err := Of(m, Options{Options: cost.Options{Experts: bad}}); err == nil {
			t.Errorf("no error for %v", bad)
		}
	}
}

// TestLargerThanInt64: 10^20 parameters and what follows from them.
func TestLargerThanInt64(t *testing.T) {
	f, err := Of(compile(t, `model M(D=1000000000, L=100) { h : L * Layer; (x: [T, D]) -> [T, D] = h(x)
  block Layer { up : D -> D; (x: [T, D]) -> [T, D] = up(x) } }`), Options{})
	if err != nil {
		t.Fatal(err)
	}
	v, err := f.At(point(map[string]int64{"T": 1000}, 1))
	if err != nil {
		t.Fatal(err)
	}
	want(t, "parameters", v.Total, "100000000000000000000")
	want(t, "weights", v.Weights, "200000000000000000000")
	want(t, "train", v.Train, "600000000000000000000000")
	want(t, "decode", v.Decode, "200000000000000000000")
}
