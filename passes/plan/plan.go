package plan

import (
	"archc/ir"
	"archc/ir/diag"
)

// Batch is the label of the batch axis, and the free dim of its size.
const Batch = "*"

// Plan is a module as kernels.
type Plan struct {
	Name    string
	Inputs  []Port
	Outputs []Port
	States  []State
	Params  []*Param  // weights that are read as they are stored
	Panels  []*Panels // weights that products read, packed
	Stores  []*Store  // the arena's
	Slots   []Slot    // of the arena
	Bounds  []Bound   // of the symbols of choices
	Body    *Block
}

// Port is an input or an output, the batch in front of the axes of its type. Default is what an absent input is.
type Port struct {
	Name    string
	Kind    ir.Kind
	View    View
	Default *float64
	Draw    string
}

// State is what goes from step to step: View is what the step takes, Next what it leaves in the same store.
type State struct {
	Name       string
	View, Next View
	Slide      *Slide // nil for a state that begins where its store begins
}

// Slide is a window of rows that moves through its store: rows are written behind it, and those in front of it are
// forgotten. Whoever runs the plan moves the rows to the front of the store when it comes to its end.
type Slide struct {
	Label string
	Start string  // the free dim of the row at which the window begins
	Room  string  // the free dim of the rows that the store has
	By    ir.Size // by how many rows a step moves the window
	Rows  ir.Size // of the window before a step
	Need  ir.Size // rows from the window's begin on that a step reads or writes
}

// Role says what a store is.
type Role int

// The roles of stores. The elements of every store are float32.
const (
	Arena  Role = iota // in the arena, from its first step to its last
	Input              // given from outside
	Kept               // a state
	Weight             // a Param
)

// Store is contiguous memory.
type Store struct {
	ID       int
	Name     string
	Role     Role
	Elements ir.Size // symbols of choices are bounded by Bounds of the plan
	Param    *Param  // of a Weight
	// Of the arena: the numbers of the first and the last instruction that it is needed at, and its place.
	First, Last, Slot int
}

// View is a tensor in a store: element (x, y, ...) stands at Base + x*stride(x) + ..., and for each loop that the view
// hangs on its number times a stride. Axes are outer first; a stride may be 0 or negative.
type View struct {
	Store *Store
	Base  ir.Size
	Steps []Step
	Axes  []Axis
	// Ahead is a loop for whose next run a weight is taken, or for the last one.
	Ahead *Loop
}

// Step moves a view with the number of a loop's run, counted from 0.
type Step struct {
	Loop   *Loop
	Stride ir.Size
}

// Axis is one axis of a view.
type Axis struct {
	Label        string
	Size, Stride ir.Size
}

// Param is a stored tensor as float32, in the order of its file. Loops are those whose variables its key names.
type Param struct {
	Key   string
	Shape []ir.Size
	Loops []*Loop
}

// Panels are packed weights: for each element of Batch an N by K matrix. Axes of Batch, N and K have the strides of the
// stored tensor, from Base on; those of Loops count runs of loops.
type Panels struct {
	ID          int
	Param       *Param
	Base        ir.Size
	Batch, N, K []Axis
	Steps       []Step // loops in whose runs other panels are read, outer first, before Batch
}

// Block is a list of instructions in order.
type Block struct {
	Code []Instruction
}

// Instruction is one kernel, or a loop.
type Instruction interface{ note() *Note }

// Note says where an instruction comes from: the node that it computes, or helps to compute.
type Note struct {
	Scope, Name string
	Op          string
	Src         diag.Span
	Number      int // in the order of the plan, loops before what they hold
}

func (n *Note) note() *Note { return n }

func (n *Note) from(node *ir.Node) {
	n.Scope, n.Name, n.Op, n.Src = node.Scope, node.Name, node.Op.Name, node.Src
}

// NoteOf is the instruction's note.
func NoteOf(i Instruction) *Note { return i.note() }
