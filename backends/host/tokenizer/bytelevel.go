package tokenizer

// The byte-level alphabet (Radford et al. 2019, openai/gpt-2 encoder.py): a byte that prints in Latin-1
// stands for itself, the other 68 become U+0100 and up in order, so that any text is a string of visible
// characters.

var byteText, runeByte = func() (text [256]string, back map[rune]byte) {
	back = make(map[rune]byte, 256)
	next := rune(256)
	for b := range 256 {
		r := rune(b)
		if b < '!' || b > '~' && b < 0xA1 || b == 0xAD {
			r = next
			next++
		}
		text[b], back[r] = string(r), byte(b)
	}
	return text, back
}()

// showBytes writes each byte of s as its character.
func showBytes(s string) string {
	var room [128]byte // most words fit
	out := room[:0]
	for i := range len(s) {
		out = append(out, byteText[s[i]]...)
	}
	return string(out)
}

// appendHidden appends the bytes that the characters of s stand for; if one of them stands for none, s as
// it is.
func appendHidden(out []byte, s string) []byte {
	n := len(out)
	for _, r := range s {
		b, ok := runeByte[r]
		if !ok {
			return append(out[:n], s...)
		}
		out = append(out, b)
	}
	return out
}
