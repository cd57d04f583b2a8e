package lower

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"archc/dsl/check"
	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
)

// Config is a configuration file's fields, flat: "rope_scaling.factor". Values are float64 with Whole set for
// numbers written whole, bool, string, or nil for null.
type Config map[string]any

// Whole is a number of a configuration that is written without point or exponent.
type Whole int64

// inert lists the fields of a Hugging Face config.json that never change what a forward pass computes: identity,
// special tokens, precision, training and generation settings. Source: transformers, PretrainedConfig.
var inert = map[string]bool{
	"architectures": true, "model_type": true, "_name_or_path": true, "transformers_version": true,
	"torch_dtype": true, "dtype": true, "use_cache": true, "initializer_range": true, "attention_dropout": true,
	"hidden_dropout": true, "bos_token_id": true, "eos_token_id": true, "pad_token_id": true, "unk_token_id": true,
	"max_position_embeddings": true, "pretraining_tp": true, "auto_map": true, "gradient_checkpointing": true,
	"output_attentions": true, "output_hidden_states": true, "return_dict": true, "id2label": true, "label2id": true,
	"task_specific_params": true, "_attn_implementation": true, "decoder_start_token_id": true, "use_return_dict": true,
}

// Configure reads a configuration through the bindings of a program: the model that it is for and its settings.
func Configure(prog *check.Program, model string, architectures []string, config Config) (
	string, map[string]string, *diag.List) {
	list := &diag.List{}
	b := chooseBinding(prog, model, architectures, list)
	if b == nil {
		return "", nil, list
	}
	l := newLowerer(prog, list)
	if _, ok := l.enter("config", b.At); !ok {
		return "", nil, list
	}
	sc := l.fileScope(prog.Main).child()
	for key, v := range config {
		if cv := configValue(v); cv != nil {
			sc.bind(key, cv, b.At, false)
		}
	}
	settings := map[string]string{}
	read := map[string]bool{}
	set := map[string]*syntax.Entry{}
	for _, e := range b.Entries {
		for _, x := range append([]syntax.Expr{e.Value}, e.Else...) {
			for _, id := range configNames(x) {
				read[id.Name] = true
			}
		}
		switch old := set[e.Key.Name]; {
		case e.Key.Name == "ignore":
			l.readIgnored(e, read)
		case old != nil:
			l.fail(diag.New(diag.Duplicate, e.Key.At, "%s is set twice", e.Key.Name).Note(old.Key.At, "the first time"))
		case l.bindsParam(b, e.Key):
			set[e.Key.Name] = e
			l.entry(e, sc, settings, config)
		}
	}
	for _, r := range b.Require {
		for _, id := range configNames(r.Cond) {
			read[id.Name] = true
		}
		if l.absent(r.Cond, sc) == nil {
			l.require(r, sc)
		}
	}
	l.unread(b, config, read)
	name := model
	if name == "" {
		name = b.Model.Name().Name
	}
	return name, settings, list
}

func configValue(v any) value {
	switch x := v.(type) {
	case Whole:
		return whole(int64(x))
	case float64:
		return number(x)
	case bool:
		return truth(x)
	case string:
		return text{s: x}
	}
	return nil
}

func chooseBinding(prog *check.Program, model string, architectures []string, list *diag.List) *check.Binding {
	var names []string
	for _, b := range prog.Bindings {
		names = append(names, b.Name.Text)
		if slices.Contains(architectures, b.Name.Text) && (model == "" || reaches(prog, model, b.Model)) {
			return b
		}
	}
	at := diag.Span{Src: prog.Main.Src}
	if len(names) == 0 {
		list.Add(diag.New(diag.ConfigModel, at, "%s has no binding, so it reads no configuration", baseName(at.Src.Name)).
			Suggest("add `from huggingface \"...\" { D = hidden_size; ... }`, or use --set"))
		return nil
	}
	list.Add(diag.New(diag.ConfigModel, at, "the configuration is of %s, which no binding covers",
		strings.Join(architectures, ", ")).Suggest("the file binds %s", strings.Join(names, ", ")))
	return nil
}

// reaches reports whether the named model is the bound one or a variant of it.
func reaches(prog *check.Program, name string, bound *check.Decl) bool {
	d := prog.Main.Lookup(name)
	for range maxNesting {
		if d == nil || d == bound {
			return d != nil
		}
		d = baseOf(d)
	}
	return false
}

// bindsParam refuses an entry for a parameter that the model does not have.
func (l *lowerer) bindsParam(b *check.Binding, key syntax.Ident) bool {
	names := allParams(b.Model)
	if slices.Contains(names, key.Name) {
		return true
	}
	d := diag.New(diag.UnknownParam, key.At, "model %s has no parameter %s", b.Model.Name().Name, key.Name).
		Note(b.Model.Name().At, "%s is declared", b.Model.Name().Name)
	if near := check.Nearest(key.Name, names); near != "" {
		d.Suggest("did you mean `%s`?", near)
	}
	l.fail(d)
	return false
}

