// Package stdlib holds the library: .arch files with no privileges, and the one function that reads them.
package stdlib

import (
	"embed"
	"io/fs"

	"archc/ir/diag"
)

//go:embed *.arch
var files embed.FS

// Sources returns the library's files in the order of their names.
func Sources() []*diag.Source {
	names, err := fs.Glob(files, "*.arch")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	var out []*diag.Source
	for _, n := range names {
		text, err := files.ReadFile(n)
		if err != nil {
			panic(err) // embedded: it is there
		}
		out = append(out, diag.NewSource("stdlib/"+n, string(text)))
	}
	return out
}
