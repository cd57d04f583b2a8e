package syntax

import "archc/ir/diag"

// Ident is a name where it stands.
type Ident struct {
	Name string
	At   diag.Span
}

// Path is a dotted name: model.embed_tokens. After a dot a keyword is a name too.
type Path []Ident

// File is one parsed source.
type File struct {
	Src   *diag.Source
	Decls []Decl // in the order of the text
}

// Decl is a top-level declaration: *Import, *Binding, *Block or *Func.
type Decl interface{ decl() }

// Import brings another file's declarations into scope: `import llama` or `import "r1-distill" { A, B }`.
type Import struct {
	At    diag.Span
	File  Ident   // base name without .arch
	Names []Ident // empty: all
}

// Binding maps another tool's configuration to a model's parameters: from huggingface "LlamaForCausalLM" { ... }. One
// architecture may have several names.
type Binding struct {
	At      diag.Span
	Kind    Ident // huggingface
	Names   []Str
	Entries []*Entry
	Require []*Require
}

// Entry is `key = value`, with `else value` for absent fields, as often as needed.
type Entry struct {
	Key   Ident
	Value Expr
	Else  []Expr // tried in order while a field that Value reads is absent
}

// BlockKind tells a model from a block.
type BlockKind int

// The two kinds of Block.
const (
	KindBlock BlockKind = iota
	KindModel
)

// Block is a model or a block: a body, or another one applied (`model A = B(D=1) with { ... }`).
type Block struct {
	At     diag.Span // keyword to the end of the header
	Doc    string    // the comment lines directly above, without slashes
	Kind   BlockKind
	Name   Ident
	Params []*Param
	Body   []Item // nil when Base is set
	Base   Expr
	With   []*Override
	Whole  diag.Span // the declaration from keyword to closing brace
}

// Override is one line of `with { path = value }`.
type Override struct {
	At    diag.Span
	Path  []Step
	Value Expr
}

// Step is one part of an override's path: name, name[*], or name[condition on l].
type Step struct {
	Name  Ident
	All   bool // [*]
	Where Expr // nil without a condition
}

// Param is a formal: `x: [T, D]`, `D=4096`, `theta`.
type Param struct {
	Name    Ident
	Type    *Type // nil when untyped
	Default Expr  // nil without
}

// Type is a tensor type as written: int[T], [T, D], bool[T], int[].
type Type struct {
	At   diag.Span
	Kind string // "int", "bool", "real" or "" (real)
	Dims []Expr // each a dim, a product (H K), a sum (N + R) or a number
}

// Func is a forward function (no name), a method, a library function or a pattern.
type Func struct {
	At      diag.Span // name (or parenthesis) to the end of the signature
	Doc     string
	Pattern bool // its body may use i and j, and it gives a condition on them
	Name    Ident
	Axes    []Ident // softmax[N](...)
	Params  []*Param
	Carry   []*Param // after `;`
	Results []*Result
	Values  []Expr // `= a, b`
	Body    []Stmt // `{ ... }` when Values is nil
	Whole   diag.Span
}

// Result is one declared result, with a name where several are given.
type Result struct {
	Name Ident // empty when unnamed
	Type *Type
}

// Item is what stands in a block's body: *Field, *Let, *Block, *Func, *Require or *Section.
type Item interface{ item() }

// Field declares parts or parameters: names, and what they are.
type Field struct {
	At    diag.Span // names to the end of the type
	Names []Path
	Type  Expr // what stands before `->`, or the whole type: RMSNorm(D), L * Layer(l), [D], int V, H K
	Out   Expr // what stands after `->`, nil without an arrow

	Over   Expr // over Y X window(3, 3) ...: nil without
	Bias   bool
	BiasIf Expr
	Stored []Expr
	As     []Str
	Buffer bool
	Share  Expr // `= wte`, `= if tied then wte else none`
}

// Let names a compile-time value or a constant tensor in a block's body: `I = if l == 0 then A else B`.
type Let struct {
	At     diag.Span
	Names  []Ident
	Values []Expr
}

// Section is a named group of settings in a model: checkpoint { prefix = "..."; ignore = [...] }.
type Section struct {
	At      diag.Span
	Name    Ident
	Entries []*Entry
}

// Require is a condition that must hold when compiling: require H % G == 0, "message".
type Require struct {
	At   diag.Span
	Cond Expr
	Msg  *Str
}