// readIgnored reads `ignore = ["name", ...]`.
func (l *lowerer) readIgnored(e *syntax.Entry, read map[string]bool) {
	list, ok := e.Value.(*syntax.List)
	for i := 0; ok && i < len(list.Args); i++ {
		s, isText := list.Args[i].Value.(*syntax.Str)
		if ok = isText; ok {
			read[s.Text] = true
		}
	}
	if !ok || e.Else != nil {
		l.fail(diag.New(diag.ConfigValue, e.Value.Span(), "`ignore` lists names of fields").
			Suggest("write `ignore = [\"name\", ...]`"))
	}
}

// entry settles one parameter. An absent or null field takes the value behind `else`.
func (l *lowerer) entry(e *syntax.Entry, sc *scope, settings map[string]string, config Config) {
	choices := append([]syntax.Expr{e.Value}, e.Else...)
	at := slices.IndexFunc(choices, func(x syntax.Expr) bool { return l.absent(x, sc) == nil })
	if at < 0 {
		l.missingField(e, l.absent(e.Value, sc), config)
		return
	}
	expr := choices[at]
	v := settle(l.eval(expr, sc))
	if _, bad := v.(poison); bad {
		return
	}
	c, ok := v.(constant)
	if !ok {
		l.fail(diag.New(diag.ConfigValue, expr.Span(), "%s is %s, not a number or flag", e.Key.Name, v.what()))
		return
	}
	if isDim(e.Key.Name) {
		n, isWhole := c.int()
		if !isWhole || n < 1 || n > maxDim {
			l.fail(diag.New(diag.ConfigValue, expr.Span(), "dim %s would be %v", e.Key.Name, c.f).
				Suggest("dims are whole numbers from 1 to %d", int64(maxDim)))
			return
		}
		sc.bind(e.Key.Name, whole(n), e.Key.At, false)
	} else {
		sc.bind(e.Key.Name, c, e.Key.At, false)
	}
	settings[e.Key.Name] = settingText(c)
}

func (l *lowerer) missingField(e *syntax.Entry, missing *syntax.Ident, config Config) {
	d := diag.New(diag.ConfigKey, missing.At, "the configuration has no field %s", missing.Name)
	if near := check.Nearest(missing.Name, slices.Collect(maps.Keys(config))); near != "" {
		d.Suggest("it has `%s`; or give a default: `%s = %s else ...`", near, e.Key.Name, missing.Name)
	} else {
		d.Suggest("give a default: `%s = %s else ...`", e.Key.Name, missing.Name)
	}
	l.fail(d)
}

func settingText(c constant) string {
	if c.kind == ir.Bool {
		return fmt.Sprint(c.f != 0)
	}
	if n, ok := c.int(); ok {
		return fmt.Sprint(n)
	}
	return strconv.FormatFloat(c.f, 'g', -1, 64)
}

// configNames lists the configuration fields that an expression reads, dotted ones whole.
func configNames(e syntax.Expr) []syntax.Ident {
	switch x := e.(type) {
	case *syntax.Name:
		if namedConstants[x.Name] == nil && !isDim(x.Name) {
			return []syntax.Ident{x.Ident}
		}
	case *syntax.Select:
		if ids := dotted(x); ids != nil {
			return []syntax.Ident{{Name: pathText(ids), At: x.At}}
		}
	case *syntax.Paren:
		return configNames(x.X)
	case *syntax.Unary:
		return configNames(x.X)
	case *syntax.Binary:
		return append(configNames(x.X), configNames(x.Y)...)
	case *syntax.If:
		return append(append(configNames(x.C), configNames(x.T)...), configNames(x.E)...)
	case *syntax.Call:
		var out []syntax.Ident
		for _, a := range x.Args {
			out = append(out, configNames(a.Value)...)
		}
		return out
	}
	return nil
}

// absent gives the first field that the expression reads and the configuration lacks.
func (l *lowerer) absent(e syntax.Expr, sc *scope) *syntax.Ident {
	for _, id := range configNames(e) {
		if sc.names[id.Name] == nil {
			return &id
		}
	}
	return nil
}

// unread refuses a field that nothing understands: it may change the mathematics.
func (l *lowerer) unread(b *check.Binding, config Config, read map[string]bool) {
	for _, key := range slices.Sorted(maps.Keys(config)) {
		top, _, _ := strings.Cut(key, ".")
		if read[key] || read[top] || inert[key] || inert[top] || config[key] == nil {
			continue
		}
		l.fail(diag.New(diag.ConfigUnknown, b.At, "the configuration has %s = %v, which this binding does not read",
			key, config[key]).
			Suggest("read it, `require` its value, or list it: `ignore = [%q]`", key))
	}
}
