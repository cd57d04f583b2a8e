package gosource

import (
	"fmt"
	"slices"
	"strings"

	"archc/backends/scalar"
	"archc/backends/source"
	"archc/ir"
	"archc/passes/plan"
)

// body writes the program of one row, a kernel a line.
func (r *row) body() {
	done := make([]bool, len(r.program.Out))
	for i, op := range r.program.Code {
		switch {
		case op.Fn == "imm":
			r.text[i] = r.number32(op.Imm)
			continue
		case op.Fn == "load":
			r.load(i, op)
			continue
		case !r.vector[i]:
			if put := r.lone(i); put >= 0 {
				p := r.program.Out[put]
				r.line("%s[%s] = %s", r.data(p.To), r.printer.text(r.base(p.To).Add(r.shift[len(r.inner)-len(done)+put])), r.scalar(op))
				done[put] = true
				r.letGo()
				continue
			}
			r.text[i] = r.local("r")
			r.line("%s := %s", r.text[i], r.scalar(op))
		default:
			to, put := r.direct(i)
			if put >= 0 {
				done[put] = true
			} else {
				to = r.take()
				r.temp[i] = to
			}
			r.function(op, to)
			r.text[i] = to
		}
		r.letGo()
		for a, t := range r.temp {
			if t != "" && r.last[a] == i && a != i {
				r.free = append(r.free, t)
				r.temp[a] = ""
			}
		}
	}
	for k, p := range r.program.Out {
		if !done[k] {
			r.put(k, p)
			r.letGo()
		}
	}
}

// take is a temporary row.
func (r *row) take() string {
	if n := len(r.free); n > 0 {
		t := r.free[n-1]
		r.free = r.free[:n-1]
		return t
	}
	t := r.local("v")
	r.room = append(r.room, t)
	return t
}

// load makes a view readable: as it stands where its elements are side by side.
func (r *row) load(i int, op plan.Op) {
	v := r.view[i]
	stride := r.inner[v]
	switch {
	case !r.vector[i], stride.IsZero() && source.IsOne(r.n):
		r.text[i] = fmt.Sprintf("%s[%s]", r.data(op.Load), r.printer.text(r.base(op.Load).Add(r.shift[v])))
	case source.IsOne(stride) || source.IsOne(r.n):
		r.text[i] = r.part(op.Load, r.shift[v], r.n)
	default:
		t := r.take()
		r.temp[i], r.text[i] = t, t
		at := r.base(op.Load).Add(r.shift[v])
		r.line("kernel.Move(%s, %s(%s, 0, 1), %s(%s, %s, %s))", r.ints([]ir.Size{r.n}), r.help("tensor"), t, r.help("tensor"),
			r.data(op.Load), r.printer.text(at), r.printer.text(stride))
	}
}

// direct is the place of a put that a result can be computed in: without gaps, read by nobody else, and not in memory that
// is still to be loaded.
func (r *row) direct(i int) (string, int) {
	for k, p := range r.program.Out {
		v := len(r.inner) - len(r.program.Out) + k
		if p.Reg != i || !source.IsOne(r.inner[v]) && !source.IsOne(r.n) || r.reads(i, p.To) {
			continue
		}
		return r.part(p.To, r.shift[v], r.n), k
	}
	return "", -1
}

// lone is the put of a single number that is read by nobody else and is one element, -1 where there is none.
func (r *row) lone(i int) int {
	found := -1
	for k, p := range r.program.Out {
		stride := r.inner[len(r.inner)-len(r.program.Out)+k]
		if p.Reg == i && (found >= 0 || !stride.IsZero() && !source.IsOne(r.n)) {
			return -1
		}
		if p.Reg == i {
			found = k
		}
	}
	if slices.ContainsFunc(r.program.Code, func(o plan.Op) bool { return slices.Contains(o.Args, i) }) {
		return -1
	}
	return found
}

// reads reports whether something that is still read when op i runs, or behind it, is in the store of a view at another place.
func (r *row) reads(i int, to plan.View) bool {
	for k, op := range r.program.Code {
		if op.Fn != "load" || op.Load.Store != to.Store || r.temp[k] != "" || r.last[k] < i {
			continue
		}
		if r.last[k] > i || !op.Load.Same(to) {
			return true
		}
	}
	return false
}

