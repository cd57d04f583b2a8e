package syntax

import (
	"strings"

	"archc/ir/diag"
)

// builder turns the concrete syntax of one declaration into the abstract one, and reports what has the form
// of some statement but stands where only others may.
type builder struct {
	src  *diag.Source
	toks []Token
	docs map[int]string
	list *diag.List
	// parens holds where the parentheses of a call are: a call among dims may turn out to be a product
	parens map[*Call]diag.Span
}

// span covers tokens of the declaration.
func (b *builder) span(toks []tok) diag.Span {
	if len(toks) == 0 {
		return b.toks[0].span(b.src)
	}
	return b.tokenSpan(toks[0]).To(b.tokenSpan(toks[len(toks)-1]))
}

func (b *builder) tokenSpan(t tok) diag.Span { return b.toks[t.Pos.Line].span(b.src) }

// withOpener covers tokens and the bracket before them, which the grammar reads ahead of its rule.
func (b *builder) withOpener(toks []tok) diag.Span {
	return b.toks[toks[0].Pos.Line-1].span(b.src).To(b.span(toks))
}

func (b *builder) misplaced(at diag.Span, help, format string, args ...any) {
	b.list.Add(diag.New(diag.Misplaced, at, format, args...).Suggest("%s", help))
}

func (b *builder) unexpected(at diag.Span, help, format string, args ...any) {
	b.list.Add(diag.New(diag.Unexpected, at, format, args...).Suggest("%s", help))
}

// doc returns the comment lines directly above a token, without slashes.
func (b *builder) doc(first tok) string {
	var lines []string
	for line := b.toks[first.Pos.Line].Line - 1; ; line-- {
		text, ok := b.docs[line]
		if !ok {
			break
		}
		lines = append(lines, strings.TrimPrefix(strings.TrimLeft(text, "/"), " "))
	}
	for i, j := 0, len(lines)-1; i < j; i, j = i+1, j-1 {
		lines[i], lines[j] = lines[j], lines[i]
	}
	return strings.Join(lines, "\n")
}

func (b *builder) ident(t *tok) Ident {
	if t == nil {
		return Ident{}
	}
	return Ident{t.Value, b.tokenSpan(*t)}
}

func (b *builder) str(t tok) Str { return Str{b.tokenSpan(t), t.Value[1 : len(t.Value)-1]} }

func (b *builder) decl(c *cDecl) Decl {
	switch {
	case c.Import != nil:
		return b.imports(c)
	case c.From != nil:
		return b.binding(c)
	case c.Block != nil:
		return b.block(c.Block)
	case c.Pattern != nil:
		return b.pattern(c.Tokens, c.Pattern)
	}
	if f := b.function(c.Func); f != nil {
		if f.Name.Name == "" {
			b.misplaced(f.At, "give it a name, or move it into a model or block",
				"a forward function stands in the body of a model or block")
			return nil
		}
		return f
	}
	b.misplaced(b.span(c.Tokens), "a file has model, block, pattern, import, from and functions `f(x) = ...`",
		"%s cannot stand at the top of a file", describe(c.Func))
	return nil
}

// describe names a statement by its form.
func describe(s *cStmt) string {
	switch {
	case s.Field != nil:
		return "a field"
	case s.Op != nil:
		return "an assignment"
	case s.Results != nil:
		return "a signature"
	case s.Body != nil:
		return "a section"
	}
	return "a value"
}

func (b *builder) imports(c *cDecl) Decl {
	i := &Import{At: b.span(c.Tokens)}
	if c.Import.Name != nil {
		i.File = b.ident(c.Import.Name)
	} else {
		s := b.str(*c.Import.File)
		i.File = Ident{s.Text, s.At}
	}
	for _, n := range c.Import.Names {
		if n.Type == kinds["Word"] {
			i.Names = append(i.Names, b.ident(&n))
		}
	}
	return i
}

func (b *builder) binding(c *cDecl) Decl {
	f := &Binding{At: b.span(c.Tokens), Kind: b.ident(c.From.Kind)}
	for _, n := range c.From.Names {
		if n.Type == kinds["String"] {
			f.Names = append(f.Names, b.str(n))
		}
	}
	for _, item := range c.From.Body.Items {
		if item.Require != nil {
			f.Require = append(f.Require, b.require(item))
			continue
		}
		if e := b.entry(item, "a binding"); e != nil {
			f.Entries = append(f.Entries, e)
		}
	}
	return f
}

