package tokenizer

import (
	"bytes"
	"unicode/utf8"
)

// placed is a value that is read later: where it begins and how deep it stands.
type placed struct {
	pos, depth int
	found      bool
}

// document is a tokenizer.json split into its parts. The two large ones, and the list of added tokens, are
// only located: they are read straight into their tables once everything small is known to be good.
type document struct {
	src                                      *source
	version, truncation, padding             node
	normalizer, splitter, processor, decoder node
	added, model                             placed
}

// Load reads a tokenizer.json. Nothing of data is kept.
//
// Every error is an *Error with the line and column in the file. Codes T001 to T005: the file as JSON; T010
// to T013: a component that this package does not implement as asked; T020 to T025: tokens, ids and merges.
func Load(data []byte) (*Tokenizer, error) {
	doc, err := open(data)
	if err != nil {
		return nil, err
	}
	if err := doc.refuse(); err != nil {
		return nil, err
	}
	t := &Tokenizer{}
	for _, step := range []func(*document) error{t.readComponents, t.readModel, t.readAdded, t.readTemplate} {
		if err := step(doc); err != nil {
			return nil, err
		}
	}
	return t, nil
}

var pointer = []byte("version https://git-lfs")

// open checks the file's outer form and locates its parts.
func open(data []byte) (*document, error) {
	src := &source{data: data}
	doc := &document{src: src}
	switch {
	case len(data) > maxFile:
		src.data = nil
		return nil, src.fail("T002", 0, "", "%d bytes; the limit is %d", len(data), maxFile)
	case bytes.HasPrefix(data, pointer):
		err := src.fail("T001", 0, "", "this is a Git LFS pointer, not the file itself")
		err.Help = "fetch the file with: git lfs pull"
		return nil, err
	case !utf8.Valid(data):
		at := 0
		for at < len(data) {
			r, n := utf8.DecodeRune(data[at:])
			if r == utf8.RuneError && n == 1 {
				break
			}
			at += n
		}
		return nil, src.fail("T001", at, "", "byte 0x%02X is not UTF-8", data[at])
	}
	if err := doc.locate(); err != nil {
		return nil, err
	}
	if src.peek(); src.pos < len(data) {
		return nil, src.syntax("expected the end of the file, found %s", src.found())
	}
	if !doc.model.found {
		return nil, src.fail("T004", 0, "model", "missing")
	}
	return doc, nil
}

func (d *document) locate() error {
	trees := map[string]*node{
		"version": &d.version, "truncation": &d.truncation, "padding": &d.padding, "normalizer": &d.normalizer,
		"pre_tokenizer": &d.splitter, "post_processor": &d.processor, "decoder": &d.decoder,
	}
	later := map[string]*placed{"added_tokens": &d.added, "model": &d.model}
	seen := map[string]bool{}
	return d.src.object(func(key string, at int) error {
		if seen[key] {
			return d.src.fail("T003", at, "", "the key %s stands twice", quote(key))
		}
		seen[key] = true
		if p := later[key]; p != nil {
			return d.src.place(p)
		}
		n := trees[key]
		if n == nil {
			return d.src.fail("T005", at, "", "unknown key %s", quote(key))
		}
		var err error
		*n, err = d.src.tree()
		return err
	})
}

// place notes where the next value is and passes over it.
func (s *source) place(p *placed) error {
	s.peek()
	*p = placed{s.pos, s.depth, true}
	return s.skip()
}

// back goes to a place, to read the value there.
func (s *source) back(p placed) { s.pos, s.depth = p.pos, p.depth }

// refuse stops at settings that change the ids and are not implemented.
func (d *document) refuse() error {
	if v := d.version; v.kind != isNull && (v.kind != isString || v.text != "1.0") {
		return d.src.fail("T012", v.at, "version", `expected "1.0", found %s`, quote(v.text))
	}
	for _, set := range []struct {
		name string
		node node
	}{{"truncation", d.truncation}, {"padding", d.padding}} {
		if set.node.kind != isNull {
			err := d.src.fail("T012", set.node.at, set.name, "is set, which would change the number of ids")
			err.Help = "set " + set.name + " to null: the program that runs the model cuts and pads"
			return err
		}
	}
	return nil
}
