package roofline

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"math/big"
	"os"
	"strings"
	"testing"

	"archc/dsl/check"
	"archc/dsl/lower"
	"archc/ir"
	"archc/ir/diag"
	"archc/passes/cost"
	"archc/passes/figures"
	"archc/passes/hardware"
	"archc/stdlib"
)

func lowered(t *testing.T, file string) *ir.Module {
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
	m, list := lower.Lower(prog, lower.Options{})
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	return m
}

func workload(t *testing.T, file string) *Workload {
	t.Helper()
	w, err := Of(lowered(t, file))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func device(t *testing.T, name string) *hardware.Device {
	t.Helper()
	var all []*hardware.Device
	for _, src := range stdlib.Devices() {
		d, list := hardware.Read(src)
		if err := list.Err(); err != nil {
			t.Fatal(err)
		}
		all = append(all, d)
	}
	d, _ := hardware.Find(all, name)
	if d == nil {
		t.Fatalf("no device %s", name)
	}
	return d
}

func precision(t *testing.T, name string, group int64) Precision {
	t.Helper()
	d, err := figures.DTypeOf(name)
	if err != nil {
		t.Fatal(err)
	}
	return PrecisionOf(d, group)
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-12*math.Abs(b) }

// TestLlama has the numbers of Llama 3 8B by hand: 8,030,261,248 weights of which 128,256 * 4,096 are the table of
// tokens, and 2 * 8 * 128 numbers a token in each of 32 layers.
func TestLlama(t *testing.T) {
	w, d, p := workload(t, "llama3-8b"), device(t, "h200"), precision(t, "bf16", -1)
	const table, context, batch = 128_256 * 4096, 4096, 3
	const kept = 2 * 8 * 128 * 32 * context * batch
	x, err := w.Decode(p, batch, context)
	if err != nil {
		t.Fatal(err)
	}
	// Two FLOP for each weight but the table, and 2 * 32 heads * (128 + 128) in 32 layers for each of context + 1 keys.
	const matrices = 8_030_261_248 - table - 65*4096 // norms are no contractions
	if want := int64(batch * (2*matrices + 2*32*256*32*(context+1))); x.FLOPs.Cmp(big.NewInt(want)) != 0 {
		t.Errorf("a step is %s FLOP, not %d", x.FLOPs, want)
	}
	if want := 2.0 * (8_030_261_248 - table + kept); !near(x.Bytes, want) {
		t.Errorf("a step moves %.0f bytes, not %.0f", x.Bytes, want)
	}
	b := BoundOf(d, p, x)
	if !near(b.Bandwidth, x.Bytes/4800e9) || !near(b.Compute, float(x.FLOPs)/989.4e12) || b.Binds() != "bandwidth" {
		t.Errorf("bound %+v", b)
	}
	if b.Seconds() != b.Bandwidth {
		t.Errorf("the bound is %g s", b.Seconds())
	}
	x, err = w.Prefill(p, 1, context)
	if err != nil {
		t.Fatal(err)
	}
	if b := BoundOf(d, p, x); b.Binds() != "compute" || b.Seconds() != b.Compute {
		t.Errorf("a prefill of %d tokens is bound by %s", context, b.Binds())
	}
}

// TestFit: the largest context and batch that are told fit, and one more does not.
func TestFit(t *testing.T) {
	for _, c := range []struct {
		file, device, dtype string
		batch, context      int64
	}{
		{"llama3-8b", "h200", "bf16", 1, 4096}, {"llama3-8b", "l4", "bf16", 2, 1000}, {"mixtral-8x7b", "h100", "int4", 4, 32768},
		{"mistral-7b", "rtx4090", "int8", 1, 100}, {"transformer-base", "l4", "fp32", 8, 512}, {"gpt2", "p100", "fp32", 1, 10},
	} {
		w, d, p := workload(t, c.file), device(t, c.device), precision(t, c.dtype, -1)
		fits := func(batch, context int64) bool {
			f, err := w.On(d, p, DefaultOverhead, batch, context)
			if err != nil {
				t.Fatal(err)
			}
			return f.Fits
		}
		f, err := w.On(d, p, DefaultOverhead, c.batch, c.context)
		if err != nil {
			t.Fatal(err)
		}
		if n := f.MaxBatch.Int64(); !fits(n, c.context) || fits(n+1, c.context) {
			t.Errorf("%s on %s: the most sequences are not %d", c.file, c.device, n)
		}
		if f.MaxContext == nil {
			if c.file != "mistral-7b" { // its windows end the growth
				t.Errorf("%s on %s: no longest context", c.file, c.device)
			}
			continue
		}
		n := f.MaxContext.Int64()
		if !fits(c.batch, n) || fits(c.batch, n+1) && n != w.Positions {
			t.Errorf("%s on %s: the longest context is not %d", c.file, c.device, n)
		}
	}
}

// TestCapacity: what does not fit says so, and a device without a memory says nothing.
func TestCapacity(t *testing.T) {
	w, p := workload(t, "llama3-70b"), precision(t, "bf16", -1)
	f, err := w.On(device(t, "h200"), p, 0, 1, 1)
	if err != nil || f.Fits || f.MaxBatch.Sign() != 0 || f.MaxContext.Sign() != 0 {
		t.Errorf("141.1 GB of weights fit in 141: %+v %v", f, err)
	}
	f, err = w.On(device(t, "epyc-9654"), p, 0, 1, 1)
	if err != nil || f.Memory != nil || f.Fits || f.MaxBatch != nil || f.MaxContext != nil {
		t.Errorf("a device of unknown memory: %+v %v", f, err)
	}
}

// TestScales: int4 in groups of 128 is 4 + 16/128 bits, what a sequence keeps stays in 16.
func TestScales(t *testing.T) {
	w := workload(t, "llama3-8b")
	const parameters = 8_030_261_248 // every tensor is a multiple of 128
	for _, c := range []struct {
		dtype string
		group int64
		bytes int64
	}{
		{"fp32", -1, 4 * parameters}, {"bf16", -1, 2 * parameters}, {"fp8", -1, parameters}, {"int8", -1, parameters},
		{"int8", 64, parameters + parameters/32}, {"int4", -1, parameters/2 + parameters/64}, {"int4", 0, parameters / 2},
	} {
		p := precision(t, c.dtype, c.group)
		if got := w.Weights(p); got.Cmp(big.NewInt(c.bytes)) != 0 {
			t.Errorf("%s in groups of %d: %s bytes, not %d", c.dtype, c.group, got, c.bytes)
		}
		if want := max(16, p.Bits); c.dtype != "fp32" && p.KeptBits() != want && p.KeptBits() != 16 {
			t.Errorf("%s keeps %d bits", c.dtype, p.KeptBits())
		}
	}
}

// TestExperts: one token reads what is active; many tokens read all; in between what a drawing of experts gives.
func TestExperts(t *testing.T) {
	w := workload(t, "mixtral-8x7b")
	q := w.whole.Parameters
	if got := readBy(q.Parts, 1); !near(got, float(q.ActiveWithoutInputEmbedding)) {
		t.Errorf("one token reads %.0f weights, not %s", got, q.ActiveWithoutInputEmbedding)
	}
	if got, want := readBy(q.Parts, 1e6), float(q.Total)-32000*4096; !near(got, want) {
		t.Errorf("a million tokens read %.0f weights, not %.0f", got, want)
	}
	// Two of eight experts, by 3 tokens: 8 (1 - (6/8)^3) = 4.625 on average.
	parts := []cost.Part{{Elements: big.NewInt(800), Share: big.NewRat(2, 8)}, {Elements: big.NewInt(7), Share: big.NewRat(1, 1)}}
	if got := readBy(parts, 3); !near(got, 462.5+7) {
		t.Errorf("3 tokens read %g weights, not 469.5", got)
	}
	if !w.Shares() || workload(t, "gpt2").Shares() {
		t.Error("Mixtral's tokens choose experts, GPT-2's do not")
	}
}

// TestLatents: a step of DeepSeek-V3 takes the form for one row; the other is 50 times the work.
func TestLatents(t *testing.T) {
	w, p := workload(t, "deepseek-v3"), precision(t, "bf16", -1)
	x, err := w.Decode(p, 1, 4096)
	if err != nil {
		t.Fatal(err)
	}
	if x.FLOPs.Cmp(big.NewInt(200e9)) > 0 {
		t.Errorf("a step is %s FLOP", x.FLOPs)
	}
	kept, err := w.Kept(2, 1000)
	if want := int64(2 * 1000 * 61 * 576); err != nil || kept.Cmp(big.NewInt(want)) != 0 {
		t.Errorf("two sequences of 1000 keep %s numbers, not %d: %v", kept, want, err)
	}
}

// TestNoSteps: a model that looks ahead has a forward pass alone, and says why.
func TestNoSteps(t *testing.T) {
	w, p := workload(t, "bert-base"), precision(t, "bf16", -1)
	if !strings.Contains(w.NoSteps, "keys behind the query") || w.Positions != 512 {
		t.Errorf("reason %q, positions %d", w.NoSteps, w.Positions)
	}
	if _, err := w.Decode(p, 1, 10); err == nil {
		t.Error("it has a step")
	}
	if _, err := w.Prefill(p, 1, 512); err != nil {
		t.Error(err)
	}
}

// TestPlot: the picture is XML, has a roof for each rate and a mark for each run, and names are escaped.
func TestPlot(t *testing.T) {
	w, d, p := workload(t, "gpt2"), device(t, "h200"), precision(t, "bf16", -1)
	x, err := w.Prefill(p, 1, 256)
	if err != nil {
		t.Fatal(err)
	}
	y, err := w.Decode(p, 1, 256)
	if err != nil {
		t.Fatal(err)
	}
	out := Plot(d, "a < b & c", []Point{{Label: "T = 256", Bound: BoundOf(d, p, x)}, {Label: "B = 1", Decode: true, Bound: BoundOf(d, p, y)}})
	dec := xml.NewDecoder(strings.NewReader(out))
	for {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	for _, part := range []string{"a &lt; b &amp; c", ">T = 256<", ">B = 1<", "fp8, int8 1978.9 T", "bf16 989.4 T", "fp32 67 T", "4800 GB/s"} {
		if !strings.Contains(out, part) && !strings.Contains(strings.ReplaceAll(out, "  ", " "), part) {
			t.Errorf("the picture does not say %s", part)
		}
	}
	for _, bad := range []string{"NaN", "Inf"} {
		if strings.Contains(out, bad) {
			t.Errorf("the picture has %s in it", bad)
		}
	}
}