// Stmt is what stands in a function's body: *Assign, *ExprStmt, *Yield, *Emit or *Require.
type Stmt interface{ stmt() }

// Assign binds locals: `q, k = f(x)`, `x += y`.
type Assign struct {
	At      diag.Span
	Targets []Expr // names
	Op      string // "=" or "+="
	Values  []Expr
}

// ExprStmt is a value, or several with commas; the last one is the value of the body.
type ExprStmt struct {
	At     diag.Span
	Values []Expr
}

// Yield gives a scan's output at one step.
type Yield struct {
	At     diag.Span
	Values []Expr
}

// Emit gives a side result.
type Emit struct {
	At    diag.Span
	Name  Ident
	Value Expr
}

// Expr is an expression; Span covers its text.
type Expr interface{ Span() diag.Span }

// Num is a number as written; Int when it has neither point nor exponent.
type Num struct {
	At   diag.Span
	Text string
	Int  bool
}

// Str is a string, without its quotes.
type Str struct {
	At   diag.Span
	Text string
}

// Name is an identifier used as a value.
type Name struct{ Ident }

// Star is `*` alone, as in layers[*].
type Star struct{ At diag.Span }

// Unary is -x or !x.
type Unary struct {
	At diag.Span
	Op string
	X  Expr
}

// Binary is x op y; Op is one of ^ * / % + - == != < > <= >= & | |> (and "div").
type Binary struct {
	At   diag.Span
	Op   string
	OpAt diag.Span
	X, Y Expr
}

// Juxt is a product of dims written side by side: H K, 4 D, H (N + R), and `[E] Expert`, `int V`.
type Juxt struct {
	At    diag.Span
	Parts []Expr
}

// If is if c then t else e.
type If struct {
	At      diag.Span
	C, T, E Expr
}

// Select is x.name.
type Select struct {
	At   diag.Span
	X    Expr
	Name Ident
}

// Call is f(args; carry) { body }. Args and carry keep their order and names.
type Call struct {
	At       diag.Span
	Fn       Expr
	Args     []Arg
	Carry    []Arg
	HasCarry bool   // a `;` stood in the parentheses
	Body     []Stmt // nil without
	HasBody  bool
}

// Index is x[args]: axes of a reduction, selections (T: 0), ranges, renamings (T = S), or a layer of a stack.
type Index struct {
	At   diag.Span
	X    Expr
	Args []Arg
}

// List is [a, b].
type List struct {
	At   diag.Span
	Args []Arg
}

// Paren is (x); kept because `-(x)` and dim sums read it.
type Paren struct {
	At diag.Span
	X  Expr
}

// Region is { ... } as a value.
type Region struct {
	At   diag.Span
	Body []Stmt
}

// Arg is one argument. Exactly one of the optional parts is set, or none.
type Arg struct {
	At    diag.Span
	Name  Ident // `name = value`, `name in value`
	Value Expr
	In    bool // a in xs
	Axis  Expr // `T: value` — the axis; Value is the index or the range's start
	To    Expr // `a..b`: the end of a range that starts at Value
}

func (*Import) decl()  {}
func (*Binding) decl() {}
func (*Block) decl()   {}
func (*Func) decl()    {}

func (*Field) item()   {}
func (*Let) item()     {}
func (*Block) item()   {}
func (*Func) item()    {}
func (*Require) item() {}
func (*Section) item() {}

func (*Assign) stmt()   {}
func (*ExprStmt) stmt() {}
func (*Yield) stmt()    {}
func (*Emit) stmt()     {}
func (*Require) stmt()  {}

func (e *Num) Span() diag.Span    { return e.At }
func (e *Str) Span() diag.Span    { return e.At }
func (e *Name) Span() diag.Span   { return e.Ident.At }
func (e *Star) Span() diag.Span   { return e.At }
func (e *Unary) Span() diag.Span  { return e.At }
func (e *Binary) Span() diag.Span { return e.At }
func (e *Juxt) Span() diag.Span   { return e.At }
func (e *If) Span() diag.Span     { return e.At }
func (e *Select) Span() diag.Span { return e.At }
func (e *Call) Span() diag.Span   { return e.At }
func (e *Index) Span() diag.Span  { return e.At }
func (e *List) Span() diag.Span   { return e.At }
func (e *Paren) Span() diag.Span  { return e.At }
func (e *Region) Span() diag.Span { return e.At }
