package cudasource

import (
	"fmt"
	"slices"

	"archc/ir"
	"archc/passes/plan"
)

// reductions are the functions that make one number of a row: what it starts from, how two are joined, and the functor.
var reductions = map[string]struct{ from, join, functor string }{
	"sum": {"0.f", "%s + %s", "Add"}, "add_all": {"0.f", "%s + %s", "Add"},
	"max_of": {"-INFINITY", "larger(%s, %s)", "Larger"}, "min_of": {"INFINITY", "smaller(%s, %s)", "Smaller"},
}

// scans are the functions that make a row of what came so far.
var scans = map[string]string{"cumsum": "%s + %s", "cummax": "larger(%s, %s)", "cummin": "smaller(%s, %s)"}

// blockOf is how many threads take a row.
func (r *row) blockOf() int {
	n, ok := r.inner.Size.Int()
	if !ok || n > 128 {
		return 128
	}
	return int(max(n+31, 32) / 32 * 32)
}

// whole writes a block a row.
func (r *row) whole() {
	r.threads = r.blockOf()
	r.use("reduce.cuh")
	total := elements(r.outer)
	shared := ""
	if r.threads > 32 && slices.ContainsFunc(r.program.Code, func(o plan.Op) bool { return reductions[o.Fn].from != "" }) {
		r.put("SHARED_MEMORY(float, room);")
		shared = ", 32 * sizeof(float)"
	}
	r.put("for (long at = blockIdx.x; at < %s; at += gridDim.x) {", r.kernel.text(total))
	r.at = r.parts(r.outer)
	r.number = r.named("at")
	last := slices.Max(r.level)
	for level := 0; level <= last; level++ {
		for i, op := range r.program.Code {
			if !r.vector[i] && r.level[i] == level && !plan.WholeRows(op.Fn) {
				r.op(i)
			}
		}
		r.reduce(level)
	}
	r.puts()
	r.put("}")
	r.launch(fmt.Sprintf("groups(%s, %d%s)", r.printer.text(total), r.threads, shared), fmt.Sprintf("__launch_bounds__(%d) ", r.threads))
}

// loop writes a loop over the row, shared by the threads of the block, around what stands in it.
func (r *row) loop(alone bool, ops []int, write func()) {
	id, i := r.fresh("i")
	first, step := "threadIdx.x", fmt.Sprint(r.threads)
	if alone {
		first, step = "0", "1"
	}
	r.put("for (long %s = %s; %s < %s; %s += %s) {", id, first, id, r.kernel.text(r.inner.Size), id, step)
	r.at[r.inner.Label] = i
	kept := slices.Clone(r.text)
	for _, i := range r.needs(ops) {
		if r.vector[i] || r.program.Code[i].Fn == "imm" {
			r.op(i)
		}
	}
	write()
	r.text = kept
	delete(r.at, r.inner.Label)
	r.put("}")
	r.ids.Forget([]string{id})
}

// needs are the ops that others are computed from, in order; what was reduced or scanned is there already.
func (r *row) needs(ops []int) []int {
	need := make([]bool, len(r.program.Code))
	var walk func(i int)
	walk = func(i int) {
		if need[i] {
			return
		}
		need[i] = true
		if !r.vector[i] || r.scan[i] != nil {
			return
		}
		for _, a := range r.program.Code[i].Args {
			walk(a)
		}
	}
	for _, i := range ops {
		walk(i)
	}
	var out []int
	for i, n := range need {
		if n {
			out = append(out, i)
		}
	}
	return out
}

// reduce writes the reductions and the scans of what has that level.
func (r *row) reduce(level int) {
	var folds, args []int
	for i, op := range r.program.Code {
		if plan.WholeRows(op.Fn) && r.level[op.Args[0]] == level {
			if scans[op.Fn] != "" {
				r.running(i)
				continue
			}
			folds, args = append(folds, i), append(args, op.Args[0])
		}
	}
	if len(folds) == 0 {
		return
	}
	for _, i := range folds {
		r.put("float v_%d = %s;", i, reductions[r.program.Code[i].Fn].from)
	}
	r.loop(false, args, func() {
		for _, i := range folds {
			r.put("v_%d = "+reductions[r.program.Code[i].Fn].join+";", i, fmt.Sprint("v_", i), r.text[r.program.Code[i].Args[0]])
		}
	})
	for _, i := range folds {
		functor := reductions[r.program.Code[i].Fn].functor
		if r.threads == 32 {
			r.put("v_%d = warp_reduce(v_%d, %s());", i, i, functor)
		} else {
			r.put("v_%d = block_reduce(v_%d, room, %s());", i, i, functor)
		}
		r.text[i] = fmt.Sprint("v_", i)
	}
}

// running writes a scan: one thread goes along the row, and the others wait for it.
func (r *row) running(i int) {
	op := r.program.Code[i]
	room := r.memory.room(elements(r.outer).Mul(r.inner.Size))
	view := r.scanView(room)
	from := fmt.Sprintf("sum_%d", i)
	r.put("if (threadIdx.x == 0) {")
	r.put("float %s = 0.f;", from)
	r.loop(true, op.Args, func() {
		at := r.at[r.inner.Label]
		r.put("%s = %s == 0 ? %s : "+scans[op.Fn]+";", from, r.kernel.text(at), r.text[op.Args[0]], from, r.text[op.Args[0]])
		r.put("%s[%s] = %s;", r.data(view, true), r.place(view, r.at), from)
	})
	r.put("}")
	r.put("block_sync();")
	r.scan[i] = room
}

// scanView is a room with a row for each row.
func (r *row) scanView(room *plan.Store) plan.View {
	return plan.View{Store: room, Base: r.number.Mul(r.inner.Size), Axes: []plan.Axis{{Label: r.inner.Label, Size: r.inner.Size, Stride: ir.Const(1)}}}
}

func (r *row) scanned(i int) plan.View { return r.scanView(r.scan[i]) }

// puts writes the results: those along the row by all threads, single numbers by one.
func (r *row) puts() {
	var wide, single []plan.Put
	var regs []int
	for _, o := range r.program.Out {
		if r.vector[o.Reg] || r.along(o.To) {
			wide, regs = append(wide, o), append(regs, o.Reg)
		} else {
			single = append(single, o)
		}
	}
	if len(wide) > 0 {
		r.loop(false, regs, func() {
			for _, o := range wide {
				r.put("%s[%s] = %s;", r.data(o.To, true), r.place(o.To, r.at), r.stored(o.To, r.text[o.Reg]))
			}
		})
	}
	for _, o := range single {
		r.put("if (threadIdx.x == 0) %s[%s] = %s;", r.data(o.To, true), r.place(o.To, r.at), r.stored(o.To, r.text[o.Reg]))
	}
}
