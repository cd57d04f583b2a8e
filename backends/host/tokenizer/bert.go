package tokenizer

import (
	"strings"
	"unicode"
)

// bertOptions are the four switches of the BertNormalizer.
type bertOptions struct{ clean, chinese, strip, lower bool }

func buildBert(c config) (normalizer, error) {
	var o bertOptions
	var err error
	for _, f := range []struct {
		key string
		to  *bool
	}{{"clean_text", &o.clean}, {"handle_chinese_chars", &o.chinese}, {"lowercase", &o.lower}} {
		if *f.to, err = c.flag(f.key, true); err != nil {
			return normalizer{}, err
		}
	}
	// null means: strip accents exactly when lowercasing, as BERT's uncased models do.
	o.strip, err = c.flag("strip_accents", o.lower)
	return normalizer{run: bounded(o.normalize), shrinks: true}, err
}

// normalize cleans text as BERT's basic tokenizer does (Devlin et al. 2018, google-research/bert
// tokenization.py).
func (o bertOptions) normalize(s string) string {
	if o.clean {
		s = strings.Map(cleanRune, s)
	}
	if o.chinese {
		s = spaceChinese(s)
	}
	if o.strip {
		s = strings.Map(func(r rune) rune {
			if nonspacing8.has(r) {
				return -1
			}
			return r
		}, decomposed(s))
	}
	if o.lower {
		s = lower(s)
	}
	return s
}

// cleanRune drops control characters and makes every space a plain one.
func cleanRune(r rune) rune {
	switch {
	case r == '\t' || r == '\n' || r == '\r':
		return ' '
	case r == 0 || r == unicode.ReplacementChar || other8.has(r):
		return -1
	case unicode.IsSpace(r):
		return ' '
	}
	return r
}

// chinese are the blocks of ideographs that BERT treats as words of one character. The reference begins the
// last but two at U+2B920 where Unicode's block begins at U+2B820; its ids are what models were trained on.
var chinese = runeSet{
	0x3400, 0x4DBF, 0x4E00, 0x9FFF, 0xF900, 0xFAFF, 0x20000, 0x2A6DF, 0x2A700, 0x2B73F,
	0x2B740, 0x2B81F, 0x2B920, 0x2CEAF, 0x2F800, 0x2FA1F,
}

func spaceChinese(s string) string {
	var out strings.Builder
	out.Grow(len(s))
	for _, r := range s {
		if !chinese.has(r) {
			out.WriteRune(r)
			continue
		}
		out.WriteByte(' ')
		out.WriteRune(r)
		out.WriteByte(' ')
	}
	return out.String()
}

// lower maps each character alone, without regard to its neighbours. One character has a lower case of two
// code points (Unicode SpecialCasing.txt, the unconditional rows).
func lower(s string) string {
	if strings.ContainsRune(s, 'İ') {
		s = strings.ReplaceAll(s, "İ", "i\u0307")
	}
	return strings.Map(unicode.ToLower, s)
}

// bertPunctuation: ASCII symbols count too, although Unicode calls $ + < = > ^ ` | ~ symbols.
func bertPunctuation(r rune) bool {
	if r < 0x80 {
		return r > ' ' && r < 0x7F && !('0' <= r && r <= '9') && !('a' <= r|0x20 && r|0x20 <= 'z')
	}
	return punctuation8.has(r)
}
