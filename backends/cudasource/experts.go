package cudasource

import (
	"fmt"
	"strings"

	"archc/backends/source"
	"archc/ir"
	"archc/passes/plan"
)

// choice are experts whose body is being written: each instruction is one kernel for all of them. Teams of blocks take the
// experts that have rows in turns; a store whose rows are an expert's has the rows of all, one expert behind the other.
type choice struct {
	loop   *plan.Loop
	choose *plan.Select
	counts *plan.Store // how many experts have rows, then for all experts their rows and where these begin, and which have rows
}

// selectOf is the choice that a loop runs for each of its experts, nil where it does something else.
func selectOf(l *plan.Loop) *plan.Select {
	if len(l.Body.Code) != 1 || len(l.Carries) > 0 {
		return nil
	}
	s, ok := l.Body.Code[0].(*plan.Select)
	if !ok || s.Loop != l || l.First != 0 || l.Stride != 1 {
		return nil
	}
	return s
}

// experts writes a loop over experts without a loop.
func (w *printer) experts(l *plan.Loop, s *plan.Select) {
	experts := w.size(l.Count)
	counts := w.memory.hold(ir.Const(3).Mul(experts).Add(ir.Const(1)))
	w.route(l, s, counts)
	w.choice = &choice{l, s, counts}
	w.block(s.Body)
	w.choice = nil
	w.memory.let(counts)
	w.scope = ""
}

// route writes who gets which rows.
func (w *printer) route(l *plan.Loop, s *plan.Select, counts *plan.Store) {
	w.note = plan.NoteOf(s)
	view := plan.View{Store: counts}
	axes := w.axes(s.Index.Axes, s.Index, s.Valid)
	k := w.kernel("route")
	k.does(s)
	k.use("route.cuh")
	n := k.text(elements(axes))
	experts := k.text(l.Count)
	k.say("lists %s selections by their expert, of %s: how many each has, where they begin, and their numbers in order.", k.shown(elements(axes)), k.shown(l.Count))
	to, list := k.data(view, true), k.data(s.List, true)
	k.put("route([&](int at) {")
	at := k.parts(axes)
	k.put("return float(element(%s[%s], %s, %d, fault));", k.data(s.Index, false), k.spot(s.Index, axes, 0, at), experts, k.faultNumber())
	k.put("}, [&](int at) {")
	at = k.parts(axes)
	k.put("return %s[%s] != 0.f;", k.data(s.Valid, false), k.spot(s.Valid, axes, 1, at))
	k.put("}, %s, %s, [&](int e, int n, int first) {", n, experts)
	k.put("%s[1 + e] = float(n), %s[1 + %s + e] = float(first);", to, to, experts)
	k.put("}, %s, [](int) {});", plus(list, k.text(k.base(s.List))))
	k.launch(fmt.Sprintf("groups(%s, route_threads, route_shared)", w.text(l.Count)), "__launch_bounds__(route_threads) ")

	k = w.kernel("active")
	k.use("route.cuh")
	experts = k.text(l.Count)
	k.say("lists which of %s experts have rows.", k.shown(l.Count))
	k.work = nil
	to = k.data(view, true)
	k.put("const int n = active([&](int e) { return %s[1 + e]; }, %s, [&](int at, int e) { %s[1 + 2 * %s + at] = float(e); });", to, experts, to, experts)
	k.put("if (threadIdx.x == 0) %s[0] = float(n);", to)
	k.launch("groups(1, 32)", "__launch_bounds__(32) ")
}

// choose makes an expert's numbers known to a kernel.
func (k *kernel) choose() {
	if c := k.choice; c != nil {
		k.local[run(c.loop)] = "expert"
		k.local[c.choose.Symbol] = "count"
		k.named("begin")
		k.data(plan.View{Store: c.counts}, false)
	}
}

// runOf is the number of a loop's run; that of a choice is the expert of the team.
func (k *kernel) runOf(l *plan.Loop) ir.Size {
	if k.choice != nil && l == k.choice.loop {
		return ir.Free(run(l))
	}
	return k.printer.runOf(l)
}

// base is the offset of a view's first element, in the runs that are on and for the expert that is.
func (k *kernel) base(v plan.View) ir.Size {
	at := v.Base
	for _, s := range v.Steps {
		at = at.Add(s.Stride.Mul(k.runOf(s.Loop)))
	}
	if k.choice == nil {
		return k.size(at)
	}
	switch {
	case v.Store.Role == plan.Weight:
		f := k.model.weights.Raw(v.Store.Param)
		at = at.Add(k.shift(each(f), v.Store.Param.Loops))
	case v.Store == k.choice.choose.List.Store:
		at = at.Add(k.named("begin"))
	default:
		if each, ok := k.choice.rowOf(v.Store); ok {
			at = at.Add(k.named("begin").Mul(each))
		}
	}
	return k.size(at)
}

