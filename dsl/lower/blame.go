package lower

import (
	"fmt"
	"slices"
	"strings"

	"archc/ir"
	"archc/ir/diag"
)

// What an error says about a value: its name, its type, the map that made it, the sizes behind the names.

// noDim is the error that a dimension is not on a tensor: what the tensor has and where it comes from, the sizes
// behind the names, and the edit that would fix the declaration.
func (l *lowerer) noDim(at diag.Span, want *axis, v ir.Value, why string) *diag.Diagnostic {
	d := diag.New(diag.NoDim, at, "no dimension %s on %s%s", want.name, l.nameOf(v), why)
	l.noteOrigin(d, v)
	var sizes []string
	if want.decl.Src != nil {
		sizes = append(sizes, want.describe())
	}
	for _, x := range v.Type().Axes {
		a := l.axes[x.Label]
		if a != nil && a != want && a.decl.Src != nil && len(a.size.Frees()) == 0 {
			sizes = append(sizes, a.describe())
		}
	}
	if len(sizes) > 1 {
		d.Note(diag.Span{}, "%s", strings.Join(sizes, ", "))
	}
	for _, x := range v.Type().Axes {
		a := l.axes[x.Label]
		switch {
		case a == nil || a == want:
		case a.name == want.name:
			d.Note(a.decl, "the %s that it has is another dim of that name", a.name)
		case a.count == 0 && a.size.Equal(want.size):
			d.Note(diag.Span{}, "%s and %s have the same size, but equal sizes never make two dims one", a.name, want.name)
		}
	}
	return d
}

// noteOrigin says the type of a value and the map that made it.
func (l *lowerer) noteOrigin(d *diag.Diagnostic, v ir.Value) {
	v = unview(v)
	if outer, ok := l.operands[v.Node]; ok && v.Node.Name != "" {
		d.Note(l.originOf(outer), "%s : %s%s", v.Node.Name, l.typeText(outer.Type()), l.from(outer))
		return
	}
	d.Note(l.originOf(v), "%s : %s%s", l.nameOf(v), l.typeText(v.Type()), l.from(v))
}

// from says which map made the value.
func (l *lowerer) from(v ir.Value) string {
	if m := l.madeBy(v); m != nil {
		return "    from " + m.decl()
	}
	return ""
}

// originOf is where the map that made the value is declared, or where the value is computed.
func (l *lowerer) originOf(v ir.Value) diag.Span {
	if m := l.madeBy(v); m != nil {
		return m.field.at
	}
	return l.origin(v)
}

// unview is the value before the compiler split or merged its axes.
func unview(v ir.Value) ir.Value {
	for v.Node.Name == "" && (v.Node.Op == ir.Split || v.Node.Op == ir.Merge || v.Node.Op == ir.Rename) {
		v = v.Node.Args[0]
	}
	return v
}

// madeBy finds the map whose result v is, through views and the operands of attend.
func (l *lowerer) madeBy(v ir.Value) *linear {
	for range 64 {
		if m := l.made[v.Node]; m != nil {
			return m
		}
		if outer, ok := l.operands[v.Node]; ok {
			v = outer
			continue
		}
		switch v.Node.Op {
		case ir.Rename, ir.Split, ir.Merge, ir.Transpose, ir.Slice:
			v = v.Node.Args[0]
		default:
			return nil
		}
	}
	return nil
}

// decl is the field as it is declared: k_proj, v_proj : D -> G K.
func (m *linear) decl() string { return m.declWith(nil, nil) }

// declWith is decl with another dim in the place of one of its input.
func (m *linear) declWith(old, by *axis) string {
	var names []string
	for _, n := range m.field.decl.Names {
		names = append(names, pathText(n))
	}
	s := slices.Clone(m.in)
	for i, a := range s {
		if a == old {
			s[i] = by
		}
	}
	in := s.String()
	if m.table {
		in = "int " + in
	}
	return fmt.Sprintf("%s : %s -> %s", strings.Join(names, ", "), in, m.out)
}

// suggestRename offers the declaration of v's map with the dim that stands in the wanted one's place replaced.
func (l *lowerer) suggestRename(d *diag.Diagnostic, v ir.Value, stray, want *axis) {
	m := l.madeBy(v)
	if m == nil || stray == nil || !contains(m.out, stray) {
		return
	}
	head, tail, _ := strings.Cut(m.decl(), " -> ")
	words := strings.Fields(tail)
	for i, w := range words {
		if w == stray.name {
			words[i] = want.name
		}
	}
	d.Suggest("write `%s -> %s`", head, strings.Join(words, " "))
}

func (l *lowerer) nameOf(v ir.Value) string {
	v = unview(v)
	if v.Node.Name != "" {
		return v.Node.Name
	}
	if t := v.Node.Src.Text(); t != "" && len(t) <= 40 && !strings.Contains(t, "\n") {
		return "`" + t + "`"
	}
	return "the value"
}

func (l *lowerer) origin(v ir.Value) diag.Span { return v.Node.Src }
