package plan

import "archc/ir"

// Attention is softmax attention with queries in lanes: for each element of Over, and for the elements of Lane side by
// side, scores over all keys, their softmax, and the average of the values. No tensor of queries by keys is stored.
type Attention struct {
	Note
	Over, Lane []Dim
	Key        Dim
	Dots       []Dot
	Score      []PairOp // its last op is the score; of one dot alone where that is all
	First, End *Expr    // bounds of the keys that a lane sees; nil without
	Admits     *Expr    // which of them it sees; nil: all
	Values     []Average
}

// Dot is a sum over Sum of products of queries and keys: the key's one stride for all of Sum is Unit.
type Dot struct {
	Sum   []Dim
	Query View // axes of Over, Lane and Sum
	Key   View // axes of Over and the key
	Unit  ir.Size
}

// Average is a value that the weights average: Size elements, with the strides Unit and To.
type Average struct {
	Size, Unit, To ir.Size
	Value          View // axes of Over and the key
	Out            View // axes of Over and Lane
}

// PairOp is one line of the program of the scores, for each pair of a query and a key. Fn is a scalar function, or
// dot, view (a value that may differ along lanes, keys or both), position (a function of positions), lookup (an element
// of a table at a function of positions), imm, or admit (the second argument where the first holds, else no weight).
type PairOp struct {
	Fn         string
	Args       []int
	Dot        int
	View       View
	Expr       *Expr
	Imm        float64
	Size, Unit ir.Size // of lookup: elements of the table, and their stride
}