// scalar writes a function of single numbers, or of a row, as an expression.
func (r *row) scalar(op plan.Op) string {
	args := make([]any, len(op.Args))
	for k, a := range op.Args {
		args[k] = r.text[a]
	}
	reduce := map[string]string{"sum": "kernel.Sum", "max_of": "kernel.MaxOf", "min_of": "kernel.MinOf", "add_all": "addAll"}[op.Fn]
	switch {
	case op.Fn == "add_all":
		return fmt.Sprintf("%s(%s)", r.help("addAll"), r.spread(op.Args[0]))
	case reduce != "":
		return fmt.Sprintf("%s(%s)", reduce, r.spread(op.Args[0]))
	case plain[op.Fn] != "" && !r.constant(op):
		return fmt.Sprintf(plain[op.Fn], args...)
	case op.Fn == "select":
		return fmt.Sprintf("kernel.Apply3(kernel.Select, %s, %s, %s)", args...)
	case scalar.Binaries[op.Fn].Name != "":
		return fmt.Sprintf("kernel.Apply2(kernel."+scalar.Binaries[op.Fn].Name+", %s, %s)", args...)
	}
	return fmt.Sprintf("kernel.Apply1(kernel."+r.unary(op.Fn)+", %s)", args...)
}

// constant reports whether all arguments are literals, which Go would compute exactly.
func (r *row) constant(op plan.Op) bool {
	return !slices.ContainsFunc(op.Args, func(a int) bool { return r.program.Code[a].Fn != "imm" })
}

func (r *row) unary(fn string) string {
	k, ok := scalar.Unaries[fn]
	if !ok {
		panic(fmt.Sprintf("gosource: no kernel for %s", fn))
	}
	return k.Name
}

// spread is a register as a row: a single number is written out along it, in a temporary that is held until the
// instruction is written.
func (r *row) spread(a int) string {
	if r.vector[a] {
		return r.text[a]
	}
	t := r.take()
	r.held = append(r.held, t)
	r.line("kernel.Fill(%s, %s)", t, r.text[a])
	return t
}

// letGo frees what spread took.
func (r *row) letGo() {
	r.free = append(r.free, r.held...)
	r.held = nil
}

// function writes the kernel of a row.
func (r *row) function(op plan.Op, to string) {
	args := make([]string, len(op.Args))
	for k, a := range op.Args {
		args[k] = r.text[a]
	}
	switch {
	case op.Fn == "cumsum":
		r.line("kernel.CumSum(%s, %s)", to, args[0])
	case op.Fn == "cummax" || op.Fn == "cummin":
		r.line("%s(%s, %s, kernel.%s)", r.help("running"), to, args[0], map[string]string{"cummax": "Max", "cummin": "Min"}[op.Fn])
	case op.Fn == "select":
		for k, a := range op.Args {
			args[k] = r.spread(a)
		}
		r.line("kernel.Select(%s, %s)", to, strings.Join(args, ", "))
	case scalar.Binaries[op.Fn].Name != "":
		name := scalar.Binaries[op.Fn].Name
		switch x, y := r.vector[op.Args[0]], r.vector[op.Args[1]]; {
		case x && !y:
			name += "N"
		case !x && y:
			name = "N" + name
		}
		r.line("kernel.%s(%s, %s)", name, to, strings.Join(args, ", "))
	default:
		r.line("kernel.%s(%s, %s)", r.unary(op.Fn), to, args[0])
	}
}

// put writes a result to its place.
func (r *row) put(k int, p plan.Put) {
	v := len(r.inner) - len(r.program.Out) + k
	stride, at := r.inner[v], r.base(p.To).Add(r.shift[v])
	switch {
	case !r.vector[p.Reg] && (stride.IsZero() || source.IsOne(r.n)):
		r.line("%s[%s] = %s", r.data(p.To), r.printer.text(at), r.text[p.Reg])
	case !r.vector[p.Reg] && source.IsOne(stride):
		r.line("kernel.Fill(%s, %s)", r.part(p.To, r.shift[v], r.n), r.text[p.Reg])
	case source.IsOne(stride) || source.IsOne(r.n):
		r.line("copy(%s, %s)", r.part(p.To, r.shift[v], r.n), r.text[p.Reg])
	default:
		r.line("kernel.Move(%s, %s(%s, %s, %s), %s(%s, 0, 1))", r.ints([]ir.Size{r.n}), r.help("tensor"), r.data(p.To),
			r.printer.text(at), r.printer.text(stride), r.help("tensor"), r.spread(p.Reg))
	}
}
