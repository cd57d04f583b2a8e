package arbitrary_test

import (
	"context"
	"flag"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"archc/dsl/check"
	"archc/dsl/format"
	"archc/dsl/lower"
	"archc/ir"
	"archc/ir/diag"
	"archc/ir/eval"
	"archc/passes/cost"
	"archc/spec/arbitrary"
)

// A longer run is `go test ./spec/arbitrary -run Architectures -seeds 5000 -every -timeout 1h`.
var (
	seeds = flag.Int("seeds", 500, "how many architectures")
	from  = flag.Uint64("from", 1, "the first seed")
	every = flag.Bool("every", false, "formatting, text of the IR and counts for every architecture, not one of the three")
)

// compile lowers a file; what is wrong with it comes as an error.
func compile(text string, settings map[string]string) (*ir.Module, error) {
	prog, list := check.Load(diag.NewSource("arbitrary.arch", text), nil)
	var m *ir.Module
	if list.Empty() {
		m, list = lower.Lower(prog, lower.Options{Settings: settings})
	}
	if !list.Empty() {
		var b strings.Builder
		_ = diag.Human(&b, list.All)
		return nil, fmt.Errorf("it does not compile:\n%s", b.String())
	}
	if errs := ir.Verify(m); len(errs) > 0 {
		return nil, fmt.Errorf("it lowers to IR that breaks its rules: %v", errs)
	}
	return m, nil
}

// feed makes inputs of so many tokens, without a batch where batch is 0.
func feed(a arbitrary.Arch, r *rand.Rand, batch, tokens, source int) map[string]*eval.Tensor {
	out := map[string]*eval.Tensor{}
	for _, in := range a.Inputs {
		n := map[string]int{"T": tokens, "S": source}[in.Dim]
		x := &eval.Tensor{Kind: ir.Int, Axes: []eval.Axis{{Label: in.Dim, Size: n}}}
		if batch > 0 {
			x.Axes = append([]eval.Axis{{Label: eval.Batch, Size: batch}}, x.Axes...)
			n *= batch
		}
		for range n {
			if in.Below > 0 {
				x.Data = append(x.Data, float64(r.IntN(in.Below)))
				continue
			}
			x.Kind = ir.Bool
			x.Data = append(x.Data, float64(min(r.IntN(4), 1)))
		}
		out[in.Name] = x
	}
	return out
}

func machine(m *ir.Module) (*eval.Machine, error) {
	w, err := eval.NewHashWeights(m)
	if err != nil {
		return nil, err
	}
	return eval.New(m, w)
}

// logits runs a module without a batch.
func logits(m *eval.Machine, inputs map[string]*eval.Tensor) ([]float64, error) {
	res, err := m.Run(context.Background(), inputs, eval.Options{})
	if err != nil {
		return nil, err
	}
	return res.Outputs["output"].Data, nil
}

// TestConstructs prints how often each construct occurs; none is rare.
func TestConstructs(t *testing.T) {
	var table arbitrary.Table
	n := max(*seeds, 500) // of fewer, some are missing by chance
	for i := range uint64(n) {
		table.Add(arbitrary.New(*from + i))
	}
	t.Log(table.String())
	if rare := table.Rare(n / 50); rare != nil {
		t.Errorf("rare constructs:\n%s", strings.Join(rare, "\n"))
	}
}

// TestArchitectures makes architectures of many seeds. Each compiles, runs and cannot see later tokens; formatting and the
// text of the IR keep it, and it is counted exactly.
func TestArchitectures(t *testing.T) {
	n := *seeds
	wrong := make([]error, n)
	var group sync.WaitGroup
	next := atomic.Int64{}
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				wrong[i] = holds(arbitrary.New(*from + uint64(i)))
			}
		})
	}
	group.Wait()
	for i, err := range wrong {
		if err == nil {
			continue
		}
		a := arbitrary.New(*from + uint64(i))
		*every = true // a smaller one may fail in another way
		small := a.Minimize(func(b arbitrary.Arch) bool { return holds(b) != nil })
		t.Fatalf("seed %d: %v\nthe smallest that fails:\n%v\n%s%v", *from+uint64(i), err, holds(small), small.Text, small.Settings)
	}
}

// holds says what is wrong with an architecture. All compile and are run; of the further properties each has one, by its
// text, unless every is asked for.
func holds(a arbitrary.Arch) error {
	m, err := compile(a.Text, a.Settings)
	if err == nil {
		err = causal(a, m)
	}
	if err != nil {
		return err
	}
	further := []func(arbitrary.Arch, *ir.Module) error{readBack, formatted, counted}
	for i, property := range further {
		if *every || len(a.Text)%len(further) == i {
			if err := property(a, m); err != nil {
				return err
			}
		}
	}
	return nil
}

// readBack asks the text of the IR to be that of the same module.
func readBack(_ arbitrary.Arch, m *ir.Module) error {
	again, err := ir.Parse(diag.NewSource("arbitrary.ir", ir.Text(m)))
	if err == nil {
		err = ir.Equal(m, again)
	}
	if err != nil {
		return fmt.Errorf("the IR's text reads back as another module: %v", err)
	}
	return nil
}

