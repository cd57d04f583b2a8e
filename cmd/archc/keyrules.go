package main

import (
	"archc/backends/host/weights"
	"archc/dsl/check"
	"archc/dsl/syntax"
	"archc/ir/diag"
)

// keyRules are what a model's checkpoint section says about the names in a file.
type keyRules struct{ weights.Rules }

// keyRulesOf reads the section of a model, or of the model that it is a variant of.
func keyRulesOf(d *check.Decl) (keyRules, error) {
	var r keyRules
	var section *syntax.Section
	list := &diag.List{}
	for _, item := range bodyOf(d).Body {
		x, ok := item.(*syntax.Section)
		switch {
		case !ok:
		case x.Name.Name != "checkpoint":
			list.Add(diag.New(codeBadSection, x.Name.At, "a model has no section %s", x.Name.Name).
				Suggest("the section is called `checkpoint`"))
		case section != nil:
			list.Add(diag.New(codeBadSection, x.At, "a second checkpoint section").Note(section.At, "the first one"))
		default:
			section = x
			r.read(x, list)
		}
	}
	return r, list.Err()
}

// bodyOf follows variants to the block that has a body. A chain that does not end has been refused before.
func bodyOf(d *check.Decl) *syntax.Block {
	const most = 100
	for range most {
		base := d.Block.Base
		if call, ok := base.(*syntax.Call); ok {
			base = call.Fn
		}
		name, ok := base.(*syntax.Name)
		if !ok {
			break
		}
		next := d.Scope.Lookup(name.Name)
		if next == nil || next.Block == nil {
			break
		}
		d = next
	}
	return d.Block
}

func (r *keyRules) read(section *syntax.Section, list *diag.List) {
	seen := map[string]bool{}
	for _, e := range section.Entries {
		ok := e.Else == nil && !seen[e.Key.Name]
		seen[e.Key.Name] = true
		switch {
		case !ok:
		case e.Key.Name == "prefix":
			ok = r.readPrefix(e.Value)
		case e.Key.Name == "ignore":
			ok = r.readIgnore(e.Value)
		default:
			ok = false
		}
		if !ok {
			at := e.Key.At.To(e.Value.Span())
			list.Add(diag.New(codeBadSection, at, "an entry that the checkpoint section cannot have").
				Suggest("write `prefix = \"text.\"` or `ignore = [\"name\", ...]`, each once"))
		}
	}
}

func (r *keyRules) readPrefix(e syntax.Expr) bool {
	if call, ok := e.(*syntax.Call); ok {
		name, isName := call.Fn.(*syntax.Name)
		if !isName || name.Name != "optional" || len(call.Args) != 1 || call.HasBody || call.HasCarry {
			return false
		}
		r.Optional = true
		e = call.Args[0].Value
	}
	text, ok := e.(*syntax.Str)
	if ok {
		r.Prefix = text.Text
	}
	return ok
}

func (r *keyRules) readIgnore(e syntax.Expr) bool {
	items, ok := e.(*syntax.List)
	if !ok {
		return false
	}
	for _, a := range items.Args {
		text, isText := a.Value.(*syntax.Str)
		if !isText || text.Text == "" {
			return false
		}
		r.Ignore = append(r.Ignore, text.Text)
	}
	return true
}
