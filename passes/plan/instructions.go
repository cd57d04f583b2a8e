package plan

import "archc/ir"

// Loop runs its body Count times, with Var = First, First+Stride, ... After each run the carries' stores are swapped:
// what the body wrote to Next is what it reads from Now.
type Loop struct {
	Note
	ID            int
	Var           string
	First, Stride int64
	Count         ir.Size
	Carries       []Carry
	Body          *Block
}

// Carry is a pair of stores of the same size; after the loop the result is in Now.
type Carry struct{ Now, Next *Store }

// Table writes a function of positions, computed in float64.
type Table struct {
	Note
	Out  View
	Expr *Expr
}

// Rows runs a program for each element of Outer, over the vectors along Inner. Inner without a label has one element.
type Rows struct {
	Note
	Outer []Dim
	Inner Dim
	Code  []Op
	Out   []Put
}

// Dim is an axis that is run over.
type Dim struct {
	Label string
	Size  ir.Size
}

// Op is one line of a rows program; its number is that of its result. Fn is a function of ir's table, or load, imm, sum,
// max_of, min_of, cumsum, cummax, cummin. A result is a vector along Inner, or one number for the row.
type Op struct {
	Fn     string
	Args   []int
	Vector bool
	Load   View    // of load
	Imm    float64 // of imm
}

// Put stores a result of a rows program.
type Put struct {
	Reg int
	To  View
}

// Product is Out[m, n] = sum over k of In[m, k] W[n, k], for each element of Over: axes of In that no single stride
// runs over, and those that the weights have too. The sum is one chain in rising k.
type Product struct {
	Note
	Over    []Lane
	Rows    ir.Size
	In, Out View // In: [m, k] last, Out: [m, n] last
	Weights *Panels
}

// Products are products of the same rows in one dispatch.
type Products struct {
	Note
	List []*Product
}

// Lane is an axis of Over: strides in what is read and written, and in the panels' numbers (0: the same panels).
type Lane struct {
	Dim
	In, Out, Panel ir.Size
}

// Contract is Out[m, n] = sum over k of A[m, k] B[k, n] for two tensors, for each element of Over; Inside are further
// axes of the sum, which run outside of k in this order. B and Out have stride 1 along n.
type Contract struct {
	Note
	Over, Inside []Pair
	M, N, K      Pair
	A, B, Out    View // their bases alone
}

// Pair is an axis with its strides in A, B and Out.
type Pair struct {
	Dim
	A, B, Out ir.Size
}

// Gather copies, for each element of Index, the elements of Table at that number along Label. Table may be Panels, whose
// N is then the table's label.
type Gather struct {
	Note
	Index  View
	Label  string
	Size   ir.Size // of the table along Label
	Along  ir.Size // its stride
	Table  View    // without Label
	Panels *Panels // instead of Table
	Out    View
}

// TopK writes the numbers of the largest elements of In along its last axis to the last axis of Out.
type TopK struct {
	Note
	In, Out View
}

// Move copies; axes that From lacks are repeated.
type Move struct {
	Note
	To, From View
}

// Fill writes one number everywhere.
type Fill struct {
	Note
	To    View
	Value float64
}

// Admit lists the numbers of the elements of Mask that are not 0, sets Symbol to how many there are, and runs Body when
// there are any.
type Admit struct {
	Note
	Mask   View // one axis
	List   View
	Symbol string
	Body   *Block
}

// Select lists the selections of expert number Loop's run: where Index has its number and Valid is not 0, in the order
// of the elements of Index. It sets Symbol to how many there are and runs Body when there are any.
type Select struct {
	Note
	Index, Valid View
	Loop         *Loop
	List         View // numbers of the selections, in the order of Index's elements
	Symbol       string
	Body         *Block
}

// Collect copies rows of From at listed points of the axes of Points into To's first axis. Scatter is the other way.
type Collect struct {
	Note
	List    View
	Symbol  string
	Points  []Dim // what a listed number counts, outer first
	From    View  // its axes among Points, and the others
	To      View  // [Symbol, others]
	Scatter bool
}

// Bound is the largest that the symbol of an Admit or a Select becomes.
type Bound struct {
	Symbol string
	Most   ir.Size
}
