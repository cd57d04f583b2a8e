// Package compare sets designs side by side: what each has, every figure with its difference, and which change or
// which part causes how much of it.
//
// A difference is told in one of two ways. Where both designs are one model with other parameters, the parameters are
// changed one after another, and each model on the way is counted: a contribution is the difference of two counted
// models. Else the figures are sums over parts, which are aligned. Both ways add up to the difference exactly.
//
// It must not know the language, or the name of any model or block: parts are told from what the IR does.
package compare
