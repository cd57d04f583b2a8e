package main

import (
	"os"
	"path/filepath"
	"strings"

	"archc/backends/checkpoint"
	"archc/dsl/lower"
	"archc/dsl/syntax"
	"archc/ir/diag"
)

// config is a model's configuration file.
type config struct {
	path          string
	architectures []string
	fields        lower.Config // flat: "rope_scaling.factor"
	root          checkpoint.Value
}

func readConfig(path string) (*config, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, checkpoint.ConfigFile)
	}
	root, err := checkpoint.ReadConfig(path)
	if err != nil {
		return nil, err
	}
	c := &config{path: path, fields: lower.Config{}, root: root}
	if list, ok := root.Get("architectures"); ok {
		for _, v := range list.Elements() {
			c.architectures = append(c.architectures, v.Text())
		}
	}
	return c, c.flatten("", root)
}

// flatten gives objects' members dotted names. Numbers written whole stay whole.
func (c *config) flatten(prefix string, object checkpoint.Value) error {
	for key, v := range object.Members() {
		name := prefix + key
		switch v.Kind() {
		case checkpoint.Object:
			if err := c.flatten(name+".", v); err != nil {
				return err
			}
		case checkpoint.Array:
			if name == "architectures" {
				continue
			}
			items := lower.List{}
			for _, element := range v.Elements() {
				x, err := c.scalar(name, element)
				if err != nil {
					return err
				}
				items = append(items, x)
			}
			c.fields[name] = items
		default:
			x, err := c.scalar(name, v)
			if err != nil {
				return err
			}
			c.fields[name] = x
		}
	}
	return nil
}

func (c *config) scalar(name string, v checkpoint.Value) (any, error) {
	x, err := scalar(v)
	if err != nil {
		return nil, unreadable(codeNamed(checkpoint.CodeLimit), "%s: %s: %v", c.path, name, err)
	}
	return x, nil
}

func scalar(v checkpoint.Value) (any, error) {
	switch v.Kind() {
	case checkpoint.Boolean:
		return v.Bool()
	case checkpoint.String:
		return v.Str()
	case checkpoint.Number:
		if strings.ContainsAny(v.Text(), ".eE") {
			return v.Float64()
		}
		n, err := v.Int64()
		return lower.Whole(n), err
	}
	return nil, nil
}

// configure reads the configuration through the program's bindings: the model it is for and its settings.
// Without a name, the file's default model is meant if the configuration is one of it, else the model
// that is bound to it.
func (c *compiled) configure(model string) (string, map[string]string, error) {
	tries := []string{model}
	if model == "" {
		if d := lower.Choose(c.prog, "", &diag.List{}); d != nil {
			tries = []string{d.Name().Name, ""}
		}
	}
	var name string
	var settings map[string]string
	var list *diag.List
	for _, try := range tries {
		name, settings, list = lower.Configure(c.prog, try, c.config.architectures, c.config.fields)
		if list.Empty() || list.All[0].Code != diag.ConfigModel {
			break
		}
	}
	if err := list.Err(); err != nil {
		f, _ := asFailure(err)
		return "", nil, f.note("the configuration is %s", c.config.path)
	}
	for param := range settings {
		c.origin[param] = c.fieldOf(param)
	}
	return name, settings, nil
}

// fieldOf says which field of the configuration a parameter is read from: "hidden_size", as the binding
// writes it.
func (c *compiled) fieldOf(param string) string {
	for _, b := range c.prog.Bindings {
		for _, e := range b.Entries {
			if e.Key.Name != param || !b.Covers(c.config.architectures) {
				continue
			}
			return c.config.chosen(append([]syntax.Expr{e.Value}, e.Else...))
		}
	}
	return c.config.path
}

// chosen is the text of the first choice that is no absent field.
func (c *config) chosen(choices []syntax.Expr) string {
	for _, x := range choices {
		switch x.(type) {
		case *syntax.Name, *syntax.Select:
			if c.fields[x.Span().Text()] == nil {
				continue
			}
		}
		return x.Span().Text()
	}
	return choices[0].Span().Text()
}
