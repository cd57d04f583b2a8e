package ir

import (
	"fmt"
	"slices"
	"strings"

	"archc/ir/diag"
)

// MaxNest bounds how deep regions stand in each other.
const MaxNest = 64

// Parse reads the text form back. Every node's type comes from its op's rule; types written in the text are
// checked against it and may be left out where the rule needs none. The first mistake is returned, as a
// *diag.Diagnostic. What is read is well formed; whether it is meaningful is Verify's to say.
func Parse(src *diag.Source) (*Module, error) {
	p := &parser{src: src, scan: scanner{src: src}, m: &Module{}, dims: map[string]Size{},
		values: map[string]Value{}, taken: map[string]bool{}}
	p.advance()
	p.module()
	if p.err != nil {
		return nil, p.err
	}
	return p.m, nil
}

// parser is a recursive descent over one token of lookahead. After the first mistake only the end is left
// to read, so that no production needs to look at err.
type parser struct {
	src  *diag.Source
	scan scanner
	tok  token // the next one
	last token // the one before
	err  *diag.Diagnostic

	m      *Module
	dims   map[string]Size
	values map[string]Value // those visible here, by number
	open   []string         // their numbers, in order of definition
	taken  map[string]bool  // every number defined so far
	scope  string           // of the node read last
	nest   int              // regions open
	deep   int              // sizes open
	count  int
}

func (p *parser) module() {
	p.expect("model")
	p.m.Name = p.name()
	for p.at("dim") {
		p.dim()
	}
	p.m.Body = &Region{Name: "body"}
	for p.err == nil && p.tok.kind != tokEnd && !p.at("output") {
		p.node(p.m.Body)
	}
	for p.at("output") {
		p.output()
		p.m.Body.Results = append(p.m.Body.Results, p.m.Outputs[len(p.m.Outputs)-1].Value)
	}
	if p.tok.kind != tokEnd {
		p.fail(diag.IRSyntax, p.tok, "expected output or the end, found %s", p.tok)
	}
}

func (p *parser) dim() {
	start := p.tok
	p.advance()
	at := p.tok
	d := Dim{Label: p.label()}
	if _, ok := p.dims[d.Label]; ok {
		p.fail(diag.IRName, at, "dim %s is defined twice", at)
	}
	switch {
	case p.accept("="):
		d.Size = p.length()
	case plain(d.Label):
		d.Size = Free(d.Label)
	default:
		p.fail(diag.IRSize, p.tok, "expected = and the size of dim %s, found %s", at, p.tok)
	}
	if p.accept("=") {
		for d.Factors = []string{p.label()}; p.labelNext(); {
			d.Factors = append(d.Factors, p.label())
		}
	}
	p.dims[d.Label] = d.Size
	d.Src = p.span(start).To(p.span(p.last))
	p.m.Dims = append(p.m.Dims, d)
}

func (p *parser) output() {
	p.advance()
	out := Port{Name: p.name()}
	p.expect("=")
	out.Value = p.use()
	p.m.Outputs = append(p.m.Outputs, out)
}

// node reads one line, and the regions below it.
func (p *parser) node(into *Region) {
	start := p.tok
	ids := p.results()
	n := &Node{Op: p.op()}
	if p.err != nil {
		return
	}
	if n.Op.Attr != nil {
		n.Attr = n.Op.Attr()
		n.Attr.read(p)
	}
	n.Args = p.args(n)
	n.Outs = p.types()
	p.mark(n)
	n.Src = p.span(start).To(p.span(p.last))
	p.regions(n)
	p.finish(n, ids)
	into.Nodes = append(into.Nodes, n)
}

func (p *parser) results() []token {
	var ids []token
	for more := p.tok.kind == tokValue; more && p.err == nil; more = p.accept(",") {
		ids = append(ids, p.number())
	}
	if len(ids) > 0 {
		p.expect("=")
	}
	return ids
}

func (p *parser) op() *Op {
	t := p.tok
	op := OpNamed(p.plainWord("an op"))
	if op == nil || op == Arg {
		p.unknown(t, "op", opNames())
	}
	return op
}

// args reads the arguments, in groups where the attribute divides them.
func (p *parser) args(n *Node) []Value {
	var count []int
	g, ok := n.Attr.(grouped)
	if ok {
		count = g.groups(0)
	}
	if count == nil {
		return p.uses()
	}
	at := p.tok
	var out []Value
	p.expect("(")
	for i := range count {
		if i > 0 {
			p.expect(";")
		}
		vs := p.uses()
		out, count[i] = append(out, vs...), len(vs)
	}
	p.expect(")")
	if err := g.regroup(count); err != nil {
		p.fail(diag.IRType, at, "%s: %v", n.Op.Name, err)
	}
	return out
}

func (p *parser) uses() []Value {
	var out []Value
	for more := p.tok.kind == tokValue && !p.tok.fresh; more && p.err == nil; more = p.accept(",") {
		out = append(out, p.use())
	}
	return out
}

