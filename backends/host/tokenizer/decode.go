package tokenizer

import (
	"strings"
	"unicode/utf8"
)

// stage is one decoder while it runs over one stream of tokens. The reference's decoders map a whole list
// of strings; a stage does the same one string at a time, so that a stream and a whole text take one path
// and give one result.
type stage interface {
	// push takes the next string and emits what is settled.
	push(s string, emit func(string) error) error
	// flush emits what was held back, at the end.
	flush(emit func(string) error) error
}

// decoder is one known decoder; start makes its stage for a new stream.
type decoder struct {
	start func(fused bool) stage
	// fuses: what comes out is one string, in whatever chunks it travels, and borders between tokens are
	// gone.
	fuses bool
	// afterFuse: it may follow such a decoder; start is then told.
	afterFuse bool
}

var decoders = section[decoder]{"decoder", "decoders", []row[decoder]{
	{"ByteLevel", byteLevelKeys, buildByteDecoder},
	{"ByteFallback", nil, func(config) (decoder, error) {
		return decoder{start: func(bool) stage { return &byteFallback{} }}, nil
	}},
	{"Fuse", nil, func(config) (decoder, error) {
		fuse := mapping(func(_ int, s string) (string, error) { return s, nil })
		fuse.fuses, fuse.afterFuse = true, true
		return fuse, nil
	}},
	{"Replace", []string{"pattern", "content"}, buildReplaceDecoder},
	{"Strip", []string{"content", "start", "stop"}, buildStrip},
	{"Metaspace", metaspaceKeys, buildMetaspaceDecoder},
	{"WordPiece", []string{"prefix", "cleanup"}, buildWordPieceDecoder},
}}

// maxDecoded bounds what a decoder may make of one token, in bytes.
const maxDecoded = 1 << 20

// mapped is a stage that maps each string alone; i counts them.
type mapped struct {
	f func(i int, s string) (string, error)
	i int
}

func mapping(f func(i int, s string) (string, error)) decoder {
	return decoder{start: func(bool) stage { return &mapped{f: f} }}
}

func (m *mapped) push(s string, emit func(string) error) error {
	s, err := m.f(m.i, s)
	m.i++
	if err != nil {
		return err
	}
	return emit(s)
}

func (m *mapped) flush(func(string) error) error { return nil }

// spaced is what a file without a decoder asks for: spaces between the tokens.
func spaced(i int, s string) (string, error) {
	if i > 0 {
		s = " " + s
	}
	return s, nil
}

func buildReplaceDecoder(c config) (decoder, error) {
	old, content, err := replacement(c)
	return mapping(func(_ int, s string) (string, error) { return replaceAll(s, old, content, maxDecoded) }), err
}

func buildMetaspaceDecoder(c config) (decoder, error) {
	mark, scheme, err := metaspace(c)
	return mapping(func(i int, s string) (string, error) {
		if i == 0 && scheme != "never" {
			return strings.ReplaceAll(s, mark, ""), nil
		}
		return strings.ReplaceAll(s, mark, " "), nil
	}), err
}

// strip removes up to most times content from the start of each string, or of the whole text where that is
// fused.
type strip struct {
	content string
	most    int
	fused   bool
	left    int // how many may still go
}

func buildStrip(c config) (decoder, error) {
	content, err := c.setting("content")
	if err != nil {
		return decoder{}, err
	}
	if utf8.RuneCountInString(content) != 1 {
		return decoder{}, c.failKey("T012", "content", "expected one character, found %s", quote(content))
	}
	most, err := c.whole("start", maxSetting)
	if err != nil {
		return decoder{}, err
	}
	stop, err := c.whole("stop", maxSetting)
	if err == nil && stop != 0 {
		err = c.failKey("T012", "stop", "%d is not supported, only 0", stop)
	}
	return decoder{afterFuse: true, start: func(fused bool) stage {
		return &strip{content: content, most: most, fused: fused, left: most}
	}}, err
}

func (d *strip) push(s string, emit func(string) error) error {
	if !d.fused {
		d.left = d.most
	}
	for d.left > 0 && s != "" {
		rest, ok := strings.CutPrefix(s, d.content)
		if !ok {
			d.left = 0
			break
		}
		s = rest
		d.left--
	}
	return emit(s)
}

func (d *strip) flush(func(string) error) error { return nil }

// buildWordPieceDecoder puts a space before each token that does not continue a word.
func buildWordPieceDecoder(c config) (decoder, error) {
	prefix, err := c.setting("prefix")
	if err != nil {
		return decoder{}, err
	}
	clean, err := c.flag("cleanup", true)
	return mapping(func(i int, s string) (string, error) {
		if rest, ok := strings.CutPrefix(s, prefix); ok && i > 0 {
			s = rest
		} else if i > 0 {
			s = " " + s
		}
		if clean {
			s = tidy(s)
		}
		return s, nil
	}), err
}

// tidies undo the spaces that splitting puts before punctuation and short forms.
var tidies = [][2]string{
	{" .", "."}, {" ?", "?"}, {" !", "!"}, {" ,", ","}, {" ' ", "'"}, {" n't", "n't"}, {" 'm", "'m"},
	{" do not", " don't"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"},
}

// tidy applies them one after the other: a single pass would miss what an earlier one makes.
func tidy(s string) string {
	for _, t := range tidies {
		s = strings.ReplaceAll(s, t[0], t[1])
	}
	return s
}
