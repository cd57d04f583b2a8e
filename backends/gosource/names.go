package gosource

import (
	"fmt"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// names gives texts of a user's file identifiers in one scope, each its own.
type names struct {
	taken map[string]bool
}

// newNames is a scope in which some identifiers have a meaning already.
func newNames(taken ...string) *names {
	n := &names{map[string]bool{}}
	for _, t := range taken {
		n.taken[t] = true
	}
	return n
}

// predeclared are the identifiers of the universe that the code uses, or whose shadowing would mislead a reader.
var predeclared = []string{
	"any", "append", "bool", "byte", "cap", "clear", "close", "comparable", "complex", "complex128", "complex64", "copy",
	"delete", "error", "false", "float32", "float64", "imag", "init", "int", "int16", "int32", "int64", "int8", "iota",
	"len", "main", "make", "max", "min", "new", "nil", "panic", "print", "println", "real", "recover", "rune", "string",
	"true", "uint", "uint16", "uint32", "uint64", "uint8", "uintptr",
}

// of is an identifier made of the letters and digits of a text, its words joined: "self_attn.q_proj" is selfAttnQProj. Two
// calls never give the same one, whatever the texts.
func (n *names) of(text string) string { return n.free(identifier(text, false)) }

// exported is of with an upper-case first letter.
func (n *names) exported(text string) string { return n.free(identifier(text, true)) }

// free is the base, or the base with the first number from 2 that makes it new.
func (n *names) free(base string) string {
	name := base
	for i := 2; n.taken[name] || slices.Contains(predeclared, name) || token.IsKeyword(name); i++ {
		name = fmt.Sprint(base, i)
		if digit(base[len(base)-1]) {
			name = fmt.Sprint(base, "_", i)
		}
	}
	n.taken[name] = true
	return name
}

// forget makes identifiers free again, when their scope ends.
func (n *names) forget(ids []string) {
	for _, id := range ids {
		delete(n.taken, id)
	}
}

// longest is how much of a text an identifier shows.
const longest = 48

// identifier joins the words of a text, which are its runs of ASCII letters and digits, in camel case.
func identifier(text string, upper bool) string {
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

func letter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
func digit(c byte) bool  { return '0' <= c && c <= '9' }

// quoted is a text as a Go string.
func quoted(s string) string { return strconv.Quote(s) }

// comment is a text as the rest of a line behind "// ": one line, of visible characters. Behind a blank, nothing that it
// begins with is a directive but "+build", which gofmt makes one of, wherever it stands.
func comment(text string) string {
	if strings.HasPrefix(strings.TrimLeft(text, " "), "+") {
		text = strings.Replace(text, "+", "?", 1)
	}
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
}