// formatted asks formatting to keep the IR, and the formatted text.
func formatted(a arbitrary.Arch, m *ir.Module) error {
	once, list := format.Source(diag.NewSource("arbitrary.arch", a.Text))
	if !list.Empty() {
		return list.Err()
	}
	twice, list := format.Source(diag.NewSource("arbitrary.arch", string(once)))
	if !list.Empty() || string(once) != string(twice) {
		return fmt.Errorf("formatted twice, it differs:\n%s\n%s", once, twice)
	}
	again, err := compile(string(once), a.Settings)
	if err == nil {
		err = ir.Equal(m, again)
	}
	if err != nil {
		return fmt.Errorf("formatting changes the IR: %v", err)
	}
	return nil
}

const tokens, words = 7, 3

// causal asks at two lengths, which differ from file to file, what causalAt asks.
func causal(a arbitrary.Arch, m *ir.Module) error {
	return causalAt(a, m, 1+a.Size%3, tokens-1-a.Size%4)
}

// causalAt asks every logit to be a number, and those of the first tokens to hang on no later token and not on how many
// there are: every bit stays what it is.
func causalAt(a arbitrary.Arch, m *ir.Module, lengths ...int) error {
	run, err := machine(m)
	if err != nil {
		return err
	}
	inputs := feed(a, rand.New(rand.NewPCG(1, uint64(a.Size))), 0, tokens, words)
	full, err := logits(run, inputs)
	if err != nil {
		return err
	}
	for i, x := range full {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("logit %d is %v", i, x)
		}
	}
	width := len(full) / tokens
	same := func(what string, n int, changed map[string]*eval.Tensor) error {
		got, err := logits(run, changed)
		if err != nil {
			return err
		}
		for i := range n * width {
			if math.Float64bits(full[i]) != math.Float64bits(got[i]) {
				return fmt.Errorf("%s from token %d on: logit %d of token %d was %v and is %v", what, n, i%width, i/width, full[i], got[i])
			}
		}
		return nil
	}
	for _, n := range lengths {
		changed, cut := map[string]*eval.Tensor{}, map[string]*eval.Tensor{}
		for _, in := range a.Inputs {
			x := inputs[in.Name]
			if changed[in.Name], cut[in.Name] = x, x; in.Dim != "T" {
				continue
			}
			changed[in.Name] = &eval.Tensor{Kind: x.Kind, Axes: x.Axes, Data: slices.Clone(x.Data)}
			for i := n; i < tokens; i++ {
				changed[in.Name].Data[i] = float64((int(x.Data[i]) + 1) % max(in.Below, 2))
			}
			cut[in.Name] = &eval.Tensor{Kind: x.Kind, Axes: []eval.Axis{{Label: "T", Size: n}}, Data: x.Data[:n]}
		}
		if err := same("other tokens", n, changed); err != nil {
			return err
		}
		if err := same("cut", n, cut); err != nil {
			return err
		}
	}
	return nil
}

// counted compares the formulas of the cost with the operations that the evaluation executes.
func counted(a arbitrary.Arch, m *ir.Module) error {
	opt := cost.Options{}
	for _, in := range a.Inputs {
		opt.Given = append(opt.Given, in.Name)
	}
	report, err := cost.Of(m, opt)
	if err != nil {
		return err
	}
	run, err := machine(m)
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(2, uint64(a.Size)))
	batch, tokens, words := 1+r.IntN(3), 1+r.IntN(9), 1+r.IntN(5)
	res, err := run.Run(context.Background(), feed(a, r, batch, tokens, words), eval.Options{})
	if err != nil {
		return err
	}
	env := map[string]int64{"T": int64(tokens), "S": int64(words), report.Batch: int64(batch)}
	numbers, err := report.At(env)
	if err != nil {
		return err
	}
	if len(numbers.Unknown) > 0 && slices.Contains(a.Uses, "normalizer top") {
		return nil // it compares every score with every other: no polynomial in the number of pairs
	}
	if len(numbers.Bounds)+len(numbers.Unknown) > 0 {
		return bounded(numbers, res.Counts)
	}
	for _, c := range []struct {
		name    string
		formula *big.Int
		counted uint64
	}{
		{"contraction", numbers.Contraction, res.Counts.Contraction},
		{"elementwise", numbers.Elementwise, res.Counts.Elementwise},
	} {
		if c.formula.Cmp(new(big.Int).SetUint64(c.counted)) != 0 {
			return fmt.Errorf("%s at %v: the formula says %s, the counting run %d", c.name, env, c.formula, c.counted)
		}
	}
	return nil
}

// bounded is for work that hangs on values: the formula is at least what is counted, or says that it knows nothing.
func bounded(n cost.Numbers, c eval.Counts) error {
	if len(n.Unknown) > 0 {
		return fmt.Errorf("the work is not known: %v", n.Unknown)
	}
	if n.Contraction.Cmp(new(big.Int).SetUint64(c.Contraction)) < 0 || n.Elementwise.Cmp(new(big.Int).SetUint64(c.Elementwise)) < 0 {
		return fmt.Errorf("the work is at most %s and %s, counted are %d and %d", n.Contraction, n.Elementwise, c.Contraction, c.Elementwise)
	}
	return nil
}
