package order

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"archc/ir"
)

// nodes lists the nodes of a module that have an op, in order.
func nodes(m *ir.Module, op *ir.Op) []*ir.Node {
	var out []*ir.Node
	m.Body.Walk(func(n *ir.Node, _ int) {
		if n.Op == op {
			out = append(out, n)
		}
	})
	return out
}

func mapped(m *ir.Module, fn string) []*ir.Node {
	return slices.DeleteFunc(nodes(m, ir.Map), func(n *ir.Node) bool { return n.Attr.(*ir.MapAttr).Fn.Name != fn })
}

// skip lets the users of a node take its argument.
func skip(m *ir.Module, n *ir.Node, arg int) {
	newEditor(m).replace(ir.Value{Node: n}, n.Args[arg])
}

// scaledLatent divides what is made of the latents, so that an absorbed map has a number to carry along.
var scaledLatent = strings.NewReplacer(
	`%6 = slice "N+W" from 0 -> N %5`, "%40 = const 5 : []\n%41 = map div %5, %40 : [S, H, \"N+W\"={NW}]\n%6 = slice \"N+W\" from 0 -> N %41",
	`{N} -> W %5`, `{N} -> W %41`).Replace(latent)

// TestPlantedMistakes damages rewritten modules as a wrong pass would: the comparison with what was written, or the
// verifier, must notice each.
func TestPlantedMistakes(t *testing.T) {
	latents := map[string]int64{"H": 3, "N": 2, "R": 2, "W": 2, "C": 5, "NW": 4}
	bases := map[string]string{
		"latent":   with(scaledLatent, latents),
		"kernel":   kernelAt(causal, bySum),
		"additive": with(additive+softmax(18, "S", "")+"\n\noutput y = %5\n", map[string]int64{"A": 4, "D": 6}),
		"chain":    chain,
	}
	for _, c := range []struct {
		name, base string
		plant      func(m *ir.Module)
	}{
		{"a number that was absorbed is dropped", "latent", func(m *ir.Module) { skip(m, mapped(m, "div")[0], 0) }},
		{"the number is applied twice", "latent", func(m *ir.Module) {
			n := mapped(m, "div")[0]
			twice := *n
			twice.Args = []ir.Value{{Node: n}, n.Args[1]}
			e := newEditor(m)
			e.replace(ir.Value{Node: n}, ir.Value{Node: &twice})
			r := e.home[n]
			r.Nodes = slices.Insert(r.Nodes, slices.Index(r.Nodes, n)+1, &twice)
		}},
		{"multiplied instead of divided", "latent", func(m *ir.Module) {
			mapped(m, "div")[0].Attr = &ir.MapAttr{Fn: ir.FnNamed("mul")}
		}},
		{"the wrong half of the map", "latent", func(m *ir.Module) {
			a := *nodes(m, ir.Slice)[0].Attr.(*ir.SliceAttr)
			a.Start = ir.Const(2).Sub(a.Start)
			nodes(m, ir.Slice)[0].Attr = &a
		}},
		{"the map of the keys for the values", "latent", func(m *ir.Module) {
			s := nodes(m, ir.Slice)
			a := *s[0].Attr.(*ir.SliceAttr)
			a.Into = s[1].Attr.(*ir.SliceAttr).Into
			s[1].Attr = &a
		}},
		{"a label is summed that stays", "latent", func(m *ir.Module) {
			c := nodes(m, ir.Contract)[0]
			c.Attr = &ir.SumAttr{Labels: append([]string{"H"}, c.Attr.(*ir.SumAttr).Labels...)}
		}},
		{"two queries are swapped", "additive", func(m *ir.Module) {
			a := nodes(m, ir.Attend)[0]
			a.Args[0], a.Args[1] = a.Args[1], a.Args[0]
		}},
		{"the bias of the other side", "additive", func(m *ir.Module) {
			c := nodes(m, ir.Contract)
			c[0].Args[1], c[1].Args[1] = c[1].Args[1], c[0].Args[1]
		}},
		{"one side is left out", "additive", func(m *ir.Module) { skip(m, mapped(m, "add")[0], 0) }},
		{"running sums are no sums", "kernel", func(m *ir.Module) {
			n := nodes(m, ir.Reduce)[0]
			n.Attr = &ir.ReduceAttr{Fn: "max", Labels: []string{"T'"}, Prefix: true}
		}},
		{"running sums are read backwards", "kernel", func(m *ir.Module) {
			n := nodes(m, ir.Rename)[len(nodes(m, ir.Rename))-1]
			e := newEditor(m)
			s := e.sketch(n)
			v := s.add(ir.Reverse, &ir.LabelAttr{Label: "T"}, ir.Value{Node: n})
			e.replace(ir.Value{Node: n}, v, v.Node)
			s.insert(n, true)
		}},
		{"the sum of the scores is forgotten", "kernel", func(m *ir.Module) { skip(m, mapped(m, "div")[0], 0) }},
		{"a number of the score is in one sum alone", "kernel", func(m *ir.Module) { skip(m, mapped(m, "mul")[0], 0) }},
		{"features without their function", "kernel", func(m *ir.Module) { skip(m, mapped(m, "exp")[0], 0) }},
		{"a sum is left out", "chain", func(m *ir.Module) {
			c := nodes(m, ir.Contract)[0]
			c.Attr = &ir.SumAttr{}
		}},
		{"a scale is dropped", "chain", func(m *ir.Module) { skip(m, mapped(m, "div")[0], 0) }},
	} {
		m := parse(t, bases[c.base])
		form := choice(t, m).Long
		if s := choice(t, m).Short; s != nil {
			form = s
		}
		points := map[string]int64{"T": 4, "S": 5}
		if d, err := distance(m, form, points, 1); err != nil || d > 1e-12 {
			t.Fatalf("%s: without a mistake: %g, %v", c.base, d, err)
		}
		before := ir.Text(form)
		func() {
			defer func() {
				if r := recover(); r != nil {
					t.Errorf("%s: the mistake is not there to be made: %v\n%s", c.name, r, before)
				}
			}()
			c.plant(form)
		}()
		if ir.Text(form) == before {
			t.Errorf("%s: nothing is planted", c.name)
		}
		if len(ir.Verify(form)) > 0 {
			continue
		}
		if d, err := distance(m, form, points, 1); err == nil && d <= 1e-12 {
			t.Errorf("%s: not noticed\n%s", c.name, fmt.Sprint(ir.Text(form)))
		}
	}
}
