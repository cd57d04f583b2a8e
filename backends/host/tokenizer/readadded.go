package tokenizer

import "fmt"

// readAdded reads added_tokens, which come on top of the model's vocabulary, and builds the two matchers.
func (t *Tokenizer) readAdded(d *document) error {
	t.added, t.shown = map[string]int32{}, map[int]string{}
	r := &addedReader{t: t, src: d.src, next: len(t.vocab), places: map[string]config{}}
	if d.added.found {
		d.src.back(d.added)
		if d.src.peek() != '[' {
			return d.src.fail("T004", d.src.pos, "added_tokens", "expected an array, found %s", d.src.found())
		}
		if err := d.src.array(r.read); err != nil {
			return err
		}
	}
	t.raw, t.normed = newMatcher(r.raw), newMatcher(r.normed)
	return nil
}

type addedReader struct {
	t           *Tokenizer
	src         *source
	next        int               // the id that the next token outside the vocabulary must have
	places      map[string]config // normalized patterns, to find twins
	raw, normed []entry
}

func (r *addedReader) read(i int) error {
	r.src.peek()
	if i == maxAdded {
		return r.src.fail("T002", r.src.pos, "added_tokens", "more than %d added tokens", maxAdded)
	}
	r.src.nodes = 0 // the budget is for one token; maxAdded bounds the list
	n, err := r.src.tree()
	if err != nil {
		return err
	}
	c := config{r.src, fmt.Sprintf("added_tokens[%d]", i), &n}
	if n.kind != isObject {
		return c.fail("T004", "expected an object, found %s", kindNames[n.kind])
	}
	token, err := c.addedToken()
	if err != nil {
		return err
	}
	if err := r.checkID(c, token); err != nil {
		return err
	}
	m := ordinary
	if token.special {
		m = special
	}
	r.t.setToken(token.id, token.content, m)
	r.t.added[token.content] = int32(token.id)
	return r.index(c, token)
}

// addedToken reads the settings of one token; all of them must be there.
func (c config) addedToken() (*addedToken, error) {
	if err := c.only("id", "content", "single_word", "lstrip", "rstrip", "normalized", "special"); err != nil {
		return nil, err
	}
	var a addedToken
	var single bool
	for _, f := range []struct {
		key string
		to  *bool
	}{{"single_word", &single}, {"lstrip", &a.lstrip}, {"rstrip", &a.rstrip}, {"normalized", &a.normalized},
		{"special", &a.special}} {
		n, err := c.want(f.key, isBool)
		if err != nil {
			return nil, err
		}
		*f.to = n.yes
	}
	if single {
		return nil, c.failKey("T012", "single_word", "true is not supported")
	}
	var err error
	if a.content, err = c.setting("content"); err != nil {
		return nil, err
	}
	if a.content == "" {
		return nil, c.failKey("T022", "content", "an added token without text")
	}
	n, err := c.want("id", isNumber)
	if err != nil {
		return nil, err
	}
	if a.id, err = c.wholeNode(n, "id", maxTokens-1); err != nil {
		return nil, c.failKey("T020", "id", "the id %s of token %s; ids run from 0 to %d",
			quote(n.text), quote(a.content), maxTokens-1)
	}
	return &a, nil
}

// checkID wants the id that the reference would give: the vocabulary's, or the next one after it.
func (r *addedReader) checkID(c config, a *addedToken) error {
	if _, twice := r.t.added[a.content]; twice {
		return c.fail("T021", "the added token %s stands twice", quote(a.content))
	}
	if id, ok := r.t.vocab[a.content]; ok {
		if int(id) != a.id {
			return c.failKey("T022", "id", "the added token %s has the id %d, the vocabulary gives it %d",
				quote(a.content), a.id, id)
		}
		return nil
	}
	if other, taken := r.t.Token(a.id); taken {
		return c.failKey("T021", "id", "the id %d belongs to both %s and %s", a.id, quote(other), quote(a.content))
	}
	if a.id != r.next {
		return c.failKey("T022", "id", "the added token %s has the id %d, the next free one is %d",
			quote(a.content), a.id, r.next)
	}
	r.next++
	return nil
}

// index files the token under the pattern that it is found by.
func (r *addedReader) index(c config, a *addedToken) error {
	if !a.normalized {
		r.raw = append(r.raw, entry{a.content, a})
		return nil
	}
	pattern, err := r.t.normalize(a.content)
	if err != nil {
		return err
	}
	if len(pattern) > maxSetting {
		return c.failKey("T002", "content", "%d bytes after normalization; the limit is %d",
			len(pattern), maxSetting)
	}
	if pattern == "" {
		return c.failKey("T022", "content", "%s is empty after normalization", quote(a.content))
	}
	if first, twice := r.places[pattern]; twice {
		return c.failKey("T022", "content", "%s is %s after normalization, like %s",
			quote(a.content), quote(pattern), first.path)
	}
	r.places[pattern] = c
	if pattern != a.content {
		r.t.shown[a.id] = pattern
	}
	r.normed = append(r.normed, entry{pattern, a})
	return nil
}
