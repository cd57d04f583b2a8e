package tokenizer

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// TestRoundTrip: decode(encode(x)) is x, for the tokenizers that lose nothing. Qwen2.5 composes the text
// first.
func TestRoundTrip(t *testing.T) {
	check := func(name string, tok *Tokenizer, after func(string) string) {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			s := text().Draw(t, "text")
			ids, err := tok.Encode(s, true)
			if err != nil {
				t.Fatal(err)
			}
			got, err := tok.Decode(ids)
			if want := after(s); err != nil || got != want {
				t.Fatalf("%q\n ids %v\n got %q (%v)\nwant %q", s, ids, got, err, want)
			}
		}))
	}
	same := func(s string) string { return s }
	check("toy", mustLoad(t, toy()), same)
	check("gpt2", real(t, "tokenizers/gpt2"), same)
	check("llama3", real(t, "tokenizers/llama3"), same)
	check("qwen2.5", real(t, "tokenizers/qwen2_5"), composed)
	check("stories", real(t, "stories260k"), func(s string) string {
		return strings.ReplaceAll(s, "▁", " ") // a space is written so: the two cannot be told apart
	})
}

// TestStream: the chunks are valid UTF-8, hold no part of a character that a later chunk completes, and
// together are what Decode gives. The ids are random, so most byte sequences make no character.
func TestStream(t *testing.T) {
	for _, name := range realOnes {
		tok := real(t, name)
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			id := rapid.OneOf(rapid.IntRange(0, tok.Size()-1), rapid.IntRange(0, min(300, tok.Size()-1)))
			ids := rapid.SliceOfN(id, 0, 60).Draw(t, "ids")
			keep := rapid.Bool().Draw(t, "keep")
			s := tok.Stream(keep)
			var got strings.Builder
			for _, id := range ids {
				if _, ok := tok.Token(id); !ok {
					continue
				}
				addChunk(t, &got)(s.Push(id))
			}
			addChunk(t, &got)(s.Flush())
			ids = slices.DeleteFunc(ids, func(id int) bool { _, ok := tok.Token(id); return !ok })
			want, err := tok.decode(ids, keep)
			if err != nil || got.String() != want {
				t.Fatalf("%v\n got %q\nwant %q (%v)", ids, got.String(), want, err)
			}
		}))
	}
}

func addChunk(t *rapid.T, to *strings.Builder) func(string, error) {
	return func(chunk string, err error) {
		if err != nil || !utf8.ValidString(chunk) {
			t.Fatalf("chunk %q: %v", chunk, err)
		}
		to.WriteString(chunk)
	}
}

// TestStreamHolds: a character comes when its last byte does, and not before; the rest of one that never
// ends at Flush.
func TestStreamHolds(t *testing.T) {
	tok := mustLoad(t, toy())
	s := tok.Stream(false)
	var chunks []string
	for _, b := range []byte("a\xf0\x9f\x98\x80\xe4\xb8z\xff") {
		chunk, err := s.Push(int(b))
		if err != nil {
			t.Fatal(err)
		}
		chunks = append(chunks, chunk)
	}
	last, err := s.Flush()
	want := []string{"a", "", "", "", "😀", "", "", "\ufffdz", "\ufffd", ""}
	if chunks = append(chunks, last); err != nil || !slices.Equal(chunks, want) {
		t.Errorf("got %q, want %q (%v)", chunks, want, err)
	}
}

// TestSpecials: special tokens in text are found by Encode and are text for EncodePlain.
func TestSpecials(t *testing.T) {
	for _, c := range []struct{ name, token string }{
		{"tokenizers/gpt2", "<|endoftext|>"}, {"tokenizers/qwen2_5", "<|im_start|>"},
		{"tokenizers/llama3", "<|eot_id|>"}, {"stories260k", "</s>"}, {"tokenizers/bert", "[SEP]"},
	} {
		tok := real(t, c.name)
		id, ok := tok.ID(c.token)
		if got, _ := tok.Token(id); !ok || !tok.IsSpecial(id) || got != c.token {
			t.Errorf("%s: %s has the id %d, is special: %v", c.name, c.token, id, tok.IsSpecial(id))
		}
		text := "hello" + c.token + "world" + c.token
		ids, err := tok.Encode(text, false)
		if err != nil || len(slices.DeleteFunc(slices.Clone(ids), func(i int) bool { return i != id })) != 2 {
			t.Errorf("%s: %q gives %v (%v)", c.name, text, ids, err)
		}
		plain, err := tok.EncodePlain(text, false)
		unknown := c.name == "stories260k" || c.name == "tokenizers/bert" // <unk> is special and may come
		if err != nil || slices.Contains(plain, id) || slices.ContainsFunc(plain, tok.IsSpecial) && !unknown {
			t.Errorf("%s: %q gives %v as plain text (%v)", c.name, text, plain, err)
		}
		if back, err := tok.Decode(plain); err != nil || c.name != "tokenizers/bert" && back != text {
			t.Errorf("%s: plain %v is %q (%v)", c.name, plain, back, err)
		}
	}
}

// TestEmpty: nothing in, nothing out but the template.
func TestEmpty(t *testing.T) {
	for name, want := range map[string][]int{
		"tokenizers/gpt2": nil, "tokenizers/bert": {101, 102}, "stories260k": {1},
	} {
		tok := real(t, name)
		none, err1 := tok.Encode("", false)
		with, err2 := tok.Encode("", true)
		text, err3 := tok.Decode(nil)
		if err1 != nil || err2 != nil || err3 != nil || len(none) > 0 || !slices.Equal(with, want) || text != "" {
			t.Errorf("%s: %v, %v, %q (%v, %v, %v)", name, none, with, text, err1, err2, err3)
		}
	}
}

// TestLossy: one U+FFFD for each maximal subpart (The Unicode Standard, table 3-8 and its neighbours).
func TestLossy(t *testing.T) {
	for in, want := range map[string]string{
		"\x61\xf1\x80\x80\xe1\x80\xc2\x62\x80\x63\x80\xbf\x64": "a\ufffd\ufffd\ufffdb\ufffdc\ufffd\ufffdd",
		"\xc0\xaf\xe0\x80\xbf":                                 "\ufffd\ufffd\ufffd\ufffd\ufffd",
		"\xed\xa0\x80":                                         "\ufffd\ufffd\ufffd",
		"\xf4\x91\x92\x93\xff\x41":                             "\ufffd\ufffd\ufffd\ufffd\ufffdA",
		"\xf0\x9f":                                             "\ufffd",
		"\ufffd":                                               "\ufffd",
	} {
		if got, rest := lossy([]byte(in), true); got != want || len(rest) > 0 {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
		if got, rest := lossy([]byte(in), false); got+string(rest) != want && len(rest) == 0 {
			t.Errorf("%q is %q and %q", in, got, rest)
		}
	}
}
