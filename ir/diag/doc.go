// Package diag is the one form in which a user hears about a mistake: a source text, a span in it, a stable
// code, both sides of the disagreement, and one suggestion. Printers (terminal, JSON) are views of the same value.
//
// It must not know the language, the IR or any file format: whoever finds a mistake builds the Diagnostic.
package diag
