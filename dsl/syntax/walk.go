package syntax

// Walk calls visit for every expression below a declaration, an item, a statement or an expression, each
// before its parts, in no promised order among siblings.
func Walk(node any, visit func(Expr)) {
	w := walker(visit)
	switch n := node.(type) {
	case Decl:
		w.decl(n)
	case Item:
		w.item(n)
	case Stmt:
		w.stmt(n)
	case Expr:
		w.expr(n)
	}
}

type walker func(Expr)

func (w walker) decl(d Decl) {
	switch d := d.(type) {
	case *Binding:
		w.entries(d.Entries)
		for _, r := range d.Require {
			w.expr(r.Cond)
		}
	case *Block:
		w.block(d)
	case *Func:
		w.function(d)
	}
}

func (w walker) entries(es []*Entry) {
	for _, e := range es {
		w.exprs(e.Value)
		w.exprs(e.Else...)
	}
}

func (w walker) block(b *Block) {
	w.params(b.Params)
	w.expr(b.Base)
	for _, i := range b.Body {
		w.item(i)
	}
	for _, o := range b.With {
		for _, s := range o.Path {
			w.expr(s.Where)
		}
		w.expr(o.Value)
	}
}

func (w walker) function(f *Func) {
	w.params(f.Params)
	w.params(f.Carry)
	for _, r := range f.Results {
		w.typ(r.Type)
	}
	w.exprs(f.Values...)
	w.stmts(f.Body)
}

func (w walker) params(ps []*Param) {
	for _, p := range ps {
		w.typ(p.Type)
		w.expr(p.Default)
	}
}

func (w walker) typ(t *Type) {
	if t != nil {
		w.exprs(t.Dims...)
	}
}

func (w walker) item(i Item) {
	switch i := i.(type) {
	case *Field:
		w.exprs(i.Type, i.Out, i.Over, i.BiasIf, i.Share)
		w.exprs(i.Stored...)
	case *Let:
		w.exprs(i.Values...)
	case *Block:
		w.block(i)
	case *Func:
		w.function(i)
	case *Require:
		w.expr(i.Cond)
	case *Section:
		w.entries(i.Entries)
	}
}

func (w walker) stmts(ss []Stmt) {
	for _, s := range ss {
		w.stmt(s)
	}
}

func (w walker) stmt(s Stmt) {
	switch s := s.(type) {
	case *Assign:
		w.exprs(s.Targets...)
		w.exprs(s.Values...)
	case *ExprStmt:
		w.exprs(s.Values...)
	case *Yield:
		w.exprs(s.Values...)
	case *Emit:
		w.expr(s.Value)
	case *Require:
		w.expr(s.Cond)
	}
}

func (w walker) exprs(es ...Expr) {
	for _, e := range es {
		w.expr(e)
	}
}

func (w walker) args(as []Arg) {
	for _, a := range as {
		w.exprs(a.Axis, a.Value, a.To)
	}
}

func (w walker) expr(e Expr) {
	if e == nil {
		return
	}
	w(e)
	switch e := e.(type) {
	case *Unary:
		w.expr(e.X)
	case *Binary:
		w.exprs(e.X, e.Y)
	case *Juxt:
		w.exprs(e.Parts...)
	case *If:
		w.exprs(e.C, e.T, e.E)
	case *Select:
		w.expr(e.X)
	case *Call:
		w.expr(e.Fn)
		w.args(e.Args)
		w.args(e.Carry)
		w.stmts(e.Body)
	case *Index:
		w.expr(e.X)
		w.args(e.Args)
	case *List:
		w.args(e.Args)
	case *Paren:
		w.expr(e.X)
	case *Region:
		w.stmts(e.Body)
	}
}
