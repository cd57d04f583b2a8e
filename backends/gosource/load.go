package gosource

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"archc/backends/source"
	"archc/ir"
	"archc/passes/plan"
)

// weights writes what the model needs of a checkpoint, and how it is read.
func (m *model) weights() string {
	var b strings.Builder
	b.WriteString(m.head(""))
	table := m.table()
	load := m.load()
	var imports []string
	if strings.Contains(table+load, "fmt.") {
		imports = append(imports, "fmt")
	}
	imports = append(imports, m.path+"/kernel", m.path+"/weights")
	b.WriteString(importsOf(imports))
	b.WriteString("\n// element is the type that products read their weights in.\n")
	fmt.Fprintf(&b, "const element = kernel.%s\n", elementName(m.Element.String()))
	b.WriteString(table)
	b.WriteString(load)
	return b.String()
}

func elementName(s string) string {
	return map[string]string{"float32": "Float32", "bfloat16": "BFloat16", "float16": "Float16"}[s]
}

// table writes the stored tensors with their shapes.
func (m *model) table() string {
	var b strings.Builder
	b.WriteString("\n// spec is what a checkpoint must have: these tensors with these shapes, and no others.\n")
	b.WriteString("var spec = weights.Spec{\nModel: Name,\n")
	fmt.Fprintf(&b, "Rules: weights.Rules{Prefix: %s, Optional: %t, Ignore: %s},\n",
		quoted(m.Rules.Prefix), m.Rules.Optional, texts(m.Rules.Ignore))
	if len(m.Copies) > 0 {
		b.WriteString("Copies: map[string][]string{\n")
		for _, key := range sorted(m.Copies) {
			fmt.Fprintf(&b, "%s: %s,\n", quoted(key), strings.TrimPrefix(texts(m.Copies[key]), "[]string"))
		}
		b.WriteString("},\n")
	}
	b.WriteString("Each: func(tensor func(key string, shape ...int64)) {\n")
	seen := map[string]bool{}
	var open []ir.Loop
	var ids []string
	n := newNames("tensor", "fmt", "kernel", "weights")
	source.Stored(m.Module.Body, nil, func(p source.StoredParam) {
		loops := slices.DeleteFunc(slices.Clone(p.Loops), func(l ir.Loop) bool { return !source.Named(p.Key, l.Var) })
		if id := fmt.Sprint(p.Key, loops); seen[id] {
			return
		} else {
			seen[id] = true
		}
		if !slices.EqualFunc(open, loops, source.SameLoop) {
			b.WriteString(strings.Repeat("}\n", len(open)))
			open, ids = loops, nil
			for _, l := range loops {
				id := n.Of(l.Var)
				n = newNames(slices.Concat([]string{"tensor", "fmt", "kernel", "weights"}, ids, []string{id})...)
				ids = append(ids, id)
				fmt.Fprintf(&b, "for %s := range %d {\n", id, source.Whole(l.Count))
			}
			n = newNames("tensor", "fmt", "kernel", "weights")
		}
		vars := map[string]string{}
		for i, l := range loops {
			vars[l.Var] = source.Counted(ids[i], l.First, l.Step)
		}
		shape := ""
		for _, s := range p.Shape {
			shape += fmt.Sprint(", ", source.Whole(s))
		}
		fmt.Fprintf(&b, "tensor(%s%s)\n", keyText(p.Key, vars), shape)
	})
	b.WriteString(strings.Repeat("}\n", len(open)))
	b.WriteString("},\n}\n")
	return b.String()
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func texts(list []string) string {
	parts := make([]string, len(list))
	for i, s := range list {
		parts[i] = quoted(s)
	}
	return "[]string{" + strings.Join(parts, ", ") + "}"
}

// keyText writes a key: a string, or the format of one with the values of its variables.
func keyText(key string, vars map[string]string) string {
	format, args := source.Format(key, "%d", vars)
	if len(args) == 0 {
		return quoted(key)
	}
	return fmt.Sprintf("fmt.Sprintf(%s, %s)", quoted(format), strings.Join(args, ", "))
}

// load writes the function that reads the weights.
func (m *model) load() string {
	var b strings.Builder
	b.WriteString("\n// load reads and packs the weights.\nfunc (m *Model) load(set *weights.Set) error {\n")
	b.WriteString("r := reader{set: set, packer: weights.Packer{Reader: set, Element: element}}\n")
	for _, group := range m.stored.Groups() {
		loops := group[0].Loops
		n := newNames("m", "r", "set", "fmt", "kernel", "weights")
		ids := map[*plan.Loop]string{}
		for _, l := range loops {
			ids[l] = n.Of(l.Var)
			fmt.Fprintf(&b, "for %s := range %d {\n", ids[l], source.Whole(l.Count))
		}
		for _, g := range group {
			own := map[*plan.Loop]string{} // a field of another plan has loops of its own
			for k, l := range g.Loops {
				own[l] = ids[loops[k]]
			}
			b.WriteString(m.loadOne(g, own))
		}
		b.WriteString(strings.Repeat("}\n", len(loops)))
	}
	b.WriteString("return r.err\n}\n")
	b.WriteString(loader)
	return b.String()
}

func (m *model) loadOne(f *source.Weight, ids map[*plan.Loop]string) string {
	vars := map[string]string{}
	for _, l := range f.Param.Loops {
		vars[l.Var] = source.Counted(ids[l], l.First, l.Stride)
	}
	key := keyText(f.Param.Key, vars)
	call := ""
	if f.Panels == nil {
		call = fmt.Sprintf("r.numbers(%s, %d)", key, f.Elements())
	} else {
		base := f.Panels.Base
		dims := map[string]string{}
		for _, s := range f.Panels.Steps {
			base = base.Add(s.Stride.Mul(ir.Free(run(s.Loop))))
			dims[run(s.Loop)] = ids[s.Loop]
		}
		at := goSize(base, func(name string) string { return dims[name] })
		batch, n, k := axesText(f.Panels.Batch), axesText(f.Panels.N), axesText(f.Panels.K)
		call = fmt.Sprintf("r.panels(%s, %s, %s, %s, %s)", key, at, batch, n, k)
	}
	switch {
	case one(f) && f.Panels != nil:
		return fmt.Sprintf("m.%s = %s[0]\n", f.Name, call)
	case one(f):
		return fmt.Sprintf("m.%s = %s\n", f.Name, call)
	case f.Panels != nil:
		return fmt.Sprintf("m.%s = append(m.%s, %s...)\n", f.Name, f.Name, call)
	}
	return fmt.Sprintf("m.%s = append(m.%s, %s)\n", f.Name, f.Name, call)
}

func axesText(axes []plan.Axis) string {
	if len(axes) == 0 {
		return "nil"
	}
	parts := make([]string, len(axes))
	for i, a := range axes {
		parts[i] = fmt.Sprintf("{Size: %d, Stride: %d}", source.Whole(a.Size), source.Whole(a.Stride))
	}
	return "[]weights.Axis{" + strings.Join(parts, ", ") + "}"
}

const loader = `
// reader reads tensors until the first error.
type reader struct {
	set    *weights.Set
	packer weights.Packer
	err    error
}

// numbers is a whole tensor.
func (r *reader) numbers(key string, n int) []float32 {
	data := make([]float32, n)
	if r.err == nil {
		r.err = r.set.Float32s(key, 0, data)
	}
	return data
}

// panels packs a matrix for each element of the batch: outputs run over the axes n, inputs over k, from element base on.
func (r *reader) panels(key string, base int, batch, n, k []weights.Axis) []*kernel.Panels {
	if r.err != nil {
		return []*kernel.Panels{nil}
	}
	var out []*kernel.Panels
	out, r.err = r.packer.Pack(key, base, batch, n, k)
	if r.err != nil {
		return []*kernel.Panels{nil}
	}
	return out
}
`
