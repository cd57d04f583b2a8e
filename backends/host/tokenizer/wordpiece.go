package tokenizer

import "unicode/utf8"

// wordPiece is BERT's model (Wu et al. 2016; Devlin et al. 2018): a word is cut greedily, each time into
// the longest token that fits, and a word that cannot be cut so is one unknown token.
type wordPiece struct {
	vocab   map[string]int32
	prefix  string // what a token inside a word begins with: "##"
	unk     int32  // -1 without
	unkName string
	most    int // characters of a word; a longer one is unknown
	longest int // bytes of the longest token
}

func (m *wordPiece) encode(e *encoder, word string) error {
	if utf8.RuneCountInString(word) > m.most {
		return m.unknown(e, word)
	}
	before := len(e.ids)
	for at := 0; at < len(word); {
		id, n := m.longestAt(e, word, at)
		if n == 0 {
			e.ids = e.ids[:before]
			return m.unknown(e, word)
		}
		e.ids = append(e.ids, int(id))
		at += n
	}
	return nil
}

// longestAt finds the longest token at offset at, and its length in the word. No token is longer than
// m.longest, which bounds the search in a long word.
func (m *wordPiece) longestAt(e *encoder, word string, at int) (id int32, n int) {
	prefix := ""
	if at > 0 {
		prefix = m.prefix
	}
	for end := min(len(word), at+m.longest); end > at; end-- {
		if end < len(word) && !utf8.RuneStart(word[end]) {
			continue
		}
		e.steps++
		e.key = append(append(e.key[:0], prefix...), word[at:end]...)
		if id, ok := m.vocab[string(e.key)]; ok {
			return id, end - at
		}
	}
	return 0, 0
}

func (m *wordPiece) unknown(e *encoder, word string) error {
	if m.unk < 0 {
		return textError("T032", "", "the word %s has no tokens, and the unknown token %s is not in the vocabulary",
			quote(word), quote(m.unkName))
	}
	e.ids = append(e.ids, int(m.unk))
	return nil
}
