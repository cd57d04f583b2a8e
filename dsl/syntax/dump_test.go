package syntax

import (
	"fmt"
	"strings"
)

// dump prints an AST as s-expressions, so that tests state structure in one line.
func dump(x any) string {
	switch x := x.(type) {
	case nil:
		return "nil"
	case *Import:
		return form("import", x.File.Name, names(x.Names))
	case *Binding:
		return form("from", x.Kind.Name, all(x.Names), all(x.Entries), all(x.Require))
	case *Entry:
		return form("entry", x.Key.Name, dump(x.Value), all(x.Else))
	case *Block:
		kind := [...]string{"block", "model"}[x.Kind]
		return form(kind, x.Name.Name, all(x.Params), all(x.Body), opt("base", x.Base), all(x.With))
	case *Override:
		return form("override", all(x.Path), dump(x.Value))
	case Step:
		if x.All {
			return x.Name.Name + "[*]"
		}
		return x.Name.Name + opt("where", x.Where)
	case *Param:
		return strings.TrimSpace(form("param", x.Name.Name, typeOf(x.Type), opt("default", x.Default)))
	case *Type:
		return form("type", x.Kind, all(x.Dims))
	case *Func:
		kind := "func"
		if x.Pattern {
			kind = "pattern"
		}
		carry := ""
		if x.Carry != nil {
			carry = form("carry", all(x.Carry))
		}
		return form(kind, x.Name.Name, names(x.Axes), all(x.Params), carry, all(x.Results), values(x.Values),
			body(x.Body))
	case *Result:
		return form("result", x.Name.Name, typeOf(x.Type))
	case *Field:
		var paths []string
		for _, p := range x.Names {
			var parts []string
			for _, i := range p {
				parts = append(parts, i.Name)
			}
			paths = append(paths, strings.Join(parts, "."))
		}
		var as []string
		for _, s := range x.As {
			as = append(as, fmt.Sprintf("as %q", s.Text))
		}
		flags := ""
		if x.Bias {
			flags = "bias"
		}
		if x.Buffer {
			flags += " buffer"
		}
		stored := ""
		if x.Stored != nil {
			stored = form("stored", all(x.Stored))
		}
		return form("field", strings.Join(paths, ","), dump(x.Type), opt("out", x.Out), opt("over", x.Over), flags,
			opt("if", x.BiasIf), stored, strings.Join(as, " "), opt("share", x.Share))
	case *Let:
		return form("let", names(x.Names), all(x.Values))
	case *Section:
		return form("section", x.Name.Name, all(x.Entries))
	case *Require:
		msg := ""
		if x.Msg != nil {
			msg = fmt.Sprintf("%q", x.Msg.Text)
		}
		return form("require", dump(x.Cond), msg)
	case *Assign:
		return form(x.Op, all(x.Targets), all(x.Values))
	case *ExprStmt:
		return form("value", all(x.Values))
	case *Yield:
		return form("yield", all(x.Values))
	case *Emit:
		return form("emit", x.Name.Name, dump(x.Value))
	default:
		return dumpExpr(x)
	}
}

func dumpExpr(x any) string {
	switch x := x.(type) {
	case *Num:
		if x.Int {
			return x.Text
		}
		return "~" + x.Text
	case *Str:
		return fmt.Sprintf("%q", x.Text)
	case *Name:
		return x.Ident.Name
	case *Star:
		return "*"
	case *Unary:
		return form(x.Op, dump(x.X))
	case *Binary:
		return form(x.Op, dump(x.X), dump(x.Y))
	case *Juxt:
		return form("juxt", all(x.Parts))
	case *If:
		return form("if", dump(x.C), dump(x.T), dump(x.E))
	case *Select:
		return dump(x.X) + "." + x.Name.Name
	case *Call:
		carry, b := "", ""
		if x.HasCarry {
			carry = form("carry", all(x.Carry))
		}
		if x.HasBody {
			b = body(x.Body)
		}
		return form("call", dump(x.Fn), all(x.Args), carry, b)
	case *Index:
		return form("index", dump(x.X), all(x.Args))
	case *List:
		return "[" + all(x.Args) + "]"
	case *Paren:
		return form("paren", dump(x.X))
	case *Region:
		return form("region", all(x.Body))
	case Arg:
		s := dump(x.Value)
		if x.To != nil {
			s += ".." + dump(x.To)
		}
		if x.Axis != nil {
			s = dump(x.Axis) + ":" + s
		}
		if x.In {
			s = x.Name.Name + " in " + s
		} else if x.Name.Name != "" {
			s = x.Name.Name + "=" + s
		}
		return s
	}
	return fmt.Sprintf("?%T", x)
}

func form(parts ...string) string {
	var kept []string
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			kept = append(kept, p)
		}
	}
	return "(" + strings.Join(kept, " ") + ")"
}

func all[T any](xs []T) string {
	var out []string
	for _, x := range xs {
		out = append(out, dump(x))
	}
	return strings.Join(out, " ")
}

func names(ids []Ident) string {
	var out []string
	for _, i := range ids {
		out = append(out, i.Name)
	}
	return strings.Join(out, ",")
}

func opt(label string, e Expr) string {
	if e == nil {
		return ""
	}
	return form(label, dump(e))
}

func typeOf(t *Type) string {
	if t == nil {
		return ""
	}
	return dump(t)
}

func values(es []Expr) string {
	if es == nil {
		return ""
	}
	return "= " + all(es)
}

func body(ss []Stmt) string {
	if ss == nil {
		return ""
	}
	return "{" + all(ss) + "}"
}
