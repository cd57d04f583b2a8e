package main

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"archc/backends/checkpoint"
	"archc/dsl/lower"
	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
)

// mismatches collects the tensors that the checkpoint does not have as the model needs them. One wrong
// dim makes most tensors wrong, so they are told by cause: the first tensor of each, and how many more
// there are.
type mismatches struct {
	r       *runnable
	shapes  map[string][]int64 // of all tensors of the model
	missing []string
	lacks   error // for the first missing one
	causes  []*cause
}

// cause is what is wrong with some tensors: the dims that differ.
type cause struct {
	text string
	key  string // the first of them
	err  error
	n    int
}

// maxCauses bounds how many causes are told.
const maxCauses = 5

func (m *mismatches) add(key string, err error) {
	stored, ok := m.r.ckpt.Lookup(storedName(m.r, key))
	if !ok {
		if m.missing = append(m.missing, key); m.lacks == nil {
			m.lacks = err
		}
		return
	}
	text := strings.Join(m.r.dimNotes(key, stored.Shape, m.shapes[key]), "; ")
	for _, c := range m.causes {
		if c.text == text {
			c.n++
			return
		}
	}
	m.causes = append(m.causes, &cause{text, key, err, 1})
}

func (m *mismatches) err() error {
	var all failure
	if m.lacks != nil {
		f := m.tell(m.missing[0], m.lacks)
		if n := len(m.missing); n == len(m.shapes) {
			f.note("all %d tensors of the model are missing; the checkpoint has %s", n, someNames(m.r.ckpt.Names()))
		} else if n > 1 {
			f.note("%d tensors of the model are missing: %s", n, someNames(m.missing))
		}
		all = *f
	}
	for _, c := range m.causes[:min(maxCauses, len(m.causes))] {
		f := m.tell(c.key, c.err)
		switch {
		case c.n == 2:
			f.note("one more tensor is wrong for the same reason")
		case c.n > 2:
			f.note("%d more tensors are wrong for the same reason", c.n-1)
		}
		all.exit = f.exit
		all.diags = append(all.diags, f.diags...)
	}
	if len(m.causes) > 0 && m.r.config == nil && len(m.r.prog.Bindings) > 0 && !exists(m.r.base, checkpoint.ConfigFile) {
		all.diags[0].Note(diag.Span{}, "no %s stands beside the tensors: the dims are those of the file and of --set", checkpoint.ConfigFile)
	}
	if n := len(m.causes) - maxCauses; n > 0 {
		all.diags[len(all.diags)-1].Note(diag.Span{}, "tensors are wrong in %d further ways", n)
	}
	if all.exit == exitOK {
		return nil
	}
	return &all
}

// tell says what is wrong with one tensor in terms of both sides: the model's dims with where their sizes
// are from, and the fields of the configuration that have the stored sizes.
func (m *mismatches) tell(key string, err error) *failure {
	f, _ := asFailure(err)
	d := f.diags[0]
	if n := m.r.paramOf(key); n != nil {
		d.Note(n.Src, "the model has %s : %s", key, storedText(n.Attr.(*ir.ParamAttr).Stored))
	}
	if stored, ok := m.r.ckpt.Lookup(storedName(m.r, key)); ok {
		for _, note := range m.r.dimNotes(key, stored.Shape, m.shapes[key]) {
			d.Note(diag.Span{}, "%s", note)
		}
		if edit := m.r.resize(key, stored.Shape, m.shapes[key]); edit != "" && d.Help == "" {
			d.Suggest("a checkpoint of another size? %s is the one that it has", edit)
		}
		if hint := m.r.configHint(stored); hint != "" {
			d.Note(diag.Span{}, "%s", hint)
		}
	}
	return f
}

