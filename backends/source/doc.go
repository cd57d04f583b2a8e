// Package source is what all writers of source code share: identifiers made of a user's names, and sizes as expressions.
//
// It must not know a language's grammar beyond its words and the names of its functions, nor a plan.
package source
