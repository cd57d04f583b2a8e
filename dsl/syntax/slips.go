package syntax

import (
	"slices"

	"archc/ir/diag"
)

// foreignWord is what to write instead of a keyword of another language. Where drop is set the statement
// makes sense without the word, and is read so.
type foreignWord struct {
	help string
	drop bool
}

const (
	functionHelp = "a function has no keyword: `name(x: [T, D]) { ... }`"
	localHelp    = "a local has no keyword: `name = value`"
	blockHelp    = "write `block Name { ... }`"
)

// foreignWords are words that begin a statement in other languages; here they would be read as names. They
// are reported where a statement begins and another word follows.
var foreignWords = map[string]foreignWord{
	"def": {functionHelp, true}, "fn": {functionHelp, true},
	"func": {functionHelp, true}, "function": {functionHelp, true},
	"let": {localHelp, true}, "var": {localHelp, true}, "const": {localHelp, true}, "val": {localHelp, true},
	"return": {"the last statement is the value: write the expression alone", true},
	"class":  {blockHelp, false}, "struct": {blockHelp, false},
	"module": {blockHelp, false}, "layer": {blockHelp, false},
	"network": {"write `model Name { ... }`", false},
	"for":     {"a stack of layers is `L * Layer`, a recurrence is `scan(x in xs; h = start) { ... }`", false},
	"while":   {"there are no loops; a recurrence is `scan(x in xs; h = start) { ... }`", false},
	"assert":  {"write `require condition, \"message\"`", false},
	"use":     {"write `import name`", false}, "include": {"write `import name`", false},
}

// slips reports statements that begin with a word of another language, and returns the tokens without the
// words, or without the statements that make no sense then.
func slips(src *diag.Source, toks []Token, list *diag.List) []Token {
	for i := 0; i+1 < len(toks); i++ {
		first := i == 0 || toks[i-1].Kind == End || toks[i-1].is("{")
		if t := toks[i]; !first || t.Kind != Word || toks[i+1].Kind != Word || toks[i+1].Line != t.Line {
			continue
		}
		t := toks[i]
		word, foreign := foreignWords[t.Text]
		switch {
		case t.Text == "model" && i > 0:
			list.Add(diag.New(diag.Misplaced, t.span(src), "a model stands at the top of a file").
				Suggest("write `block`, or move it out of the braces"))
		case foreign:
			list.Add(diag.New(diag.Foreign, t.span(src), "`%s` is not a keyword of this language", t.Text).
				Suggest("%s", word.help))
		default:
			continue
		}
		from, to := i, i+1
		if !word.drop {
			if from, to = statement(toks, i); from >= to {
				return nil
			}
		}
		toks = slices.Delete(slices.Clone(toks), from, to)
		i = max(from-1, 0) - 1
	}
	return toks
}
