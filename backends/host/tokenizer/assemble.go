package tokenizer

// readComponents reads the component trees that need no vocabulary and checks that their parts fit
// together.
func (t *Tokenizer) readComponents(d *document) (err error) {
	if t.normalizers, err = normalizers.read(d.src, &d.normalizer); err != nil {
		return err
	}
	if t.splitters, err = splitters.read(d.src, &d.splitter); err != nil {
		return err
	}
	if t.decoders, err = decoders.read(d.src, &d.decoder); err != nil {
		return err
	}
	if d.decoder.kind == isNull {
		t.decoders = []decoder{mapping(spaced)}
	}
	if err := t.checkSplitters(d); err != nil {
		return err
	}
	return t.checkDecoders(d)
}

func (t *Tokenizer) checkSplitters(d *document) error {
	grown := map[string]bool{}
	for _, sp := range t.splitters {
		if sp.grows != "" && grown[sp.grows] {
			return d.src.fail("T013", d.splitter.at, "pre_tokenizer", "%s stands twice", sp.grows)
		}
		grown[sp.grows] = true
		for _, n := range t.normalizers {
			if sp.asksStart && n.shrinks {
				return d.src.fail("T013", d.splitter.at, "pre_tokenizer",
					`Metaspace with prepend_scheme "first" after a normalizer that removes text`)
			}
		}
	}
	return nil
}

func (t *Tokenizer) checkDecoders(d *document) error {
	fused := false
	for i, dec := range t.decoders {
		if fused && !dec.afterFuse {
			return d.src.fail("T013", d.decoder.at, "decoder",
				"decoder %d works on tokens, but those before it have joined the tokens to one text", i)
		}
		fused = fused || dec.fuses
	}
	return nil
}

// readTemplate reads the post-processors. Each one works on the result of those before it.
func (t *Tokenizer) readTemplate(d *document) error {
	rings, err := processors.read(d.src, &d.processor)
	if err != nil {
		return err
	}
	for _, ring := range rings {
		for _, id := range append(append([]int(nil), ring.before...), ring.after...) {
			if _, ok := t.Token(id); !ok {
				return ring.at.fail("T025", "%s", noToken(id, t.Size()))
			}
		}
		t.prefix = append(ring.before, t.prefix...)
		t.suffix = append(t.suffix, ring.after...)
	}
	return nil
}
