package diag

import "slices"

// Codes lists every code of the language and of the IR's text form.
func Codes() []*Code { return slices.Concat(syntaxCodes, languageCodes, IRCodes) }
