package lower

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"archc/dsl/check"
	"archc/dsl/syntax"
	"archc/ir/diag"
)

// inert lists the fields of a Hugging Face config.json that never change what a forward pass computes: identity,
// special tokens, precision, training and generation settings. Source: transformers, PretrainedConfig.
var inert = map[string]bool{
	"architectures": true, "model_type": true, "_name_or_path": true, "transformers_version": true,
	"torch_dtype": true, "dtype": true, "use_cache": true, "initializer_range": true, "attention_dropout": true,
	"hidden_dropout": true, "bos_token_id": true, "eos_token_id": true, "pad_token_id": true, "unk_token_id": true,
	"sep_token_id": true, "max_position_embeddings": true, "pretraining_tp": true, "auto_map": true,
	"gradient_checkpointing": true, "output_attentions": true, "output_hidden_states": true, "return_dict": true,
	"id2label": true, "label2id": true, "problem_type": true, "finetuning_task": true, "task_specific_params": true,
	"_attn_implementation": true, "decoder_start_token_id": true, "use_return_dict": true, "tokenizer_class": true,
	"torchscript": true, "use_bfloat16": true, "chunk_size_feed_forward": true, "output_scores": true,
}

// configuration is a configuration while a binding reads it.
type configuration struct {
	*lowerer
	sc     *scope
	config Config
	lists  []*listed
	read   map[string]bool // fields that an entry or a require names
	ignore []string        // names that the binding lists
}

// listed is a list of a configuration: what was read of it is remembered, because an element that nobody looks at
// may change the mathematics as any field may.
type listed struct {
	name  string
	items []value
	seen  []bool
}

func (*listed) what() string { return "a list" }

// layerName stands in a require for every number of a list that it indexes: a list has an element for each layer.
const layerName = "l"

// bindFields gives every field its value under its dotted name, and every list and object its size.
func (c *configuration) bindFields(at diag.Span) {
	sizes := map[string]map[string]bool{}
	for key, v := range c.config {
		if items, ok := v.(List); ok {
			list := &listed{name: key, seen: make([]bool, len(items))}
			for _, x := range items {
				list.items = append(list.items, configValue(x))
			}
			c.lists = append(c.lists, list)
			c.sc.bind(key, list, at, false)
			c.bindSize(key, len(items), at)
		} else if cv := configValue(v); cv != nil {
			c.sc.bind(key, cv, at, false)
		}
		for i, r := range key { // the object of every prefix has the member that follows
			if r == '.' {
				if sizes[key[:i]] == nil {
					sizes[key[:i]] = map[string]bool{}
				}
				member, _, _ := strings.Cut(key[i+1:], ".")
				sizes[key[:i]][member] = true
			}
		}
	}
	for key, members := range sizes {
		c.bindSize(key, len(members), at)
	}
}

