package tokenizer

import "strings"

// modelRow is one known model type.
type modelRow struct {
	name      string
	keys      []string // beside type and vocab
	hasMerges bool
	build     func(t *Tokenizer, c config, merges map[uint64]merge) (model, error)
}

// models are the known ones. Unigram (T5, XLNet) and WordLevel are not here.
var models = []modelRow{
	{"BPE", []string{"dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk",
		"byte_fallback", "ignore_merges"}, true, buildBPE},
	{"WordPiece", []string{"unk_token", "continuing_subword_prefix", "max_input_chars_per_word"}, false,
		buildWordPiece},
}

// readModel reads the model: its settings first, then the vocabulary and the merges in the order that they
// depend on each other, wherever they stand.
func (t *Tokenizer) readModel(d *document) error {
	src := d.src
	src.back(d.model)
	c := config{src, "model", &node{at: d.model.pos, kind: isObject}}
	var vocab, merges placed
	large := map[string]*placed{"vocab": &vocab, "merges": &merges}
	if src.peek() != '{' {
		return c.fail("T004", "expected an object, found %s", src.found())
	}
	err := src.object(func(key string, at int) error {
		p := large[key]
		if p == nil {
			return src.member(c.node, key, at)
		}
		if p.found {
			return src.fail("T003", at, c.path, "the key %s stands twice", quote(key))
		}
		return src.place(p)
	})
	if err != nil {
		return err
	}
	row, err := c.modelType(merges.found)
	if err != nil {
		return err
	}
	if !vocab.found || row.hasMerges != merges.found {
		return c.fail("T004", "a %s model has vocab%s", row.name,
			map[bool]string{true: " and merges", false: " and no merges"}[row.hasMerges])
	}
	return t.fillModel(c, row, vocab, merges)
}

// modelType finds the row. Files from before the key "type" was written tell the model by its other keys.
func (c config) modelType(hasMerges bool) (modelRow, error) {
	name := "WordPiece"
	if c.node.get("type").kind != isNull {
		n, err := c.want("type", isString)
		if err != nil {
			return modelRow{}, err
		}
		name = n.text
	} else if hasMerges {
		name = "BPE"
	} else if c.node.get("max_input_chars_per_word").kind == isNull {
		return modelRow{}, c.fail("T010", "no type, and its keys are those of no known model")
	}
	var names []string
	for _, row := range models {
		if row.name == name {
			return row, c.only(append([]string{"type"}, row.keys...)...)
		}
		names = append(names, row.name)
	}
	bad := c.failKey("T010", "type", "unknown type %s", quote(name))
	bad.Help = "known types here: " + strings.Join(names, ", ")
	return modelRow{}, bad
}

func (t *Tokenizer) fillModel(c config, row modelRow, vocab, merges placed) error {
	if err := t.readVocab(c.src, vocab); err != nil {
		return err
	}
	var pairs map[uint64]merge
	if row.hasMerges {
		var err error
		if pairs, err = readMerges(c.src, merges, t.vocab); err != nil {
			return err
		}
	}
	var err error
	t.model, err = row.build(t, c, pairs)
	return err
}

func buildBPE(t *Tokenizer, c config, merges map[uint64]merge) (model, error) {
	if n := c.node.get("dropout"); n.kind != isNull && (n.kind != isNumber || strings.Trim(n.text, "0.") != "") {
		return nil, c.failKey("T012", "dropout", "%s is not supported, only null: dropout is random", quote(n.text))
	}
	for _, key := range []string{"continuing_subword_prefix", "end_of_word_suffix"} {
		if n := c.node.get(key); n.kind != isNull && (n.kind != isString || n.text != "") {
			return nil, c.failKey("T012", key, "%s is not supported, only null", quote(n.text))
		}
	}
	m := &bpe{vocab: t.vocab, merges: merges}
	var err error
	if m.unk, _, err = t.unknownToken(c); err != nil {
		return nil, err
	}
	fallback := false
	for _, f := range []struct {
		key string
		to  *bool
	}{{"fuse_unk", &m.fuseUnk}, {"byte_fallback", &fallback}, {"ignore_merges", &m.ignoreMerges}} {
		if *f.to, err = c.flag(f.key, false); err != nil {
			return nil, err
		}
	}
	if fallback {
		m.bytes = new([256]int32)
		for b := range m.bytes {
			id, ok := t.vocab[byteToken(b)]
			if !ok {
				id = -1 // characters with such a byte fall to the unknown token
			}
			m.bytes[b] = id
		}
	}
	return m, nil
}

// unknownToken reads unk_token. One that the vocabulary lacks is an error only for a text that needs it.
func (t *Tokenizer) unknownToken(c config) (id int32, name string, err error) {
	if c.node.get("unk_token").kind == isNull {
		return -1, "", nil
	}
	n, err := c.want("unk_token", isString)
	if err != nil {
		return -1, "", err
	}
	id, ok := t.vocab[n.text]
	if !ok {
		id = -1
	}
	return id, n.text, nil
}

// maxWord bounds WordPiece's search, which is quadratic in the length of a word.
const maxWord = 1000

func buildWordPiece(t *Tokenizer, c config, _ map[uint64]merge) (model, error) {
	m := &wordPiece{vocab: t.vocab}
	var err error
	if m.prefix, err = c.setting("continuing_subword_prefix"); err != nil {
		return nil, err
	}
	if m.most, err = c.whole("max_input_chars_per_word", maxWord); err != nil {
		return nil, err
	}
	if m.unk, m.unkName, err = t.unknownToken(c); err != nil {
		return nil, err
	}
	for token := range t.vocab {
		m.longest = max(m.longest, len(token))
	}
	return m, nil
}
