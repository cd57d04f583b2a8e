package ir

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The rules about dims, ports and stored tensors.

func dimRows(c *checker) {
	known := dimSizes(c.m.Dims)
	c.walk(func(n *Node, _ *place) {
		for _, t := range n.Outs {
			for _, a := range t.Axes {
				if _, ok := known[a.Label]; !ok {
					known[a.Label] = a.Size // a composite or a number as a factor
				}
			}
		}
	})
	seen := map[string]bool{}
	for _, d := range c.m.Dims {
		if seen[d.Label] {
			c.broken(nil, "dim %s has two rows", d.Label)
		}
		seen[d.Label] = true
		product := Const(1)
		for _, f := range d.Factors {
			s, ok := known[f]
			if !ok {
				s, ok = alone(nil, f)
			}
			if !ok {
				c.broken(nil, "dim %s has the factor %s, which is no dim", d.Label, f)
			}
			product = product.Mul(s)
		}
		if len(d.Factors) > 0 && !product.Equal(d.Size) {
			c.broken(nil, "dim %s = %s, its factors %s make %s", d.Label, d.Size, list(d.Factors), product)
		}
	}
}

func dimSizesHold(c *checker) {
	table := dimSizes(c.m.Dims)
	c.walk(func(n *Node, at *place) {
		keys := map[string]bool{}
		for owner := range at.around {
			if label, ok := owner.counted(); ok {
				keys[label] = true
			}
		}
		for _, t := range n.Outs {
			for _, a := range t.Axes {
				want, ok := table[a.Label]
				if keys[a.Label] {
					want, ok = Free(a.Label), true
				}
				if ok && !a.Size.Equal(want) {
					c.broken(n, "axis %s has size %s, not %s", a.Label, a.Size, want)
				}
			}
		}
	})
}

func ports(c *checker) {
	unique := func(what string, ports []Port) {
		seen := map[string]bool{}
		for _, p := range ports {
			if seen[p.Name] {
				c.broken(nil, "two %ss are named %s", what, p.Name)
			}
			seen[p.Name] = true
		}
	}
	unique("input", c.m.Inputs)
	unique("output", c.m.Outputs)
	if !slices.EqualFunc(c.m.Body.Results, c.m.Outputs, func(v Value, p Port) bool { return v == p.Value }) {
		c.broken(nil, "the body gives other values than the outputs")
	}
}

// piece is a part of a checkpoint key: text, or the variable of a loop plus a number.
type piece struct {
	text   string
	hole   bool
	name   string
	offset int64
}

// keyPieces takes a key apart at its braces.
func keyPieces(key string) ([]piece, error) {
	var out []piece
	for key != "" {
		text, rest, open := strings.Cut(key, "{")
		if strings.Contains(text, "}") {
			return nil, fmt.Errorf("a brace closes that did not open")
		}
		if text != "" {
			out = append(out, piece{text: text})
		}
		if !open {
			return out, nil
		}
		inner, after, closed := strings.Cut(rest, "}")
		if !closed {
			return nil, fmt.Errorf("a brace does not close")
		}
		p, err := hole(inner)
		if err != nil {
			return nil, err
		}
		out, key = append(out, p), after
	}
	return out, nil
}

// hole reads what stands between braces: l, l+1, l-1.
func hole(inner string) (piece, error) {
	p := piece{hole: true, name: inner}
	if i := strings.IndexAny(inner, "+-"); i >= 0 {
		n, err := strconv.ParseInt(inner[i:], 10, 32)
		if err != nil {
			return p, fmt.Errorf("{%s} is not a name and a number", inner)
		}
		p.name, p.offset = inner[:i], n
	}
	if !plain(p.name) {
		return p, fmt.Errorf("{%s} does not name a variable", inner)
	}
	return p, nil
}

// loopOf is the loop around a place that has the variable.
func loopOf(at *place, name string) (Loop, bool) {
	for owner := range at.around {
		if l, ok := owner.Loop(); ok && l.Var == name {
			return l, true
		}
	}
	return Loop{}, false
}

func placeholders(c *checker) {
	c.each(Param, func(n *Node, at *place) {
		key := n.Attr.(*ParamAttr).Key
		pieces, err := keyPieces(key)
		if err != nil {
			c.broken(n, "key %q: %v", key, err)
		}
		for _, p := range pieces {
			if !p.hole {
				continue
			}
			l, ok := loopOf(at, p.name)
			if !ok {
				c.broken(n, "key %q: no repeat around has the variable %s", key, p.name)
			} else if _, number := l.Count.Rat(); !number {
				c.broken(n, "key %q: %s runs %s times, which is no number", key, p.name, l.Count)
			}
		}
	})
}

func storedLabels(c *checker) {
	c.each(Param, func(n *Node, _ *place) {
		a := n.Attr.(*ParamAttr)
		stored, labels := slices.Concat(a.Stored...), n.Outs[0].Labels()
		slices.Sort(stored)
		slices.Sort(labels)
		if !slices.Equal(stored, labels) {
			c.broken(n, "key %q is stored as %v, its axes are %s", a.Key, a.Stored, list(n.Outs[0].Labels()))
		}
	})
}

func loopVars(c *checker) {
	dims := inputDims(c.m)
	c.walk(func(n *Node, at *place) {
		l, ok := n.Loop()
		if !ok {
			return
		}
		if !plain(l.Var) {
			c.broken(n, "the variable %q is no plain name", l.Var)
		}
		if _, twice := loopOf(at, l.Var); twice {
			c.broken(n, "a repeat around has the variable %s too", l.Var)
		}
		if dims[l.Var] {
			c.broken(n, "the variable %s is a dim of the inputs", l.Var)
		}
		if first := n.Regions[0].Params[0].Outs[0]; !first.Equal(Scalar(Int)) {
			c.broken(n, "the first parameter of the body is %s, not int[]", long(first))
		}
	})
}

// inputDims are the free dims that the inputs bind.
func inputDims(m *Module) map[string]bool {
	dims := map[string]bool{}
	for _, p := range m.Inputs {
		for _, a := range p.Type().Axes {
			for _, name := range a.Size.Frees() {
				dims[name] = true
			}
		}
	}
	return dims
}
