package syntax

// dims reads an expression that stands where dims stand. There `H (N + R)` is a product, though it has the
// form of a call: a name in upper case, a number or a product, followed by one value in parentheses,
// becomes a Juxt. A call of a name in lower case, such as round(8 D / 3), stays one.
func (b *builder) dims(e Expr) Expr {
	switch e := e.(type) {
	case *Juxt:
		var parts []Expr
		for _, p := range e.Parts {
			parts = append(parts, factors(b.dims(p))...)
		}
		return &Juxt{e.At, parts}
	case *Call:
		if isProduct(e) {
			inner := &Paren{b.parens[e], b.dims(e.Args[0].Value)}
			return &Juxt{e.At, append(factors(b.dims(e.Fn)), inner)}
		}
	case *Binary:
		return &Binary{e.At, e.Op, e.OpAt, b.dims(e.X), b.dims(e.Y)}
	case *Paren:
		return &Paren{e.At, b.dims(e.X)}
	case *If:
		return &If{e.At, e.C, b.dims(e.T), b.dims(e.E)}
	case *List:
		return &List{e.At, b.dimArgs(e.Args)}
	}
	return e
}

func (b *builder) dimArgs(args []Arg) []Arg {
	var out []Arg
	for _, a := range args {
		a.Value = b.dims(a.Value)
		out = append(out, a)
	}
	return out
}

// tensorType reads the dims in the type of a field without an arrow: `[H (N + R)]`, `int[N 2]`, `[E]
// Expert`. What is not in brackets is a block, and keeps its form.
func (b *builder) tensorType(e Expr) Expr {
	switch e := e.(type) {
	case *List:
		return b.dims(e)
	case *Index:
		if name, ok := e.X.(*Name); ok && typeKinds[name.Ident.Name] {
			return &Index{e.At, e.X, b.dimArgs(e.Args)}
		}
	case *Juxt:
		j := &Juxt{At: e.At}
		for _, p := range e.Parts {
			j.Parts = append(j.Parts, b.tensorType(p))
		}
		return j
	}
	return e
}

func factors(e Expr) []Expr {
	if j, ok := e.(*Juxt); ok {
		return j.Parts
	}
	return []Expr{e}
}

// isProduct reports whether a call is a product of dims.
func isProduct(c *Call) bool {
	if len(c.Args) != 1 || !plain(c.Args[0]) || c.HasCarry || c.HasBody {
		return false
	}
	switch fn := c.Fn.(type) {
	case *Num, *Paren:
		return true
	case *Name:
		return fn.Ident.Name != "" && fn.Ident.Name[0] >= 'A' && fn.Ident.Name[0] <= 'Z'
	case *Call:
		return isProduct(fn)
	}
	return false
}
