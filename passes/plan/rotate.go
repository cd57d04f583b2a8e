package plan

import "slices"

// rotate fuses across the back edge of loops. Where a body begins with a rows program on what it carries, and ends with
// one over the same rows that makes the next value, the first program moves behind the last one: it runs for the next
// run there, with that run's weights, on a value that is still in registers, and once in front of the loop for the first
// run. What it computes in the last run nobody reads; it takes the last run's weights then.
func (p *Plan) rotate() {
	f := &fuser{plan: p}
	f.uses()
	p.Body.Walk(func(i Instruction) {
		if b := Inside(i); b != nil {
			f.rotateIn(b)
		}
	})
	f.rotateIn(p.Body)
}

func (f *fuser) rotateIn(b *Block) {
	var code []Instruction
	for _, i := range b.Code {
		if l, ok := i.(*Loop); ok {
			if first := f.rotated(l); first != nil {
				code = append(code, first)
			}
		}
		code = append(code, i)
	}
	b.Code = code
}

// rotated rotates a loop and gives the program that runs in front of it, nil where the loop stays as it is.
func (f *fuser) rotated(l *Loop) *Rows {
	body := l.Body.Code
	if n, ok := l.Count.Int(); !ok || n < 2 || len(body) < 3 {
		return nil
	}
	first, ok := body[0].(*Rows)
	if !ok {
		return nil
	}
	at, carry := f.ending(l, first)
	if at < 1 || !f.movable(l, first, carry, at) {
		return nil
	}
	last := body[at].(*Rows)
	both := &Rows{Note: last.Note, Outer: last.Outer, Inner: last.Inner, Code: slices.Clone(last.Code), Out: slices.Clone(last.Out)}
	var reg int
	for _, put := range last.Out {
		if put.To.Store == carry.Next {
			reg = put.Reg
		}
	}
	to := make([]int, len(first.Code))
	for k, o := range first.Code {
		args := slices.Clone(o.Args)
		for i, a := range args {
			args[i] = to[a]
		}
		o.Args = args
		switch {
		case o.Fn != "load":
			to[k] = both.once(o)
		case o.Load.Store == carry.Now:
			to[k] = reg
		default:
			if weight(o.Load) {
				o.Load.Ahead = l
			}
			to[k] = both.op(o)
		}
	}
	for _, put := range first.Out {
		both.Out = append(both.Out, Put{to[put.Reg], put.To})
	}
	body[at] = both
	l.Body.Code = slices.Delete(body, 0, 1)
	return first
}

// ending finds the last program of a body that makes the next value of a carry which the first one reads, over the
// same rows and under the same axes.
func (f *fuser) ending(l *Loop, first *Rows) (int, Carry) {
	for at := len(l.Body.Code) - 1; at > 0; at-- {
		last, ok := l.Body.Code[at].(*Rows)
		if !ok || !sameDims(last.Outer, first.Outer) || last.Inner.Label != first.Inner.Label || !last.Inner.Size.Equal(first.Inner.Size) {
			continue
		}
		for _, c := range l.Carries {
			for _, put := range last.Out {
				if put.To.Store == c.Next && first.reads(c.Now, put.To) {
					return at, c
				}
			}
		}
	}
	return -1, Carry{}
}

// reads reports whether a program loads a carry's store, always as a view of the other store is written.
func (r *Rows) reads(now *Store, put View) bool {
	put.Store = now
	found := false
	for _, o := range r.Code {
		if o.Fn == "load" && o.Load.Store == now {
			if !o.Load.Same(put) {
				return false
			}
			found = true
		}
	}
	return found
}

// movable reports whether the first program may run where the last one does: it reads what the loop does not change, its
// results are read in front of that place alone, and the vectors of both are the same.
func (f *fuser) movable(l *Loop, first *Rows, carry Carry, at int) bool {
	changed := map[*Store]bool{}
	l.Body.Walk(func(i Instruction) {
		for _, v := range Writes(i) {
			changed[v.Store] = true
		}
	})
	for _, c := range l.Carries {
		changed[c.Now], changed[c.Next] = true, true
	}
	onLoop := func(v View) bool { return slices.ContainsFunc(v.Steps, func(s Step) bool { return s.Loop == l }) }
	for _, o := range first.Code {
		if o.Fn == "load" && o.Load.Store != carry.Now && (changed[o.Load.Store] || onLoop(o.Load)) {
			return false
		}
	}
	results := map[*Store]int{}
	for _, put := range first.Out {
		if put.To.Store.Role != Arena || onLoop(put.To) || put.To.Store == carry.Next {
			return false
		}
		results[put.To.Store] = 0
	}
	for k, i := range l.Body.Code {
		reads, writes := touched(i)
		for s := range results {
			if reads[s] && k > at || writes[s] && k > 0 {
				return false
			}
		}
	}
	inside := map[*Store]int{}
	l.Body.Walk(func(i Instruction) {
		for _, v := range Reads(i) {
			inside[v.Store]++
		}
	})
	for s := range results {
		if f.reads[s] != inside[s] {
			return false
		}
	}
	return true
}