// use reads the number of a value that is visible here.
func (p *parser) use() Value {
	t := p.number()
	v, ok := p.values[t.text]
	switch {
	case p.err != nil || ok:
	case p.taken[t.text]:
		p.fail(diag.IRName, t, "%s belongs to a region that has ended", t)
	default:
		p.fail(diag.IRName, t, "%s is not defined before this line", t)
	}
	return v
}

// types reads what stands behind the colon, nothing where it is left out.
func (p *parser) types() []Type {
	var out []Type
	for more := p.accept(":"); more && p.err == nil; more = p.accept(",") {
		out = append(out, p.typ())
	}
	return out
}

// mark reads @ "scope" name. A word on the next line is no name.
func (p *parser) mark(n *Node) {
	if p.accept("@") {
		if p.tok.kind == tokString && !p.tok.fresh {
			p.scope = p.str()
		}
		if (p.tok.kind == tokWord || p.tok.kind == tokString) && !p.tok.fresh {
			n.Name = p.name()
		}
	}
	n.Scope = p.scope
}

func (p *parser) regions(n *Node) {
	defer inside(p.dims, n)()
	for _, want := range n.Op.Regions {
		if name := strings.TrimSuffix(want, "?"); p.at(name) {
			n.Regions = append(n.Regions, p.region())
		}
	}
}

func (p *parser) region() *Region {
	at := p.tok
	r := &Region{Name: p.plainWord("a region")}
	if p.nest++; p.nest > MaxNest {
		p.fail(diag.IRLimit, at, "regions nest more than %d deep", MaxNest)
	}
	mark := len(p.open)
	p.list("(", ")", func() { p.param(r) })
	p.expect("{")
	for p.err == nil && !p.at("give") {
		p.node(r)
	}
	p.expect("give")
	r.Results = p.uses()
	p.expect("}")
	for _, id := range p.open[mark:] {
		delete(p.values, id)
	}
	p.open = p.open[:mark]
	p.nest--
	return r
}

func (p *parser) param(r *Region) {
	id := p.number()
	p.expect(":")
	n := &Node{Op: Arg, Outs: []Type{p.typ()}}
	p.mark(n)
	n.Src = p.span(id).To(p.span(p.last))
	p.define(id, Value{n, 0})
	r.Params = append(r.Params, n)
}

func (p *parser) number() token {
	t := p.tok
	if t.kind != tokValue {
		p.fail(diag.IRSyntax, t, "expected a value, found %s", t)
	}
	p.advance()
	return t
}

func (p *parser) define(id token, v Value) {
	if p.taken[id.text] {
		p.fail(diag.IRName, id, "%s is defined twice", id)
	}
	p.taken[id.text], p.values[id.text] = true, v
	p.open = append(p.open, id.text)
}

// finish applies the op's rule, compares with what the text says, and makes the results visible.
func (p *parser) finish(n *Node, ids []token) {
	if p.err != nil {
		return
	}
	if a, ok := n.Attr.(*ParamAttr); ok && len(n.Outs) == 1 {
		a.complete(n.Outs[0])
	}
	outs, err := n.infer()
	if err == nil {
		err = differ(n.Outs, outs)
	}
	if err == nil && len(ids) != len(outs) {
		err = fmt.Errorf("%d results, not %d", len(outs), len(ids))
	}
	if err != nil {
		p.stop(diag.New(diag.IRType, n.Src, "%s: %v", n.Op.Name, err))
		return
	}
	n.Outs = outs
	p.limits(n)
	for i, id := range ids {
		p.define(id, Value{n, i})
	}
	if a, ok := n.Attr.(*InputAttr); ok {
		p.m.Inputs = append(p.m.Inputs, Port{a.Name, Value{n, 0}})
	}
}

// differ compares written types, if any, with those of the rule.
func differ(written, outs []Type) error {
	if len(written) > 0 && len(written) != len(outs) {
		return fmt.Errorf("%d types are written, its rule gives %d", len(written), len(outs))
	}
	for i, t := range written {
		if !t.Equal(outs[i]) {
			return fmt.Errorf("the text says %s, its rule gives %s", long(t), long(outs[i]))
		}
	}
	return nil
}

func (p *parser) limits(n *Node) {
	if p.count++; p.count > MaxNodes {
		p.stop(diag.New(diag.IRLimit, n.Src, "more than %d nodes", MaxNodes))
	}
	if n.Op == Input && p.nest > 0 {
		p.stop(diag.New(diag.IRSyntax, n.Src, "an input stands in a region"))
	}
	for _, t := range n.Outs {
		if err := tooLarge(t.Axes); err != nil {
			p.stop(diag.New(diag.IRLimit, n.Src, "%s: %v", n.Op.Name, err))
		}
	}
}

func opNames() []string {
	var out []string
	for _, op := range Ops() {
		out = append(out, op.Name)
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == Arg.Name })
}

func fnNames() []string {
	var out []string
	for _, f := range Fns() {
		out = append(out, f.Name)
	}
	return out
}
