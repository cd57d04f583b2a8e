// Package simplify makes a module smaller without knowing what it is for: numbers are folded, equal work is done once,
// what nobody uses goes, and the rules of a table (rules.go) are applied until none fits. Each rule is data: a pattern,
// conditions, a replacement. The test of a rule is made from the rule.
//
// It must not know the language, any model or block, any checkpoint format or any backend. What it rewrites computes
// the same within 1e-12, and the same bits where the rule says so; the sign of a zero is not kept.
package simplify
