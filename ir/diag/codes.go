package diag

// The codes, by what went wrong: E1 text and syntax, E2 names and declarations, E3 dims and types, E4 attention,
// E5 what is known when compiling, E6 configurations. Checkpoint (C) and tokenizer (T) codes live with their readers.
var (
	BadText = &Code{"E101", "not text the compiler reads", `
A source is UTF-8 of at most 1 MiB without NUL, control characters or bidirectional overrides (they make a line read
differently from what it is).`}
	Unterminated = &Code{"E102", "a string, comment or bracket does not end", `
Every bracket and string that opens must close; a string ends on its line.`}
	TooDeep = &Code{"E103", "brackets nest too deep", `
Brackets may nest 200 deep, and one expression may chain 1000 operators, dots and arguments. The parser and all that
walk its tree recurse, so the bounds are checked on the tokens before parsing.`}
	TooLong = &Code{"E104", "the source is over a limit", `
A source has at most 1 MiB and 100,000 tokens, a name 256 bytes, a string 64 KiB.`}
	Unexpected = &Code{"E105", "unexpected token", `
What stands here cannot continue the declaration or statement. A newline ends a statement outside parentheses.`}
	BadNumber = &Code{"E106", "a number that cannot be used", `
Whole numbers have at most 18 digits and no leading zero; a real number must be finite.`}
	Foreign = &Code{"E107", "a spelling of another language or alphabet", `
Operators, quotes and names are ASCII and have one spelling each: -> = & | ^ // and double quotes. A character that only
looks like one of them is refused, because two names that look alike must be one name.`}
	Misplaced = &Code{"E108", "a part that stands where it does not belong", `
The clauses of a field have one order: over, with bias [if], stored, as, buffer, =. Fields and blocks stand in the body
of a model or block, statements in the body of a function, declarations at the top of a file.`}
)

// Codes lists every code of the language; a test checks that none is missing, unused or without a case.
var syntaxCodes = []*Code{BadText, Unterminated, TooDeep, TooLong, Unexpected, BadNumber, Foreign, Misplaced}
