package ir

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"archc/ir/diag"
)

// The text form of each attribute, what stands between the op's name and the arguments: write and read
// together.

func (a *ParamAttr) write(p *printer, n *Node) {
	p.word("%s", strconv.Quote(a.Key))
	if !sameStored(a.Stored, n.Outs[0]) {
		parts := make([]string, len(a.Stored))
		for i, merged := range a.Stored {
			parts[i] = p.labels(merged, " ")
			if len(merged) == 0 {
				parts[i] = "()"
			}
		}
		p.word(" stored [%s]", strings.Join(parts, ", "))
	}
	if a.Buffer {
		p.word(" buffer")
	}
}

// sameStored reports whether every axis is a stored dim of its own, in the type's order: what no stored
// clause means.
func sameStored(stored [][]string, t Type) bool {
	alone := func(s []string, l string) bool { return len(s) == 1 && s[0] == l }
	return slices.EqualFunc(stored, t.Labels(), alone)
}

func (a *ParamAttr) read(p *parser) {
	a.Key = p.str()
	if p.accept("stored") {
		a.Stored = [][]string{}
		p.list("[", "]", func() { a.Stored = append(a.Stored, p.merged()) })
	}
	a.Buffer = p.accept("buffer")
}

// merged reads the labels of one stored dim; () is a stored dim of size 1.
func (p *parser) merged() []string {
	if p.accept("(") {
		p.expect(")")
		return nil
	}
	out := []string{p.label()}
	for p.err == nil && !p.at(",") && !p.at("]") {
		out = append(out, p.label())
	}
	return out
}

// complete fills what an absent stored clause means, once the type is read.
func (a *ParamAttr) complete(t Type) {
	if a.Stored != nil {
		return
	}
	a.Stored = [][]string{}
	for _, l := range t.Labels() {
		a.Stored = append(a.Stored, []string{l})
	}
}

func (a *InputAttr) write(p *printer, n *Node) {
	p.word("%s", quote(a.Name))
	if a.Default != nil {
		p.word(" = %s", constant(*a.Default, n.Outs[0].Kind))
	}
	if a.Draw != "" {
		p.word(" drawn %s", a.Draw)
	}
}

func (a *InputAttr) read(p *parser) {
	a.Name = p.name()
	if p.accept("=") {
		v := p.constant()
		a.Default = &v
	}
	if p.accept("drawn") {
		a.Draw = p.name()
	}
}

func (a *ConstAttr) write(p *printer, n *Node) { p.word("%s", constant(a.Value, n.Outs[0].Kind)) }

func (a *ConstAttr) read(p *parser) { a.Value = p.constant() }

// constant writes a number so that it reads back to the same bits; truth values by their names.
func constant(v float64, k Kind) string {
	switch {
	case k == Bool && v == 1:
		return "true"
	case k == Bool && math.Float64bits(v) == 0:
		return "false"
	case math.IsNaN(v):
		return "nan"
	case math.IsInf(v, 0):
		return strings.ToLower(strings.TrimPrefix(strconv.FormatFloat(v, 'g', -1, 64), "+"))
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

var namedConstants = map[string]float64{"true": 1, "false": 0, "nan": math.NaN(), "inf": math.Inf(1)}

func (p *parser) constant() float64 {
	sign := 1.0
	if p.accept("-") {
		sign = -1
	}
	t := p.tok
	if v, ok := namedConstants[t.text]; ok && t.kind == tokWord {
		p.advance()
		return sign * v
	}
	v, err := strconv.ParseFloat(t.text, 64)
	if t.kind != tokNumber || err != nil {
		p.fail(diag.IRSyntax, t, "expected a number, found %s", t)
		return 0
	}
	p.advance()
	return sign * v
}

func (a *SizeAttr) write(p *printer, _ *Node) { p.word("%s", a.Size) }

func (a *SizeAttr) read(p *parser) { a.Size = p.size() }

func (a *AxisAttr) write(p *printer, _ *Node) { p.word("%s", p.axis(a.Axis)) }

func (a *AxisAttr) read(p *parser) { a.Axis = p.axis() }

func (a *MapAttr) write(p *printer, _ *Node) { p.word("%s", a.Fn.Name) }

func (a *MapAttr) read(p *parser) {
	t := p.tok
	if a.Fn = FnNamed(p.plainWord("a scalar function")); a.Fn == nil {
		p.unknown(t, "scalar function", fnNames())
	}
}

// A transpose has the same attribute for another end.
func (a *SumAttr) write(p *printer, n *Node) {
	if n.Op != Transpose {
		p.word("sum")
	}
	p.word("[%s]", p.labels(a.Labels, ", "))
}

func (a *SumAttr) read(p *parser) {
	p.accept("sum")
	a.Labels = p.labelList()
}

func (a *ReduceAttr) write(p *printer, _ *Node) {
	if a.Prefix {
		p.word("prefix ")
	}
	p.word("%s[%s]", quote(a.Fn), p.labels(a.Labels, ", "))
}

func (a *ReduceAttr) read(p *parser) {
	a.Prefix = p.accept("prefix")
	a.Fn = p.plainWord("a reduction")
	a.Labels = p.labelList()
}

func (a *LabelAttr) write(p *printer, _ *Node) { p.word("[%s]", p.label(a.Label)) }

func (a *LabelAttr) read(p *parser) {
	p.expect("[")
	a.Label = p.label()
	p.expect("]")
}

func (a *KindAttr) write(p *printer, _ *Node) { p.word("%s", a.Kind) }

func (a *KindAttr) read(p *parser) {
	t := p.tok
	k := slices.Index(kindNames[:], p.plainWord("a kind"))
	if k < 0 {
		p.unknown(t, "kind", kindNames[:])
	}
	a.Kind = Kind(max(k, 0))
}

func (a *RenameAttr) write(p *printer, _ *Node) { p.word("%s -> %s", p.label(a.From), p.label(a.To)) }

func (a *RenameAttr) read(p *parser) {
	a.From = p.label()
	p.expect("->")
	a.To = p.label()
}

func (a *SplitAttr) write(p *printer, _ *Node) { p.word("%s -> %s", p.label(a.Label), p.axes(a.Into)) }

func (a *SplitAttr) read(p *parser) {
	a.Label = p.label()
	p.expect("->")
	a.Into = p.axes()
}

func (a *MergeAttr) write(p *printer, _ *Node) {
	p.word("[%s] -> %s", p.labels(a.Labels, ", "), p.axis(a.Into))
}

func (a *MergeAttr) read(p *parser) {
	a.Labels = p.labelList()
	p.expect("->")
	a.Into = p.axis()
}

func (a *SliceAttr) write(p *printer, _ *Node) {
	p.word("%s from %s -> %s", p.label(a.Label), a.Start, p.axis(a.Into))
}

func (a *SliceAttr) read(p *parser) {
	a.Label = p.label()
	p.expect("from")
	a.Start = p.length()
	p.expect("->")
	a.Into = p.axis()
}

func (a *PickAttr) write(p *printer, _ *Node) { p.word("%s at %s", p.label(a.Label), a.At) }

func (a *PickAttr) read(p *parser) {
	a.Label = p.label()
	p.expect("at")
	a.At = p.length()
}

func (a *ConcatAttr) write(p *printer, _ *Node) {
	p.word("[%s] -> %s", p.labels(a.Labels, ", "), p.axis(a.Into))
}

func (a *ConcatAttr) read(p *parser) {
	a.Labels = p.labelList()
	p.expect("->")
	a.Into = p.axis()
}
