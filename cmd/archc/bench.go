package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"archc/backends/gograph"
	"archc/backends/host/sampler"
	"archc/backends/kernel"
	"archc/ir/eval"
	"archc/passes/plan"
)

// benchVerb measures a model on the kernels of this machine.
type benchVerb struct {
	File       string `arg:"" optional:"" help:"File with the model, or - for standard input; else the family of the configuration."`
	Checkpoint string `short:"m" placeholder:"DIR" help:"Checkpoint: its directory or .safetensors file."`
	Random     bool   `help:"Weights by a stated function instead of a checkpoint."`

	Prompt  int    `default:"512" placeholder:"N" help:"Tokens that are read in one piece: ${default}; 0 leaves the test out."`
	New     int    `default:"128" placeholder:"N" help:"Tokens that are made one by one: ${default}; 0 leaves the test out."`
	Repeat  int    `default:"5" placeholder:"N" help:"Times that each is measured: ${default}."`
	Compare string `placeholder:"FILE" help:"Show what changed since this report, which --format json wrote."`

	Threads    int    `placeholder:"N" help:"Workers of the kernels; all cores without."`
	DType      string `name:"dtype" enum:"f32,bf16" default:"f32" placeholder:"TYPE" help:"Element of packed weights: f32 (default) or bf16."`
	Fast       bool   `help:"Make tokens in the form that is cheapest for few rows, where the model has one."`
	MaxMemory  int64  `default:"8" placeholder:"GIB" help:"Refuse to hold more than this: ${default} GiB."`
	modelFlags `embed:""`
}

// Help is the verb's longer help.
func (*benchVerb) Help() string {
	return `pp512 reads a prompt of 512 tokens into a new sequence in one piece and computes the scores behind
its last one; tg128 makes 128 tokens one by one from a new sequence, each the best one behind the one
before: their choice is in the time. Both run once before they are measured. The time to load
weights is in neither. t/s is the mean of tokens per second with the standard deviation of the
repeats; the columns are those of llama-bench, and behind them the rates of FLOPs and of bytes, as archc plan
counts them; they are left out where they hang on data, and for more than 4096 new tokens.

With --fast tokens are made in the form of the step that is cheapest for few rows; "fast" behind the
backend says that the model has one.

With --random, element i of the tensor called key is Hash(key, i) / 16, where Hash is SplitMix64 behind
FNV-1a of the key, between -1/2 and 1/2. Tokens of a prompt are made by it too.`
}

const (
	maxBench    = 1 << 20 // tokens, and repeats
	mostCounted = 1 << 12 // tokens whose steps are counted one by one
)

// Run measures and prints.
func (v *benchVerb) Run(s *session) error {
	if err := v.contradiction(); err != nil {
		return err
	}
	old, err := v.readOld()
	if err != nil {
		return err
	}
	r, err := v.load(s)
	if err != nil {
		return err
	}
	if r.ckpt != nil {
		defer r.ckpt.Close()
	}
	b := v.backend().engine()
	defer b.close()
	report, err := v.measure(s, r, b)
	if err != nil {
		return r.about(s.ctx, err)
	}
	if old != nil {
		if err := report.compare(old, v.Compare); err != nil {
			return err
		}
	}
	s.enter("printing")
	if s.json {
		return json.NewEncoder(s.out).Encode(report)
	}
	_, err = s.out.WriteString(report.table())
	return err
}

func (v *benchVerb) contradiction() error {
	switch {
	case v.Random && v.Checkpoint != "":
		return usage("-m and --random are two ways to give the weights")
	case v.Prompt < 0 || v.Prompt > maxBench || v.New < 0 || v.New > maxBench:
		return usage("--prompt and --new are from 0 to %d", maxBench)
	case v.Prompt == 0 && v.New == 0:
		return usage("--prompt 0 and --new 0 leave nothing to measure")
	case v.Repeat < 1 || v.Repeat > maxBench:
		return usage("--repeat is from 1 to %d", maxBench)
	case v.MaxMemory < 1 || v.MaxMemory > 1<<20:
		return usage("--max-memory is from 1 to %d GiB", 1<<20)
	}
	return v.backend().contradiction(false)
}

func (v *benchVerb) backend() *backendFlags {
	return &backendFlags{Threads: v.Threads, DType: v.DType, Fast: v.Fast}
}

// load gives the model with weights of a checkpoint, or made.
func (v *benchVerb) load(s *session) (*runnable, error) {
	if v.Checkpoint != "" {
		return (&runVerb{File: v.File, Checkpoint: v.Checkpoint, MaxMemory: v.MaxMemory, modelFlags: v.modelFlags}).load(s)
	}
	c, err := s.compile(v.File, v.modelFlags)
	if err == nil && !v.Random && hasParams(c.module) {
		err = usage("model %s has parameters: give their checkpoint with -m, or --random", c.module.Name)
	}
	return &runnable{compiled: c, random: v.Random, limit: v.MaxMemory << 30}, err
}

