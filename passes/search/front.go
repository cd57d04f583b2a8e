package search

import (
	"math/big"
	"slices"
)

// front finds the rows that no other row beats: none is at least as small everywhere and smaller somewhere. Rows that
// are equal stand on it together.
//
// In the order of the first number that differs, whatever beats a row stands before it, and so does one of the front
// that beats it: each row is compared with the front alone.
func front(rows [][]*big.Rat) []bool {
	order := make([]int, len(rows))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return slices.CompareFunc(rows[a], rows[b], (*big.Rat).Cmp) })
	on := make([]bool, len(rows))
	var best []int
	for _, i := range order {
		if !slices.ContainsFunc(best, func(b int) bool { return beats(rows[b], rows[i]) }) {
			on[i] = true
			best = append(best, i)
		}
	}
	return on
}

func beats(a, b []*big.Rat) bool {
	smaller := false
	for i := range a {
		switch a[i].Cmp(b[i]) {
		case 1:
			return false
		case -1:
			smaller = true
		}
	}
	return smaller
}
