package gosource

import (
	"go/token"
	"slices"
	"strconv"
	"strings"

	"archc/backends/source"
	"archc/ir"
)

// names gives texts of a user's file identifiers in one scope, each its own.
type names struct{ *source.Names }

// newNames is a scope in which some identifiers have a meaning already.
func newNames(taken ...string) *names { return &names{source.NewNames(reservedWord, taken...)} }

// predeclared are the identifiers of the universe that the code uses, or whose shadowing would mislead a reader.
var predeclared = []string{
	"any", "append", "bool", "byte", "cap", "clear", "close", "comparable", "complex", "complex128", "complex64", "copy",
	"delete", "error", "false", "float32", "float64", "imag", "init", "int", "int16", "int32", "int64", "int8", "iota",
	"len", "main", "make", "max", "min", "new", "nil", "panic", "print", "println", "real", "recover", "rune", "string",
	"true", "uint", "uint16", "uint32", "uint64", "uint8", "uintptr",
}

func reservedWord(name string) bool {
	return slices.Contains(predeclared, name) || token.IsKeyword(name)
}

// goSize writes a size as a Go expression of type int.
func goSize(s ir.Size, name func(string) string) string {
	return source.Sizes{Min: "min", Max: "max", Floor: "floorDiv"}.Text(s, name)
}

// quoted is a text as a Go string.
func quoted(s string) string { return strconv.Quote(s) }

// comment is a text as the rest of a line behind "// ": one line, of visible characters. Behind a blank, nothing that it
// begins with is a directive but "+build", which gofmt makes one of, wherever it stands.
func comment(text string) string {
	if strings.HasPrefix(strings.TrimLeft(text, " "), "+") {
		text = strings.Replace(text, "+", "?", 1)
	}
	return source.Visible(text)
}
