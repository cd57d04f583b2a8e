package plan

import "slices"

// merge makes one program of a group.
func (f *fuser) merge(b *Block, group []int, sp space) *Rows {
	first := b.Code[group[0]].(*Rows)
	out := &Rows{Note: first.Note, Outer: sp.outer, Inner: sp.inner}
	if sp.open {
		out.Outer, out.Inner = first.Outer, first.Inner
	}
	var put []Put
	for _, k := range group {
		r := b.Code[k].(*Rows)
		at := make([]int, len(r.Code))
		for i, o := range r.Code {
			args := slices.Clone(o.Args)
			for j, a := range args {
				args[j] = at[a]
			}
			o.Args = args
			switch {
			case o.Fn == "load":
				f.reads[o.Load.Store]--
				at[i] = out.reload(put, o)
				if at[i] < 0 {
					at[i] = out.load(o.Load)
					f.reads[o.Load.Store]++
				}
				continue
			case o.Fn == "imm" || rowFn[o.Fn] && !o.Vector:
				o.Vector = false
			default:
				o.Vector = o.Fn == "cumsum" || o.Fn == "cummax" || o.Fn == "cummin" ||
					slices.ContainsFunc(args, func(a int) bool { return out.Code[a].Vector })
			}
			at[i] = out.once(o)
		}
		for _, x := range r.Out {
			put = append(put, Put{at[x.Reg], x.To})
		}
	}
	for _, x := range put {
		if f.reads[x.To.Store] > 0 || x.To.Store.Role != Arena {
			out.Out = append(out.Out, x)
		}
	}
	out.trim()
	return out
}

// reload is the register that a load would read back, -1 without.
func (r *Rows) reload(put []Put, o Op) int {
	for _, x := range put {
		if x.To.Same(o.Load) {
			return x.Reg
		}
	}
	for k, have := range r.Code {
		if have.Fn == "load" && have.Load.Same(o.Load) {
			return k
		}
	}
	return -1
}

// once adds a line unless it stands already.
func (r *Rows) once(o Op) int {
	for k, have := range r.Code {
		if have.Fn == o.Fn && o.Fn != "load" && have.Imm == o.Imm && have.Vector == o.Vector && slices.Equal(have.Args, o.Args) {
			return k
		}
	}
	return r.op(o)
}

// trim leaves out lines that nothing hangs on.
func (r *Rows) trim() {
	used := make([]bool, len(r.Code))
	for _, p := range r.Out {
		used[p.Reg] = true
	}
	for k := len(r.Code) - 1; k >= 0; k-- {
		if used[k] {
			for _, a := range r.Code[k].Args {
				used[a] = true
			}
		}
	}
	var code []Op
	at := make([]int, len(r.Code))
	for k, o := range r.Code {
		if !used[k] {
			continue
		}
		for i, a := range o.Args {
			o.Args[i] = at[a]
		}
		at[k] = len(code)
		code = append(code, o)
	}
	r.Code = code
	for i := range r.Out {
		r.Out[i].Reg = at[r.Out[i].Reg]
	}
}
