package tokenizer

import "strings"

// readVocab reads {"token": id, ...} into t.vocab, t.tokens and t.marks.
func (t *Tokenizer) readVocab(src *source, p placed) error {
	const where = "model.vocab"
	src.back(p)
	if src.peek() != '{' {
		return src.fail("T004", src.pos, where, "expected an object, found %s", src.found())
	}
	t.vocab = map[string]int32{}
	return src.object(func(token string, at int) error {
		id, idAt, err := src.integer()
		if err != nil {
			return err
		}
		if id < 0 || id >= maxTokens {
			return src.fail("T020", idAt, where, "the id %d of token %s; ids run from 0 to %d",
				id, quote(token), maxTokens-1)
		}
		if _, twice := t.vocab[token]; twice {
			return src.fail("T003", at, where, "the token %s stands twice", quote(token))
		}
		if other, taken := t.Token(int(id)); taken {
			return src.fail("T021", at, where, "the id %d belongs to both %s and %s", id, quote(other), quote(token))
		}
		t.vocab[token] = int32(id) // no more than maxTokens of them: each id is taken once
		t.setToken(int(id), token, ordinary)
		return nil
	})
}

// setToken makes room up to id, which is below maxTokens.
func (t *Tokenizer) setToken(id int, token string, m mark) {
	for len(t.tokens) <= id {
		t.tokens, t.marks = append(t.tokens, ""), append(t.marks, hole)
	}
	t.tokens[id], t.marks[id] = token, m
}

// mergeReader reads the list of merges; a merge's place in the list is its rank.
type mergeReader struct {
	src   *source
	vocab map[string]int32
	out   map[uint64]merge
	key   []byte // room for a concatenation
}

const mergesPath = "model.merges"

func readMerges(src *source, p placed, vocab map[string]int32) (map[uint64]merge, error) {
	src.back(p)
	if src.peek() != '[' {
		return nil, src.fail("T004", src.pos, mergesPath, "expected an array, found %s", src.found())
	}
	r := &mergeReader{src: src, vocab: vocab, out: map[uint64]merge{}}
	err := src.array(r.read)
	return r.out, err
}

// read reads merge number i.
func (r *mergeReader) read(i int) error {
	r.src.peek()
	at := r.src.pos
	if i == maxMerges {
		return r.src.fail("T002", at, mergesPath, "more than %d merges", maxMerges)
	}
	a, b, err := r.pair(at, i)
	if err != nil {
		return err
	}
	idA, okA := r.vocab[a]
	idB, okB := r.vocab[b]
	r.key = append(append(r.key[:0], a...), b...)
	id, ok := r.vocab[string(r.key)]
	for _, part := range []struct {
		ok   bool
		text string
	}{{okA && a != "", a}, {okB && b != "", b}, {ok, string(r.key)}} {
		if !part.ok {
			return r.src.fail("T023", at, mergesPath, "merge %d of %s and %s: the vocabulary has no token %s",
				i, quote(a), quote(b), quote(part.text))
		}
	}
	key := pairKey(idA, idB)
	if old, twice := r.out[key]; twice {
		return r.src.fail("T024", at, mergesPath, "merge %d of %s and %s is merge %d again",
			i, quote(a), quote(b), old.rank)
	}
	r.out[key] = merge{int32(i), id}
	return nil
}

// pair reads "a b" or ["a", "b"]. The reference takes a line that begins with "#version" for a comment.
func (r *mergeReader) pair(at, i int) (a, b string, err error) {
	if r.src.peek() == '[' {
		var parts []string
		err = r.src.array(func(j int) error {
			part, err := r.src.str()
			if j < 3 {
				parts = append(parts, part)
			}
			return err
		})
		if err == nil && len(parts) != 2 {
			err = r.src.fail("T023", at, mergesPath, "merge %d: expected two tokens", i)
		}
		if err != nil {
			return "", "", err
		}
		return parts[0], parts[1], nil
	}
	text, err := r.src.str()
	if err != nil {
		return "", "", err
	}
	a, b, ok := strings.Cut(text, " ")
	if !ok || strings.Contains(b, " ") || strings.HasPrefix(text, "#version") {
		return "", "", r.src.fail("T023", at, mergesPath,
			"merge %d: expected two tokens with a space between, found %s", i, quote(text))
	}
	return a, b, nil
}
