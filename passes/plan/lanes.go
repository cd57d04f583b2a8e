package plan

import (
	"slices"

	"archc/ir"
)

// lanesAttend plans attention in lanes where its parts are of that form; else it plans nothing.
func (b *builder) lanesAttend(n *ir.Node) bool {
	if b.options.Rowwise {
		return false
	}
	r := b.rolesOf(n)
	if !r.inLanes(n) {
		return false
	}
	a := n.Attr.(*ir.AttendAttr)
	score, mask := n.RegionNamed("score"), n.RegionNamed("mask")
	key := ir.Axis{Label: a.Key, Size: b.keySize(n)}
	query := ir.Axis{Label: a.Query, Size: one()}
	for _, q := range n.Args[:a.Queries] {
		if t := b.typeOf(q); a.Query != "" && t.Has(a.Query) {
			query = t.Axes[t.Find(a.Query)]
		}
	}
	p := &scorer{builder: b, a: &Attention{Key: Dim{key.Label, key.Size}}, regs: map[ir.Value]int{}, roles: r}
	i := constant(0)
	if a.Query != "" {
		i = index(query)
	}
	args := []value{{expr: i}, {expr: index(key)}}
	for _, v := range n.Args[:a.Queries+a.Keys] {
		args = append(args, b.value(v))
	}
	for k, v := range score.Params {
		b.values[ir.Value{Node: v}] = args[k]
	}
	for k, v := range mask.Params {
		b.values[ir.Value{Node: v}] = args[k]
	}
	b.meaning(a.Key, key.Size, func() {
		p.region(mask)
		p.region(score)
		last := p.reg(score.Results[0])
		p.masks(mask.Results[0], &last)
		p.a.Score = needed(p.a.Score, last, ofPairOp)
		p.a.Norm = b.normalizer(n, r, args[0])
	})
	var values []View
	for _, v := range n.Args[a.Queries+a.Keys:] {
		values = append(values, b.read(v))
	}
	p.finish(n, query, key, values)
	return true
}

// isSoftmax recognizes e / sum(e) where e = exp(s - max(s)), along the keys.
func isSoftmax(r *ir.Region, key string) bool {
	is := func(v ir.Value, fn string) bool {
		a, ok := v.Node.Attr.(*ir.MapAttr)
		return ok && v.Node.Op == ir.Map && a.Fn.Name == fn
	}
	reduces := func(v ir.Value, fn string, of ir.Value) bool {
		a, ok := v.Node.Attr.(*ir.ReduceAttr)
		return ok && !a.Prefix && a.Fn == fn && slices.Equal(a.Labels, []string{key}) && v.Node.Args[0] == of
	}
	s, w := ir.Value{Node: r.Params[0]}, r.Results[0]
	if !is(w, "div") {
		return false
	}
	e := w.Node.Args[0]
	if !is(e, "exp") || !reduces(w.Node.Args[1], "sum", e) {
		return false
	}
	d := e.Node.Args[0]
	return is(d, "sub") && d.Node.Args[0] == s && reduces(d.Node.Args[1], "max", s)
}
