package cost

import (
	"fmt"
	"strings"
	"testing"

	"archc/ir"
)

// keys adds params of 6 elements and returns the last, for modules that only store.
func keys(n *net, texts ...string) ir.Value {
	var v ir.Value
	for _, k := range texts {
		v = n.param(k, dim("A", 2), dim("C", 3))
	}
	return v
}

// stacks is a module of repeats over the layers first, first+step, ..., each with the given keys.
func stacks(t *testing.T, outer []string, layers ...stack) *ir.Module {
	n := newNet(t)
	x := n.input("x", ir.Real, free("T"))
	keys(n, outer...)
	for _, s := range layers {
		x = n.repeat(s.first, s.step, s.count, x, func(x ir.Value) ir.Value {
			keys(n, s.keys...)
			return x
		})
	}
	return n.done(x)
}

type stack struct {
	first, step, count int64
	keys               []string
}

func TestEachStoredKeyCountsOnce(t *testing.T) {
	for _, c := range []struct {
		name    string
		outer   []string
		layers  []stack
		tensors int64
	}{
		{"two", []string{"a", "b"}, nil, 2},
		{"tied", []string{"a", "b", "a"}, nil, 2},
		{"a layer's", nil, []stack{{0, 1, 80, []string{"layers.{l}.w", "layers.{l}.b"}}}, 160},
		{"shared by the layers", nil, []stack{{0, 1, 80, []string{"layers.{l}.w", "shared.w"}}}, 81},
		{"the next layer's", nil, []stack{{0, 1, 80, []string{"x.{l}", "x.{l+1}"}}}, 81},
		{"the layer before's", nil, []stack{{1, 1, 80, []string{"x.{l}", "x.{l-1}"}}}, 81},
		{"two lattices", nil, []stack{{0, 2, 3, []string{"x.{l}"}}, {1, 2, 3, []string{"x.{l}"}}}, 6},
		{"lattices that meet", nil, []stack{{0, 2, 6, []string{"x.{l}"}}, {0, 3, 4, []string{"x.{l}"}}}, 8},
		{"the same stack again", nil, []stack{{0, 1, 4, []string{"x.{l}"}}, {0, 1, 4, []string{"x.{l}"}}}, 4},
		{"one of a stack by its number", []string{"x.3", "x.9"}, []stack{{0, 1, 8, []string{"x.{l}"}}}, 9},
		{"no run", []string{"a"}, []stack{{0, 1, 0, []string{"x.{l}", "b"}}}, 1},
		{"within a segment", nil, []stack{{0, 1, 5, []string{"weight_ih_l{l}"}}}, 5},
		{"deep", nil, []stack{{0, 1, 1 << 30, []string{"x.{l}"}}}, 1 << 30},
	} {
		p := report(t, stacks(t, c.outer, c.layers...)).Parameters
		wantInt(t, c.name, p.Total, 6*c.tensors)
		wantInt(t, c.name+" tensors", p.Tree.Tensors, c.tensors)
		wantInt(t, c.name+" buffers", p.Buffers, 0)
	}
}

func TestNestedRepeatsMultiplyKeys(t *testing.T) {
	n := newNet(t)
	x := n.repeat(0, 1, 4, n.input("x", ir.Real, free("T")), func(x ir.Value) ir.Value {
		r := n.Enter("body")
		n.Param(ir.Scalar(ir.Int), "e")
		inner := n.Param(x.Type(), "x")
		keys(n, "layers.{l}.experts.{e}.w", "layers.{l}.w", "w.{l}{e}", "shared.{e}")
		r.Results = []ir.Value{inner}
		n.Leave()
		return n.add(ir.Repeat, &ir.RepeatAttr{Var: "e", Step: 1, Count: ir.Const(12)}, []ir.Value{x}, r)
	})
	p := report(t, n.done(x)).Parameters
	// w.{l}{e}: 0..3 before 0..11; "1"+"1" and "11" do not meet as l has one digit, so 48 keys.
	wantInt(t, "parameters", p.Total, 6*(48+4+48+12))
}

func TestTreeSumsByPath(t *testing.T) {
	n := newNet(t)
	n.param("model.embed.weight", dim("V", 10), dim("D", 4))
	n.buffer("model.freqs", dim("D", 4))
	x := n.repeat(0, 1, 3, n.input("x", ir.Real, free("T")), func(x ir.Value) ir.Value {
		n.param("model.layers.{l}.mlp.w", dim("D", 4), dim("F", 5))
		n.param("model.layers.{l}.norm", dim("D", 4))
		n.buffer("model.layers.{l}.mean", dim("D", 4))
		return x
	})
	n.param("model.embed.weight", dim("V", 10), dim("D", 4)) // the tied head
	p := report(t, n.done(x)).Parameters
	var lines []string
	var print func(t *Tree, depth int)
	print = func(t *Tree, depth int) {
		lines = append(lines, fmt.Sprintf("%s%s %s+%s/%s", strings.Repeat("-", depth),
			t.Name, t.Parameters, t.Buffers, t.Tensors))
		for _, c := range t.Children {
			print(c, depth+1)
		}
	}
	print(p.Tree, 0)
	wantText(t, "tree", strings.Join(lines, "\n"), `
 112+16/11
-model 112+16/11
--embed 40+0/1
---weight 40+0/1
--freqs 0+4/1
--layers 72+12/9
---{l} 72+12/9
----mlp 60+0/3
-----w 60+0/3
----norm 12+0/3
----mean 0+12/3`[1:])
	wantInt(t, "total", p.Total, 112)
	wantInt(t, "buffers", p.Buffers, 16)
}

func TestParameterErrorsNameTheKey(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(n *net)
		want string
	}{
		{"no such variable", func(n *net) { keys(n, "x.{m}.w") }, `key "x.{m}.w": no enclosing repeat runs over m`},
		{"below zero", func(n *net) {
			n.repeat(0, 1, 2, n.input("x", ir.Real), func(x ir.Value) ir.Value { keys(n, "x.{l-1}"); return x })
		}, `key "x.{l-1}": {l-1} would become -1`},
		{"two sizes", func(n *net) { keys(n, "a"); n.param("a", dim("A", 5)) },
			`key "a": one use has 6 elements, another 5`},
		{"two sizes in a stack", func(n *net) {
			n.param("x.3", dim("A", 5))
			n.repeat(0, 1, 8, n.input("x", ir.Real), func(x ir.Value) ir.Value { keys(n, "x.{l}"); return x })
		}, `key "x.3": one use has 5 elements, another 6`},
		{"buffer and not", func(n *net) {
			keys(n, "a")
			n.buffer("a", dim("A", 2), dim("C", 3))
		}, `key "a": a buffer in one use, a parameter in another`},
		{"free size", func(n *net) { n.param("pos", free("P")) }, `key "pos": its size P is not a whole number`},
		{"too many to compare", func(n *net) {
			x := n.input("x", ir.Real)
			for _, step := range []int64{2, 3} {
				x = n.repeat(0, step, 1<<30, x, func(x ir.Value) ir.Value { keys(n, "x.{l}"); return x })
			}
		}, `key "x.{l}": more than 1048576 keys to tell apart`},
	} {
		n := newNet(t)
		c.make(n)
		_, err := Of(n.open(), Options{})
		if err == nil {
			t.Errorf("%s: no error", c.name)
			continue
		}
		wantText(t, c.name, err.Error(), "model Test: "+c.want)
	}
}
