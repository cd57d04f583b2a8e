package eval

import (
	"context"
	"errors"
	"testing"
	"time"

	"archc/ir"
)

func TestLimits(t *testing.T) {
	outer := func() *program {
		p := newProgram()
		p.Scope = "model"
		x := p.input("x", ir.Real, free("T"))
		p.output("y", named(p.sum(nil, x, p.Must(ir.Rename, &ir.RenameAttr{From: "T", To: "S"}, x)), "xx"))
		return p
	}
	in := tensors{"x": random(source(), Axis{"T", 8})}
	for _, c := range []struct {
		opt  Options
		want string
	}{
		{Options{MaxElements: 64}, ""},
		{Options{MaxElements: 63}, "contract xx in model: a tensor [T=8, S=8] has more than 63 elements"},
		{Options{MaxBytes: 64*8 + 2*8*8}, ""}, // the product, the input and its renamed view
		{Options{MaxBytes: 64*8 + 2*8*8 - 1}, "contract xx in model: a tensor [T=8, S=8] has 64 elements " +
			"of 8 bytes; with 128 bytes held that is over the limit of 639"},
	} {
		if c.want == "" {
			run1(t, outer(), nil, in, c.opt)
		} else {
			wantError(t, runErr(t, outer(), nil, in, c.opt), c.want)
		}
	}
	wide := tensors{"x": random(source(), Axis{"T", 50_000})}
	wantError(t, runErr(t, outer(), nil, wide, Options{}),
		"has more than 2147483648 elements")
	p := newProgram()
	p.output("y", p.param("huge", [][]string{{"A"}}, n("A", 1<<40)))
	wantError(t, runErr(t, p, nil, nil, Options{}),
		"param: huge: a tensor [A=1099511627776]")
}

// Values that nothing uses any more do not count: a long chain needs as much as a short one.
func TestLiveness(t *testing.T) {
	p := newProgram()
	v := p.input("x", ir.Real, free("T"))
	for range 100 {
		v = p.fn("neg", v)
	}
	p.fn("neg", v) // used by nothing
	p.output("y", v)
	x := random(source(), Axis{"T", 1000})
	res := run1(t, p, nil, tensors{"x": x}, Options{MaxBytes: 3 * 8000})
	same(t, "y", res.Outputs["y"], x)
}

// What a run of a body holds is gone behind it.
func TestLivenessOfRepeats(t *testing.T) {
	p := newProgram()
	x := p.input("x", ir.Real, free("T"))
	body := p.Enter("body")
	p.Param(ir.Scalar(ir.Int), "l")
	h := p.fn("neg", p.Param(x.Type(), "h"))
	body.Results = []ir.Value{h}
	p.Leave()
	rep, err := p.Add(ir.Repeat, &ir.RepeatAttr{Var: "l", Step: 1, Count: ir.Const(100)}, []ir.Value{x}, body)
	if err != nil {
		t.Fatal(err)
	}
	p.output("y", ir.Value{Node: rep})
	in := random(source(), Axis{"T", 1000})
	res := run1(t, p, nil, tensors{"x": in}, Options{MaxBytes: 3 * 8000})
	same(t, "y", res.Outputs["y"], in)
}

func TestCancellation(t *testing.T) {
	type build func() (*program, tensors)
	vec := func() tensors { return tensors{"x": random(source(), Axis{"T", 3000})} }
	square := func(p *program) (ir.Value, ir.Value) {
		x := p.input("x", ir.Real, free("T"))
		return x, p.Must(ir.Rename, &ir.RenameAttr{From: "T", To: "S"}, x)
	}
	for name, b := range map[string]build{
		"contract": func() (*program, tensors) {
			p := newProgram()
			x, y := square(p)
			z := p.Must(ir.Rename, &ir.RenameAttr{From: "T", To: "U"}, x)
			p.output("y", p.sum([]string{"T", "S", "U"}, x, y, z))
			return p, vec()
		},
		"map": func() (*program, tensors) {
			p := newProgram()
			x, y := square(p)
			v := p.fn("add", x, y)
			for range 1000 {
				v = p.fn("erf", v)
			}
			p.output("y", v)
			return p, vec()
		},
		"repeat": func() (*program, tensors) {
			p := newProgram()
			x := p.input("x", ir.Real, free("T"))
			r := p.Enter("body")
			p.Param(ir.Scalar(ir.Int), "l")
			r.Results = []ir.Value{p.Param(x.Type(), "x")}
			p.Leave()
			rep, err := p.Add(ir.Repeat, &ir.RepeatAttr{Var: "l", Step: 1, Count: ir.Const(1 << 30)}, []ir.Value{x}, r)
			if err != nil {
				t.Fatal(err)
			}
			p.output("y", ir.Value{Node: rep})
			return p, vec()
		},
	} {
		p, in := b()
		m, err := New(p.m, stored{})
		if err != nil {
			t.Fatal(err)
		}
		took := time.Hour
		for try := 0; try < 20 && took > 100*time.Millisecond; try++ { // a busy machine may be late, but not every time
			took = late(t, m, in)
		}
		if took > 100*time.Millisecond {
			t.Errorf("%s: ended %v after its context", name, took)
		}
	}
}

// late is how long after the end of its context a run that would take minutes comes back.
func late(t *testing.T, m *Machine, in tensors) time.Duration {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	_, err := m.Run(ctx, in, Options{})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	end, _ := ctx.Deadline()
	return time.Since(end)
}
