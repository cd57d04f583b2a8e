package cudasource

import (
	"fmt"
	"slices"
	"strings"

	"archc/backends/source"
	"archc/ir"
	"archc/passes/plan"
)

// text writes model.cu.
func (m *model) text() string {
	step, stepSlots := m.step()
	start, startSlots := m.start()
	slide := m.slide()
	return m.assemble(step, stepSlots, start, startSlots, slide)
}

func (m *model) assemble(step, stepSlots, start, startSlots, slide string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "// model.cu: the model %s of %s, written by archc build. It is yours to change.\n", comment(m.Name), comment(m.File))
	if d := m.Device; d.Name != "" {
		fmt.Fprintf(&b, "//\n// Floors are those of one sequence at the published rates of %s: %.4g GB/s, %.4g TFLOP/s in float and %.4g in bf16.\n", comment(d.Name),
			d.Bytes/1e9, d.Float32/1e12, d.BFloat16/1e12)
	}
	b.WriteString("//\n// step() is the computation, top to bottom: a launch a line; what each computes stands in front of its kernel.\n")
	b.WriteString("#include \"runtime.h\"\n#include \"kernels/dims.cuh\"\n#include \"kernels/grid.cuh\"\n")
	if m.quantizes() {
		fmt.Fprintf(&b, "#include \"%s\"\n", quantizing)
	}
	for _, k := range m.kernels {
		fmt.Fprintf(&b, "#include \"kernels/%s.cuh\"\n", k.name)
	}
	b.WriteString("\nnamespace {\n\n")
	b.WriteString(m.factsText())
	b.WriteString("\nclass Model : public Runtime {\npublic:\nModel() : Runtime(model_facts()) { outputs.resize(facts.outputs.size()); }\n\nprivate:\n")
	b.WriteString(m.members())
	b.WriteString("\n" + m.expect() + "\n" + m.load() + "\n")
	fmt.Fprintf(&b, "long rows() const override { return %s; }\n\n", m.rowCount())
	fmt.Fprintf(&b, "std::vector<size_t> slots(bool starting) override {\n%sstd::vector<size_t> all;\nif (starting) {\n%sreturn all;\n}\n%sreturn all;\n}\n\n",
		m.locals(m.dimIDs()), startSlots, stepSlots)
	b.WriteString(start + "\n" + step + slide)
	b.WriteString("};\n\n}  // namespace\n\nRuntime* new_model() { return new Model; }\n")
	return laid(b.String())
}

// locals declares the sizes that a text mentions.
func (m *model) locals(ids []string) string {
	text := ""
	for i, d := range m.dims {
		if slices.Contains(ids, d.id) {
			text += fmt.Sprintf("[[maybe_unused]] const long %s = sizes[%d];\n", d.id, i)
		}
	}
	return text
}

// members declares the weights and the states.
func (m *model) members() string {
	var b strings.Builder
	fmt.Fprintf(&b, "// The weights: as they are stored, or packed for products.\nstruct {\n")
	for _, f := range m.weights.Order {
		if format := m.formats[f]; format != nil {
			fmt.Fprintf(&b, "%s %s{};  // %s\n", format.class, f.Name, comment(f.String()))
			continue
		}
		fmt.Fprintf(&b, "%s* %s = nullptr;  // %s\n", m.numbers(f), f.Name, comment(described(f)))
	}
	b.WriteString("} w;\n\n// What is kept from step to step.\nstruct {\n")
	for _, s := range m.states {
		fmt.Fprintf(&b, "float* %s = nullptr;  // %s\n", s.field, comment(s.Name))
	}
	b.WriteString("} s;\n")
	if len(m.kept) > 0 {
		b.WriteString("\n// Outputs that hang on no row.\nstruct {\n")
		for _, id := range m.kept {
			fmt.Fprintf(&b, "float* %s = nullptr;\n", id)
		}
		b.WriteString("} kept;\n")
	}
	return b.String()
}

// opening is what a function that launches kernels begins with.
func (m *model) opening(w *printer) string {
	text := m.locals(w.heard)
	body := w.out.String()
	if strings.Contains(body, "run(") {
		text += "Dims* const d = reinterpret_cast<Dims*>(device_dims());\n"
	}
	if strings.Contains(body, ", fault") {
		text += "Fault* const fault = reinterpret_cast<Fault*>(this->fault());\n"
	}
	return text
}

