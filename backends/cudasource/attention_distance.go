package cudasource

import (
	"fmt"
	"slices"
	"strings"

	"archc/backends/source"
	"archc/ir"
	"archc/passes/plan"
)

// tabulated is a function of the distance of a key from a query, such as T5's buckets, which are logarithms: there are as many
// values as distances, so a kernel in front makes them, and a pair reads its own.
func (p *attend) tabulated(e *plan.Expr) (string, bool) {
	d := &distances{attend: p}
	folded, ok := d.of(p.folded(e, p.at))
	if !ok || d.query == nil {
		return "", false
	}
	// The key stands from 0 to keys - 1, the query from its first to its last place.
	last := *d.query
	for _, x := range p.lane {
		last = last.Substitute(map[string]ir.Size{p.symbol(x.Label): x.Size.Sub(ir.Const(1))})
	}
	first := *d.query
	for _, x := range p.lane {
		first = first.Substitute(map[string]ir.Size{p.symbol(x.Label): {}})
	}
	if p.differs(first) || p.differs(last) {
		return "", false
	}
	if p.tables == nil {
		p.tables = map[string]plan.View{}
	}
	n := p.size(p.a.Key.Size.Add(last).Sub(first).Add(ir.Const(1))) // one to spare: of no rows there are no less than none
	table, made := p.tables[folded.String()]
	if !made {
		table = plan.View{Store: p.memory.room(n), Axes: []plan.Axis{{Label: "#distance", Size: n, Stride: ir.Const(1)}}}
		p.tables[folded.String()] = table
		k := p.printer.kernel("distances")
		k.use("numbers.cuh")
		k.say("a function of the distance of a key from a query, for all of %s.", k.shown(n))
		k.each([]source.Axis{{Label: "#distance", Size: n}}, func(at map[string]ir.Size) {
			value := k.folded(replaced(folded, at["#distance"].Sub(last)), at)
			k.put("%s[%s] = float(%s);", k.data(table, true), k.place(table, at), k.expr(value))
		})
		k.launch("items("+p.printer.text(n)+")", "")
	}
	return fmt.Sprintf("%s[%s]", p.data(table, false), p.kernel.text(p.at[p.a.Key.Label].Sub(*d.query).Add(last))), true
}

// symbol is the free dim that says where a pair stands along a label.
func (p *attend) symbol(label string) string { return "#in.far." + label }

// differs reports whether a size hangs on where a pair stands.
func (p *attend) differs(s ir.Size) bool {
	return slices.ContainsFunc(s.Frees(), func(f string) bool { return strings.HasPrefix(f, "#in.") })
}

// distance is the free dim in the place of a distance.
const distance = "#distance"

// distances looks at an expression for what it hangs on: the key's place less that of the query, and nothing else.
type distances struct {
	*attend
	query *ir.Size
}

func (d *distances) of(e *plan.Expr) (*plan.Expr, bool) {
	if s, ok := polynomial(e); ok {
		key := d.at[d.a.Key.Label]
		if !d.differs(s) {
			return e, true
		}
		for _, sign := range []int64{1, -1} {
			// sign (key - query)
			query := key.Sub(s.Mul(ir.Const(sign)))
			if slices.Contains(query.Frees(), d.symbol(d.a.Key.Label)) || d.query != nil && !d.query.Equal(query) {
				continue
			}
			d.query = &query
			return &plan.Expr{Fn: "size", Size: ir.Free(distance).Mul(ir.Const(sign))}, true
		}
		return nil, false
	}
	out := *e
	out.Args = make([]*plan.Expr, len(e.Args))
	for i, a := range e.Args {
		var ok bool
		if out.Args[i], ok = d.of(a); !ok {
			return nil, false
		}
	}
	return &out, true
}

// replaced puts a size in the place of the distance.
func replaced(e *plan.Expr, by ir.Size) *plan.Expr {
	out := *e
	if e.Fn == "size" {
		out.Size = e.Size.Substitute(map[string]ir.Size{distance: by})
	}
	out.Args = make([]*plan.Expr, len(e.Args))
	for i, a := range e.Args {
		out.Args[i] = replaced(a, by)
	}
	return &out
}