// entry reads `key = value [else value]`.
func (b *builder) entry(item *cItem, where string) *Entry {
	s := item.Stmt
	if s == nil || s.Op == nil || s.Op.Value != "=" || len(s.Left) != 1 || len(s.Values) != 1 {
		b.misplaced(b.span(item.Tokens), "write `key = value`", "expected `key = value` in %s", where)
		return nil
	}
	key, ok := b.bareWord(s.Left[0])
	if !ok {
		b.misplaced(b.exprSpan(s.Left[0]), "write `key = value`", "the key in %s must be a name", where)
		return nil
	}
	e := &Entry{Key: key, Value: b.expr(s.Values[0])}
	for _, x := range s.Else {
		e.Else = append(e.Else, b.expr(x))
	}
	return e
}

func (b *builder) require(item *cItem) *Require {
	r := &Require{At: b.span(item.Tokens), Cond: b.expr(item.Require.Cond)}
	if item.Require.Msg != nil {
		msg := b.str(*item.Require.Msg)
		r.Msg = &msg
	}
	return r
}

func (b *builder) block(c *cBlock) *Block {
	d := &Block{Doc: b.doc(c.Tokens[0]), Kind: KindBlock, Name: b.ident(c.Name), Whole: b.span(c.Tokens)}
	if c.Kind == "model" {
		d.Kind = KindModel
	}
	if c.Params != nil {
		d.Params = b.params(c.Params)
	}
	if c.Body != nil {
		d.At = b.span(c.Tokens[:len(c.Tokens)-len(c.Body.Tokens)])
		d.Body = b.items(c.Body)
		return d
	}
	d.Base = b.expr(c.Alias.Base)
	d.At = b.tokenSpan(c.Tokens[0]).To(d.Base.Span())
	if c.Alias.With != nil {
		d.With = b.overrides(c.Alias.With)
	}
	return d
}

func (b *builder) params(c *cParams) []*Param {
	out := []*Param{}
	for _, p := range c.List {
		q := &Param{Name: b.ident(p.Name)}
		if p.Type != nil {
			q.Type = b.typ(p.Type)
		}
		if p.Default != nil {
			q.Default = b.expr(p.Default)
		}
		out = append(out, q)
	}
	return out
}

func (b *builder) pattern(whole []tok, c *cPattern) *Func {
	f := &Func{Doc: b.doc(whole[0]), Pattern: true, Name: b.ident(c.Name), Whole: b.span(whole)}
	f.At = f.Name.At
	if c.Params != nil {
		f.Params = b.params(c.Params)
		f.At = f.At.To(b.span(c.Params.Tokens))
	}
	if c.Body != nil {
		f.Body = b.stmts(c.Body)
		return f
	}
	f.Values = b.exprs(c.Values)
	return f
}

// overrides reads the lines of `with { path = value }`.
func (b *builder) overrides(c *cBody) []*Override {
	out := []*Override{}
	for _, item := range c.Items {
		at := b.span(item.Tokens)
		s := item.Stmt
		if s == nil || s.Op == nil || s.Op.Value != "=" || s.Else != nil || len(s.Left) != 1 || len(s.Values) != 1 {
			b.misplaced(at, "write `model.layers[*].mlp.F = 512`", "expected `path = value` in `with`")
			continue
		}
		path := b.steps(b.expr(s.Left[0]))
		if path == nil {
			b.misplaced(b.exprSpan(s.Left[0]),
				"write names with dots, `[*]` or `[condition on l]`: `layers[l > 3].mask`", "this is not a path to a part of the model")
			continue
		}
		out = append(out, &Override{At: at, Path: path, Value: b.expr(s.Values[0])})
	}
	return out
}

// steps takes a path apart, nil when e is none.
func (b *builder) steps(e Expr) []Step {
	switch e := e.(type) {
	case *Name:
		return []Step{{Name: e.Ident}}
	case *Select:
		if path := b.steps(e.X); path != nil {
			return append(path, Step{Name: e.Name})
		}
	case *Index:
		path := b.steps(e.X)
		if path == nil || len(e.Args) != 1 || !plain(e.Args[0]) {
			return nil
		}
		last := &path[len(path)-1]
		if last.All || last.Where != nil {
			return nil
		}
		if _, all := e.Args[0].Value.(*Star); all {
			last.All = true
		} else {
			last.Where = e.Args[0].Value
		}
		return path
	}
	return nil
}

// plain reports whether an argument is a value and nothing else.
func plain(a Arg) bool {
	return a.Name.Name == "" && a.Axis == nil && a.To == nil && !a.In
}
