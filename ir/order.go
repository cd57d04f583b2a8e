package ir

import "math/big"

// Facts are what is known of free dims: in which range each lies. A dim that is not listed is a whole number, 1 or
// more; the zero Facts knows that alone.
type Facts map[string]Range

// Range is the whole numbers from Least to Most; nil is open.
type Range struct{ Least, Most *int64 }

// AtLeast reports whether s >= n is certain; false is no promise.
func (f Facts) AtLeast(s Size, n int64) bool {
	least, _ := f.Bounds(s)
	return least != nil && least.Cmp(new(big.Rat).SetInt64(n)) >= 0
}

// AtMost reports whether s <= n is certain; false is no promise.
func (f Facts) AtMost(s Size, n int64) bool {
	_, most := f.Bounds(s)
	return most != nil && most.Cmp(new(big.Rat).SetInt64(n)) <= 0
}

// Larger is the larger of two sizes, folded where the facts decide.
func (f Facts) Larger(a, b Size) Size {
	switch least, most := f.Bounds(a.Sub(b)); {
	case least != nil && least.Sign() >= 0:
		return a
	case most != nil && most.Sign() <= 0:
		return b
	}
	return Max(a, b)
}

// Smaller is the smaller of two sizes, folded where the facts decide.
func (f Facts) Smaller(a, b Size) Size {
	switch least, most := f.Bounds(a.Sub(b)); {
	case most != nil && most.Sign() <= 0:
		return a
	case least != nil && least.Sign() >= 0:
		return b
	}
	return Min(a, b)
}

// Settle is a size with every min and max folded that the facts decide.
func (f Facts) Settle(s Size) Size {
	var out Size
	for _, t := range s.terms {
		v := Size{[]term{{t.coef, unit}}}
		for _, p := range t.mono.powers {
			a := f.settled(p.atom)
			for range p.exp {
				v = v.Mul(a)
			}
		}
		out = out.Add(v)
	}
	return out
}

func (f Facts) settled(a *Atom) Size {
	if a.Fn == "" {
		return Free(a.Name)
	}
	args := make([]Size, len(a.Args))
	for i, s := range a.Args {
		args[i] = f.Settle(s)
	}
	switch a.Fn {
	case "min":
		return f.Smaller(args[0], args[1])
	case "max":
		return f.Larger(args[0], args[1])
	}
	return a.applied(args)
}

// interval is the numbers between two bounds; nil is none.
type interval struct{ least, most *big.Rat }

// Bounds gives numbers between which a size lies, nil where none is found. They are those of interval arithmetic:
// exact for affine sizes, no closer than each term by itself for others.
func (f Facts) Bounds(s Size) (least, most *big.Rat) {
	if r, ok := s.Rat(); ok {
		return r, r
	}
	all := interval{new(big.Rat), new(big.Rat)}
	for _, t := range s.terms {
		v := interval{oneRat, oneRat}
		for _, p := range t.mono.powers {
			a := f.ofAtom(p.atom)
			for range p.exp {
				v = v.mul(a)
			}
		}
		all = all.add(v.scale(t.coef))
	}
	return all.least, all.most
}

func (f Facts) ofAtom(a *Atom) interval {
	if a.Fn == "" {
		r, ok := f[a.Name]
		if !ok {
			return interval{least: oneRat}
		}
		return interval{ratOf(r.Least), ratOf(r.Most)}
	}
	args := make([]interval, len(a.Args))
	for i, s := range a.Args {
		args[i].least, args[i].most = f.Bounds(s)
	}
	switch a.Fn {
	case "min":
		return interval{both(args[0].least, args[1].least, -1), either(args[0].most, args[1].most, -1)}
	case "max":
		return interval{either(args[0].least, args[1].least, 1), both(args[0].most, args[1].most, 1)}
	}
	return interval{floored(args[0].least), floored(args[0].most)}
}

func ratOf(n *int64) *big.Rat {
	if n == nil {
		return nil
	}
	return new(big.Rat).SetInt64(*n)
}

// both is the smaller (sign -1) or larger (sign 1) of two bounds, which needs both.
func both(a, b *big.Rat, sign int) *big.Rat {
	if a == nil || b == nil {
		return nil
	}
	return either(a, b, sign)
}

// either is the same of those that are there.
func either(a, b *big.Rat, sign int) *big.Rat {
	if a == nil || b != nil && b.Cmp(a) == sign {
		return b
	}
	return a
}

func floored(r *big.Rat) *big.Rat {
	if r == nil {
		return nil
	}
	return new(big.Rat).SetInt(new(big.Int).Div(r.Num(), r.Denom()))
}

func (v interval) add(o interval) interval {
	plus := func(a, b *big.Rat) *big.Rat {
		if a == nil || b == nil {
			return nil
		}
		return added(a, b)
	}
	return interval{plus(v.least, o.least), plus(v.most, o.most)}
}

func (v interval) scale(r *big.Rat) interval {
	times := func(a *big.Rat) *big.Rat {
		if a == nil {
			return nil
		}
		return multiplied(a, r)
	}
	if r.Sign() < 0 {
		return interval{times(v.most), times(v.least)}
	}
	return interval{times(v.least), times(v.most)}
}

// mul is the product; an open side is taken only where no number of the other interval is negative.
func (v interval) mul(o interval) interval {
	if v.least != nil && v.most != nil && v.least.Cmp(v.most) == 0 {
		if v.least == oneRat {
			return o
		}
		return o.scale(v.least)
	}
	if v.least == nil || o.least == nil || v.least.Sign() < 0 || o.least.Sign() < 0 {
		if v.least == nil || v.most == nil || o.least == nil || o.most == nil {
			return interval{}
		}
		out := interval{}
		for _, a := range []*big.Rat{v.least, v.most} {
			for _, b := range []*big.Rat{o.least, o.most} {
				p := multiplied(a, b)
				out = interval{either(out.least, p, -1), either(out.most, p, 1)}
			}
		}
		return out
	}
	out := interval{least: multiplied(v.least, o.least)}
	if v.most != nil && o.most != nil {
		out.most = multiplied(v.most, o.most)
	}
	return out
}
