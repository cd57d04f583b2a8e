// Package syntax reads .arch text: lexer, grammar, abstract syntax. It is the only importer of participle.
//
// It must not know what any name means: it accepts what has the form of the language and leaves names, dims and
// types to dsl/check and dsl/lower.
package syntax