// bindSize gives the size its name, unless a field has it.
func (c *configuration) bindSize(key string, n int, at diag.Span) {
	if _, taken := c.config[key+".size"]; !taken {
		c.sc.bind(key+".size", whole(int64(n)), at, false)
	}
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

// element reads layer_types[3].
func (l *lowerer) element(list *listed, x *syntax.Index, sc *scope) value {
	if len(x.Args) == 1 && x.Args[0].Axis == nil && x.Args[0].To == nil && x.Args[0].Name.Name == "" {
		v := l.eval(x.Args[0].Value, sc)
		if poisoned(v) {
			return v
		}
		if at, ok := list.number(v); ok {
			list.seen[at] = true
			return list.items[at]
		}
	}
	l.fail(diag.New(diag.ConfigValue, x.At, "`%s` is no element of %s, which has %d", x.At.Text(), list.name,
		len(list.items)).Suggest("write `%s[0]`", list.name))
	return poison{}
}

// number is an index that the list has; an element that is no number, flag or string is none.
func (list *listed) number(v value) (int, bool) {
	c, ok := known(v)
	if !ok {
		return 0, false
	}
	n, isWhole := c.int()
	if !isWhole || n < 0 || n >= int64(len(list.items)) {
		return 0, false
	}
	return int(n), list.items[n] != nil
}

// fieldRef is a field that an expression reads; index is nil for the field itself.
type fieldRef struct {
	syntax.Ident
	index syntax.Expr
}

// fieldRefs lists the configuration fields that an expression reads, dotted ones whole.
func fieldRefs(e syntax.Expr) []fieldRef {
	switch x := e.(type) {
	case *syntax.Name:
		if namedConstants[x.Name] == nil && !isDim(x.Name) {
			return []fieldRef{{Ident: x.Ident}}
		}
	case *syntax.Select:
		if ids := dotted(x); ids != nil {
			return []fieldRef{{Ident: syntax.Ident{Name: pathText(ids), At: x.At}}}
		}
	case *syntax.Index:
		refs := fieldRefs(x.X)
		if len(refs) == 1 && len(x.Args) == 1 {
			refs[0].index = x.Args[0].Value
			if !isLayer(x.Args[0].Value) {
				refs = append(refs, fieldRefs(x.Args[0].Value)...)
			}
		}
		return refs
	case *syntax.Paren:
		return fieldRefs(x.X)
	case *syntax.Unary:
		return fieldRefs(x.X)
	case *syntax.Binary:
		return append(fieldRefs(x.X), fieldRefs(x.Y)...)
	case *syntax.If:
		return append(append(fieldRefs(x.C), fieldRefs(x.T)...), fieldRefs(x.E)...)
	case *syntax.Call:
		var out []fieldRef
		for _, a := range x.Args {
			out = append(out, fieldRefs(a.Value)...)
		}
		return out
	}
	return nil
}

func isLayer(e syntax.Expr) bool {
	name, ok := e.(*syntax.Name)
	return ok && name.Name == layerName
}

func (c *configuration) noteRead(e syntax.Expr) {
	for _, f := range fieldRefs(e) {
		c.read[f.Name] = true
	}
}

// absent gives the first field that the expression reads and the configuration lacks: an element beyond a list's end
// and one of a field that is no list are lacking too.
func (c *configuration) absent(e syntax.Expr) *syntax.Ident {
	for _, f := range fieldRefs(e) {
		b := c.sc.names[f.Name]
		if b == nil {
			return &f.Ident
		}
		if f.index == nil {
			continue
		}
		list, isList := b.val.(*listed)
		if isList && c.absent(f.index) == nil {
			if v := c.eval(f.index, c.sc); poisoned(v) {
				continue
			} else if _, isList = list.number(v); isList {
				continue
			}
		}
		return &f.Ident
	}
	return nil
}

// demand checks a require whose fields are all there; one with the layer's number holds for every element.
func (c *configuration) demand(r *syntax.Require) {
	c.noteRead(r.Cond)
	var over *listed
	for _, f := range fieldRefs(r.Cond) {
		if f.index != nil && isLayer(f.index) {
			if b := c.sc.names[f.Name]; b != nil && over == nil {
				over, _ = b.val.(*listed)
			}
		}
	}
	if over == nil {
		if c.absent(r.Cond) == nil {
			c.require(r, c.sc)
		}
		return
	}
	outer := c.sc
	defer func() { c.sc = outer }()
	mistakes := len(c.list.All) + c.list.Dropped
	for i := range over.items {
		c.sc = outer.child()
		maps.Copy(c.sc.names, outer.names)
		c.sc.bind(layerName, whole(int64(i)), r.Cond.Span(), false)
		if c.absent(r.Cond) != nil {
			continue
		}
		c.require(r, c.sc)
		if len(c.list.All)+c.list.Dropped > mistakes { // one layer is witness enough
			return
		}
	}
}

// readIgnored reads `ignore = ["name", ...]`.
func (c *configuration) readIgnored(e *syntax.Entry) {
	list, ok := e.Value.(*syntax.List)
	for i := 0; ok && i < len(list.Args); i++ {
		s, isText := list.Args[i].Value.(*syntax.Str)
		if ok = isText; ok {
			c.ignore = append(c.ignore, s.Text)
		}
	}
	if !ok || e.Else != nil {
		c.fail(diag.New(diag.ConfigValue, e.Value.Span(), "`ignore` lists names of fields").
			Suggest("write `ignore = [\"name\", ...]`"))
	}
}

// unread refuses a field that nothing understands: it may change the mathematics.
func (c *configuration) unread(b *check.Binding) {
	for _, key := range slices.Sorted(maps.Keys(c.config)) {
		v := c.config[key]
		switch list := c.listNamed(key); {
		case v == nil || c.mayIgnore(key):
			continue
		case list != nil:
			if !slices.Contains(list.seen, false) {
				continue
			}
			v = listText(v.(List))
		case c.read[key]:
			continue
		}
		c.fail(diag.New(diag.ConfigUnknown, b.At, "the configuration has %s = %v, which this binding does not read",
			key, v).Suggest("read it, `require` its value, or list it: `ignore = [%q]`", key))
	}
}

func (c *configuration) listNamed(key string) *listed {
	for _, x := range c.lists {
		if x.name == key {
			return x
		}
	}
	return nil
}

// mayIgnore reports whether the binding lists the field or one that it is below, or it is of those that never change
// a forward pass, wherever it stands: a model in a model has a dtype of its own.
func (c *configuration) mayIgnore(key string) bool {
	if slices.ContainsFunc(c.ignore, func(name string) bool {
		return key == name || strings.HasPrefix(key, name+".")
	}) {
		return true
	}
	for part := range strings.SplitSeq(key, ".") {
		if inert[part] {
			return true
		}
	}
	return false
}

// listText is the beginning of a list, for messages.
func listText(items List) string {
	const most = 4
	var parts []string
	for i, x := range items {
		if i == most {
			parts = append(parts, "...")
			break
		}
		parts = append(parts, fmt.Sprint(x))
	}
	return "[" + strings.Join(parts, ", ") + "]"
}
