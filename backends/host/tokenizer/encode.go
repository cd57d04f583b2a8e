package tokenizer

import "unicode/utf8"

// maxText is the longest text that one call encodes, in bytes.
const maxText = 16 << 20

// encoder is the state of one Encode call; the Tokenizer itself stays unchanged.
type encoder struct {
	t        *Tokenizer
	ids      []int
	emits    []emitter // emits[i] hands a piece to splitter i; the last one to the model
	produced int       // bytes of normalized text so far

	word  []symbol // room that the models reuse from word to word
	heap  mergeHeap
	key   []byte
	steps int // work done, for the tests that watch it
}

// Encode turns text into ids, equal to those of the reference library. Special tokens in the text are
// recognised; see the package comment. With special set, the file's template adds its tokens, such as <s>
// in front. The empty text gives those alone, or no ids.
//
// Errors: T030 text that is not UTF-8, T031 a text over the limits, T032 a character without a token.
func (t *Tokenizer) Encode(text string, special bool) ([]int, error) {
	return newEncoder(t).encode(text, special, false)
}

// EncodePlain is Encode for text from strangers: special tokens written in it are ordinary text, so that it
// cannot forge the markup of a prompt. Added tokens that are not special are still recognised. The same
// errors.
func (t *Tokenizer) EncodePlain(text string, special bool) ([]int, error) {
	return newEncoder(t).encode(text, special, true)
}

func newEncoder(t *Tokenizer) *encoder {
	e := &encoder{t: t}
	e.emits = make([]emitter, len(t.splitters)+1)
	for i, sp := range t.splitters {
		e.emits[i] = func(piece string, start bool) error { return sp.run(piece, start, e.emits[i+1]) }
	}
	e.emits[len(t.splitters)] = func(word string, _ bool) error { return t.model.encode(e, word) }
	return e
}

func (e *encoder) encode(text string, special, plain bool) ([]int, error) {
	if err := checkText(text); err != nil {
		return nil, err
	}
	e.ids = make([]int, 0, len(text)/4+8)
	if special {
		e.ids = append(e.ids, e.t.prefix...)
	}
	err := e.t.raw.split(e, text, true, plain, func(stretch string, start bool) error {
		s, err := e.t.normalize(stretch)
		if err != nil {
			return err
		}
		if e.produced += len(s); e.produced > maxNormalized {
			return tooLong(e.produced, maxNormalized)
		}
		return e.t.normed.split(e, s, start, plain, e.emits[0])
	})
	if err != nil {
		return nil, err
	}
	if special {
		e.ids = append(e.ids, e.t.suffix...)
	}
	return e.ids, nil
}

func (t *Tokenizer) normalize(s string) (string, error) {
	for _, n := range t.normalizers {
		var err error
		if s, err = n.run(s); err != nil {
			return "", err
		}
	}
	return s, nil
}

func checkText(text string) error {
	if len(text) > maxText {
		return tooLong(len(text), maxText)
	}
	if utf8.ValidString(text) {
		return nil
	}
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && n == 1 {
			return textError("T030", "convert the text to UTF-8", "byte 0x%02X at offset %d is not UTF-8", text[i], i)
		}
		i += n
	}
	return nil
}
