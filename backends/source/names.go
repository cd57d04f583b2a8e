package source

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Names gives texts of a user's file identifiers in one scope, each its own.
type Names struct {
	taken    map[string]bool
	reserved func(string) bool // words of the language
}

// NewNames is a scope in which some identifiers have a meaning already. reserved tells the words of the language.
func NewNames(reserved func(string) bool, taken ...string) *Names {
	n := &Names{map[string]bool{}, reserved}
	n.Take(taken...)
	return n
}

// Take gives identifiers a meaning.
func (n *Names) Take(ids ...string) {
	for _, id := range ids {
		n.taken[id] = true
	}
}

// Taken reports whether an identifier has a meaning.
func (n *Names) Taken(id string) bool { return n.taken[id] || n.reserved(id) }

// Of is an identifier made of the letters and digits of a text, its words joined: "self_attn.q_proj" is selfAttnQProj. Two
// calls never give the same one, whatever the texts.
func (n *Names) Of(text string) string { return n.Free(Identifier(text, false)) }

// Exported is Of with an upper-case first letter.
func (n *Names) Exported(text string) string { return n.Free(Identifier(text, true)) }

// Dim is an identifier for a free dim: its own name where that is one.
func (n *Names) Dim(name string) string {
	if name != "" && Identifier(name, 'A' <= name[0] && name[0] <= 'Z') == name {
		return n.Free(name)
	}
	return n.Of(name)
}

// Free is the base, or the base with the first number from 2 that makes it new.
func (n *Names) Free(base string) string {
	name := base
	for i := 2; n.taken[name] || n.reserved(name); i++ {
		name = fmt.Sprint(base, i)
		if digit(base[len(base)-1]) {
			name = fmt.Sprint(base, "_", i)
		}
	}
	n.taken[name] = true
	return name
}

// Forget makes identifiers free again, when their scope ends.
func (n *Names) Forget(ids []string) {
	for _, id := range ids {
		delete(n.taken, id)
	}
}

// longest is how much of a text an identifier shows.
const longest = 48

// Identifier joins the words of a text, which are its runs of ASCII letters and digits, in camel case.
func Identifier(text string, upper bool) string {
	first, other := byte('x'), byte('a'-'A')
	if upper {
		first = 'X'
	}
	var b strings.Builder
	start := false
	for i := 0; i < len(text) && b.Len() < longest; i++ {
		c := text[i]
		isUpper := 'A' <= c && c <= 'Z'
		switch {
		case !letter(c) && !digit(c):
			start = b.Len() > 0
			continue
		case b.Len() == 0 && digit(c):
			b.WriteByte(first)
		case b.Len() == 0 && isUpper != upper, start && letter(c) && !isUpper:
			c ^= other
		}
		b.WriteByte(c)
		start = false
	}
	if b.Len() == 0 {
		return string(first)
	}
	return b.String()
}

// Snake joins the words of a text with underscores, in lower case: "self_attn.q_proj" is self_attn_q_proj.
func Snake(text string) string {
	var b strings.Builder
	gap := false
	for i := 0; i < len(text) && b.Len() < longest; i++ {
		c := text[i]
		if !letter(c) && !digit(c) {
			gap = b.Len() > 0
			continue
		}
		if b.Len() == 0 && digit(c) {
			b.WriteByte('x')
		}
		if gap {
			b.WriteByte('_')
		}
		gap = false
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		b.WriteByte(c)
	}
	if b.Len() == 0 {
		return "x"
	}
	return b.String()
}

func letter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
func digit(c byte) bool  { return '0' <= c && c <= '9' }

// Visible is a text on one line, of visible characters.
func Visible(text string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
}
