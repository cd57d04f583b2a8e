package search

import (
	"gopkg.in/yaml.v3"

	"archc/ir/diag"
	"archc/passes/document"
)

// keys is the table of what a space can say.
var keys = []struct {
	name string
	read func(r *reader, n *yaml.Node)
}{
	{"file", func(r *reader, n *yaml.Node) { r.space.File = r.text(n, "file") }},
	{"model", func(r *reader, n *yaml.Node) { r.space.Model = r.text(n, "model") }},
	{"parameters", (*reader).parameters},
	{"constraints", (*reader).constraints},
	{"objectives", (*reader).objectives},
	{"batch", func(r *reader, n *yaml.Node) { r.space.Batch = r.whole(n, "batch", 1) }},
	{"seq", func(r *reader, n *yaml.Node) { r.space.Seq = r.text(n, "seq") }},
	{"context", func(r *reader, n *yaml.Node) { r.space.Context = r.whole(n, "context", 1) }},
	{"dtype", (*reader).dtype},
}

// reader turns the nodes of a YAML document into a space and keeps the mistakes.
type reader struct {
	*document.Reader
	dtypes []string
	space  *Space
}

// Read reads a space that may name one of the dtypes. All mistakes come at once, each with its place.
func Read(src *diag.Source, dtypes []string) (*Space, error) {
	kind := document.Kind{Name: "a search space", MaxBytes: MaxBytes, Malformed: badSpace, UnknownKey: unknownKey}
	r := &reader{document.New(src, kind), dtypes, &Space{}}
	root := r.Root()
	if root == nil {
		return nil, r.List.Err()
	}
	var names []string
	for _, k := range keys {
		names = append(names, k.name)
	}
	fields, ok := r.Mapping(root, kind.Name, names)
	for _, f := range fields {
		for _, k := range keys {
			if k.name == f.Key.Value {
				k.read(r, f.Value)
			}
		}
	}
	if ok && r.space.File == "" && r.List.Empty() {
		r.Fail(root, badSpace, "the space names no file").Suggest("add `file: NAME.arch`")
	}
	return r.space, r.List.Err()
}
