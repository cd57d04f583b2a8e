package tokenizer

import (
	"fmt"
	"strings"
)

// row is one known component: its type name in tokenizer.json, the keys it may have beside "type", and how
// its settings become something that runs. The tables normalizers, splitters, processors and decoders list
// them.
type row[T any] struct {
	name  string
	keys  []string
	build func(c config) (T, error)
}

// section is one of the four component trees of the file. All four nest the same way: a leaf, or type
// "Sequence" with a list under a key of its own.
type section[T any] struct {
	name string // "pre_tokenizer"
	list string // "pretokenizers", the key of a Sequence's list
	rows []row[T]
}

// read flattens the tree under the section's key into the leaves in order; null is no leaves.
func (sec section[T]) read(src *source, n *node) ([]T, error) {
	var out []T
	err := sec.walk(config{src, sec.name, n}, &out)
	return out, err
}

func (sec section[T]) walk(c config, out *[]T) error {
	if c.node.kind == isNull {
		return nil
	}
	if c.node.kind != isObject {
		return c.fail("T004", "expected an object with a type, found %s", kindNames[c.node.kind])
	}
	typ, err := c.want("type", isString)
	if err != nil {
		return err
	}
	if typ.text == "Sequence" {
		return sec.sequence(c, out)
	}
	for _, r := range sec.rows {
		if r.name != typ.text {
			continue
		}
		if len(*out) == maxComponents {
			return c.fail("T002", "more than %d components", maxComponents)
		}
		if err := c.only(append([]string{"type"}, r.keys...)...); err != nil {
			return err
		}
		v, err := r.build(c)
		*out = append(*out, v)
		return err
	}
	bad := c.fail("T010", "unknown type %s", quote(typ.text))
	bad.Help = "known types here: " + sec.names()
	return bad
}

func (sec section[T]) sequence(c config, out *[]T) error {
	if err := c.only("type", sec.list); err != nil {
		return err
	}
	items, err := c.want(sec.list, isArray)
	if err != nil {
		return err
	}
	for i := range items.items {
		path := fmt.Sprintf("%s.%s[%d]", c.path, sec.list, i)
		item := &items.items[i]
		if item.kind == isNull {
			return c.src.fail("T004", item.at, path, "expected an object with a type, found null")
		}
		if err := sec.walk(config{c.src, path, item}, out); err != nil {
			return err
		}
	}
	return nil
}

func (sec section[T]) names() string {
	names := []string{"Sequence"}
	for _, r := range sec.rows {
		names = append(names, r.name)
	}
	return strings.Join(names, ", ")
}

// pattern reads {"String": "..."} or {"Regex": "..."}.
func (c config) pattern(key string) (literal, regex string, err error) {
	n, err := c.want(key, isObject)
	if err != nil {
		return "", "", err
	}
	inner := config{c.src, c.path + "." + key, n}
	if len(n.keys) != 1 {
		return "", "", inner.fail("T004", `expected one key, "String" or "Regex", found %d`, len(n.keys))
	}
	switch n.keys[0] {
	case "String":
		literal, err = inner.setting("String")
		if err == nil && literal == "" {
			err = inner.failKey("T012", "String", "an empty pattern")
		}
	case "Regex":
		var re *node
		if re, err = inner.want("Regex", isString); err == nil {
			regex = re.text
		}
	default:
		err = inner.only("String", "Regex")
	}
	return literal, regex, err
}
