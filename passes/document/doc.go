// Package document reads the YAML documents that people write, and keeps the place of everything in them, so that each
// mistake is told with its line and column. What a document is, and the codes of its mistakes, its caller says.
//
// It must not know what any document is about.
package document
