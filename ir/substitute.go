package ir

// Substitute replaces free dims by sizes; names that are not in env stay.
func (s Size) Substitute(env map[string]Size) Size {
	out, _ := (&substitution{env: env}).size(s)
	return out
}

// substitution is one run of Substitute. Formulas name the same min and floor in many terms: done has what each
// became, by its key.
type substitution struct {
	env  map[string]Size
	done map[string]became
}

type became struct {
	size    Size
	changed bool
}

func (x *substitution) size(s Size) (out Size, changed bool) {
	var made []term
	for k, t := range s.terms {
		v, kept, other := x.term(t)
		if other && !changed {
			changed = true
			made = append(make([]term, 0, len(s.terms)), s.terms[:k]...)
		}
		if !changed {
			continue
		}
		for _, w := range v.terms {
			made = append(made, term{w.coef, w.mono.times(kept)})
		}
	}
	if !changed {
		return s, false
	}
	return collect(made), true
}

// term is a term in two factors: v, of what changes, and kept, of the atoms that stay and need no product.
func (x *substitution) term(t term) (v Size, kept *monomial, changed bool) {
	v, kept = Size{[]term{{t.coef, unit}}}, t.mono
	var stay []power
	for k, p := range t.mono.powers {
		a, other := x.atom(p.atom)
		if other && !changed {
			changed = true
			stay = append(stay, t.mono.powers[:k]...)
		}
		switch {
		case other:
			for range p.exp {
				v = v.Mul(a)
			}
		case changed:
			stay = append(stay, p)
		}
	}
	if changed {
		kept = unit
		if len(stay) > 0 {
			kept = monomialOf(stay)
		}
	}
	return v, kept, changed
}

func (x *substitution) atom(a *Atom) (Size, bool) {
	if a.Fn == "" {
		v, ok := x.env[a.Name]
		return v, ok
	}
	if b, ok := x.done[a.key]; ok {
		return b.size, b.changed
	}
	args, changed := make([]Size, len(a.Args)), false
	for i, s := range a.Args {
		var other bool
		args[i], other = x.size(s)
		changed = changed || other
	}
	b := became{changed: changed}
	if changed {
		b.size = a.applied(args)
	}
	if x.done == nil {
		x.done = map[string]became{}
	}
	x.done[a.key] = b
	return b.size, b.changed
}
