package tokenizer

import (
	"fmt"
	"slices"
)

// Tokenizer is one loaded tokenizer.json. It does not change, so any number of goroutines may use it.
type Tokenizer struct {
	normalizers []normalizer
	splitters   []splitter
	model       model
	decoders    []decoder

	prefix, suffix []int // what the template puts around a text

	vocab  map[string]int32 // the model's tokens
	added  map[string]int32 // the added ones; a token can be in both, with one id
	tokens []string         // by id
	marks  []mark           // by id

	raw, normed *matcher       // added tokens looked for before and after normalization
	shown       map[int]string // the decoded form of added tokens that normalization changes
}

type mark uint8

const (
	hole mark = iota // no token has this id
	ordinary
	special
)

// Size is one more than the highest id: the rows that an embedding table needs. Ids below it may be unused.
func (t *Tokenizer) Size() int { return len(t.tokens) }

// ID finds the id of a token as the file spells it: byte-level tokens in their visible alphabet ("Ġhello").
func (t *Tokenizer) ID(token string) (int, bool) {
	id, ok := t.added[token]
	if !ok {
		id, ok = t.vocab[token]
	}
	return int(id), ok
}

// Token is the spelling of an id in the file; false for an id that no token has.
func (t *Tokenizer) Token(id int) (string, bool) {
	if id < 0 || id >= len(t.tokens) || t.marks[id] == hole {
		return "", false
	}
	return t.tokens[id], true
}

// IsSpecial says whether id is a special token: one that Decode leaves out, such as <s>.
func (t *Tokenizer) IsSpecial(id int) bool {
	return id >= 0 && id < len(t.marks) && t.marks[id] == special
}

// Specials lists the ids of the special tokens, ascending.
func (t *Tokenizer) Specials() []int {
	var ids []int
	for id, m := range t.marks {
		if m == special {
			ids = append(ids, id)
		}
	}
	return slices.Clip(ids)
}

func noToken(id, size int) string {
	return fmt.Sprintf("no token has the id %d; ids run from 0 to %d", id, size-1)
}
