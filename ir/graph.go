package ir

import (
	"fmt"

	"archc/ir/diag"
)

// Value is one result of a node.
type Value struct {
	Node *Node
	Out  int
}

// Type is the type of the value.
func (v Value) Type() Type { return v.Node.Outs[v.Out] }

// IsZero reports whether the value is absent.
func (v Value) IsZero() bool { return v.Node == nil }

// Node applies one op. A node of a region may use values of the graphs around it.
type Node struct {
	Op      *Op
	Args    []Value
	Outs    []Type
	Attr    Attr      // nil for ops without
	Regions []*Region // for repeat, attend and experts
	Src     diag.Span // the text that this node comes from
	Scope   string    // path of the field whose body this is, for stats and traces: "model.layers.{l}.mlp"
	Name    string    // the author's name for the value, for traces; empty for inner nodes
}

// Attr is the static part of a node: what is neither a tensor nor a region. The concrete types are in ops_*.go, their
// text form, which write prints and read reads back, in attr_text.go.
type Attr interface {
	write(p *printer, n *Node)
	read(p *parser)
}

// Region is a sub-graph: parameters (arg nodes), nodes in order, and the values it gives.
type Region struct {
	Name    string // "body", "score", "mask", "norm", "weight"
	Params  []*Node
	Nodes   []*Node
	Results []Value
}

// Dim is one row of a module's dims table. Sizes of given and derived dims are numbers, of free ones their own name.
type Dim struct {
	Label   string
	Size    Size
	Factors []string // H = G R: outer first; empty without the fact
	Src     diag.Span
}

// Port is a named input or output.
type Port struct {
	Name string
	Value
}

// Module is one lowered model.
type Module struct {
	Name    string
	Dims    []Dim
	Inputs  []Port // input nodes, in the order of the signature
	Body    *Region
	Outputs []Port
}

// Walk visits every node of the region and of the regions inside, in order, outer before inner.
func (r *Region) Walk(visit func(n *Node, depth int)) { r.walk(visit, 0) }

func (r *Region) walk(visit func(n *Node, depth int), depth int) {
	for _, n := range r.Params {
		visit(n, depth)
	}
	for _, n := range r.Nodes {
		visit(n, depth)
		for _, inner := range n.Regions {
			inner.walk(visit, depth+1)
		}
	}
}

// Builder appends nodes to regions; Enter and Leave open and close one. Every node's type comes from its op's rule.
type Builder struct {
	stack []*Region
	Src   diag.Span // given to the nodes that are added
	Scope string
	count int
}

// MaxNodes bounds a lowered program (elaboration budget).
const MaxNodes = 1_000_000

// Enter opens a region; nodes are appended to it until Leave.
func (b *Builder) Enter(name string) *Region {
	r := &Region{Name: name}
	b.stack = append(b.stack, r)
	return r
}

// Leave closes the innermost region.
func (b *Builder) Leave() { b.stack = b.stack[:len(b.stack)-1] }

// Depth is the number of open regions.
func (b *Builder) Depth() int { return len(b.stack) }

// Count is the number of nodes added so far.
func (b *Builder) Count() int { return b.count }

// Param adds a parameter to the innermost region.
func (b *Builder) Param(t Type, name string) Value {
	n := &Node{Op: Arg, Outs: []Type{t}, Src: b.Src, Scope: b.Scope, Name: name}
	top := b.stack[len(b.stack)-1]
	top.Params = append(top.Params, n)
	return Value{n, 0}
}

// Add appends a node to the innermost region. A broken type rule is returned: the caller knows whose mistake it is.
func (b *Builder) Add(op *Op, attr Attr, args []Value, regions ...*Region) (*Node, error) {
	n := &Node{Op: op, Args: args, Attr: attr, Regions: regions, Src: b.Src, Scope: b.Scope}
	outs, err := n.infer()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", op.Name, err)
	}
	n.Outs = outs
	top := b.stack[len(b.stack)-1]
	top.Nodes = append(top.Nodes, n)
	b.count++
	return n, nil
}

// Must is Add for nodes whose type the caller has already checked; a broken rule there is a bug of the compiler.
func (b *Builder) Must(op *Op, attr Attr, args ...Value) Value {
	n, err := b.Add(op, attr, args)
	if err != nil {
		panic(fmt.Sprintf("ir: %v", err))
	}
	return Value{n, 0}
}
