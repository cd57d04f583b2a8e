// Package search goes through a space of designs: every combination of the values of its parameters is counted, kept
// or left out by constraints, and the points that no other one beats in all objectives are marked. It reads spaces
// (YAML) and expressions, and draws the plot.
//
// It must not know the language, the IR or how anything is counted: a point is names with texts, and who runs the space
// gives the function that counts one. Numbers are exact: the front is decided on rationals, floats only place marks.
package search
