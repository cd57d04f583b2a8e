package main

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"archc/dsl/check"
	"archc/dsl/lower"
	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
	"archc/passes/compare"
)

// ancestry is a model with those that it is a variant of, one after another, and what sets their parameters.
type ancestry struct {
	decls []*check.Decl
	sets  []map[string]string // for each decl, as a setting is written
	stop  string              // why it goes no further; empty where there is no further one
}

// ancestry follows the variants as far as each only gives its base's parameters literal values.
func (c *compiled) ancestry() ancestry {
	a := ancestry{decls: []*check.Decl{c.decl}, sets: []map[string]string{c.settings}}
	for d := c.decl; len(a.decls) < 16; {
		base := lower.BaseOf(d)
		if base == nil || base.Block == nil {
			return a
		}
		set := maps.Clone(a.sets[len(a.sets)-1])
		if set == nil {
			set = map[string]string{}
		}
		if a.stop = arguments(d, set); a.stop != "" {
			return a
		}
		a.decls, a.sets, d = append(a.decls, base), append(a.sets, set), base
	}
	return a
}

// arguments adds what a variant sets, or says why it cannot be told as settings of its base.
func arguments(d *check.Decl, set map[string]string) string {
	name := d.Name().Name
	if len(d.Block.Params) > 0 {
		return name + " has parameters of its own"
	}
	if len(d.Block.With) > 0 {
		return name + " changes its base by more than parameters"
	}
	call, ok := d.Block.Base.(*syntax.Call)
	if !ok {
		return ""
	}
	for _, arg := range call.Args {
		text, ok := literal(arg.Value)
		if !ok || arg.Name.Name == "" {
			return fmt.Sprintf("%s gives an argument that is no number, text or truth value", name)
		}
		if _, has := set[arg.Name.Name]; !has { // what is further out wins
			set[arg.Name.Name] = text
		}
	}
	return ""
}

// literal is an expression as --set would say it.
func literal(e syntax.Expr) (string, bool) {
	switch x := e.(type) {
	case *syntax.Num:
		return x.Text, true
	case *syntax.Str:
		return x.Text, true
	case *syntax.Name:
		return x.Name, x.Name == "true" || x.Name == "false"
	}
	return "", false
}

// setting is one parameter that two designs set apart.
type setting struct {
	name     string
	to       string // empty for the default
	is       bool   // it is set in the second design
	was, now string // as they are shown
}

// changes gives the models between two designs of one model: nil, with the reason, where there are none.
func (s *session) changes(from, to *design) ([]compare.Change, string, error) {
	a, b := from.compiled.ancestry(), to.compiled.ancestry()
	for i, x := range a.decls {
		for j, y := range b.decls {
			if x.Name().Name == y.Name().Name && x.Scope.Src.Text == y.Scope.Src.Text {
				return s.between(from, to, x, a.sets[i], b.sets[j])
			}
		}
	}
	stop := a.stop
	if stop == "" {
		stop = b.stop
	}
	return nil, stop, nil
}

// between lowers the base again and again, with one more parameter as the second design has it.
func (s *session) between(from, to *design, base *check.Decl, a, b map[string]string) ([]compare.Change, string, error) {
	prog, name := from.compiled.prog, base.Name().Name
	start, fault, err := from.Design, "", error(nil)
	if base != from.compiled.decl {
		start, fault, err = s.counted(prog, name, a, from.Options)
	}
	switch {
	case err != nil:
		return nil, "", err
	case fault != "" || !compare.Same(start, from.Design):
		return nil, fmt.Sprintf("%s is more than %s with other parameters", from.Module.Name, name), nil
	}
	now := maps.Clone(a)
	if now == nil {
		now = map[string]string{}
	}
	out, last := []compare.Change{}, start
	for pending := apart(base, a, b); len(pending) > 0; {
		group, next, err := s.nextChange(prog, name, now, pending, from.Options)
		if err != nil {
			return nil, "", err
		}
		if next == nil {
			last = nil
			break
		}
		out, last = append(out, compare.Change{Name: changeText(group, pending), Design: next}), next
		for _, i := range slices.Backward(group) {
			pending[i].apply(now)
			pending = slices.Delete(slices.Clone(pending), i, i+1)
		}
	}
	if last == nil || !compare.Same(last, to.Design) {
		return nil, fmt.Sprintf("%s is more than %s with other parameters", to.Module.Name, name), nil
	}
	return out, "", nil
}

