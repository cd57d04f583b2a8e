package tokenizer

import "strings"

// maxNormalized bounds what one Encode may produce before splitting, in bytes.
const maxNormalized = 64 << 20

// normalizer rewrites a stretch of text that lies between two added tokens.
type normalizer struct {
	run func(s string) (string, error)
	// shrinks says that leading text may vanish. Metaspace's "first" asks where in the original text a
	// piece began, which is then no longer known here.
	shrinks bool
}

// normalizers are the known ones. NFKC, NFKD and Precompiled need compatibility tables that are not here;
// the others of the reference (Lowercase, Strip, StripAccents, Nmt, ByteLevel) occur in no tokenizer that
// archc runs so far.
var normalizers = section[normalizer]{"normalizer", "normalizers", []row[normalizer]{
	{"Prepend", []string{"prepend"}, buildPrepend},
	{"Replace", []string{"pattern", "content"}, buildReplace},
	{"NFC", nil, func(config) (normalizer, error) { return normalizer{run: bounded(composed)}, nil }},
	{"NFD", nil, func(config) (normalizer, error) { return normalizer{run: bounded(decomposed)}, nil }},
	{"BertNormalizer", []string{"clean_text", "handle_chinese_chars", "strip_accents", "lowercase"}, buildBert},
}}

// bounded guards a function that makes text at most expansion times longer.
func bounded(f func(string) string) func(string) (string, error) {
	const expansion = 4 // NFD: U+1D160 takes 4 bytes and becomes 12; Chinese characters: 3 bytes become 5
	return func(s string) (string, error) {
		if len(s) > maxNormalized/expansion {
			return "", tooLong(len(s), maxNormalized/expansion)
		}
		return f(s), nil
	}
}

func tooLong(n, most int) *Error {
	return textError("T031", "split the text and encode the parts", "%d bytes; the limit is %d", n, most)
}

// buildPrepend puts a string before any text but the empty one.
func buildPrepend(c config) (normalizer, error) {
	prefix, err := c.setting("prepend")
	return normalizer{run: func(s string) (string, error) {
		if s == "" {
			return s, nil
		}
		return prefix + s, nil
	}}, err
}

func buildReplace(c config) (normalizer, error) {
	old, content, err := replacement(c)
	return normalizer{
		run:     func(s string) (string, error) { return replaceAll(s, old, content, maxNormalized) },
		shrinks: content == "",
	}, err
}

// replacement reads Replace's settings; the decoder of that name shares them.
func replacement(c config) (old, content string, err error) {
	old, regex, err := c.pattern("pattern")
	if err == nil && old == "" {
		err = c.failKey("T011", "pattern", "Replace takes a String pattern only, found the Regex %s", quote(regex))
	}
	if err != nil {
		return "", "", err
	}
	content, err = c.setting("content")
	return old, content, err
}

// replaceAll counts before it builds: content may be longer than old.
func replaceAll(s, old, content string, most int) (string, error) {
	n := strings.Count(s, old)
	if size := len(s) + n*(len(content)-len(old)); size > most {
		return "", tooLong(size, most)
	}
	if n == 0 {
		return s, nil
	}
	return strings.ReplaceAll(s, old, content), nil
}
