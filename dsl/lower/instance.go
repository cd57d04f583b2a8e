package lower

import (
	"slices"
	"strings"

	"archc/dsl/check"
	"archc/dsl/syntax"
	"archc/ir/diag"
)

// instance is a block applied to arguments, at a place in the checkpoint.
type instance struct {
	block   *syntax.Block
	scope   *scope // its parameters; parent is the scope of its declaration
	path    string // checkpoint path: model.layers.{l}.mlp
	place   string // names of the fields that lead here: model.layers.mlp
	fields  map[string]*field
	order   []*field
	nested  map[string]value // blocks, methods and patterns declared inside
	where   map[string]diag.Span
	forward *syntax.Func
	formals []*axis
	outer   *instance // whose field it is
	over    []override
	copy    *copied // of a joint stack
}

// member finds a field or nested declaration of an instance, nil when it has none of that name.
func (l *lowerer) member(in *instance, name string) value {
	if f := in.fields[name]; f != nil {
		return l.fieldValue(f)
	}
	if v, ok := in.nested[name]; ok {
		return v
	}
	return nil
}

// instantiate applies a block: its parameters are bound, its requirements checked, its fields prepared.
func (l *lowerer) instantiate(t template, path string, outer *instance, at diag.Span) (*instance, bool) {
	if !l.step(1, at) || !l.nests(t, outer, at) {
		return nil, false
	}
	if t.block.Base != nil {
		return l.variant(t, path, outer, at)
	}
	in := &instance{block: t.block, path: path, outer: outer, copy: t.copy,
		fields: map[string]*field{}, nested: map[string]value{}, where: map[string]diag.Span{}}
	in.scope = &scope{parent: t.scope, names: map[string]*binding{}, file: t.scope.file, inst: in}
	in.reach(t.over)
	if !l.bindParams(in, t, at) {
		return nil, false
	}
	if check.OfLibrary(t.block.At.Src) { // what its text requires is blamed on the field
		l.calls = append(l.calls, at)
		defer func() { l.calls = l.calls[:len(l.calls)-1] }()
	}
	l.declare(in)
	return in, true
}

// nests refuses blocks that contain blocks without end.
func (l *lowerer) nests(t template, outer *instance, at diag.Span) bool {
	depth, same := 0, false
	for in := outer; in != nil; in = in.outer {
		depth++
		same = same || in.block == t.block
	}
	switch {
	case depth <= maxNesting:
		return true
	case same:
		l.fail(diag.New(diag.Recursion, at, "block %s contains itself", t.block.Name.Name).
			Note(t.block.Name.At, "%s is declared", t.block.Name.Name))
		l.spent.over = true
	}
	l.exhausted(at, "blocks nest more than %d deep", maxNesting)
	return false
}

// declare collects the body's items in order: dims and constants are evaluated, fields wait for their first use.
func (l *lowerer) declare(in *instance) {
	for _, item := range in.block.Body {
		switch x := item.(type) {
		case *syntax.Block:
			l.declareName(in, x.Name, template{block: x, scope: in.scope})
		case *syntax.Func:
			l.declareFunc(in, x)
		}
	}
	for _, item := range in.block.Body {
		switch x := item.(type) {
		case *syntax.Let:
			l.let(in, x)
		case *syntax.Require:
			l.require(x, in.scope)
		case *syntax.Field:
			l.declareFields(in, x)
		}
	}
}

func (l *lowerer) declareFunc(in *instance, f *syntax.Func) {
	switch {
	case f.Name.Name != "":
		l.declareName(in, f.Name, l.overrideFunc(in, function{f, in.scope}, f.Name.Name))
	case in.forward != nil:
		l.fail(diag.New(diag.Duplicate, f.At, "%s has two forward functions", in.block.Name.Name).
			Note(in.forward.At, "the first one"))
	default:
		in.forward = f
	}
}

func (l *lowerer) declareName(in *instance, id syntax.Ident, v value) {
	if l.mayDeclare(in, id) {
		in.nested[id.Name], in.where[id.Name] = v, id.At
	}
}

// mayDeclare refuses a second declaration of one name in a block.
func (l *lowerer) mayDeclare(in *instance, id syntax.Ident) bool {
	at := diag.Span{}
	if b := in.scope.names[id.Name]; b != nil {
		at = b.at
	} else if f := in.fields[id.Name]; f != nil {
		at = f.at
	} else if _, ok := in.nested[id.Name]; ok {
		at = in.where[id.Name]
	} else {
		return true
	}
	l.fail(diag.New(diag.Duplicate, id.At, "%s is declared twice in %s", id.Name, in.block.Name.Name).
		Note(at, "the first declaration of %s", id.Name))
	return false
}

func (l *lowerer) declareFields(in *instance, decl *syntax.Field) {
	for i, path := range decl.Names {
		name := pathText(path)
		at := path[0].At.To(path[len(path)-1].At)
		if !l.mayDeclare(in, syntax.Ident{Name: name, At: at}) {
			continue
		}
		f := &field{name: name, at: at, decl: decl, index: i, inst: in}
		in.fields[name] = f
		in.order = append(in.order, f)
	}
}

func pathText(p syntax.Path) string {
	parts := make([]string, len(p))
	for i, id := range p {
		parts[i] = id.Name
	}
	return strings.Join(parts, ".")
}

func isDim(name string) bool { return name != "" && name[0] >= 'A' && name[0] <= 'Z' }

func unparen(e syntax.Expr) syntax.Expr {
	for {
		p, ok := e.(*syntax.Paren)
		if !ok {
			return e
		}
		e = p.X
	}
}

// paramNames lists the parameters of a block.
func paramNames(b *syntax.Block) []string {
	var out []string
	for _, p := range b.Params {
		out = append(out, p.Name.Name)
	}
	return out
}

func hasParam(params []*syntax.Param, name string) bool {
	return slices.ContainsFunc(params, func(p *syntax.Param) bool { return p.Name.Name == name })
}

func signature(b *syntax.Block) string {
	return b.Name.Name + "(" + strings.Join(paramNames(b), ", ") + ")"
}
