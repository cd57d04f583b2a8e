package ir

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"archc/ir/diag"
)

// Format chooses what the text form shows beside the module itself.
type Format struct {
	Positions bool // trailing // file:line:col comments; they do not parse back
}

// Print writes the canonical text form. A module that breaks a structural rule of the verifier has none:
// the error is that rule's.
func Print(w io.Writer, m *Module) error { return Format{}.Print(w, m) }

// Text is the canonical text form as a string; what cannot be printed says so in a comment.
func Text(m *Module) string {
	var b strings.Builder
	if err := Print(&b, m); err != nil {
		return "// " + err.Error() + "\n"
	}
	return b.String()
}

// Print writes the text form.
func (f Format) Print(w io.Writer, m *Module) error {
	if errs := structure(m); len(errs) > 0 {
		return errs[0]
	}
	p := &printer{dims: dimSizes(m.Dims), ids: number(m), positions: f.Positions}
	p.module(m)
	_, err := io.WriteString(w, p.b.String())
	return err
}

// printer collects the text. dims are the sizes that a label alone stands for.
type printer struct {
	b         strings.Builder
	dims      map[string]Size
	ids       map[Value]int
	scope     string // of the node printed last
	depth     int
	positions bool
}

func dimSizes(dims []Dim) map[string]Size {
	out := make(map[string]Size, len(dims))
	for _, d := range dims {
		out[d.Label] = d.Size
	}
	return out
}

// number counts the values in the order of the text: a node's results before what its regions hold.
func number(m *Module) map[Value]int {
	ids := map[Value]int{}
	m.Body.Walk(func(n *Node, _ int) {
		for i := range n.Outs {
			ids[Value{n, i}] = len(ids)
		}
	})
	return ids
}

func (p *printer) word(format string, args ...any) { fmt.Fprintf(&p.b, format, args...) }

func (p *printer) indent() { p.b.WriteString(strings.Repeat("  ", p.depth)) }

// newline ends a line, with its position where that is asked for.
func (p *printer) newline(at diag.Span) {
	if p.positions && !at.IsZero() {
		p.word(" // %s", diag.Clean(at.String()))
	}
	p.b.WriteByte('\n')
}

func (p *printer) module(m *Module) {
	p.word("model %s\n\n", quote(m.Name))
	for _, d := range m.Dims {
		p.dim(d)
	}
	if len(m.Dims) > 0 {
		p.b.WriteByte('\n')
	}
	p.nodes(m.Body)
	if len(m.Body.Nodes) > 0 && len(m.Outputs) > 0 {
		p.b.WriteByte('\n')
	}
	for _, o := range m.Outputs {
		p.word("output %s = %s\n", quote(o.Name), p.value(o.Value))
	}
}

func (p *printer) dim(d Dim) {
	p.word("dim %s", p.label(d.Label))
	if !plain(d.Label) || !d.Size.Equal(Free(d.Label)) || len(d.Factors) > 0 {
		p.word(" = %s", d.Size)
	}
	if len(d.Factors) > 0 {
		p.word(" =")
		for _, f := range d.Factors {
			p.word(" %s", p.label(f))
		}
	}
	p.newline(d.Src)
}

func (p *printer) nodes(r *Region) {
	for _, n := range r.Nodes {
		p.node(n)
	}
}

func (p *printer) node(n *Node) {
	p.indent()
	if len(n.Outs) > 0 {
		p.word("%s = ", p.results(n))
	}
	p.word("%s", n.Op.Name)
	if n.Attr != nil {
		p.b.WriteByte(' ')
		n.Attr.write(p, n)
	}
	p.args(n)
	p.types(n)
	p.mark(n)
	p.newline(n.Src)
	p.depth++
	defer inside(p.dims, n)()
	for _, r := range n.Regions {
		p.region(r)
	}
	p.depth--
}

// counted is the label whose size in the regions of a node is its own free size, a number that only a run knows:
// the admitted keys of an attend, the rows of one expert. Other nodes have none.
func (n *Node) counted() (label string, ok bool) {
	switch a := n.Attr.(type) {
	case *AttendAttr:
		return a.Key, true
	case *ExpertsAttr:
		return a.Rows, true
	}
	return "", false
}

