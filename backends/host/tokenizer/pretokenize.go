package tokenizer

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// splitter is one pre-tokenizer: it cuts a piece into smaller ones, which the model never merges across.
type splitter struct {
	run func(piece string, start bool, emit emitter) error
	// grows names a step that makes text longer; it may stand once, or steps could be stacked to multiply a
	// text.
	grows string
	// asksStart marks Metaspace's "first".
	asksStart bool
}

// splitters are the known ones. Left out: CharDelimiterSplit, UnicodeScripts, FixedLength and Whitespace,
// whose \w follows tables of its own.
var splitters = section[splitter]{"pre_tokenizer", "pretokenizers", []row[splitter]{
	{"ByteLevel", byteLevelKeys, buildByteLevel},
	{"Split", []string{"pattern", "behavior", "invert"}, buildSplit},
	{"Metaspace", metaspaceKeys, buildMetaspace},
	{"Digits", []string{"individual_digits"}, buildDigits},
	{"Punctuation", []string{"behavior"}, buildPunctuation},
	{"WhitespaceSplit", nil, func(config) (splitter, error) {
		return splitAt(findRune(unicode.IsSpace), removed, false), nil
	}},
	{"BertPreTokenizer", nil, func(config) (splitter, error) { return splitter{run: splitBert}, nil }},
}}

// Keys that the pre-tokenizer, the decoder and the post-processor of one name share.
var (
	byteLevelKeys = []string{"add_prefix_space", "trim_offsets", "use_regex"}
	metaspaceKeys = []string{"replacement", "add_prefix_space", "prepend_scheme", "split", "str_rep"}
)

var isolated, removed, contiguous, withNext = behaviors[0], behaviors[1], behaviors[2], behaviors[4]

func splitAt(find finder, how behavior, invert bool) splitter {
	return splitter{run: func(piece string, start bool, emit emitter) error {
		return split(piece, start, find, how, invert, emit)
	}}
}

func buildSplit(c config) (splitter, error) {
	literal, regex, err := c.pattern("pattern")
	if err != nil {
		return splitter{}, err
	}
	find := findLiteral(literal)
	if literal == "" {
		scan, ok := patternScanner(regex)
		if !ok {
			bad := c.failKey("T011", "pattern", "unknown split pattern %q", regex)
			bad.Help = "known patterns: those of " + patternNames()
			return splitter{}, bad
		}
		find = findPattern(scan)
	}
	how, err := c.behavior("behavior")
	if err != nil {
		return splitter{}, err
	}
	invert, err := c.flag("invert", false)
	return splitAt(find, how, invert), err
}

func buildDigits(c config) (splitter, error) {
	each, err := c.flag("individual_digits", false)
	how := contiguous
	if each {
		how = isolated
	}
	return splitAt(findRune(numbers16.has), how, false), err
}

func buildPunctuation(c config) (splitter, error) {
	if c.node.get("behavior").kind == isNull {
		return splitAt(findRune(bertPunctuation), isolated, false), nil
	}
	how, err := c.behavior("behavior")
	return splitAt(findRune(bertPunctuation), how, false), err
}

// splitBert drops white space and makes each punctuation mark a word.
func splitBert(piece string, start bool, emit emitter) error {
	return split(piece, start, findRune(unicode.IsSpace), removed, false, func(word string, start bool) error {
		return split(word, start, findRune(bertPunctuation), isolated, false, emit)
	})
}

// buildByteLevel is GPT-2's: an optional space in front, its split pattern, and every byte as a visible
// character.
func buildByteLevel(c config) (splitter, error) {
	prefix, err := c.flag("add_prefix_space", true)
	if err != nil {
		return splitter{}, err
	}
	if _, err := c.flag("trim_offsets", true); err != nil { // offsets are not computed here
		return splitter{}, err
	}
	words, err := c.flag("use_regex", true)
	find := findPattern(scanGPT2)
	return splitter{grows: "ByteLevel", run: func(piece string, start bool, emit emitter) error {
		if prefix && !strings.HasPrefix(piece, " ") {
			piece = " " + piece
		}
		if !words {
			return emit(showBytes(piece), start)
		}
		return split(piece, start, find, isolated, false, func(word string, start bool) error {
			return emit(showBytes(word), start)
		})
	}}, err
}

// buildMetaspace is SentencePiece's: spaces become a visible character, and one goes in front of the text.
func buildMetaspace(c config) (splitter, error) {
	mark, scheme, err := metaspace(c)
	if err != nil {
		return splitter{}, err
	}
	cut, err := c.flag("split", true)
	find := findLiteral(mark)
	return splitter{
		grows: "Metaspace", asksStart: scheme == "first",
		run: func(piece string, start bool, emit emitter) error {
			piece = strings.ReplaceAll(piece, " ", mark)
			if !strings.HasPrefix(piece, mark) && (scheme == "always" || scheme == "first" && start) {
				piece = mark + piece
			}
			if !cut {
				return emit(piece, start)
			}
			return split(piece, start, find, withNext, false, emit)
		},
	}, err
}

// metaspace reads the settings that the pre-tokenizer and the decoder share: the visible character, and
// whether it is put in front: "always", "first" or "never".
func metaspace(c config) (mark, scheme string, err error) {
	if mark, err = c.setting("replacement"); err != nil {
		return "", "", err
	}
	if utf8.RuneCountInString(mark) != 1 {
		return "", "", c.failKey("T012", "replacement", "expected one character, found %s", quote(mark))
	}
	if rep := c.node.get("str_rep"); rep.kind != isNull && rep.text != mark {
		return "", "", c.failKey("T012", "str_rep", "%s differs from replacement %s", quote(rep.text), quote(mark))
	}
	scheme = "always"
	if c.node.get("prepend_scheme").kind != isNull {
		if scheme, err = c.setting("prepend_scheme"); err != nil {
			return "", "", err
		}
	}
	if scheme != "always" && scheme != "first" && scheme != "never" {
		return "", "", c.failKey("T012", "prepend_scheme",
			`expected "always", "first" or "never", found %s`, quote(scheme))
	}
	space, err := c.flag("add_prefix_space", true)
	if err == nil && !space && scheme != "never" {
		err = c.failKey("T013", "add_prefix_space", `false contradicts prepend_scheme %q`, scheme)
	}
	return mark, scheme, err
}
