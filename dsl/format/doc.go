// Package format prints .arch text in its one canonical form. It changes blanks, blank lines and redundant
// `;` only: comments stay, the lines are broken where the author broke them, and formatting twice is
// formatting once.
//
// It must not know what any name means, and never changes what a text parses to.
//
// # The form
//
// Lines. At most one blank line in a row; none behind an opening bracket, before a closing one, or at the
// ends of the file. A `;` at the end of a line is dropped; one between two statements of a line has two
// blanks behind it. Two blanks of indentation for each line that leaves brackets open, however many it
// opens; a line that closes the bracket stands where the line that opened it does; a statement's further
// lines are indented once more.
//
// Blanks. One between two tokens, except as in the table of spacing.go: none inside ( ) and [ ], before `,`
// and `;`, around `.` `..` `^`, behind a prefix `-` or `!`, between a function and its arguments. A product
// of dims keeps its blank: `H (N + R)`.
//
// Products. Inside ( ) and [ ] a chain of `*` and `/` between names and numbers is tight: `sum[K](q*k)`,
// `R=H/G`; one with calls, parentheses or `%` in it has blanks, and so has every product in a statement:
// `experts : E * Expert`.
//
// Equals. `=` and `+=` in a statement have blanks, and so has `=` in [ ] and among carries. In ( ) a name
// and its value are tight, `f(D=4096)`, unless the parameter has a type, the value has an operator with
// blanks or an `if`, or the argument begins a line: `valid: bool[T] = true`, `mask = causal & window(8)`.
//
// Columns. In consecutive lines that are a single field each, the `:` are aligned; in consecutive lines that
// assign to one name each, or to several each, that emit, or that begin with a named argument, the `=`;
// behind consecutive lines of code, the comments, at least two blanks off. A name that is ten columns longer
// than the median (for a field also: twice as long) sticks out instead of moving all others.
package format
