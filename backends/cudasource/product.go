package cudasource

import (
	"fmt"

	"archc/ir"
	"archc/passes/plan"
)

// product writes a product with packed weights.
func (w *printer) product(p *plan.Product) {
	f := w.model.fields.packed(p.Weights)
	w.called = f.name
	k := w.kernelOf(f.name, "product")
	n, cols := p.Weights.Rows(), p.Weights.Columns()
	var lanes []axis
	for _, l := range p.Over {
		if !isOne(w.size(l.Size)) {
			lanes = append(lanes, axis{l.Label, w.size(l.Size), []ir.Size{l.In, l.Out, l.Panel}})
		}
	}
	row, col := axis{label: "#row", size: w.size(p.Rows)}, axis{label: "#col", size: n}
	axes := append(append([]axis(nil), lanes...), row, col)
	k.say("out[m][n] = the sum over k of in[m][k] %s[n][k]; %s rows, n = %s, k = %s.", f.name, k.shown(elements(axes[:len(axes)-1])), k.shown(n), k.shown(cols))
	k.use("stream.cuh")
	k.each(axes, func(at map[string]ir.Size) {
		in := k.base(p.In).Add(p.In.Axes[0].Stride.Mul(at["#row"]))
		out := k.base(p.Out).Add(p.Out.Axes[0].Stride.Mul(at["#row"])).Add(at["#col"])
		weight := at["#col"].Mul(ir.Const(stride(p.Weights)))
		for _, l := range lanes {
			in, out = in.Add(l.stride[0].Mul(at[l.label])), out.Add(l.stride[1].Mul(at[l.label]))
			weight = weight.Add(l.stride[2].Mul(at[l.label]).Mul(ir.Const(matrix(p.Weights))))
		}
		id, i := k.fresh("i")
		k.put("float sum = 0.f;")
		k.put("for (long %s = 0; %s < %s; %s++) sum = fmaf(%s[%s], float_of(%s[%s]), sum);", id, id, k.text(cols), id,
			k.data(p.In, false), k.text(in.Add(p.In.Axes[1].Stride.Mul(i))), k.panels(p.Weights), k.text(weight.Add(i)))
		k.put("%s[%s] = sum;", k.data(p.Out, true), k.text(out))
	})
	k.launch("items("+w.text(elements(axes))+")", "")
}

// contract writes a product of two tensors.
func (w *printer) contract(c *plan.Contract) {
	w.called = lastWord(w.scope) + "_sum"
	k := w.kernel("contract")
	pairs := func(list ...plan.Pair) (out []axis) {
		for _, p := range list {
			if !isOne(w.size(p.Size)) {
				out = append(out, axis{p.Label, w.size(p.Size), []ir.Size{p.A, p.B, p.Out}})
			}
		}
		for i := range out {
			out[i].label = string(rune('a'+i)) + out[i].label // M, N and Over may share labels with sums
		}
		return out
	}
	axes := pairs(append(append([]plan.Pair(nil), c.Over...), c.M, c.N)...)
	sums := pairs(append(append([]plan.Pair(nil), c.Inside...), c.K)...)
	k.say("a product of two tensors: %s sums of %s products.", k.shown(elements(axes)), k.shown(elements(sums)))
	k.each(axes, func(at map[string]ir.Size) {
		a, b, out := k.base(c.A), k.base(c.B), k.base(c.Out)
		for _, x := range axes {
			a, b, out = a.Add(x.stride[0].Mul(at[x.label])), b.Add(x.stride[1].Mul(at[x.label])), out.Add(x.stride[2].Mul(at[x.label]))
		}
		k.put("float sum = 0.f;")
		loops := ""
		for _, x := range sums {
			id, i := k.fresh(x.label)
			loops += fmt.Sprintf("for (long %s = 0; %s < %s; %s++) ", id, id, k.text(x.size), id)
			a, b = a.Add(x.stride[0].Mul(i)), b.Add(x.stride[1].Mul(i))
		}
		k.put("%ssum = fmaf(%s[%s], %s[%s], sum);", loops, k.data(c.A, false), k.text(a), k.data(c.B, false), k.text(b))
		k.put("%s[%s] = sum;", k.data(c.Out, true), k.text(out))
	})
	k.launch("items("+w.text(elements(axes))+")", "")
}
