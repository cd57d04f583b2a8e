package syntax

// signature returns the parentheses of the parameters when c has the form of a function's head: `(x: [T,
// D])`, `f(x)`, `softmax[N](s)`; nil otherwise.
func (b *builder) signature(c *cExpr) *cCall {
	p := barePrimary(c)
	switch {
	case p == nil:
		return nil
	case p.Paren != nil && len(p.Post) == 0:
		return p.Paren
	case p.Word == nil || len(p.Post) == 0 || len(p.Post) > 2:
		return nil
	case len(p.Post) == 2 && p.Post[0].Index == nil:
		return nil
	}
	return p.Post[len(p.Post)-1].Call
}

// barePrimary returns the operand of an expression that has no operator, nil otherwise.
func barePrimary(c *cExpr) *cPrimary {
	if c == nil || c.If != nil || len(c.Rest) > 0 || len(c.First.Prefix) > 0 {
		return nil
	}
	return c.First.X
}

// bareWord returns the name that an expression consists of.
func (b *builder) bareWord(c *cExpr) (Ident, bool) {
	p := barePrimary(c)
	if p == nil || p.Word == nil || len(p.Post) > 0 {
		return Ident{}, false
	}
	return b.ident(p.Word), true
}

// path returns the dotted names that an expression consists of, nil otherwise.
func (b *builder) path(c *cExpr) Path {
	p := barePrimary(c)
	if p == nil || p.Word == nil {
		return nil
	}
	out := Path{b.ident(p.Word)}
	for _, post := range p.Post {
		if post.Field == nil {
			return nil
		}
		out = append(out, b.ident(post.Field))
	}
	return out
}

// function reads a statement as a function, nil when it has not the form of one:
// `(x: [T, D]) { ... }`, `f(x) = value`, `f[N](x: [N]) -> [N] { ... }`.
func (b *builder) function(s *cStmt) *Func {
	if len(s.Left) != 1 || s.Field != nil || s.Else != nil {
		return nil
	}
	head := b.signature(s.Left[0])
	if head == nil {
		return nil
	}
	p := s.Left[0].First.X
	var called *cBody // f(x: [D]) { ... } reads as a call with a body
	if n := len(p.Post); n > 0 {
		called = p.Post[n-1].Body
	}
	f := &Func{Doc: b.doc(s.Tokens[0]), Whole: b.span(s.Tokens)}
	f.At = b.tokenSpan(s.Tokens[0]).To(b.span(head.Tokens))
	if p.Word != nil {
		f.Name = b.ident(p.Word)
		if len(p.Post) == 2 {
			f.Axes = b.axes(p.Post[0].Index)
		}
	}
	f.Params, f.Carry = b.formals(head.Args), b.formals(head.Carry)
	if s.Results != nil {
		f.At = f.At.To(b.span(s.Results.Tokens))
		f.Results = b.results(s.Results)
	}
	b.funcBody(f, s, called)
	return f
}

func (b *builder) funcBody(f *Func, s *cStmt, called *cBody) {
	body := s.Body
	if s.OutBody != nil {
		body = s.OutBody
	}
	switch {
	case called != nil && (body != nil || s.Op != nil || s.Results != nil):
		b.unexpected(b.span(called.Tokens), "remove one of the two", "a function has one body")
	case called != nil:
		f.Body = b.stmts(called)
	case body != nil:
		f.Body = b.stmts(body)
	case s.OutIsValue():
		f.Values = b.exprs(s.Out)
	case s.Op != nil && s.Op.Value == "=":
		f.Values = b.exprs(s.Values)
	case s.Op != nil:
		b.unexpected(b.tokenSpan(*s.Op), "write `=`", "expected `=` or a body after the signature, found `+=`")
	default:
		end := f.At
		end.Start = end.End
		b.unexpected(end, "write `= value` or `{ ... }`", "expected a body after the function's signature")
	}
}

// OutIsValue reports whether a signature with results is followed by `= value`.
func (s *cStmt) OutIsValue() bool { return len(s.Out) > 0 }

func (b *builder) axes(c *cArgs) []Ident {
	var out []Ident
	for _, a := range c.List {
		name, ok := b.bareWord(a.E)
		if !ok || a.Type != nil || a.Value != nil || a.In != nil || a.To != nil {
			b.unexpected(b.span(a.Tokens), "write `softmax[N](s: [N])`", "an axis of a function must be a name")
			continue
		}
		out = append(out, name)
	}
	return out
}

// formals reads arguments as parameters: `x`, `x: [T, D]`, `x: [T] = 0`, `both=false`.
func (b *builder) formals(args []*cArg) []*Param {
	var out []*Param
	for _, a := range args {
		name, ok := b.bareWord(a.E)
		if !ok || a.In != nil || a.To != nil || a.TypeTo != nil {
			b.unexpected(b.span(a.Tokens), "write `x: [T, D]`, `x` or `x = 0`",
				"`%s` is not a parameter", clip(b.span(a.Tokens).Text()))
			continue
		}
		p := &Param{Name: name}
		if a.Type != nil {
			p.Type = b.typ(a.Type)
		}
		switch {
		case a.Default != nil:
			p.Default = b.expr(a.Default)
		case a.Value != nil:
			p.Default = b.expr(a.Value)
		}
		out = append(out, p)
	}
	return out
}

func (b *builder) results(c *cArrow) []*Result {
	var out []*Result
	for _, r := range c.List {
		if r.Type == nil {
			out = append(out, &Result{Type: b.typ(r.Left)})
			continue
		}
		name, ok := b.bareWord(r.Left)
		if !ok {
			b.unexpected(b.exprSpan(r.Left), "write `-> logits: [T, V]`", "a result's name must be a plain name")
		}
		out = append(out, &Result{Name: name, Type: b.typ(r.Type)})
	}
	return out
}

var typeKinds = map[string]bool{"int": true, "bool": true, "real": true}

// typ reads `[T, D]`, `int[T]`, `int[]`.
func (b *builder) typ(c *cExpr) *Type {
	at := b.exprSpan(c)
	t := &Type{At: at}
	p := barePrimary(c)
	kind := p != nil && p.Word != nil && typeKinds[p.Word.Value]
	switch {
	case p != nil && p.List != nil && len(p.Post) == 0:
		t.Dims = b.dimList(b.args(p.List.List))
		return t
	case kind && len(p.Post) == 1 && p.Post[0].Index != nil:
		t.Kind = p.Word.Value
		t.Dims = b.dimList(b.args(p.Post[0].Index.List))
		return t
	case kind && len(p.Post) == 0:
		b.unexpected(at, "write `"+p.Word.Value+"[]` for a single number",
			"expected dims in brackets after `%s`", p.Word.Value)
		return t
	}
	b.unexpected(at, "write a type: `[T, D]`, `int[T]`, `bool[T]`, `[]`", "`%s` is not a type", clip(at.Text()))
	return t
}

// dimList returns the dims of a list.
func (b *builder) dimList(args []Arg) []Expr {
	out := []Expr{}
	for _, a := range args {
		if !plain(a) {
			b.unexpected(a.At, "write a name, a number, a product `H K` or a sum `N + R`", "`%s` is not a dim",
				clip(a.At.Text()))
			continue
		}
		out = append(out, b.dims(a.Value))
	}
	return out
}
