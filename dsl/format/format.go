package format

import (
	"strings"

	"archc/dsl/syntax"
	"archc/ir/diag"
)

// Source returns the canonical form of src. A source with syntax errors has none: the result is nil and the
// list says what is wrong.
func Source(src *diag.Source) ([]byte, *diag.List) {
	file, list := syntax.Parse(src)
	if !list.Empty() {
		return nil, list
	}
	toks, list := syntax.Tokens(src)
	if !list.Empty() {
		return nil, list
	}
	lines := breakLines(annotate(toks, products(file)))
	indent(lines)
	var b strings.Builder
	for _, text := range columns(lines) {
		b.WriteString(text)
		b.WriteByte('\n')
	}
	return []byte(b.String()), list
}

// products returns where the parentheses stand that are factors of a product of dims, not arguments.
func products(file *syntax.File) map[int]bool {
	at := map[int]bool{}
	for _, d := range file.Decls {
		syntax.Walk(d, func(e syntax.Expr) {
			j, ok := e.(*syntax.Juxt)
			if !ok {
				return
			}
			for _, p := range j.Parts {
				if paren, ok := p.(*syntax.Paren); ok {
					at[paren.At.Start] = true
				}
			}
		})
	}
	return at
}
