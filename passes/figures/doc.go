// Package figures gives what a designer asks of a model: work forward, of a prompt, of one new token and of a step of
// training, what is kept from token to token, and memory at a precision. All of it is read off the module and the
// steps that are derived from it, as formulas and at sizes in exact integers; spec/cost.md states the conventions.
//
// It must not know the language, or any model or block.
package figures
