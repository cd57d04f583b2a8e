// Command archc checks, formats, counts and runs model architectures written in the arch language.
//
// Here is glue alone: each verb, one file a verb, loads a program, calls the packages that do the work
// and prints what they say. No rule of the language, no number and no file format is decided here.
//
// Data goes to standard output, everything else to standard error; the exit codes are the table in exit.go.
package main
