package plan

import "archc/ir"

// Attention is attention with queries in lanes: for each element of Over, and for the elements of Lane side by side,
// scores over all keys, the weights that a normalizer makes of them, and the average of the values. No tensor of queries
// by keys is stored. A lane sees the keys within First and End for which Admits holds and whose score is not -Inf. Other
// keys take no part in the normalizer and have weight 0; a lane that sees none gives 0.
type Attention struct {
	Note
	Over, Lane []Dim
	Key        Dim
	Dots       []Dot
	Score      []PairOp // its last op is the score, a number without Axes; of one dot alone where that is all
	First, End *Expr    // bounds of the keys that a lane sees; nil without
	Admits     *Expr    // which of them it sees; nil: all
	Norm       []NormOp // its last op is the weight; nil: softmax
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

// PairOp is one line of the program of the scores, for each pair of a query and a key. Its value is a number for each
// element of Axes, of which there may be none. Fn is
//
//   - dot: product number Dot, without Axes
//   - view: an element of View, which has axes of Over, Lane, the key and Axes, any of them
//   - position: Expr, a function of where the pair stands along Over, Lane, the key and Axes
//   - lookup: an element of a table of Size elements, Unit apart: the one at Expr, or without Expr at the number that
//     line Args[0] gives, which has no Axes; View is the table's element 0, with axes as those of a view. A number
//     outside of the table is an error where the lane sees the key
//   - imm: Imm, without Axes
//   - admit, without Axes: Args[1] where Args[0] is not 0, else -Inf: the lane does not see the key
//   - sum, max_of, min_of: over the axes Sum of Args[0], whose others are Axes; a sum is one chain from 0, elements in
//     rising order, outer axes first
//   - product: the sum over the axes Sum of Args[0] times Args[1]; as a sum, one chain, fused or not
//   - else a scalar function, element by element
//
// An argument that lacks some of the line's axes (of the product's Axes and Sum) is the same along them. The axes of
// an argument stand in the order that they have in Axes, except those of a product.
type PairOp struct {
	Fn         string
	Args       []int
	Axes, Sum  []Dim
	Dot        int
	View       View
	Expr       *Expr
	Imm        float64
	Size, Unit ir.Size // of lookup: elements of the table, and their stride
}

// Along says what a line of a normalizer differs along.
type Along int

// A value of a normalizer is one number for the lane, one for each key that the lane sees, the same along a second copy
// of these keys, or one for each two of them.
const (
	PerLane Along = iota
	PerKey
	PerOther
	PerTwo
)

// NormOp is one line of the program that makes weights of the scores of a lane. Keys are those that the lane sees, and
// no others. Fn is
//
//   - score: the scores, PerKey
//   - other: Args[0], which is PerKey, as PerOther: along a second copy of the keys
//   - count: how many keys there are, PerLane
//   - rank: how many keys stand in front of a key, PerKey
//   - key: the number of a key among all, seen or not, PerKey
//   - lookup: an element of a table of Size elements, Unit apart: the one at the number that Args[0] gives, which is PerLane
//     or PerKey, and so is the result; View is the table's element 0, with axes of Over and Lane. A number outside of the
//     table is an error where the lane sees the key
//   - view, PerLane: an element of View, which has axes of Over and Lane, any of them
//   - position, PerLane: Expr, a function of where the lane stands along Over and Lane
//   - imm: Imm, PerLane
//   - sum, max_of, min_of: over the keys of Args[0]. It is PerKey and the result PerLane; or PerTwo and the result PerKey,
//     for each key over those of the second copy. A sum is one chain from 0 in rising order of the keys; the largest of
//     no keys is -Inf
//   - cumsum, cummax, cummin: of a PerKey, up to and with each key, PerKey
//   - else a scalar function: PerLane and PerKey together are PerKey, anything with both copies is PerTwo
type NormOp struct {
	Fn    string
	Args  []int
	Along Along
	View  View
	Expr  *Expr
	Imm   float64

	Size, Unit ir.Size // of lookup: elements of the table, and their stride
}