// nextChange is the first parameter that can be changed alone; else the first two that can be together; else all.
func (s *session) nextChange(prog *check.Program, name string, now map[string]string, pending []setting, opt compare.Options) (
	[]int, *compare.Design, error) {
	var groups [][]int
	var all []int
	for i := range pending {
		groups, all = append(groups, []int{i}), append(all, i)
	}
	for i := range pending {
		for j := i + 1; j < len(pending); j++ {
			groups = append(groups, []int{i, j})
		}
	}
	for _, group := range append(groups, all) {
		with := maps.Clone(now)
		for _, i := range group {
			pending[i].apply(with)
		}
		if d, fault, err := s.counted(prog, name, with, opt); fault == "" {
			return group, d, err
		}
	}
	return nil, nil, nil
}

func (x setting) apply(set map[string]string) {
	if set[x.name] = x.to; !x.is {
		delete(set, x.name)
	}
}

// changeText names what is changed, and what had to wait or to go along.
func changeText(group []int, pending []setting) string {
	var texts, waits []string
	for _, i := range group {
		texts = append(texts, fmt.Sprintf("%s = %s -> %s", pending[i].name, pending[i].was, pending[i].now))
	}
	for _, x := range pending[:group[0]] {
		waits = append(waits, x.name)
	}
	out := strings.Join(texts, " with ")
	switch {
	case len(group) > 1:
		out += " (alone none compiles)"
	case len(waits) > 0:
		out += fmt.Sprintf(" (before %s, which cannot change yet)", strings.Join(waits, ", "))
	}
	return out
}

// counted lowers and counts; fault is the first mistake where it does not compile.
func (s *session) counted(prog *check.Program, name string, set map[string]string, opt compare.Options) (d *compare.Design, fault string, err error) {
	if s.ctx.Err() != nil {
		return nil, "", s.ctx.Err()
	}
	m, list := lower.Lower(prog, lower.Options{Model: name, Settings: set})
	if !list.Empty() {
		return nil, list.All[0].Msg, nil
	}
	if wrong := ir.Verify(m); len(wrong) > 0 {
		return nil, "", fmt.Errorf("the lowered module breaks a rule of the IR: %w", wrong[0])
	}
	d, err = compare.Count(m, opt)
	return d, "", err
}

// apart lists the parameters that are not the same, in the order of the declaration.
func apart(base *check.Decl, a, b map[string]string) []setting {
	var out []setting
	for d := base; d != nil && d.Block != nil; d = lower.BaseOf(d) {
		for _, p := range d.Block.Params {
			x, y := shownSetting(p, a), shownSetting(p, b)
			if to, is := b[p.Name.Name]; !equalSettings(x, y) {
				out = append(out, setting{p.Name.Name, to, is, x, y})
			}
		}
	}
	return out
}

// shownSetting is a parameter's value as it is written: set, or the default.
func shownSetting(p *syntax.Param, set map[string]string) string {
	if text, ok := set[p.Name.Name]; ok {
		return diag.Clean(text)
	}
	if p.Default == nil {
		return "none"
	}
	if text, ok := literal(p.Default); ok {
		return text
	}
	return p.Default.Span().Text()
}

// equalSettings compares numbers by value: 1e4 is 10000.
func equalSettings(x, y string) bool {
	if x == y {
		return true
	}
	a, aNumber := new(big.Rat).SetString(x)
	b, bNumber := new(big.Rat).SetString(y)
	return aNumber && bNumber && a.Cmp(b) == 0
}
