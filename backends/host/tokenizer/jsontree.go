package tokenizer

import (
	"slices"
	"strings"
)

// node is one value of a small part of the file, with the offset it stood at.
type node struct {
	at    int
	kind  kind
	text  string // a string, or a number's digits
	yes   bool
	keys  []string // of an object, beside items
	items []node
}

type kind int

const (
	isNull kind = iota
	isBool
	isNumber
	isString
	isArray
	isObject
)

var kindNames = [...]string{"null", "true or false", "a number", "a string", "an array", "an object"}

// tree reads one value whole. All trees of a file together hold at most maxNodes values.
func (s *source) tree() (node, error) {
	c := s.peek()
	n := node{at: s.pos}
	if s.nodes++; s.nodes > maxNodes {
		return n, s.fail("T002", s.pos, "", "more than %d values outside the vocabulary", maxNodes)
	}
	var err error
	switch c {
	case '{':
		n.kind = isObject
		err = s.object(func(key string, at int) error { return s.member(&n, key, at) })
	case '[':
		n.kind = isArray
		err = s.array(func(int) error {
			item, err := s.tree()
			n.items = append(n.items, item)
			return err
		})
	case '"':
		n.kind = isString
		n.text, err = s.str()
	case 't', 'f':
		n.kind, n.yes = isBool, c == 't'
		err = s.word(map[byte]string{'t': "true", 'f': "false"}[c])
	case 'n':
		err = s.word("null")
	default:
		n.kind = isNumber
		n.text, err = s.number()
	}
	return n, err
}

// member reads one member of n. The search for a twin is linear: an object in a tree has a handful of keys,
// and maxNodes bounds the hostile one.
func (s *source) member(n *node, key string, at int) error {
	for _, k := range n.keys {
		if k == key {
			return s.fail("T003", at, "", "the key %s stands twice", quote(key))
		}
	}
	item, err := s.tree()
	n.keys, n.items = append(n.keys, key), append(n.items, item)
	return err
}

// get returns the member of an object, null if it has none.
func (n *node) get(key string) *node {
	for i, k := range n.keys {
		if k == key {
			return &n.items[i]
		}
	}
	return &node{at: n.at}
}

// config is one component's settings: an object that knows its path in the file, for messages.
type config struct {
	src  *source
	path string // "decoder.decoders[2]"
	node *node
}

func (c config) fail(code, format string, args ...any) *Error {
	return c.src.fail(code, c.node.at, c.path, format, args...)
}

// failKey complains about one of the settings.
func (c config) failKey(code, key, format string, args ...any) *Error {
	return c.src.fail(code, c.node.get(key).at, c.path+"."+key, format, args...)
}

// only refuses keys that are not among known.
func (c config) only(known ...string) error {
	for i, k := range c.node.keys {
		if !slices.Contains(known, k) {
			err := c.src.fail("T005", c.node.items[i].at, c.path, "unknown key %s", quote(k))
			err.Help = "known keys here: " + strings.Join(known, ", ")
			return err
		}
	}
	return nil
}

func (c config) want(key string, k kind) (*node, error) {
	n := c.node.get(key)
	if n.kind != k {
		return nil, c.failKey("T004", key, "expected %s, found %s", kindNames[k], kindNames[n.kind])
	}
	return n, nil
}

// setting reads a string that goes into the text; it is short, so that no component can multiply a text's
// length.
func (c config) setting(key string) (string, error) {
	n, err := c.want(key, isString)
	if err != nil {
		return "", err
	}
	if len(n.text) > maxSetting {
		return "", c.failKey("T002", key, "%d bytes; the limit is %d", len(n.text), maxSetting)
	}
	return n.text, nil
}

// flag reads true or false; absent means otherwise.
func (c config) flag(key string, otherwise bool) (bool, error) {
	if c.node.get(key).kind == isNull {
		return otherwise, nil
	}
	n, err := c.want(key, isBool)
	if err != nil {
		return false, err
	}
	return n.yes, nil
}

// whole reads a whole number in [0, most].
func (c config) whole(key string, most int) (int, error) {
	n, err := c.want(key, isNumber)
	if err != nil {
		return 0, err
	}
	return c.wholeNode(n, key, most)
}

func (c config) wholeNode(n *node, key string, most int) (int, error) {
	v := 0
	for _, d := range n.text {
		if d < '0' || d > '9' || v > most {
			v = most + 1
			break
		}
		v = v*10 + int(d-'0')
	}
	if v > most || n.kind != isNumber {
		return 0, c.src.fail("T004", n.at, c.path+"."+key, "expected a whole number from 0 to %d, found %s",
			most, quote(n.text))
	}
	return v, nil
}
