// Package decode derives, from a module that computes a whole sequence, the program that computes it piece by piece:
// what a step reads of the past (its state), and the step itself. Prefill is a step of many rows, decoding a step of
// one; both are the same program, in which the number of new rows and the number of past rows are free.
//
// It must not know the language, any model or block, any checkpoint format or any backend. Nobody tells it what a
// cache is: every value is classified along the sequence, and the state follows from what the ops read.
//
// # The sequence
//
// The decode axis T is named. Any axis of the size T + c, with a number c, runs along it: row r stands at the time
// r - c, so that the last row of each is at the time of the last token. A value whose rows depend on rows of the same
// time or earlier is computed for the new rows alone. What reads earlier rows takes them from a state:
//
//   - attend over T, and tables that are looked up along it: all rows so far, or the last few where the pattern
//     reaches no farther (and its sinks, the first ones)
//   - windows and slices: the last rows
//   - a scan along T: its carries; running and whole sums along T: the sum so far. A running sum takes
//     it as a row in front of the new ones, so that its additions stand in the order of the rows whatever the pieces
//     are; a whole sum adds a piece at a time
//   - what does not depend on T but on another input (an encoder): computed once
//
// A value that hangs on rows that are still to come, or on how many there will be, has no step: the error names the
// cause and the way from there to where it matters.
package decode
