package main

import (
	"slices"
	"strings"
	"sync"

	"archc/dsl/check"
	"archc/dsl/syntax"
	"archc/examples"
	"archc/ir/diag"
)

// family is an architecture that a model which comes with archc reads configurations of.
type family struct {
	Architecture string `json:"architecture"`
	Model        string `json:"model"`
	File         string `json:"file"` // as it is imported
}

// families lists what the models that come with archc bind, by architecture.
var families = sync.OnceValues(func() ([]family, error) {
	var out []family
	for _, file := range examples.Names() {
		src, _ := examples.Source(file)
		if !strings.Contains(src.Text, "from huggingface") {
			continue
		}
		parsed, list := syntax.Parse(src)
		if err := list.Err(); err != nil {
			return nil, err
		}
		model := ""
		for _, d := range parsed.Decls {
			switch d := d.(type) {
			case *syntax.Block:
				if d.Kind == syntax.KindModel {
					model = d.Name.Name
				}
			case *syntax.Binding:
				for _, n := range d.Names {
					out = append(out, family{n.Text, model, file})
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b family) int { return strings.Compare(a.Architecture, b.Architecture) })
	return out, nil
})

// familyOf finds the model that reads a configuration.
func familyOf(c *config) (family, error) {
	all, err := families()
	if err != nil {
		return family{}, err
	}
	for _, f := range all {
		if slices.Contains(c.architectures, f.Architecture) {
			return f, nil
		}
	}
	if len(c.architectures) == 0 {
		return family{}, wrong(diag.ConfigModel, "%s names no architecture", c.path).
			help("a configuration of transformers has `\"architectures\": [\"%s\"]`", all[0].Architecture)
	}
	near := nearestFamily(c.architectures[0], all)
	return family{}, wrong(diag.ConfigModel, "%s is of %s, which no model that comes with archc reads", c.path,
		strings.Join(c.architectures, ", ")).
		help("the nearest known is %s, of %s.arch; archc import --list names all", near.Architecture, near.File)
}

// nearestFamily is the one whose name begins like the given one for longest, because a name begins with its family; of
// several, the one with the fewest differences.
func nearestFamily(name string, all []family) family {
	longest, names := 0, []string{}
	for _, f := range all {
		n := 0
		for n < min(len(name), len(f.Architecture)) && strings.EqualFold(name[:n+1], f.Architecture[:n+1]) {
			n++
		}
		if n > longest {
			longest, names = n, nil
		}
		if n == longest {
			names = append(names, f.Architecture)
		}
	}
	near := diag.Closest(name, names)
	return all[slices.IndexFunc(all, func(f family) bool { return f.Architecture == near })]
}

// lowerFamily compiles the family of a configuration with it.
func (s *session) lowerFamily(flags modelFlags) (*compiled, family, error) {
	s.enter("reading the configuration")
	c, err := readConfig(flags.Config)
	if err != nil {
		return nil, family{}, err
	}
	f, err := familyOf(c)
	if err != nil {
		return nil, family{}, err
	}
	src, _ := examples.Source(f.File)
	prog, list := check.Load(src, nil)
	if err := list.Err(); err != nil {
		return nil, family{}, err
	}
	if flags.Model == "" {
		flags.Model = f.Model
	}
	m, err := s.lower(prog, flags)
	return m, f, err
}
