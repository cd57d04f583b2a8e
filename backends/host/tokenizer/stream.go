package tokenizer

// Stream decodes tokens as a model produces them. The chunks that Push and Flush return are whole
// characters, and together they are what Decode gives for all ids at once. Use one Stream for one text,
// from one goroutine.
type Stream struct {
	t           *Tokenizer
	keepSpecial bool
	stages      []stage
	emits       []func(string) error // emits[i] hands a string to stage i; the last one writes to out
	out         []byte
}

// Stream starts decoding a new text. keepSpecial writes special tokens such as <s> out instead of skipping
// them.
func (t *Tokenizer) Stream(keepSpecial bool) *Stream {
	s := &Stream{t: t, keepSpecial: keepSpecial}
	s.emits = make([]func(string) error, len(t.decoders)+1)
	fused := false
	for i, d := range t.decoders {
		st := d.start(fused)
		fused = fused || d.fuses
		s.stages = append(s.stages, st)
		s.emits[i] = func(text string) error { return st.push(text, s.emits[i+1]) }
	}
	s.emits[len(t.decoders)] = func(text string) error {
		s.out = append(s.out, text...)
		return nil
	}
	return s
}

// Push takes the next id and returns the text that it settles: often the token's, nothing in the middle of
// a character, more where earlier text was held back. An id without a token is error T033.
func (s *Stream) Push(id int) (string, error) {
	err := s.push(id)
	return s.taken(), err
}

// Flush ends the text and returns the rest of it; bytes that make no character become U+FFFD.
func (s *Stream) Flush() (string, error) {
	err := s.flush()
	return s.taken(), err
}

func (s *Stream) taken() string {
	text := string(s.out)
	s.out = s.out[:0]
	return text
}

func (s *Stream) push(id int) error {
	t := s.t
	token, ok := t.Token(id)
	if !ok {
		return &Error{Code: "T033", Component: "ids", Msg: noToken(id, t.Size()),
			Help: "the ids must come from a model that this tokenizer belongs to"}
	}
	if t.IsSpecial(id) && !s.keepSpecial {
		return nil
	}
	if shown, ok := t.shown[id]; ok {
		token = shown
	}
	return s.emits[0](token)
}

func (s *Stream) flush() error {
	for i, st := range s.stages {
		if err := st.flush(s.emits[i+1]); err != nil {
			return err
		}
	}
	return nil
}

// Decode gives the text of ids without special tokens, as the reference does by default.
func (t *Tokenizer) Decode(ids []int) (string, error) { return t.decode(ids, false) }

// DecodeAll gives the text of ids with special tokens written out.
func (t *Tokenizer) DecodeAll(ids []int) (string, error) { return t.decode(ids, true) }

func (t *Tokenizer) decode(ids []int, keepSpecial bool) (string, error) {
	s := t.Stream(keepSpecial)
	for _, id := range ids {
		if err := s.push(id); err != nil {
			return "", err
		}
	}
	if err := s.flush(); err != nil {
		return "", err
	}
	return s.taken(), nil
}