// measure runs the tests.
func (v *benchVerb) measure(s *session, r *runnable, b *floats32) (*benchReport, error) {
	sp, err := r.speaks()
	if err != nil {
		return nil, err
	}
	if n := max(v.Prompt, v.New); sp.positions > 0 && int64(n) > sp.positions {
		return nil, wrong(codeTooLong, "%d tokens are more than the model's %d positions", n, sp.positions)
	}
	if r.seed == nil {
		r.seed = new(uint64)
	}
	steps, err := s.steps(r.module, sp.label, false)
	if err != nil {
		return nil, err
	}
	x := &bench{speaker: sp, engine: b, plain: decoding{steps: steps, input: sp.input, output: sp.output}}
	if x.plain.draws, err = sp.draws(s.ctx, max(v.Prompt, v.New)); err != nil {
		return nil, err
	}
	x.loaded, err = b.model(s, r, steps, gograph.Decoding{First: v.Prompt, Rows: v.Prompt}, gograph.Decoding{First: 1, Rows: v.New})
	if err != nil {
		return nil, err
	}
	if x.choose, err = sampler.New(sampler.Options{TopP: 1}); err != nil {
		return nil, err
	}
	report := &benchReport{Model: r.module.Name, DType: v.DType, Size: x.weights.Bytes(), Backend: "go, " + kernel.Machine(), Threads: b.crew.Workers()}
	if x.program.Short != nil {
		report.Backend += ", fast"
	}
	if report.Parameters, err = parameters(r); err != nil {
		return nil, err
	}
	for _, test := range []struct {
		name   string
		tokens int
		run    func(context.Context, int) (time.Duration, error)
		work   func(int) (flops, moved int64, err error)
	}{{"pp", v.Prompt, x.read, x.reads}, {"tg", v.New, x.make, x.makes}} {
		if test.tokens == 0 {
			continue
		}
		t := benchTest{Test: fmt.Sprint(test.name, test.tokens), Tokens: test.tokens}
		s.enter("measuring " + t.Test)
		for k := range v.Repeat + 1 {
			took, err := test.run(s.ctx, test.tokens)
			if err != nil {
				return nil, err
			}
			s.progress.update("measuring %s, %d of %d", t.Test, k+1, v.Repeat)
			if k > 0 {
				t.Seconds = append(t.Seconds, took.Seconds())
			}
		}
		t.summarize()
		if t.FLOPs, t.Bytes, err = test.work(test.tokens); err != nil {
			return nil, err
		}
		report.Tests = append(report.Tests, t)
	}
	return report, nil
}

// parameters is how many a model has.
func parameters(r *runnable) (int64, error) {
	shapes, err := eval.StoredShapes(r.module)
	total := int64(0)
	for _, shape := range shapes {
		n := int64(1)
		for _, k := range shape {
			n *= k
		}
		total += n
	}
	return total, err
}

// bench is a model that is measured.
type bench struct {
	*speaker
	engine *floats32
	plain  decoding
	choose *sampler.Sampler
	*loaded
}

// begin starts a sequence of so many tokens.
func (x *bench) begin(ctx context.Context, prompt, rows int) (*floats32Decoder, error) {
	d := x.plain
	d.prompt, d.rows = prompt, rows
	return x.engine.begin(ctx, x.model, &d)
}

// token is a stated one.
func (x *bench) token(i int) int {
	return min(int((eval.Hash("prompt", i)+0.5)*float64(x.vocab)), int(x.vocab)-1)
}

// read is the time to read a prompt.
func (x *bench) read(ctx context.Context, tokens int) (time.Duration, error) {
	d, err := x.begin(ctx, tokens, tokens)
	if err != nil {
		return 0, err
	}
	ids := make([]int, tokens)
	for i := range ids {
		ids[i] = x.token(i)
	}
	began := time.Now()
	_, err = d.scores(ctx, x.tensor(ids))
	return time.Since(began), err
}

// make is the time to make tokens one by one.
func (x *bench) make(ctx context.Context, tokens int) (time.Duration, error) {
	d, err := x.begin(ctx, 1, tokens)
	if err != nil {
		return 0, err
	}
	id := x.token(0)
	began := time.Now()
	for range tokens {
		row, err := d.scores(ctx, x.tensor([]int{id}))
		if err != nil {
			return 0, err
		}
		if id, err = x.choose.Next(row); err != nil {
			return 0, err
		}
	}
	return time.Since(began), nil
}

// reads is the work of reading a prompt: FLOPs of its contractions, and bytes of weights and of what is computed, each
// counted once for each kernel. Both are 0 where they hang on data.
func (x *bench) reads(tokens int) (flops, moved int64, err error) { return x.step(tokens, 0) }

// makes is the work of making tokens one by one, step for step: a window that is full does not grow any more.
func (x *bench) makes(tokens int) (flops, moved int64, err error) {
	if tokens > mostCounted {
		return 0, 0, nil
	}
	for past := range tokens {
		f, m, err := x.step(1, past)
		if err != nil {
			return 0, 0, err
		}
		flops, moved = flops+f, moved+m
	}
	return flops, moved, nil
}

// step is the work of one step.
func (x *bench) step(rows, past int) (flops, moved int64, err error) {
	p := x.program
	form := p.For(rows)
	c, err := plan.Count(form, map[string]int{plan.Batch: 1, p.Axis: rows, p.Past: past, plan.Room: past + rows})
	if err != nil {
		return 0, 0, err
	}
	known := true
	form.Body.Walk(func(i plan.Instruction) {
		w := c.Of(i)
		known = known && !w.Bound
		flops += w.Contraction
		moved += 4*(w.Read+w.Written) + int64(x.engine.element.Size())*w.Weights
	})
	if !known {
		return 0, 0, nil
	}
	return flops, moved, nil
}

// summarize finds mean and standard deviation of the rates.
func (t *benchTest) summarize() {
	n := float64(len(t.Seconds))
	for _, x := range t.Seconds {
		t.Mean += float64(t.Tokens) / x / n
	}
	for _, x := range t.Seconds {
		d := float64(t.Tokens)/x - t.Mean
		t.Deviation += d * d / max(n-1, 1)
	}
	t.Deviation = math.Sqrt(t.Deviation)
}
