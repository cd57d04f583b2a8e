package tokenizer

import (
	"strconv"
	"unicode/utf8"
)

// bytesDecoder turns byte-level characters back into bytes and the bytes into text. A character whose bytes
// are spread over tokens waits until it is whole.
type bytesDecoder struct{ held []byte }

func buildByteDecoder(c config) (decoder, error) {
	for _, key := range byteLevelKeys { // decoding heeds none of them
		if _, err := c.flag(key, true); err != nil {
			return decoder{}, err
		}
	}
	return decoder{fuses: true, start: func(bool) stage { return &bytesDecoder{} }}, nil
}

func (d *bytesDecoder) push(s string, emit func(string) error) error {
	d.held = appendHidden(d.held, s)
	return d.release(false, emit)
}

func (d *bytesDecoder) flush(emit func(string) error) error { return d.release(true, emit) }

func (d *bytesDecoder) release(end bool, emit func(string) error) error {
	text, rest := lossy(d.held, end)
	d.held = append(d.held[:0], rest...)
	if text == "" {
		return nil
	}
	return emit(text)
}

// lossy is b as text, where each ill-formed stretch becomes one U+FFFD: the longest start of a character
// that was not finished, or else one byte (The Unicode Standard, section 3.9, "substitution of maximal
// subparts"). Unless end is set, an unfinished character at the end of b comes back as rest.
func lossy(b []byte, end bool) (text string, rest []byte) {
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		if r, n := utf8.DecodeRune(b); r != utf8.RuneError || n > 1 {
			out = append(out, b[:n]...)
			b = b[n:]
			continue
		}
		n := 1
		for n < len(b) && !utf8.FullRune(b[:n+1]) { // b[:n+1] still is the start of a character
			n++
		}
		if n == len(b) && !utf8.FullRune(b) && !end {
			return string(out), b
		}
		out = utf8.AppendRune(out, utf8.RuneError)
		b = b[n:]
	}
	return string(out), nil
}

// byteFallback turns a run of tokens <0x00> to <0xFF> into text. A run that is not valid as a whole becomes
// one U+FFFD a byte, valid parts included: the reference does so. Nothing of a run can be emitted before it
// ends.
type byteFallback struct{ run []byte }

func (d *byteFallback) push(s string, emit func(string) error) error {
	if b, ok := byteOf(s); ok {
		d.run = append(d.run, b)
		return nil
	}
	if err := d.flush(emit); err != nil {
		return err
	}
	return emit(s)
}

func (d *byteFallback) flush(emit func(string) error) error {
	run := d.run
	d.run = d.run[:0]
	if len(run) > 0 && utf8.Valid(run) {
		return emit(string(run))
	}
	for range run {
		if err := emit(string(utf8.RuneError)); err != nil {
			return err
		}
	}
	return nil
}

// byteOf reads a byte token.
func byteOf(s string) (byte, bool) {
	if len(s) != 6 || s[:3] != "<0x" || s[5] != '>' {
		return 0, false
	}
	n, err := strconv.ParseUint(s[3:5], 16, 8)
	return byte(n), err == nil
}
