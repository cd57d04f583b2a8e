package lower

import (
	"strings"

	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
)

// Checkpoint keys: the path of a field, or what its `as` says.

// path is the key of the field (which 0) or of its bias (1), without .weight or .bias; whole when none follows.
func (l *lowerer) path(f *field, which int) (path string, whole, ok bool) {
	return l.pathIn(f, which, f.inst.scope)
}

// pathIn is path with the names in braces looked up in sc.
func (l *lowerer) pathIn(f *field, which int, sc *scope) (path string, whole, ok bool) {
	segment, ok := f.name, true
	if i := which*len(f.decl.Names) + f.index; i < len(f.decl.As) {
		segment, ok = l.fillKey(f.decl.As[i], sc)
	}
	if rest, cut := strings.CutPrefix(segment, "="); cut {
		return joinPath(f.inst.path, rest), true, ok
	}
	return joinPath(f.inst.path, segment), false, ok
}

func joinPath(a, b string) string {
	switch {
	case a == "":
		return b
	case b == "":
		return a
	}
	return a + "." + b
}

// fillKey replaces {name} in a key by the layer's placeholder or a number.
func (l *lowerer) fillKey(s syntax.Str, sc *scope) (string, bool) {
	var out strings.Builder
	rest := s.Text
	for {
		before, after, open := strings.Cut(rest, "{")
		if strings.Contains(before, "}") || open && !strings.Contains(after, "}") {
			l.fail(diag.New(diag.Unterminated, s.At, "a brace without its other one in the key %q", clip(s.Text)).
				Suggest("braces in a key stand around a name: `{l}`"))
			return "", false
		}
		out.WriteString(before)
		if !open {
			return out.String(), true
		}
		name, tail, _ := strings.Cut(after, "}")
		text, ok := l.placeholder(name, s, sc)
		if !ok {
			return "", false
		}
		out.WriteString(text)
		rest = tail
	}
}

func (l *lowerer) placeholder(name string, s syntax.Str, sc *scope) (string, bool) {
	v := settle(l.lookup(sc, name))
	switch x := v.(type) {
	case poison:
		return "", false
	case nil:
		l.unknown(sc, syntax.Ident{Name: name, At: s.At})
		return "", false
	case layered:
		if x.index != nil {
			return x.index.placeholder(x.shift), true
		}
	}
	if c, isNumber := known(v); isNumber {
		if n, ok := c.int(); ok {
			return ir.Const(n).String(), true
		}
	}
	l.fail(diag.New(diag.NotConstant, s.At, "{%s} in a key is neither a layer index nor a whole number", clip(name)))
	return "", false
}
