package syntax

// What may stand in the body of a model or block, and in the body of a function.

const itemHelp = "a model or block has fields `a : D -> F`, constants `a = 1`, functions and blocks"

func (b *builder) items(c *cBody) []Item {
	out := []Item{}
	for _, item := range c.Items {
		if i := b.item(item); i != nil {
			out = append(out, i)
		}
	}
	return out
}

func (b *builder) item(c *cItem) Item {
	at := b.span(c.Tokens)
	switch {
	case c.Block != nil:
		return b.block(c.Block)
	case c.Pattern != nil:
		return b.pattern(c.Tokens, c.Pattern)
	case c.Require != nil:
		return b.require(c)
	case c.Yield != nil || c.Emit != nil:
		b.misplaced(at, "move it into a function", "`%s` cannot stand in the body of a model or block",
			c.Tokens[0].Value)
		return nil
	}
	s := c.Stmt
	if f := b.function(s); f != nil {
		return f
	}
	switch {
	case s.Field != nil:
		return asItem(b.field(s))
	case s.Op != nil && s.Op.Value == "=" && s.Else == nil:
		return asItem(b.let(s))
	case s.Body != nil:
		return asItem(b.section(s))
	}
	if name, rest := b.missingColon(s); name != "" {
		b.unexpected(at, "write `"+name+" : "+clip(rest)+"`", "expected `:` after the field's name `%s`",
			clip(name))
		return nil
	}
	b.misplaced(at, itemHelp, "%s cannot stand in the body of a model or block", describe(s))
	return nil
}

// missingColon takes `norm RMSNorm(D)` or `q_proj D -> H K` apart into a name and a type, "" when it is
// neither.
func (b *builder) missingColon(s *cStmt) (name, rest string) {
	e := s.Left[0]
	if len(s.Left) != 1 || e.If != nil || len(e.Rest) == 0 || e.Rest[0].Factor == nil || s.Op != nil {
		return "", ""
	}
	if b.path(&cExpr{First: e.First}) == nil {
		return "", ""
	}
	n := len(e.First.X.Tokens)
	return b.span(s.Tokens[:n]).Text(), b.span(s.Tokens[n:]).Text()
}

// asItem keeps a nil pointer from becoming a non-nil Item.
func asItem[T any, P interface {
	*T
	Item
}](p P) Item {
	if p == nil {
		return nil
	}
	return p
}

func (b *builder) let(s *cStmt) *Let {
	l := &Let{At: b.span(s.Tokens)}
	for _, e := range s.Left {
		name, ok := b.bareWord(e)
		if !ok {
			b.misplaced(b.exprSpan(e), "a field is declared with `:`; a constant has a plain name",
				"`%s` cannot be given a value here", clip(b.exprSpan(e).Text()))
			return nil
		}
		l.Names = append(l.Names, name)
	}
	l.Values = b.exprs(s.Values)
	return l
}

func (b *builder) section(s *cStmt) *Section {
	name, ok := b.bareWord(s.Left[0])
	if !ok || len(s.Left) != 1 {
		at := b.exprSpan(s.Left[0])
		b.misplaced(at, "a block is `block Name { ... }`, a function `f(x: [D]) { ... }`, "+
			"settings `checkpoint { ... }`", "`%s` cannot have a body", clip(at.Text()))
		return nil
	}
	sec := &Section{At: b.span(s.Tokens), Name: name}
	for _, item := range s.Body.Items {
		if e := b.entry(item, "`"+name.Name+"`"); e != nil {
			sec.Entries = append(sec.Entries, e)
		}
	}
	return sec
}

