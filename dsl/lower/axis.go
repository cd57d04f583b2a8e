package lower

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"archc/ir"
	"archc/ir/diag"
)

// axis is one dimension as the author sees it. Two axes are the same exactly when they are this same object; its
// label is unique in the program.
type axis struct {
	label string
	name  string // as written
	size  ir.Size
	how   string // "D/H" for a derived dim
	decl  diag.Span
	facts []shape // H = G R: what it splits into and merges from, outer first
	parts []shape // of a sum N + R
	count int64   // of a literal axis: its number; 0 otherwise
	outer bool    // facts[0] is what it is outside of its block
	bound bool    // and the block itself does not know that: it is a formal
	cut   *axis   // of a range x[T: a..b]: the axis that it is a range of
	from  *apart  // of the P in a signature's `2 P`: what it was taken from, and with which other parts
}

// shape is a product of axes, outer first; the empty shape has one element.
type shape []*axis

func (s shape) size() ir.Size {
	n := ir.Const(1)
	for _, a := range s {
		n = n.Mul(a.size)
	}
	return n
}

func (s shape) labels() []string {
	out := make([]string, len(s))
	for i, a := range s {
		out[i] = a.label
	}
	return out
}

// String prints the shape as written: H K.
func (s shape) String() string {
	if len(s) == 0 {
		return "1"
	}
	names := make([]string, len(s))
	for i, a := range s {
		names[i] = a.name
		if a.parts != nil && len(s) > 1 {
			names[i] = "(" + a.name + ")"
		}
	}
	return strings.Join(names, " ")
}

// text prints "K = 128 (D/H)", and the name alone for a dim that the input binds and for a number.
func (a *axis) text() string { return a.textWith(a.how) }

// describe is text with the line of the declaration: "K = 128 (D/H, line 1)".
func (a *axis) describe() string {
	if a.decl.Src == nil {
		return a.text()
	}
	where := fmt.Sprintf("line %d", a.decl.Line())
	if a.how != "" {
		where = a.how + ", " + where
	}
	return a.textWith(where)
}

func (a *axis) textWith(where string) string {
	switch {
	case len(a.size.Frees()) > 0 || a.count != 0:
		return a.name
	case where == "":
		return fmt.Sprintf("%s = %s", a.name, a.size)
	}
	return fmt.Sprintf("%s = %s (%s)", a.name, a.size, where)
}

// composite reports whether the size is a formula of more than one dim or number.
func (a *axis) composite() bool {
	frees := a.size.Frees()
	return len(frees) > 0 && !a.size.Equal(ir.Free(frees[0]))
}

// leaves is the number of dims in a sum, through sums in it.
func (a *axis) leaves() int {
	n := 1
	for _, p := range a.parts {
		for _, f := range p {
			n += f.leaves()
		}
	}
	return n
}

// dimKey says which dims are one: those of one declaration, of one size, bound to the same thing outside. A block that
// is used twice has the same dims twice, so that its results go together.
type dimKey struct {
	name, size, of string
	at             diag.Span
}

// dim gives the dimension of a declaration, the same one whenever it is declared again in the same way.
func (l *lowerer) dim(name string, size ir.Size, at diag.Span, of ...string) *axis {
	key := dimKey{name, size.String(), strings.Join(of, "|"), at}
	a := l.dims[key]
	if a == nil {
		a = l.newAxis(name, size, at)
		l.dims[key] = a
	}
	return a
}

// newAxis makes a dimension with a label of its own: its name, or name.2, name.3 when the name is taken.
func (l *lowerer) newAxis(name string, size ir.Size, at diag.Span) *axis {
	a := &axis{name: name, size: size, decl: at, label: l.freshLabel(name)}
	l.axes[a.label] = a
	return a
}

func (l *lowerer) freshLabel(name string) string {
	for {
		l.taken[name]++
		label := name
		if n := l.taken[name]; n > 1 {
			label = fmt.Sprintf("%s.%d", name, n)
		}
		if l.axes[label] == nil {
			return label
		}
	}
}

// freeAxis makes a dimension that the input binds; its size is its own label.
func (l *lowerer) freeAxis(name string, at diag.Span) *axis {
	label := l.freshLabel(name)
	a := &axis{name: name, size: ir.Free(label), decl: at, label: label}
	l.axes[label] = a
	return a
}

// literal is the anonymous dimension of a number: two of the same number are the same dimension.
func (l *lowerer) literal(n int64) *axis {
	label := fmt.Sprint(n)
	a := l.axes[label]
	if a == nil {
		a = &axis{name: label, label: label, size: ir.Const(n), count: n}
		l.axes[label] = a
	}
	return a
}

