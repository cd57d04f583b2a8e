package cost

import (
	"math/big"

	"archc/ir"
)

// The facts used here: a free dim is a whole number, 1 or more. Report.At refuses others.

// atLeast reports whether s >= n is certain. It decides affine sizes; of others it says false.
func atLeast(s ir.Size, n int64) bool {
	least, ok := extremeOf(s, 1)
	return ok && least.Cmp(big.NewRat(n, 1)) >= 0
}

// atMost reports whether s <= n is certain.
func atMost(s ir.Size, n int64) bool {
	most, ok := extremeOf(s, -1)
	return ok && most.Cmp(big.NewRat(n, 1)) <= 0
}

// extremeOf gives the least (sign 1) or greatest (sign -1) value of an affine size, which it has where all
// free dims are 1, when no free dim's coefficient leads further that way.
func extremeOf(s ir.Size, sign int) (*big.Rat, bool) {
	frees := s.Frees()
	env := make(map[string]int64, len(frees))
	for _, f := range frees {
		env[f] = 1
	}
	one, ok := s.Eval(env)
	if !ok {
		return nil, false
	}
	rebuilt := ir.Rational(one)
	for _, f := range frees {
		env[f] = 2
		two, _ := s.Eval(env)
		env[f] = 1
		slope := two.Sub(two, one)
		if slope.Sign() == -sign {
			return nil, false
		}
		rebuilt = rebuilt.Add(ir.Rational(slope).Mul(ir.Free(f).Sub(ir.Const(1))))
	}
	return one, rebuilt.Equal(s)
}

// larger is the larger of two sizes, folded where the facts decide.
func larger(a, b ir.Size) ir.Size {
	switch d := a.Sub(b); {
	case atLeast(d, 0):
		return a
	case atMost(d, 0):
		return b
	}
	return ir.Max(a, b)
}

// smaller is the smaller of two sizes, folded where the facts decide.
func smaller(a, b ir.Size) ir.Size {
	switch d := a.Sub(b); {
	case atMost(d, 0):
		return a
	case atLeast(d, 0):
		return b
	}
	return ir.Min(a, b)
}
