package eval

import (
	"context"
	"fmt"
	"testing"

	"archc/ir"
)

// The speed of the multiply-add loop, for the layouts of linear maps: W [F, D] and W [D, F].
func BenchmarkContract(b *testing.B) {
	f, d := n("F", 512), n("D", 512)
	for name, axes := range map[string][]ir.Axis{"rows": {f, d}, "columns": {d, f}} {
		for _, rows := range []int{1, 64} {
			p := newProgram()
			x, w := p.input("x", ir.Real, free("T"), d), p.param("w", layout(axes), axes...)
			p.output("y", p.sum([]string{"D"}, x, w))
			in := tensors{"x": random(source(), Axis{"T", rows}, Axis{"D", 512})}
			b.Run(fmt.Sprintf("%s/T=%d", name, rows), func(b *testing.B) { bench(b, p, in) })
		}
	}
}

func layout(axes []ir.Axis) (out [][]string) {
	for _, a := range axes {
		out = append(out, []string{a.Label})
	}
	return out
}

func BenchmarkAttend(b *testing.B) {
	bench(b, attendCase{mask: causal}.build(), qkv(256, 256))
}

func bench(b *testing.B, p *program, in tensors) {
	m, err := New(p.m, stored{"w": random(source(), Axis{"", 512}, Axis{"", 512})})
	if err != nil {
		b.Fatal(err)
	}
	var ops uint64
	for b.Loop() {
		res, err := m.Run(context.Background(), in, Options{})
		if err != nil {
			b.Fatal(err)
		}
		ops += res.Counts.Contraction / 2
	}
	b.ReportMetric(float64(ops)/1e6/b.Elapsed().Seconds(), "Mmadd/s")
}
