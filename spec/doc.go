// Package spec holds the specification's documents and cases, and the tests that run them. It has no code of its own.
package spec