// twin is the axis under another label, for where a tensor has it twice: the input of D -> D, the keys of T. Labels
// with a stroke are never an author's.
func (l *lowerer) twin(a *axis) *axis {
	label := stroke(a.label)
	for l.axes[label] != nil {
		label = stroke(label)
	}
	t := &axis{name: a.name, label: label, size: a.size, decl: a.decl, how: a.how}
	l.axes[label] = t
	return t
}

// stroke marks a label: T', H'.2. Labels that are no plain names, such as sums, get one that is: the size of a key axis
// inside attend is its label.
func stroke(label string) string {
	word, number, dotted := strings.Cut(label, ".")
	if !plainWord.MatchString(word) {
		return "J'"
	}
	if dotted {
		number = "." + number
	}
	return word + "'" + number
}

var plainWord = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*'*$`)

// sum is the direct sum of shapes: N + R. The same parts in the same order are the same dimension. False when it is
// larger than a dim may be.
func (l *lowerer) sum(parts []shape, at diag.Span) (*axis, bool) {
	labels, names, size := make([]string, len(parts)), make([]string, len(parts)), ir.Size{}
	leaves := 0
	for i, p := range parts {
		factors := p.labels()
		for k, f := range p {
			leaves += f.leaves()
			if f.parts != nil {
				factors[k] = "(" + f.label + ")"
			}
		}
		labels[i] = strings.Join(factors, " ")
		if len(p) == 0 {
			labels[i] = "1"
		}
		names[i] = p.String()
		size = size.Add(p.size())
	}
	if leaves > maxParts {
		l.exhausted(at, "a sum of more than %d dims", maxParts)
		return nil, false
	}
	label := strings.Join(labels, "+")
	a := l.axes[label]
	if a == nil {
		a = &axis{name: strings.Join(names, " + "), label: label, size: size, parts: slices.Clone(parts)}
		if !l.fitsDim(a, at) {
			return nil, false
		}
		l.axes[label] = a
	}
	return a, true
}

// fitsDim refuses what is larger than a dim may be, or a formula longer than anyone would read.
func (l *lowerer) fitsDim(a *axis, at diag.Span) bool {
	if n, ok := a.size.Rat(); ok && (n.Sign() <= 0 || !n.IsInt() || !n.Num().IsInt64() || n.Num().Int64() > maxDim) {
		l.fail(diag.New(diag.BadDim, at, "dim %s is %s", a.name, clip(a.size.String())).
			Suggest("dims are whole numbers from 1 to %d", int64(maxDim)))
		return false
	}
	if text := a.size.String(); len(text) > maxFormula {
		l.exhausted(at, "the size %s of a dim is a longer formula than %d characters", clip(text), maxFormula)
		return false
	}
	return true
}

// clip shortens text from a program for a message.
func clip(text string) string {
	const most = 60
	if len(text) <= most {
		return text
	}
	return text[:most/2] + "..." + text[len(text)-most/2:]
}

// formal is a block's dim inside the block: the actual dim itself when it is one dim that no other formal of the
// block is bound to (taken), otherwise a dimension of its own that stands for the actual product.
func (l *lowerer) formal(name string, actual shape, at diag.Span, taken map[*axis]bool) *axis {
	if len(actual) == 1 && !taken[actual[0]] && actual[0].parts == nil && actual[0].count == 0 {
		taken[actual[0]] = true
		return actual[0]
	}
	a := l.dim(name, actual.size(), at, actual.labels()...)
	if len(actual) > 0 && a.facts == nil {
		a.facts, a.outer, a.bound, a.how = []shape{actual}, true, true, actual.String()
	}
	taken[a] = true
	return a
}

// irAxis is the axis as the IR sees it.
func (a *axis) ir() ir.Axis { return ir.Axis{Label: a.label, Size: a.size} }

func (s shape) ir() []ir.Axis {
	out := make([]ir.Axis, len(s))
	for i, a := range s {
		out[i] = a.ir()
	}
	return out
}

// twice is an axis that stands twice in a shape, nil without.
func twice(s shape) *axis {
	for i, a := range s {
		if slices.Contains(s[:i], a) {
			return a
		}
	}
	return nil
}

// typeText prints a type with the names that the author wrote.
func (l *lowerer) typeText(t ir.Type) string {
	names := make([]string, len(t.Axes))
	for i, x := range t.Axes {
		names[i] = l.axisText(x.Label)
	}
	text := "[" + strings.Join(names, ", ") + "]"
	if t.Kind != ir.Real {
		text = t.Kind.String() + text
	}
	return text
}

func (l *lowerer) axisText(label string) string {
	if a := l.axes[label]; a != nil {
		return a.name
	}
	return label
}
