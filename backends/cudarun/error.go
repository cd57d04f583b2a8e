package cudarun

import (
	"fmt"
	"strings"
)

// Missing lists what a machine lacks for a kind of engine, one text for each thing.
type Missing struct{ Things []string }

// Error names all of it on one line.
func (e *Missing) Error() string { return strings.Join(e.Things, "; ") }

// CompileError is a compiler that does not make a library of an engine.
type CompileError struct {
	Compiler string // as it was called
	First    string // its first line about an error
	Lines    int    // of all that it said
}

// Error is the compiler, and its first line about an error.
func (e *CompileError) Error() string { return fmt.Sprintf("%s: %s", e.Compiler, e.First) }

// CacheError is a cache of libraries that cannot be used.
type CacheError struct {
	Place string
	Err   error
}

// Error names the cache, and what the system says.
func (e *CacheError) Error() string { return fmt.Sprintf("the cache %s: %v", e.Place, e.Err) }

// Unwrap gives what the system says.
func (e *CacheError) Unwrap() error { return e.Err }

// LoadError is a library that cannot be loaded, or lacks a function of engine.h.
type LoadError struct {
	Library string
	Err     error
}

// Error names the library, and what the loader says.
func (e *LoadError) Error() string { return fmt.Sprintf("%s: %v", e.Library, e.Err) }

// Unwrap gives what the loader says.
func (e *LoadError) Unwrap() error { return e.Err }

// Fault is what a function of engine.h gave in place of 0.
type Fault struct {
	Code FaultCode
	Text string
}

// Error is the engine's own message.
func (e *Fault) Error() string { return e.Text }

// FaultCode is an error code of engine.h.
type FaultCode int

// The codes of engine.h.
const (
	BadCheckpoint FaultCode = iota + 1 // files that cannot be read, or are of another model
	BadArgument                        // a name, a shape or a number that the model does not take
	NoRoom                             // more rows than there is room for
	BadData                            // a number in the data that is no element of a table
	BadDevice                          // what the driver said
)
