// Package examples holds the models that come with archc: .arch files that any file can import and that configurations
// of Hugging Face name. It knows nothing of the language, and nothing is done for its models that a user's file cannot
// have.
package examples

import (
	"embed"
	"io/fs"
	"strings"

	"archc/ir/diag"
)

//go:embed *.arch
var files embed.FS

// Source gives the model file of a name without .arch, and whether there is one.
func Source(name string) (*diag.Source, bool) {
	text, err := files.ReadFile(name + ".arch")
	if err != nil {
		return nil, false
	}
	return diag.NewSource("examples/"+name+".arch", string(text)), true
}

// Names lists the model files in order, without .arch.
func Names() []string {
	names, err := fs.Glob(files, "*.arch")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	for i, n := range names {
		names[i] = strings.TrimSuffix(n, ".arch")
	}
	return names
}
