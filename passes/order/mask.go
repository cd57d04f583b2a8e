package order

import (
	"archc/ir"
	"archc/passes/sparsity"
)

// reach says which keys a row sees, in the two shapes that sums over keys can follow.
type reach struct {
	all    bool    // every row sees every key, and there is one
	behind ir.Size // else: row i sees exactly the keys up to i + behind, which are the rows' own at their end
}

// reach reads the mask; false when it is neither shape. As many pairs as there can be are all of them.
func (a *attention) reach() (reach, bool) {
	var given []string
	for _, in := range a.m.Inputs {
		given = append(given, in.Name) // a form holds whatever the caller gives, so no default is taken for granted
	}
	pattern, err := sparsity.Of(a.n, sparsity.Options{Given: given})
	if err != nil || len(pattern.Masks) != 1 {
		return reach{}, false
	}
	pairs, facts := pattern.Count(), ir.Facts{}
	if pairs.Formula == nil || pairs.Bound {
		return reach{}, false
	}
	rows, keys := a.where.rows, a.where.keys
	if pairs.Formula.Equal(rows.Mul(keys)) && facts.AtLeast(keys, 1) {
		return reach{all: true}, true
	}
	behind := keys.Sub(rows)
	upTo := rows.Mul(behind).Add(rows.Mul(rows.Add(ir.Const(1))).Mul(half()))
	if a.where.query == "" || !facts.AtLeast(behind, 0) || !pairs.Formula.Equal(upTo) {
		return reach{}, false
	}
	future, err := pattern.Future(behind)
	return reach{behind: behind}, future == nil && err == nil
}