// rowOf is how many numbers a row of an expert has in a store, if there are such rows in it.
func (c *choice) rowOf(s *plan.Store) (ir.Size, bool) {
	one := s.Elements.Substitute(map[string]ir.Size{c.choose.Symbol: ir.Const(1)})
	return one, !one.Equal(s.Elements) && one.Mul(ir.Free(c.choose.Symbol)).Equal(s.Elements)
}

// shift is how far into a weight an expert's own begins, where one run has so many.
func (k *kernel) shift(each int64, loops []*plan.Loop) ir.Size {
	if k.choice == nil {
		return ir.Const(0)
	}
	n := ir.Const(each)
	for i := len(loops) - 1; i >= 0; i-- {
		if loops[i] == k.choice.loop {
			return n.Mul(k.runOf(loops[i]))
		}
		n = n.Mul(loops[i].Count)
	}
	return ir.Const(0)
}

// chosen writes a kernel's body for each expert that has rows.
func (k *kernel) chosen(body string) string {
	c := k.choice
	if c == nil || k.parted {
		return body
	}
	experts, _ := k.size(c.loop.Count).Int()
	body = strings.NewReplacer("my_item()", "share.item()", "all_items()", "share.items()", "blockIdx.x", "share.block", "gridDim.x", "share.blocks").Replace(body)
	counts := k.params[k.byStore[c.counts]].name
	return fmt.Sprintf(`const long with_rows = long(%[1]s[0]), teams = least(with_rows, gridDim.x);
if (teams == 0) return;
const Share share = share_of(teams);
for (long which = blockIdx.x %% teams; which < with_rows; which += teams) {
const long expert = long(%[1]s[1 + 2 * %[2]d + which]), count = long(%[1]s[1 + expert]), begin = long(%[1]s[1 + %[2]d + expert]);
%[3]s}
`, counts, experts, body)
}

// withRows writes a function of the number of an expert that has rows, for a body that goes over them itself, and gives how many
// there are. What stands in it knows the expert, how many rows are its own, and where they begin.
func (k *kernel) withRows(write func()) string {
	k.parted = true
	counts := k.params[k.byStore[k.choice.counts]].name
	experts, _ := k.size(k.choice.loop.Count).Int()
	k.put("const auto part_of = [&](int which) {")
	k.put("const long expert = long(%s[1 + 2 * %d + which]), count = long(%s[1 + expert]), begin = long(%s[1 + %d + expert]);", counts, experts,
		counts, counts, experts)
	write()
	k.put("};")
	return fmt.Sprintf("int(%s[0])", counts)
}

// collect writes the copy of listed rows, or the way back.
func (w *printer) collect(c *plan.Collect) {
	w.called = lastWord(w.scope)
	does := "collect"
	rows, table := c.To, c.From
	if c.Scatter {
		does, rows, table = "scatter", c.From, c.To
	}
	k := w.kernel(does)
	axes := w.axes(rows.Axes, rows, table)
	list := plan.View{Store: c.List.Store, Base: c.List.Base, Steps: c.List.Steps, Axes: c.List.Axes}
	k.say("%ss the listed rows: %s numbers.", does, k.shown(elements(axes)))
	k.each(axes, func(at map[string]ir.Size) {
		number := ir.Const(0)
		if i, ok := at[rows.Axes[0].Label]; ok {
			number = i
		}
		stride := ir.Const(1)
		if len(list.Axes) > 0 {
			stride = list.Axes[0].Stride
		}
		k.put("const long number = long(%s[%s]);", k.data(list, false), k.text(k.base(list).Add(stride.Mul(number))))
		place := k.base(table)
		inner := ir.Const(1)
		for i := len(c.Points) - 1; i >= 0; i-- {
			p := c.Points[i]
			if !source.IsOne(k.size(p.Size)) {
				if stride := table.Stride(p.Label); !stride.IsZero() {
					id := fmt.Sprint("p_", i)
					k.put("const long %s = number / %s %% %s;", id, paren(k.text(inner)), paren(k.text(p.Size)))
					place = place.Add(stride.Mul(k.named(id)))
				}
				inner = inner.Mul(p.Size)
			}
		}
		for _, a := range rows.Axes[1:] {
			if i, ok := at[a.Label]; ok {
				place = place.Add(table.Stride(a.Label).Mul(i))
			}
		}
		if c.Scatter {
			k.put("%s[%s] = %s[%s];", k.data(c.To, true), k.text(place), k.data(c.From, false), k.place(c.From, at))
		} else {
			number := fmt.Sprintf("%s[%s]", k.data(c.From, false), k.text(place))
			k.put("%s[%s] = %s;", k.data(c.To, true), k.place(c.To, at), k.stored(c.To, number))
		}
	})
	k.launch("items("+w.text(elements(axes))+")", "")
}