// inside makes such a label mean its own free size, as it does in the regions, until the result is called.
func inside(dims map[string]Size, n *Node) (leave func()) {
	label, ok := n.counted()
	if !ok || !plain(label) {
		return func() {}
	}
	old, had := dims[label]
	dims[label] = Free(label)
	return func() {
		if dims[label] = old; !had {
			delete(dims, label)
		}
	}
}

func (p *printer) value(v Value) string { return "%" + strconv.Itoa(p.ids[v]) }

func (p *printer) results(n *Node) string {
	out := make([]string, len(n.Outs))
	for i := range n.Outs {
		out[i] = p.value(Value{n, i})
	}
	return strings.Join(out, ", ")
}

func (p *printer) values(vs []Value) string {
	out := make([]string, len(vs))
	for i, v := range vs {
		out[i] = p.value(v)
	}
	return strings.Join(out, ", ")
}

// args prints the arguments, in groups where the attribute divides them: (queries; keys; values).
func (p *printer) args(n *Node) {
	var sizes []int
	if g, ok := n.Attr.(grouped); ok {
		sizes = g.groups(len(n.Args))
	}
	switch {
	case sizes != nil:
		parts, from := make([]string, len(sizes)), 0
		for i, size := range sizes {
			parts[i] = p.values(n.Args[from : from+size])
			from += size
		}
		p.word(" (%s)", strings.Join(parts, "; "))
	case len(n.Args) > 0:
		p.word(" %s", p.values(n.Args))
	}
}

func (p *printer) types(n *Node) {
	for i, t := range n.Outs {
		sep := ", "
		if i == 0 {
			sep = " : "
		}
		p.word("%s%s", sep, p.typ(t))
	}
}

// mark prints the scope where it differs from the node's before, and the author's name.
func (p *printer) mark(n *Node) {
	if n.Scope == p.scope && n.Name == "" {
		return
	}
	p.word(" @")
	// A name that needs quotes stands behind its scope: the first string is the scope.
	if n.Scope != p.scope || n.Name != "" && !plain(n.Name) {
		p.word(" %s", strconv.Quote(n.Scope))
	}
	if n.Name != "" {
		p.word(" %s", quote(n.Name))
	}
	p.scope = n.Scope
}

func (p *printer) region(r *Region) {
	p.indent()
	p.word("%s(", r.Name)
	for i, n := range r.Params {
		if i > 0 {
			p.word(", ")
		}
		p.word("%s", p.results(n))
		p.types(n)
		p.mark(n)
	}
	p.word(") {\n")
	p.depth++
	p.nodes(r)
	p.indent()
	p.word("%s\n", strings.TrimSpace("give "+p.values(r.Results)))
	p.depth--
	p.indent()
	p.word("}\n")
}

// label writes a label: plain names and whole numbers as they are, others as a string.
func (p *printer) label(l string) string {
	if decimal(l) {
		return l
	}
	return quote(l)
}

func (p *printer) labels(ls []string, sep string) string {
	out := make([]string, len(ls))
	for i, l := range ls {
		out[i] = p.label(l)
	}
	return strings.Join(out, sep)
}

// alone is the size that a label means when none is written behind it: the dims table's, else a number is
// its own size and a plain name its own free dim.
func alone(dims map[string]Size, label string) (Size, bool) {
	if s, ok := dims[label]; ok {
		return s, true
	}
	if decimal(label) {
		n, err := strconv.ParseInt(label, 10, 64)
		return Const(n), err == nil
	}
	return Free(label), plain(label)
}

func (p *printer) axis(a Axis) string {
	if s, ok := alone(p.dims, a.Label); ok && s.Equal(a.Size) {
		return p.label(a.Label)
	}
	return p.label(a.Label) + "=" + a.Size.String()
}

func (p *printer) axes(as []Axis) string {
	out := make([]string, len(as))
	for i, a := range as {
		out[i] = p.axis(a)
	}
	return "[" + strings.Join(out, ", ") + "]"
}

func (p *printer) typ(t Type) string {
	if t.Kind == Real {
		return p.axes(t.Axes)
	}
	return t.Kind.String() + p.axes(t.Axes)
}
