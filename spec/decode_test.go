package spec_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"archc/backends/checkpoint"
	"archc/backends/reference"
	"archc/ir"
	"archc/ir/diag"
	"archc/ir/eval"
	"archc/passes"
)

// rowsOf cuts the elements from..to of an axis out of a tensor.
func rowsOf(x *eval.Tensor, label string, from, to int) *eval.Tensor {
	at := slices.IndexFunc(x.Axes, func(a eval.Axis) bool { return a.Label == label })
	if at < 0 {
		return x
	}
	inner, outer := 1, 1
	for _, a := range x.Axes[at+1:] {
		inner *= a.Size
	}
	for _, a := range x.Axes[:at] {
		outer *= a.Size
	}
	out := &eval.Tensor{Kind: x.Kind, Axes: slices.Clone(x.Axes)}
	out.Axes[at].Size = to - from
	for o := range outer {
		base := o * x.Axes[at].Size * inner
		out.Data = append(out.Data, x.Data[base+from*inner:base+to*inner]...)
	}
	return out
}

// pieces computes a module by its steps in pieces of the given sizes, see inPieces.
func pieces(t *testing.T, m *ir.Module, p *passes.Steps, w eval.Weights, inputs map[string]*eval.Tensor, sizes []int) float64 {
	t.Helper()
	worst, err := inPieces(m, p, w, inputs, sizes)
	if err != nil {
		t.Fatal(err)
	}
	return worst
}

// inPieces compares every output with the module's own, row by row; what hangs on all rows behind the last piece. It
// gives the largest difference relative to the largest element.
func inPieces(m *ir.Module, p *passes.Steps, w eval.Weights, inputs map[string]*eval.Tensor, sizes []int) (float64, error) {
	machine, err := eval.New(m, w)
	if err != nil {
		return 0, err
	}
	ctx := context.Background()
	full, err := machine.Run(ctx, inputs, eval.Options{})
	if err != nil {
		return 0, err
	}
	e, err := reference.New(p, w)
	if err != nil {
		return 0, err
	}
	static, rows := map[string]*eval.Tensor{}, map[string]*eval.Tensor{}
	for name, x := range inputs {
		if x.Find(p.Axis) >= 0 {
			rows[name] = x
		} else {
			static[name] = x
		}
	}
	s, err := e.Start(ctx, static, eval.Options{})
	if err != nil {
		return 0, err
	}
	worst, at := 0.0, 0
	for _, size := range sizes {
		in := map[string]*eval.Tensor{}
		for name, x := range rows {
			in[name] = rowsOf(x, p.Axis, at, at+size)
		}
		res, err := s.Step(ctx, in, eval.Options{})
		if err != nil {
			return 0, fmt.Errorf("rows %d to %d: %w", at, at+size, err)
		}
		at += size
		for _, o := range m.Outputs {
			got, want := res.Outputs[o.Name], full.Outputs[o.Name]
			switch {
			case o.Type().Has(p.Axis):
				want = rowsOf(want, p.Axis, at-size, at)
			case at < int(full.Dims[p.Axis]):
				continue
			case got == nil:
				got = s.Outputs[o.Name]
			}
			worst = max(worst, relative(got.Data, want.Data))
		}
	}
	return worst, nil
}

// chunks are sizes that add up to n: some rows first, then one by one; and any sizes.
func chunks(r *rand.Rand, n int) [][]int {
	var single, free []int
	first := 1 + r.IntN(n)
	single = append(single, first)
	for range n - first {
		single = append(single, 1)
	}
	for rest := n; rest > 0; {
		k := 1 + r.IntN(min(rest, 3))
		free, rest = append(free, k), rest-k
	}
	return [][]int{single, free}
}

func derive(t *testing.T, m *ir.Module) (*passes.Steps, *diag.Diagnostic) {
	t.Helper()
	p, fault, err := passes.StepsOf(m.Clone(), "", true)
	if err != nil {
		t.Fatal(err)
	}
	if fault != nil {
		return nil, fault
	}
	for _, x := range []*ir.Module{p.Init, p.Step, p.Few} {
		if x == nil {
			continue
		}
		if errs := ir.Verify(x); len(errs) > 0 {
			t.Fatalf("%s breaks the rules of the IR: %v\n%s", x.Name, errs[0], ir.Text(x))
		}
		again, err := ir.Parse(diag.NewSource(x.Name, ir.Text(x)))
		if err == nil {
			err = ir.Equal(x, again)
		}
		if err != nil {
			t.Fatalf("%s does not read back: %v", x.Name, err)
		}
	}
	return p, nil
}

// TestDecodeOracleCases computes every case that can be computed token by token in pieces.
func TestDecodeOracleCases(t *testing.T) {
	for _, c := range allOracleCases() {
		t.Run(c.name, func(t *testing.T) {
			f := c.read(t)
			m := c.module(t, f)
			p, fault := derive(t, m)
			if fault != nil {
				var b strings.Builder
				_ = diag.Human(&b, []*diag.Diagnostic{fault})
				t.Logf("not token by token:\n%s", b.String())
				return
			}
			for _, s := range p.States {
				t.Logf("%-9s %-50s %s", s.Kind, s.In, s.Type)
			}
			io, err := checkpoint.Open("oracle/cases/" + c.name + "/io.safetensors")
			if err != nil {
				t.Fatal(err)
			}
			defer io.Close()
			inputs := c.feed(t, m, f, io)
			n := 0
			for _, x := range inputs {
				for _, a := range x.Axes {
					if a.Label == p.Axis {
						n = a.Size
					}
				}
			}
			for _, sizes := range chunks(rand.New(rand.NewPCG(1, 2)), n) {
				if d := pieces(t, m, p, hashed{f, c.prefix}, inputs, sizes); d > 1e-12 {
					t.Errorf("in pieces of %v it differs by %g of the largest", sizes, d)
				} else {
					t.Logf("%v: %.1e", sizes, d)
				}
			}
		})
	}
}