// take makes inputs readable under their names.
func (w *printer) take(ports []plan.Port) string {
	text := ""
	for _, p := range ports {
		id := w.names.of(p.Name)
		w.stores[p.View.Store] = id
		text += fmt.Sprintf("[[maybe_unused]] const float* const %s = input(%s);\n", id, quoted(p.Name))
	}
	return text
}

// step writes the functions of a step.
func (m *model) step() (text, slots string) {
	if m.Program.Few == nil {
		return m.stepOf(m.Program.Step, "step() override", "step computes new rows behind those so far.")
	}
	many, slots := m.stepOf(m.Program.Step, "step_many()", "step_many computes new rows behind those so far.")
	few, fewSlots := m.stepOf(m.Program.Few, "step_few()", "step_few computes a few new rows behind those so far, with fewer kernels: those of products compute what is around them.")
	batch := "1"
	if i := m.number(plan.Batch); i >= 0 {
		batch = fmt.Sprintf("sizes[%d]", i)
	}
	text = fmt.Sprintf("bool few() const { return %s * rows() <= %d; }\n\n", batch, fewRows) +
		"void step() override {\nif (few()) step_few();\nelse step_many();\n}\n\n" + few + "\n" + many
	return text, "if (few()) {\n" + fewSlots + "return all;\n}\n" + slots
}

// stepOf writes a plan as a function.
func (m *model) stepOf(p *plan.Plan, name, does string) (text, slots string) {
	w := newPrinter(m, p)
	stores := map[string]*plan.Store{}
	for _, x := range p.Inputs {
		stores[x.Name] = x.View.Store
	}
	for _, x := range p.States {
		stores[x.Name] = x.View.Store
	}
	for _, s := range m.states {
		w.stores[stores[s.Name]] = "s." + s.field
	}
	var ports []plan.Port
	for _, x := range p.Inputs {
		if slices.ContainsFunc(m.inputs(), func(y plan.Port) bool { return x.Name == y.Name }) {
			ports = append(ports, x)
		}
	}
	inputs := w.take(ports)
	w.block(p.Body)
	w.scope = ""
	m.results(w, p.Outputs, 0)
	pointers, slots := w.memory.declare()
	return "// " + does + "\nvoid " + name + " {\n" + m.opening(w) + inputs + pointers + w.out.String() + "}\n", slots
}

// start writes the function that makes the first states.
func (m *model) start() (text, slots string) {
	w := newPrinter(m, m.Program.Init)
	inputs := w.take(m.Program.Init.Inputs)
	for _, s := range m.states {
		w.line("state(s.%s, %s);", s.field, w.text(s.view.Store.Elements))
	}
	w.block(m.Program.Init.Body)
	var rest []plan.Port
	for _, o := range m.Program.Init.Outputs {
		used := false
		for _, s := range m.states {
			if s.Start == o.Name {
				used = true
				w.stores[s.view.Store] = "s." + s.field
				w.scope = s.Name
				w.move(s.view, o.View)
			}
		}
		if !used {
			rest = append(rest, o)
		}
	}
	for i, o := range rest {
		n := source.Product(o.View.Axes)
		w.line("state(kept.%s, %s);", m.kept[i], w.text(n))
		store := &plan.Store{Name: o.Name, Role: plan.Kept, Elements: n}
		w.stores[store] = "kept." + m.kept[i]
		w.scope = o.Name
		w.move(plan.View{Store: store, Axes: source.Compact(o.View.Axes)}, o.View)
		w.line("outputs[%d] = kept.%s;", len(m.Program.Step.Outputs)+i, m.kept[i])
	}
	pointers, slots := w.memory.declare()
	rooms := ""
	for _, x := range m.slides {
		p := newPrinter(m, m.Program.Step)
		rooms += fmt.Sprintf("sizes[%d] = %s;\n", m.number(x.Room), p.sizesText(x.Rows))
	}
	if rooms != "" {
		rooms += "send_sizes();\n"
	}
	text = "// start makes the states, and what does not change from step to step.\nvoid start() override {\n" +
		rooms + m.opening(w) + inputs + pointers + w.out.String() + "}\n"
	return text, slots
}