func (b *builder) field(s *cStmt) *Field {
	f := &Field{At: b.tokenSpan(s.Tokens[0]).To(b.span(s.Field.In.Tokens))}
	for _, e := range s.Left {
		path := b.path(e)
		if path == nil {
			b.unexpected(b.exprSpan(e), "a field's name is a path such as `attention.output.dense`",
				"`%s` is not a field's name", clip(b.exprSpan(e).Text()))
			return nil
		}
		f.Names = append(f.Names, path)
	}
	c := s.Field
	f.Type = b.expr(c.In.In)
	if c.In.Out != nil {
		f.Type, f.Out = b.dims(f.Type), b.dims(b.expr(c.In.Out))
	} else {
		f.Type = b.tensorType(f.Type)
	}
	if c.Over != nil {
		f.Over = b.expr(c.Over)
	}
	f.Bias, f.BiasIf = c.Bias, b.optional(c.BiasIf)
	if c.Stored != nil {
		f.Stored = b.storedDims(c.Stored)
	}
	for _, name := range c.As {
		if name.Type == kinds["String"] {
			f.As = append(f.As, b.str(name))
		}
	}
	f.Buffer, f.Share = c.Buffer, b.optional(c.Share)
	return f
}

// storedDims reads the list behind `stored`.
func (b *builder) storedDims(c *cExpr) []Expr {
	l, ok := b.expr(c).(*List)
	if !ok {
		b.unexpected(b.exprSpan(c), "write `stored [D, F]`", "expected dims in brackets after `stored`")
		return nil
	}
	return b.dimList(l.Args)
}

func (b *builder) stmts(c *cBody) []Stmt {
	out := []Stmt{}
	for _, item := range c.Items {
		if s := b.stmt(item); s != nil {
			out = append(out, s)
		}
	}
	return out
}

func (b *builder) stmt(c *cItem) Stmt {
	at := b.span(c.Tokens)
	switch {
	case c.Block != nil || c.Pattern != nil:
		b.misplaced(b.tokenSpan(c.Tokens[0]), "move it into the body of the model or block, beside the function",
			"`%s` cannot stand in the body of a function", c.Tokens[0].Value)
		return nil
	case c.Yield != nil:
		return &Yield{At: at, Values: b.exprs(c.Yield)}
	case c.Emit != nil:
		return &Emit{At: at, Name: b.ident(c.Emit.Name), Value: b.expr(c.Emit.Value)}
	case c.Require != nil:
		return b.require(c)
	}
	s := c.Stmt
	if s.Tokens[0].Value == "{" {
		b.misplaced(at, "give it a name: `y = { ... }`", "a statement cannot begin with `{`")
		return nil
	}
	local := s.Results != nil || s.Body != nil ||
		s.Op != nil && len(s.Left) == 1 && b.signature(s.Left[0]) != nil
	switch {
	case local:
		b.misplaced(at, "declare it in the body of the block, beside the function",
			"a function cannot be declared inside another one")
		return nil
	case s.Field != nil:
		b.misplaced(at, "declare it in the body of the model or block; here a local is `x = ...`",
			"a field cannot stand in the body of a function")
		return nil
	case s.Else != nil:
		b.unexpected(b.exprSpan(s.Else[0]), "write `if condition then a else b`", "an `else` without `if`")
		return nil
	case s.Op == nil:
		return &ExprStmt{At: at, Values: b.exprs(s.Left)}
	}
	return b.assign(s)
}

func (b *builder) assign(s *cStmt) Stmt {
	a := &Assign{At: b.span(s.Tokens), Op: s.Op.Value, Values: b.exprs(s.Values)}
	for _, e := range s.Left {
		name, ok := b.bareWord(e)
		if !ok {
			b.misplaced(b.exprSpan(e), "give the result a name of its own: `y = ...`",
				"only a local can be assigned, not `%s`", clip(b.exprSpan(e).Text()))
			return nil
		}
		a.Targets = append(a.Targets, &Name{name})
	}
	if a.Op == "+=" && len(a.Targets) > 1 {
		b.misplaced(b.tokenSpan(*s.Op), "write one `x += y` for each", "`+=` has one name on its left")
		return nil
	}
	return a
}
