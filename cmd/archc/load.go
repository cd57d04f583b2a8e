package main

import (
	"fmt"
	"maps"
	"strings"

	"archc/dsl/check"
	"archc/dsl/lower"
	"archc/ir"
	"archc/ir/diag"
	"archc/passes/sparsity"
)

// modelFlags choose a model of a file and settle its dims.
type modelFlags struct {
	Model  string   `placeholder:"NAME" help:"Model of the file; else the only one, or the one named like it."`
	Method string   `placeholder:"NAME" help:"Function of the model that is run in place of its forward function."`
	Config string   `placeholder:"PATH" help:"config.json, or its directory, read through the model's binding."`
	Set    []string `sep:"none" placeholder:"NAME=VALUE" help:"Set a parameter; repeatable, wins over --config."`
}

// compiled is a program with one of its models as IR.
type compiled struct {
	prog     *check.Program
	decl     *check.Decl // the chosen model
	module   *ir.Module
	keys     keyRules
	config   *config           // nil without
	settings map[string]string // of parameters, by --set and the configuration
	origin   map[string]string // where a parameter's value is from: "--set", or a field of the configuration
}

// program reads a file with its imports. All mistakes of text and declarations come at once.
func (s *session) program(path string) (*check.Program, error) {
	src, err := s.readSource(path)
	if err != nil {
		return nil, err
	}
	s.enter("parsing")
	prog, list := check.Load(src, beside(path))
	return prog, list.Err()
}

// compile does what every verb starts with: file, configuration and settings to a verified module. Without a file it is
// the model that comes with archc for the configuration.
func (s *session) compile(path string, flags modelFlags) (*compiled, error) {
	switch {
	case path == "" && flags.Config == "":
		return nil, usage("give a file, or a configuration with --config")
	case path == "":
		c, _, err := s.lowerFamily(flags)
		return c, err
	}
	prog, err := s.program(path)
	if err != nil {
		return nil, err
	}
	return s.lower(prog, flags)
}

// lower gives the IR of the model that the flags choose.
func (s *session) lower(prog *check.Program, flags modelFlags) (*compiled, error) {
	set, err := assignments(flags.Set)
	if err != nil {
		return nil, err
	}
	c := &compiled{prog: prog, origin: map[string]string{}}
	settings := map[string]string{}
	if flags.Config != "" {
		s.enter("reading the configuration")
		if c.config, err = readConfig(flags.Config); err != nil {
			return nil, err
		}
		if flags.Model, settings, err = c.configure(flags.Model); err != nil {
			return nil, err
		}
	}
	maps.Copy(settings, set)
	c.settings = settings
	for name := range set {
		c.origin[name] = "--set"
	}
	s.enter("lowering")
	list := &diag.List{}
	if c.decl = lower.Choose(prog, flags.Model, list); c.decl == nil {
		return nil, list.Err()
	}
	options := lower.Options{Model: c.decl.Name().Name, Settings: settings, Method: flags.Method}
	if c.module, list = lower.Lower(prog, options); !list.Empty() {
		return nil, c.told(list.Err())
	}
	if c.keys, err = keyRulesOf(c.decl); err != nil {
		return nil, err
	}
	s.enter("verifying")
	if broken := ir.Verify(c.module); len(broken) > 0 {
		return nil, fmt.Errorf("the lowered module breaks a rule of the IR: %w", broken[0])
	}
	for _, d := range sparsity.Check(c.module) {
		list.Add(d)
	}
	return c, c.told(list.Err())
}

// told adds to mistakes in a lowered model that its dims came from a configuration.
func (c *compiled) told(err error) error {
	if f, ok := asFailure(err); ok && c.config != nil {
		return f.note("its dims are from %s", c.config.path)
	}
	return err
}

// assignments reads --set; the last one for a name wins, as on any command line.
func assignments(flags []string) (map[string]string, error) {
	out := map[string]string{}
	for _, text := range flags {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" || value == "" {
			return nil, usage("--set takes NAME=VALUE, not %q", text)
		}
		out[name] = value
	}
	return out, nil
}
