package checkpoint

import (
	"iter"
	"math"
	"strconv"
)

// Kind is the kind of a JSON value.
type Kind uint8

// The kinds. Missing is the zero Value's: what Get gives for an absent key.
const (
	Missing Kind = iota
	Null
	Boolean
	Number
	String
	Array
	Object
)

var kindNames = [...]string{"missing", "null", "a boolean", "a number", "a string", "an array", "an object"}

// String gives the kind as messages use it, "an object" and the like.
func (k Kind) String() string { return kindNames[k] }

// Value is one JSON value. Numbers keep the text they were written with, so an integer is
// exact whatever its size, and 1e3 is not mistaken for one.
type Value struct {
	text string // of a string, decoded; of anything else without parts, as written
	body *body  // of a non-empty object or array
	at   int64
	kind Kind
}

type body struct {
	keys  []string // of an object, in the order of the text
	items []Value
	index map[string]int32 // nil where searching keys is as fast
}

// manyKeys is the object size from which Get uses a map.
const manyKeys = 16

// ParseJSON reads one JSON text strictly (RFC 8259): keys are exact and unique, bytes and
// escapes must be valid Unicode, numbers have no leading zeros, nothing follows the value, and
// size, depth and value count are bounded. Errors carry the byte offset and no file.
func ParseJSON(data []byte, limits JSONLimits) (Value, error) {
	limits = limits.withDefaults()
	if int64(len(data)) > limits.Bytes {
		return Value{}, refuse(CodeLimit, "JSON text of %d bytes, the limit is %d", len(data), limits.Bytes)
	}
	s, err := newScanner(string(data), 0, limits.Depth)
	if err != nil {
		return Value{}, err
	}
	p := valueParser{scanner: s, maxValues: limits.Values}
	v, err := p.value()
	if err == nil {
		err = s.end()
	}
	if err != nil {
		return Value{}, err
	}
	return v, nil
}

type valueParser struct {
	*scanner
	values, maxValues int64
}

func (p *valueParser) value() (Value, error) {
	c := p.next()
	v := Value{at: p.offset(p.pos)}
	if p.values++; p.values > p.maxValues {
		return v, p.refuse(p.pos, CodeLimit, "more than %d values", p.maxValues)
	}
	var err error
	switch {
	case c == '{':
		v.kind = Object
		v.body, err = p.objectBody()
	case c == '[':
		v.kind = Array
		v.body, err = p.arrayBody()
	case c == '"':
		v.kind = String
		v.text, err = p.str(math.MaxInt64)
	case c == '-' || '0' <= c && c <= '9':
		v.kind = Number
		v.text, err = p.number()
	default:
		v.kind, v.text, err = p.word()
	}
	return v, err
}

var words = []struct {
	text string
	kind Kind
}{{"true", Boolean}, {"false", Boolean}, {"null", Null}}

func (p *valueParser) word() (Kind, string, error) {
	rest := p.text[p.pos:]
	for _, w := range words {
		if len(rest) >= len(w.text) && rest[:len(w.text)] == w.text {
			p.pos += len(w.text)
			return w.kind, w.text, nil
		}
	}
	return Missing, "", p.unexpected("a value")
}

func (p *valueParser) objectBody() (*body, error) {
	var b body
	err := p.object("the object", math.MaxInt64, func(key string, _ int) error {
		v, err := p.value()
		b.keys = append(b.keys, key)
		b.items = append(b.items, v)
		return err
	})
	if err != nil || len(b.keys) == 0 {
		return nil, err
	}
	if len(b.keys) >= manyKeys {
		b.index = make(map[string]int32, len(b.keys))
		for i, key := range b.keys {
			b.index[key] = int32(i)
		}
	}
	return &b, nil
}

func (p *valueParser) arrayBody() (*body, error) {
	var b body
	err := p.array("the array", func(int64) error {
		v, err := p.value()
		b.items = append(b.items, v)
		return err
	})
	if err != nil || len(b.items) == 0 {
		return nil, err
	}
	return &b, nil
}

// Kind is the kind of the value; Missing for the zero Value.
func (v Value) Kind() Kind { return v.kind }

// Offset is the byte offset of the value in the text it was parsed from.
func (v Value) Offset() int64 { return v.at }

// Text is a string's content, or a number, boolean or null as written; "" for the others.
func (v Value) Text() string { return v.text }

// Len is the number of elements or members; 0 for a value without parts.
func (v Value) Len() int {
	if v.body == nil {
		return 0
	}
	return len(v.body.items)
}

// Get gives the member with exactly this key, and whether there is one. A value that is no
// object has no members.
func (v Value) Get(key string) (Value, bool) {
	if v.kind != Object || v.body == nil {
		return Value{}, false
	}
	if v.body.index != nil {
		i, ok := v.body.index[key]
		if !ok {
			return Value{}, false
		}
		return v.body.items[i], true
	}
	for i, k := range v.body.keys {
		if k == key {
			return v.body.items[i], true
		}
	}
	return Value{}, false
}

// Members gives keys and values of an object in the order of the text; nothing for others.
func (v Value) Members() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		if v.kind != Object || v.body == nil {
			return
		}
		for i, key := range v.body.keys {
			if !yield(key, v.body.items[i]) {
				return
			}
		}
	}
}

// Elements gives indices and values of an array; nothing for others.
func (v Value) Elements() iter.Seq2[int, Value] {
	return func(yield func(int, Value) bool) {
		if v.kind != Array || v.body == nil {
			return
		}
		for i, item := range v.body.items {
			if !yield(i, item) {
				return
			}
		}
	}
}

// Int64 gives a number that is written as an integer: no fraction, no exponent, in range.
func (v Value) Int64() (int64, error) {
	if v.kind != Number {
		return 0, v.wrong("an integer")
	}
	n, err := strconv.ParseInt(v.text, 10, 64)
	if err != nil {
		return 0, refuse(CodeWrongKind, "%s is not a 64-bit integer", quoted(v.text)).at(v.at)
	}
	return n, nil
}

// Float64 gives a number rounded to the nearest float64; one that is too large is refused.
func (v Value) Float64() (float64, error) {
	if v.kind != Number {
		return 0, v.wrong("a number")
	}
	x, err := strconv.ParseFloat(v.text, 64)
	if err != nil {
		return 0, refuse(CodeWrongKind, "%s is too large for a float64", quoted(v.text)).at(v.at)
	}
	return x, nil
}

// Bool gives true or false and nothing else: no number, no string.
func (v Value) Bool() (bool, error) {
	if v.kind != Boolean {
		return false, v.wrong("true or false")
	}
	return v.text == "true", nil
}

// Str gives the content of a string.
func (v Value) Str() (string, error) {
	if v.kind != String {
		return "", v.wrong("a string")
	}
	return v.text, nil
}

func (v Value) wrong(want string) error {
	return refuse(CodeWrongKind, "found %s, expected %s", v.kind, want).at(v.at)
}
