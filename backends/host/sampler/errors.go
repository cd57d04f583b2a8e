package sampler

import "fmt"

// Code is one stable error code with the story that `archc explain CODE` prints.
type Code struct {
	ID    string // "S001"; an ID never changes its meaning and is never reused
	Title string // what went wrong, in a few words
	Story string // two or three sentences: what the rule is, why it is one, what to do
}

// Codes lists every code of this package in order.
var Codes = []Code{
	{"S001", "a bad temperature", `
The temperature is a finite number from 0 up. 0 takes the best token; 1 leaves the model's distribution
as it is.`},
	{"S002", "a bad top-k", `
Top-k is a whole number from 0 up: how many of the best tokens stay. 0 keeps all, and so does a number
beyond the vocabulary.`},
	{"S003", "a bad top-p", `
Top-p is a number from 0 to 1: the best tokens stay until they hold that much of the probability. 1 keeps
all, 0 keeps the best one.`},
	{"S004", "no logits to choose from", `
The logits are empty, or all of them are -Inf. The model's output was not computed, or a mask forbids
every token.`},
	{"S005", "a logit that is not a number", `
A logit is NaN or +Inf, which makes every probability meaningless. The weights may be damaged or a
computation overflowed; the message says which token is the first.`},
}

// Error is the one error type of this package.
type Error struct {
	Code string // a row of Codes
	Msg  string // what is wrong
}

// Error writes one line.
func (e *Error) Error() string { return e.Code + ": " + e.Msg }

func fail(code, format string, args ...any) *Error { return &Error{code, fmt.Sprintf(format, args...)} }
