package search

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// TestFrontAgainstBruteForce compares with the definition, each row against each other one. Few different numbers make
// many equal rows, and large ones differ past what a float can tell.
func TestFrontAgainstBruteForce(t *testing.T) {
	huge := new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), 100))
	on, off := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		goals := rapid.IntRange(1, 4).Draw(t, "goals")
		rows := make([][]*big.Rat, rapid.IntRange(0, 40).Draw(t, "rows"))
		for i := range rows {
			for range goals {
				v := big.NewRat(rapid.Int64Range(-4, 4).Draw(t, "numerator"), rapid.Int64Range(1, 2).Draw(t, "denominator"))
				rows[i] = append(rows[i], v.Add(v, huge))
			}
		}
		for i, got := range front(rows) {
			want := true
			for j := range rows {
				noWorse, better := true, false
				for g := range goals {
					noWorse = noWorse && rows[j][g].Cmp(rows[i][g]) <= 0
					better = better || rows[j][g].Cmp(rows[i][g]) < 0
				}
				want = want && !(noWorse && better)
			}
			if got != want {
				t.Fatalf("row %d of %v: front is %v, want %v", i, rows, got, want)
			}
			if want {
				on++
			} else {
				off++
			}
		}
	})
	if on < 100 || off < 100 {
		t.Errorf("%d rows on the front and %d off it: the test sees too little", on, off)
	}
}
