package decode

import (
	"fmt"
	"strings"

	"archc/ir"
	"archc/ir/diag"
)

// cause is why a value hangs on the whole sequence: the node that makes it so, and the nodes from there on.
type cause struct {
	at   *ir.Node
	src  diag.Span // of the text that makes it so
	text string
	path []*ir.Node // what the value goes through behind at, the nearest last
}

func (d *deriver) because(n *ir.Node, format string, args ...any) *cause {
	c := &cause{at: n, src: n.Src, text: fmt.Sprintf(format, args...)}
	if mask := n.RegionNamed("mask"); mask != nil && mask.Results[0].Node.Src.Src != nil {
		c.src = mask.Results[0].Node.Src
	}
	return c
}

// through is the same cause one node farther on.
func (c *cause) through(n *ir.Node) *cause {
	return &cause{c.at, c.src, c.text, append(c.path[:len(c.path):len(c.path)], n)}
}

// fault is a row of the sequence that hangs on rows to come.
type fault struct {
	at  *ir.Node
	why *cause
}

// diagnostic tells a fault: the cause, the way from there, and the row that it reaches.
func (d *deriver) diagnostic(f *fault) *diag.Diagnostic {
	msg := "%s cannot be computed token by token: %s, and rows before it depend on that"
	if f.at == f.why.at {
		msg = "%s cannot be computed token by token: %s"
	}
	out := diag.New(diag.NotDecodable, f.why.src, msg, d.module.Name, f.why.text)
	last := f.why.at
	for _, n := range f.why.path {
		if n.Name != "" && n.Src != last.Src {
			out.Note(n.Src, "it goes into %s", d.name(n))
		}
		last = n
	}
	if f.at != f.why.at && f.at.Src != last.Src {
		out.Note(f.at.Src, "which has a value for each row: %s", d.name(f.at))
	}
	return out.Suggest("%s", d.remedy(f.why))
}

// remedy is the edit that most likely mends it.
func (d *deriver) remedy(c *cause) string {
	if c.at.Op != ir.Attend {
		return "take from each row what stands before it: `causal`, `cumsum`, a `scan`, a convolution with `pad(w, 0)`"
	}
	either := apart(c.src.Text(), '|')
	if both := apart(either[0], '&'); len(either) > 1 && len(both) > 1 {
		first, rest := both[0], append([]string{strings.Join(both[1:], " & ")}, either[1:]...)
		return fmt.Sprintf("`&` binds tighter than `|`: write `%s & (%s)`", first, strings.Join(rest, " | "))
	}
	return "let the mask admit j <= i only: `mask = causal & ...`"
}

// apart cuts a text at a mark, brackets kept whole, and trims the parts.
func apart(text string, mark rune) []string {
	depth, from := 0, 0
	var out []string
	for i, r := range text {
		switch {
		case strings.ContainsRune("([{", r):
			depth++
		case strings.ContainsRune(")]}", r):
			depth--
		case r == mark && depth == 0:
			out, from = append(out, strings.TrimSpace(text[from:i])), i+1
		}
	}
	return append(out, strings.TrimSpace(text[from:]))
}

// name is what a person calls a node's value: the author's name, else the op, and where it stands.
func (d *deriver) name(n *ir.Node) string {
	s := n.Name
	if s == "" {
		s = n.Op.Name
	}
	return strings.TrimPrefix(d.scope(n)+"."+s, ".")
}

// scope is a node's, and for a parameter of a loop's body the path up to the loop's number.
func (d *deriver) scope(n *ir.Node) string {
	if n.Op != ir.Arg {
		return n.Scope
	}
	r := d.home[n]
	l, ok := d.owner[r].Loop()
	for _, x := range r.Nodes {
		if before, _, found := strings.Cut(x.Scope, "{"+l.Var+"}"); ok && found {
			return before + "{" + l.Var + "}"
		}
	}
	return n.Scope
}

// stateName is what a person calls what is kept: the name of the value, or of what it is a view of, or of the map that
// gives it; what is kept of it comes last.
func (d *deriver) stateName(n *ir.Node, what ...string) string {
	end := strings.Join(append([]string{""}, what...), ".")
	for at := n; ; {
		if a, ok := at.Attr.(*ir.InputAttr); ok {
			if len(what) == 0 && len(d.timed(at.Outs[0])) > 0 {
				end = ".past"
			}
			return a.Name + end
		}
		if at.Name != "" {
			return d.name(at) + end
		}
		if at.Op == ir.Contract || at.Op == ir.Gather {
			for _, v := range at.Args {
				if a, ok := v.Node.Attr.(*ir.ParamAttr); ok {
					return strings.TrimSuffix(a.Key, ".weight") + end
				}
			}
		}
		if len(at.Args) == 0 || len(at.Regions) > 0 {
			return d.name(n) + end
		}
		at = at.Args[0].Node
	}
}