// dimNotes says of each stored dim that differs how large it is in the model, and why.
func (r *runnable) dimNotes(key string, stored, want []int64) []string {
	n := r.paramOf(key)
	if n == nil {
		return nil
	}
	var out []string
	for i, group := range n.Attr.(*ir.ParamAttr).Stored {
		if i < len(want) && (i >= len(stored) || stored[i] != want[i]) {
			out = append(out, r.dimNote(group, want[i], n.Outs[0]))
		}
	}
	return out
}

// resize is the setting under which the first stored dim that differs would fit, "" when none alone does it.
func (r *runnable) resize(key string, stored, want []int64) string {
	n := r.paramOf(key)
	if n == nil || len(stored) != len(want) {
		return ""
	}
	for i, group := range n.Attr.(*ir.ParamAttr).Stored {
		if i >= len(want) || stored[i] == want[i] {
			continue
		}
		if len(group) == 1 && hasParameter(bodyOf(r.decl), group[0]) {
			return fmt.Sprintf("--set %s=%d", group[0], stored[i])
		}
	}
	return ""
}

func hasParameter(b *syntax.Block, name string) bool {
	return slices.ContainsFunc(b.Params, func(p *syntax.Param) bool { return p.Name.Name == name })
}

// paramOf finds the node of a key, {l} standing for any number.
func (r *runnable) paramOf(key string) *ir.Node {
	if r.params == nil {
		r.module.Body.Walk(func(n *ir.Node, _ int) {
			if a, ok := n.Attr.(*ir.ParamAttr); ok {
				r.params = append(r.params, param{keyPattern(a.Key), n})
			}
		})
	}
	for _, p := range r.params {
		if p.key.MatchString(key) {
			return p.node
		}
	}
	return nil
}

// param is a node that stores tensors, with the pattern of their keys.
type param struct {
	key  *regexp.Regexp
	node *ir.Node
}

var braces = regexp.MustCompile(`\\\{[^{}]*\\\}`)

func keyPattern(key string) *regexp.Regexp {
	return regexp.MustCompile("^" + braces.ReplaceAllString(regexp.QuoteMeta(key), "[0-9]+") + "$")
}

func storedText(groups [][]string) string {
	parts := make([]string, len(groups))
	for i, g := range groups {
		parts[i] = strings.Join(g, " ")
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// dimNote says how large a stored dim is in the model and why: "D = 4096 (default)".
func (r *runnable) dimNote(group []string, size int64, t ir.Type) string {
	var parts []string
	for _, label := range group {
		n := int64(0)
		if at := t.Find(label); at >= 0 {
			n, _ = t.Axes[at].Size.Int()
		}
		parts = append(parts, fmt.Sprintf("%s = %d (%s)", label, n, r.originOf(label)))
	}
	if len(parts) > 1 {
		return fmt.Sprintf("%s = %d: %s", strings.Join(group, " "), size, strings.Join(parts, ", "))
	}
	return parts[0]
}

func (r *runnable) originOf(label string) string {
	from := r.origin[label]
	switch {
	case from == "":
		return "by default"
	case r.config != nil && r.config.fields[from] != nil:
		return fmt.Sprintf("%s says %s = %v", checkpoint.ConfigFile, from, r.config.fields[from])
	}
	return "from " + from
}

// configHint names the fields of the configuration beside the weights that have the stored sizes, when
// the model did not read it.
func (r *runnable) configHint(stored checkpoint.Tensor) string {
	if r.config != nil || !exists(r.base, checkpoint.ConfigFile) {
		return ""
	}
	c, err := readConfig(r.base)
	if err != nil {
		return ""
	}
	var says []string
	for _, field := range slices.Sorted(maps.Keys(c.fields)) {
		if n, ok := c.fields[field].(lower.Whole); ok && slices.Contains(stored.Shape, int64(n)) {
			says = append(says, fmt.Sprintf("%s = %d", field, n))
		}
	}
	if len(says) == 0 {
		return ""
	}
	return fmt.Sprintf("%s says %s, but the file has no binding that reads it", checkpoint.ConfigFile,
		strings.Join(says, ", "))
}
