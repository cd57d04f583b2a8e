package ir

import (
	"fmt"
	"math/big"
)

// Compiled gives a size as a function of the values of the free dims, in whole numbers: slot says where a dim's value
// stands. The function reports false where the size is no whole number; it does not look for overflow.
func (s Size) Compiled(slot func(name string) int) func(env []int64) (int64, bool) {
	value, divisor := s.compiled(slot)
	if divisor == 1 {
		return func(env []int64) (int64, bool) { return value(env), true }
	}
	return func(env []int64) (int64, bool) {
		n := value(env)
		return n / divisor, n%divisor == 0
	}
}

// compiled is the size times a divisor, which makes every coefficient whole.
func (s Size) compiled(slot func(string) int) (value func([]int64) int64, divisor int64) {
	common := big.NewInt(1)
	for _, t := range s.terms {
		g := new(big.Int).GCD(nil, nil, common, t.coef.Denom())
		common.Mul(common, new(big.Int).Div(t.coef.Denom(), g))
	}
	type factor struct {
		value func([]int64) int64
		exp   int
	}
	type product struct {
		coef    int64
		factors []factor
	}
	var terms []product
	for _, t := range s.terms {
		c := new(big.Int).Mul(t.coef.Num(), new(big.Int).Div(common, t.coef.Denom()))
		p := product{coef: c.Int64()}
		for _, m := range t.mono.powers {
			p.factors = append(p.factors, factor{m.atom.compiled(slot), m.exp})
		}
		terms = append(terms, p)
	}
	return func(env []int64) int64 {
		sum := int64(0)
		for _, t := range terms {
			n := t.coef
			for _, f := range t.factors {
				x := f.value(env)
				for range f.exp {
					n *= x
				}
			}
			sum += n
		}
		return sum
	}, common.Int64()
}

func (a *Atom) compiled(slot func(string) int) func([]int64) int64 {
	if a.Fn == "" {
		at := slot(a.Name)
		return func(env []int64) int64 { return env[at] }
	}
	x, dx := a.Args[0].compiled(slot)
	if a.Fn == "floor" {
		return func(env []int64) int64 {
			n := x(env)
			q := n / dx
			if n%dx != 0 && n < 0 {
				q--
			}
			return q
		}
	}
	y, dy := a.Args[1].compiled(slot)
	if dx != 1 || dy != 1 {
		panic(fmt.Sprintf("ir: %s of sizes that are not whole", a.Fn))
	}
	if a.Fn == "min" {
		return func(env []int64) int64 { return min(x(env), y(env)) }
	}
	return func(env []int64) int64 { return max(x(env), y(env)) }
}
