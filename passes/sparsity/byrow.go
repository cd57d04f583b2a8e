package sparsity

import "archc/ir"

// With i a number, a mask is a function of j alone: 2 i < j and i j <= 9 are half-lines, quo(j, 3) == i a block.

// solvable reports whether the first and the last row have a closed form; others may still have none.
func solvable(e *expr, g *Grid) bool {
	for _, i := range []int64{0, g.T - 1} {
		if _, err := solveRow(e, max(i, 0), g); err != nil {
			return false
		}
	}
	return true
}

// rowByRow solves rows, and asks about each key of a row that has no closed form.
func rowByRow(e *expr, g *Grid) func(i int64) ([]Run, error) {
	var ask func(i int64) ([]Run, error)
	return func(i int64) ([]Run, error) {
		runs, err := solveRow(e, i, g)
		if err == nil {
			return runs, nil
		}
		if ask == nil {
			if ask, err = pairwiseRuns(e, g.T, g.S); err != nil {
				return nil, err
			}
		}
		return ask(i)
	}
}

// solveRow is the keys of row i of a mask whose sizes are numbers.
func solveRow(e *expr, i int64, g *Grid) ([]Run, error) {
	f, err := find(e, ir.Const(1), ir.Const(g.S), way{row: &i})
	if err != nil {
		return nil, err
	}
	row, err := f.grid(f.holds, nil)
	if err != nil {
		return nil, err
	}
	return row.Row(0)
}
