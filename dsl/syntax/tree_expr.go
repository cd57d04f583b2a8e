package syntax

import (
	"strings"

	"archc/ir/diag"
)

func (b *builder) exprSpan(c *cExpr) diag.Span { return b.span(c.Tokens) }

func (b *builder) exprs(cs []*cExpr) []Expr {
	var out []Expr
	for _, c := range cs {
		out = append(out, b.expr(c))
	}
	return out
}

func (b *builder) optional(c *cExpr) Expr {
	if c == nil {
		return nil
	}
	return b.expr(c)
}

// expr is the flat list of operands and operators made a tree.
func (b *builder) expr(c *cExpr) Expr {
	if c.If != nil {
		return &If{b.exprSpan(c), b.expr(c.If.C), b.expr(c.If.T), b.expr(c.If.E)}
	}
	p := &climber{b: b, operands: []operand{b.operand(c.First)}}
	for _, r := range c.Rest {
		if r.Factor != nil {
			last := &p.operands[len(p.operands)-1]
			last.x = append(last.x, b.factor(r.Factor))
			continue
		}
		p.ops = append(p.ops, operator{r.Op.Value, b.tokenSpan(*r.Op)})
		p.operands = append(p.operands, b.operand(r.Right))
	}
	return p.climb(0)
}

// operand is prefixes and factors that stand side by side.
type operand struct {
	prefix []operator
	x      []Expr
}

func (b *builder) operand(c *cUnary) operand {
	o := operand{x: []Expr{b.primary(c.X)}}
	for _, p := range c.Prefix {
		o.prefix = append(o.prefix, operator{p.Value, b.tokenSpan(p)})
	}
	return o
}

// value returns the factors as one expression.
func (o operand) value() Expr {
	if len(o.x) == 1 {
		return o.x[0]
	}
	return &Juxt{o.x[0].Span().To(o.x[len(o.x)-1].Span()), o.x}
}

func (b *builder) primary(c *cPrimary) Expr {
	var x Expr
	switch {
	case c.Word != nil:
		x = &Name{b.ident(c.Word)}
	case c.Number != nil:
		x = b.number(*c.Number)
	case c.String != nil:
		s := b.str(*c.String)
		x = &s
	case c.Region != nil:
		x = &Region{b.span(c.Region.Tokens), b.stmts(c.Region)}
	case c.List != nil:
		x = b.brackets(c)
	default:
		x = b.paren(c.Paren)
	}
	return b.post(x, c.Post)
}

// brackets reads a list; its brackets are the operand's tokens without what follows it.
func (b *builder) brackets(c *cPrimary) *List {
	n := len(c.Tokens)
	for _, p := range c.Post {
		n -= len(p.Tokens)
	}
	return &List{b.span(c.Tokens[:n]), b.args(c.List.List)}
}

func (b *builder) factor(c *cFactor) Expr {
	if c.Number != nil {
		return b.post(b.number(*c.Number), c.Post)
	}
	return b.post(&Name{b.ident(c.Word)}, c.Post)
}

// number keeps a number without the underscores between its digits.
func (b *builder) number(t tok) *Num {
	return &Num{b.tokenSpan(t), strings.ReplaceAll(t.Value, "_", ""), t.Type == kinds["Int"]}
}

// paren reads `(x)`. Parameters in parentheses are read by function; elsewhere one value must stand in them.
func (b *builder) paren(c *cCall) Expr {
	at := b.withOpener(c.Tokens)
	args := b.args(c.Args)
	if len(args) != 1 || !plain(args[0]) || c.Semi {
		help := "several values stand in brackets, `[a, b]`, or between commas without parentheses"
		if len(args) == 0 {
			help = "write a value between the parentheses"
		}
		b.unexpected(at, help, "parentheses hold one value, found `%s`", clip(at.Text()))
		return &Paren{at, &Name{Ident{"", at}}}
	}
	return &Paren{at, args[0].Value}
}

func (b *builder) post(x Expr, posts []*cPost) Expr {
	for _, p := range posts {
		at := x.Span().To(b.span(p.Tokens))
		switch {
		case p.Field != nil:
			x = &Select{at, x, b.ident(p.Field)}
		case p.Index != nil:
			x = &Index{at, x, b.args(p.Index.List)}
		default:
			c := &Call{At: at, Fn: x, Args: b.args(p.Call.Args), Carry: b.args(p.Call.Carry), HasCarry: p.Call.Semi}
			if p.Body != nil {
				c.HasBody, c.Body = true, b.stmts(p.Body)
			}
			b.parens[c] = b.withOpener(p.Call.Tokens)
			x = c
		}
	}
	return x
}

func (b *builder) args(cs []*cArg) []Arg {
	var out []Arg
	for _, c := range cs {
		out = append(out, b.arg(c))
	}
	return out
}

// arg reads one argument: a value, `name = value`, `name in value`, `T: index`, `T: a..b`, `a..b` or `*`.
func (b *builder) arg(c *cArg) Arg {
	a := Arg{At: b.span(c.Tokens)}
	if c.Star {
		a.Value = &Star{a.At}
		return a
	}
	named := c.Value
	if c.In != nil {
		named, a.In = c.In, true
	}
	switch {
	case named != nil:
		name, ok := b.bareWord(c.E)
		if !ok {
			b.unexpected(b.exprSpan(c.E), "write `name = value`; `==` compares", "`%s` is not a name of an argument",
				clip(b.exprSpan(c.E).Text()))
		}
		a.Name, a.Value = name, b.expr(named)
	case c.Type != nil:
		a.Axis, a.Value, a.To = b.expr(c.E), b.expr(c.Type), b.optional(c.TypeTo)
		if c.Default != nil {
			b.unexpected(b.exprSpan(c.Default), "an argument has a value or a name: `f(x)`, `f(x = 1)`",
				"a default can stand in a function's signature only")
		}
	default:
		a.Value, a.To = b.expr(c.E), b.optional(c.To)
	}
	return a
}
