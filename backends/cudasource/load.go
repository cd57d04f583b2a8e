package cudasource

import (
	"fmt"
	"slices"
	"strings"

	"archc/backends/source"
	"archc/ir"
	"archc/passes/plan"
)

// factsText writes what the model says of itself.
func (m *model) factsText() string {
	var b strings.Builder
	past := -1
	if m.Program.Past != "" {
		past = m.number(m.Program.Past)
	}
	b.WriteString("Facts model_facts() {\nFacts f;\n")
	fmt.Fprintf(&b, "f.name = %s;\nf.tokens = %s;\nf.logits = %s;\n", quoted(m.Name), quoted(m.Text.Input), quoted(m.Text.Output))
	fmt.Fprintf(&b, "f.vocab = %d;\nf.positions = %d;\n", m.Text.Vocab, m.Text.Positions)
	var ids []string
	for _, d := range m.dims {
		ids = append(ids, quoted(d.name))
	}
	fmt.Fprintf(&b, "f.dims = {%s};\n", strings.Join(ids, ", "))
	fmt.Fprintf(&b, "f.batch = %d;\nf.past = %d;\nf.room = %d;\n", m.number(plan.Batch), past, m.number(plan.Room))
	b.WriteString("f.inputs = {\n")
	for _, p := range m.Program.Init.Inputs {
		b.WriteString(m.port(p, true))
	}
	for _, p := range m.inputs() {
		b.WriteString(m.port(p, false))
	}
	b.WriteString("};\nf.outputs = {\n")
	for _, p := range m.outputs {
		b.WriteString(m.port(p, false))
	}
	b.WriteString("};\n")
	var places []string
	for _, p := range m.places {
		places = append(places, quoted(p))
	}
	fmt.Fprintf(&b, "f.places = {%s};\nf.replays = %t;\nreturn f;\n}\n", strings.Join(places, ", "), m.replays())
	return b.String()
}

// port writes an input or an output, with the sizes of its axes.
func (m *model) port(p plan.Port, fixed bool) string {
	var axes []string
	for _, a := range p.View.Axes {
		dim := -1
		if f := a.Size.Frees(); len(f) == 1 && a.Size.Equal(ir.Free(f[0])) {
			dim = m.number(f[0])
		}
		text := cSize(a.Size, func(name string) string { return fmt.Sprintf("at[%d]", m.number(name)) })
		at := "[](const long* at)"
		if !strings.Contains(text, "at[") {
			at = "[](const long*)"
		}
		axes = append(axes, fmt.Sprintf("{%s, %d, %s { return long(%s); }}", quoted(a.Label), dim, at, text))
	}
	missing := "0.f"
	if p.Default != nil {
		missing = number32(*p.Default)
		if missing == "not_a_number()" {
			missing = "NAN"
		}
	}
	return fmt.Sprintf("{%s, {%s}, %t, %t, %s},\n", quoted(p.Name), strings.Join(axes, ", "), fixed, p.Default != nil, missing)
}

// expect writes the stored tensors with their shapes.
func (m *model) expect() string {
	var b strings.Builder
	b.WriteString("// expect says what a checkpoint must have: these tensors with these shapes, and no others.\nstd::string expect(Checkpoint& c) override {\n")
	var ignore []string
	for _, s := range m.Rules.Ignore {
		ignore = append(ignore, quoted(s))
	}
	fmt.Fprintf(&b, "const Rules rules{%s, %t, {%s}};\n", quoted(m.Rules.Prefix), m.Rules.Optional, strings.Join(ignore, ", "))
	seen := map[string]bool{}
	var open []ir.Loop
	var ids []string
	source.Stored(m.Module.Body, nil, func(p source.StoredParam) {
		loops := slices.DeleteFunc(slices.Clone(p.Loops), func(l ir.Loop) bool { return !source.Named(p.Key, l.Var) })
		id := fmt.Sprint(p.Key, loops)
		if seen[id] {
			return
		}
		seen[id] = true
		if !slices.EqualFunc(open, loops, source.SameLoop) {
			b.WriteString(strings.Repeat("}\n", len(open)))
			open, ids = loops, nil
			n := newNames("c", "rules", "text")
			for _, l := range loops {
				id := n.of(l.Var)
				ids = append(ids, id)
				fmt.Fprintf(&b, "for (long %s = 0; %s < %d; %s++) {\n", id, id, source.Whole(l.Count), id)
			}
		}
		vars := map[string]string{}
		for i, l := range loops {
			vars[l.Var] = source.Counted(ids[i], l.First, l.Step)
		}
		var shape []string
		for _, s := range p.Shape {
			shape = append(shape, fmt.Sprint(source.Whole(s)))
		}
		fmt.Fprintf(&b, "c.expect(rules, %s, {%s});\n", keyText(p.Key, vars), strings.Join(shape, ", "))
	})
	b.WriteString(strings.Repeat("}\n", len(open)))
	for _, key := range sorted(m.Copies) {
		var of []string
		for _, o := range m.Copies[key] {
			of = append(of, quoted(o))
		}
		fmt.Fprintf(&b, "c.copy(rules, %s, {%s});\n", quoted(key), strings.Join(of, ", "))
	}
	b.WriteString("return c.matched(rules, facts.name);\n}\n")
	return b.String()
}

