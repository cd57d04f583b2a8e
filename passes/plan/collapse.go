package plan

// collapse makes one axis of the inner one and the last of the outer ones where every view runs over both with one
// stride, or over neither.
func (r *Rows) collapse() {
	if rowwise(r) || r.Inner.Label == "" {
		return
	}
	for len(r.Outer) > 0 {
		last := r.Outer[len(r.Outer)-1]
		labels := []string{last.Label, r.Inner.Label}
		into := last.Label + " " + r.Inner.Label
		joined := func(v View) (View, bool) {
			switch a, b := v.Find(labels[0]) >= 0, v.Find(labels[1]) >= 0; {
			case a && b:
				return v.merge(labels, into)
			case a || b:
				return v, false
			}
			return v, true
		}
		for _, o := range r.Code {
			if o.Fn == "load" {
				if _, ok := joined(o.Load); !ok {
					return
				}
			}
		}
		for _, p := range r.Out {
			if _, ok := joined(p.To); !ok {
				return
			}
		}
		for i := range r.Code {
			if r.Code[i].Fn == "load" {
				r.Code[i].Load, _ = joined(r.Code[i].Load)
			}
		}
		for i := range r.Out {
			r.Out[i].To, _ = joined(r.Out[i].To)
		}
		r.Outer = r.Outer[:len(r.Outer)-1]
		r.Inner = Dim{into, last.Size.Mul(r.Inner.Size)}
	}
}

// flatten collapses every rows program.
func (p *Plan) flatten() {
	p.Body.Walk(func(i Instruction) {
		if r, ok := i.(*Rows); ok {
			r.collapse()
		}
	})
}
