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
		var key text
		key, ok = l.fillKey(f.decl.As[i], sc)
		segment = key.s
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

// fillKey replaces {name} in a string by the layer's placeholder, a number or another string.
func (l *lowerer) fillKey(s syntax.Str, sc *scope) (text, bool) {
	var out strings.Builder
	byLayer := false
	rest := s.Text
	for {
		before, after, open := strings.Cut(rest, "{")
		if strings.Contains(before, "}") || open && !strings.Contains(after, "}") {
			l.fail(diag.New(diag.Unterminated, s.At, "a brace without its other one in the string %q", clip(s.Text)).
				Suggest("braces in a string stand around a name: `{l}`"))
			return text{}, false
		}
		out.WriteString(before)
		if !open {
			return text{out.String(), byLayer}, true
		}
		name, tail, _ := strings.Cut(after, "}")
		part, ok := l.placeholder(name, s, sc)
		if !ok {
			return text{}, false
		}
		if out.Len()+len(part.s) > syntax.MaxString {
			l.exhausted(s.At, "a string of more than %d bytes", syntax.MaxString)
			return text{}, false
		}
		out.WriteString(part.s)
		byLayer = byLayer || part.byLayer
		rest = tail
	}
}

func (l *lowerer) placeholder(name string, s syntax.Str, sc *scope) (text, bool) {
	v := settle(l.lookup(sc, name))
	switch x := v.(type) {
	case poison:
		return text{}, false
	case nil:
		l.unknown(sc, syntax.Ident{Name: name, At: s.At})
		return text{}, false
	case text:
		return x, true
	case layered:
		if x.index != nil {
			return text{x.index.placeholder(x.shift), true}, true
		}
	}
	if c, isNumber := known(v); isNumber {
		if n, ok := c.int(); ok {
			return text{s: ir.Const(n).String()}, true
		}
	}
	l.fail(diag.New(diag.NotConstant, s.At, "{%s} in a string is neither a layer index, a whole number nor a string",
		clip(name)))
	return text{}, false
}
