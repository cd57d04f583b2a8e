package simplify

import (
	"fmt"
	"strconv"
	"strings"

	"archc/ir"
)

// term is a pattern or a replacement.
type term struct {
	name   string // a variable, when it is neither of the others
	number *float64
	truth  bool // the number is a truth value
	fn     *ir.Fn
	form   *form
	attrs  []string // variables of the attribute's parts, in a replacement also a+b
	args   []*term
}

// root is what a node has to be for the pattern to fit: a scalar function or an op.
func (t *term) root() any {
	if t.fn != nil {
		return t.fn
	}
	if t.form != nil {
		return t.form.op
	}
	return nil // a pattern that is a name or a number fits no node
}

// root is what patterns see of a node.
func root(n *ir.Node) any {
	if a, ok := n.Attr.(*ir.MapAttr); ok {
		return a.Fn
	}
	return n.Op
}

// parseTerm reads a term. Mistakes are of the table in this package and panic; a test reads every rule.
func parseTerm(text string) *term {
	p := &termParser{rest: text}
	t := p.term()
	if p.blank(); p.rest != "" {
		p.fail("the end")
	}
	return t
}

type termParser struct{ rest string }

func (p *termParser) fail(want string) {
	panic(fmt.Sprintf("simplify: a rule: expected %s before %q", want, p.rest))
}

func (p *termParser) blank() { p.rest = strings.TrimLeft(p.rest, " ") }

func (p *termParser) accept(s string) bool {
	p.blank()
	rest, ok := strings.CutPrefix(p.rest, s)
	p.rest = rest
	return ok
}

// word is a name, a number, or what stands between brackets: up to the next sign of the grammar.
func (p *termParser) word() string {
	p.blank()
	n := strings.IndexAny(p.rest, " ,()[]")
	if n < 0 {
		n = len(p.rest)
	}
	if n == 0 {
		p.fail("a name")
	}
	w := p.rest[:n]
	p.rest = p.rest[n:]
	return w
}

func (p *termParser) term() *term {
	w := p.word()
	t := &term{name: w}
	if x, err := strconv.ParseFloat(w, 64); err == nil {
		return &term{number: &x}
	}
	if w == "true" || w == "false" {
		x := 0.0
		if w == "true" {
			x = 1
		}
		return &term{number: &x, truth: true}
	}
	if p.accept("[") {
		for !p.accept("]") {
			t.attrs = append(t.attrs, p.word())
		}
	}
	if !p.accept("(") {
		return t
	}
	t.name = ""
	if t.fn, t.form = ir.FnNamed(w), formOf(w); t.fn == nil && t.form == nil {
		p.fail("a function or an op, not " + w)
	}
	for !p.accept(")") {
		if len(t.args) > 0 && !p.accept(",") {
			p.fail("a comma")
		}
		t.args = append(t.args, p.term())
	}
	return t
}