// sizesText is a size in terms of the runtime's list.
func (w *printer) sizesText(s ir.Size) string {
	return cSize(s, func(name string) string { return fmt.Sprintf("sizes[%d]", w.model.number(name)) })
}

// results leaves the outputs where their callers find them, without gaps.
func (m *model) results(w *printer, outputs []plan.Port, first int) {
	for i, o := range outputs {
		axes := source.Merged(w.axes(o.View.Axes, o.View))
		if (len(axes) == 0 || len(axes) == 1 && source.IsOne(axes[0].Stride[0])) && o.View.Store.Role != plan.Weight {
			at := w.base(o.View)
			text := w.store(o.View.Store)
			if !at.IsZero() {
				text += " + " + w.text(at)
			}
			w.line("outputs[%d] = %s;", first+i, text)
			continue
		}
		room := w.memory.room(source.Product(o.View.Axes)) // never free: the caller reads it
		w.scope = o.Name
		w.move(plan.View{Store: room, Axes: source.Compact(o.View.Axes)}, o.View)
		w.line("outputs[%d] = %s;", first+i, w.store(room))
	}
}

// rowCount is how many rows the inputs of a step bring.
func (m *model) rowCount() string {
	for _, p := range m.inputs() {
		for _, a := range p.View.Axes {
			if a.Label == m.Program.Axis {
				return newPrinter(m, m.Program.Step).sizesText(a.Size)
			}
		}
	}
	return "0"
}

// slide writes how windows of rows go back to the front of their memory when they come to its end, and how they move. The
// new memory is larger than what a step needs, so that a row is copied a bounded number of times.
func (m *model) slide() string {
	if len(m.slides) == 0 {
		return ""
	}
	text, moved := "", ""
	for _, x := range m.slides {
		w := newPrinter(m, m.Program.Step)
		begin, room := m.number(x.Start), m.number(x.Room)
		old, more := w.names.Free("begin"), w.names.Free("old_room")
		next := w.names.Free("new_room")
		w.dims["#begin"], w.dims["#old"], w.dims["#new"] = old, more, next
		before := map[string]ir.Size{x.Start: ir.Free("#begin"), x.Room: ir.Free("#old")}
		after := map[string]ir.Size{x.Start: ir.Size{}, x.Room: ir.Free("#new")}
		for _, s := range m.states {
			if s.slide != x {
				continue
			}
			memory := w.names.of("old_" + s.field)
			w.line("float* const %s = s.%s;", memory, s.field)
			w.line("s.%s = nullptr;", s.field)
			w.line("state(s.%s, %s);", s.field, w.text(s.view.Store.Elements.Substitute(after)))
			from := &plan.Store{Name: s.Name, Role: plan.Kept}
			to := &plan.Store{Name: s.Name, Role: plan.Kept}
			w.stores[from], w.stores[to] = memory, "s."+s.field
			w.scope = s.Name
			w.move(substituted(s.view, to, after), substituted(s.view, from, before))
			w.line("release(%s);", memory)
		}
		text += fmt.Sprintf("if (const long need = %s; sizes[%d] + need > sizes[%d]) {\n", w.sizesText(x.Need), begin, room)
		text += fmt.Sprintf("const long %s = sizes[%d], %s = sizes[%d], %s = std::max(%s, 2 * need);\n", old, begin, more, room, next, more)
		text += "send_sizes();\n" + m.opening(w) + w.out.String()
		text += fmt.Sprintf("sizes[%d] = 0;\nsizes[%d] = %s;\n}\n", begin, room, next)
		moved += fmt.Sprintf("sizes[%d] += %s;\n", begin, w.sizesText(x.By))
	}
	return "\n// slide makes room behind windows of rows.\nvoid slide() override {\n" + text +
		"}\n\n// stepped moves them.\nvoid stepped() override {\n" + moved + "}\n"
}

// substituted is a view of another store, with sizes put in.
func substituted(v plan.View, store *plan.Store, sizes map[string]ir.Size) plan.View {
	out := plan.View{Store: store, Base: v.Base.Substitute(sizes)}
	for _, a := range v.Axes {
		out.Axes = append(out.Axes, plan.Axis{Label: a.Label, Size: a.Size.Substitute(sizes), Stride: a.Stride.Substitute(sizes)})
	}
	return out
}
