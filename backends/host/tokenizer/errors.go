package tokenizer

import (
	"fmt"
	"strconv"
)

// Error is the one error type of this package.
type Error struct {
	Code      string // a row of Codes
	Component string // where: "pre_tokenizer.pretokenizers[0]", "model.merges[17]", "text"
	Msg       string // what is wrong, with both sides of a mismatch
	Help      string // what to do about it; may be empty
	Line, Col int    // place in tokenizer.json, from 1, columns in bytes; 0 when the error has none
}

// Error writes one line; Load's caller puts the path of the file before it.
func (e *Error) Error() string {
	place := ""
	if e.Line > 0 {
		place = strconv.Itoa(e.Line) + ":" + strconv.Itoa(e.Col) + ": "
	}
	if e.Component != "" {
		place += e.Component + ": "
	}
	return e.Code + ": " + place + e.Msg
}

// textError is an error about a text or an id: it has no place in tokenizer.json.
func textError(code, help, format string, args ...any) *Error {
	return &Error{Code: code, Component: "text", Msg: fmt.Sprintf(format, args...), Help: help}
}

// quote shows a piece of the file or the text, cut so that a message stays one line.
func quote(s string) string {
	const most = 40
	if len(s) > most {
		n := most
		for n > 0 && s[n]&0xC0 == 0x80 { // not in the middle of a character
			n--
		}
		return strconv.Quote(s[:n]) + "..."
	}
	return strconv.Quote(s)
}