// keyText writes a key: a string, or the format of one with the values of its variables.
func keyText(key string, vars map[string]string) string {
	format, args := source.Format(key, "%ld", vars)
	if len(args) == 0 {
		return quoted(key)
	}
	return fmt.Sprintf("::text(%s, %s)", quoted(format), spaced.Replace(strings.Join(args, ", ")))
}

// spaced sets sums apart as C++ here does.
var spaced = strings.NewReplacer("+", " + ", "-", " - ", "*", " * ")

// load writes the function that puts the weights on the device.
func (m *model) load() string {
	var b strings.Builder
	b.WriteString("// load puts the weights on the device, packed where products read them.\nvoid load(Checkpoint& c) override {\n")
	for _, f := range m.weights.Order {
		if format := m.formats[f]; format != nil {
			fmt.Fprintf(&b, "w.%s = quantized<%s>(%d, %d, %d);\n", f.Name, format.class, times(f)*f.Batch, source.Whole(f.Panels.Rows()),
				source.Whole(f.Panels.Columns()))
			continue
		}
		fmt.Fprintf(&b, "w.%s = reserve<%s>(%d);\n", f.Name, m.numbers(f), all(f))
	}
	for _, group := range m.weights.Groups() {
		loops := group[0].Loops
		n := newNames("c", "w", "text", "numbers", "panel")
		var ids []string
		for _, l := range loops {
			id := n.of(l.Var)
			ids = append(ids, id)
			fmt.Fprintf(&b, "for (long %s = 0; %s < %d; %s++) {\n", id, id, source.Whole(l.Count), id)
		}
		for _, g := range group {
			b.WriteString(m.loadOne(g, ids))
		}
		b.WriteString(strings.Repeat("}\n", len(loops)))
	}
	b.WriteString("}\n")
	return b.String()
}

func (m *model) loadOne(f *source.Weight, ids []string) string {
	vars, runs := map[string]string{}, map[string]string{}
	at := ir.Const(0)
	for i, l := range f.Loops {
		runs[run(l)] = ids[i]
		at = at.Mul(l.Count).Add(ir.Free(run(l)))
		if slices.Contains(f.Param.Loops, l) {
			vars[l.Var] = source.Counted(ids[i], l.First, l.Stride)
		}
	}
	name := func(free string) string { return runs[free] }
	to := "w." + f.Name
	format := m.formats[f]
	switch {
	case format != nil && (len(f.Loops) > 0 || f.Batch > 1):
		to = fmt.Sprintf("%s.matrix(%s, %d)", to, cSize(at.Mul(ir.Const(f.Batch)), name), source.Whole(f.Panels.Rows()))
	case format == nil && !at.IsZero():
		to += " + " + cSize(at.Mul(ir.Const(each(f))), name)
	}
	key := keyText(f.Param.Key, vars)
	if f.Panels == nil {
		return fmt.Sprintf("numbers(c, %s, %s);\n", key, to)
	}
	base := f.Panels.Base
	for _, s := range f.Panels.Steps {
		base = base.Add(s.Stride.Mul(ir.Free(run(s.Loop))))
	}
	text := fmt.Sprintf("panel(c, %s, %s, %s, %s, %s, %s", key, to, cSize(base, name), axesText(f.Panels.Batch), axesText(f.Panels.N),
		axesText(f.Panels.K))
	if format != nil {
		return text + ");\n"
	}
	return fmt.Sprintf("%s, %d);\n", text, stride(f.Panels))
}

func axesText(axes []plan.Axis) string {
	parts := make([]string, len(axes))
	for i, a := range axes {
		parts[i] = fmt.Sprintf("{%d, %d}", source.Whole(a.Size), source.Whole(a.Stride))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
