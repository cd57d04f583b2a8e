package tokenizer

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/unicode/rangetable"
	"pgregory.net/rapid"
)

// marks that meet many composition rules: several classes, Hangul parts, exclusions, singletons.
var normPool = []rune("aeoAEOcdDsSiI" +
	"\u0300\u0301\u0302\u0308\u030a\u0323\u0327\u0328\u0338\u0345\u0315\u0342\u0313" +
	"\u1100\u1161\u11a8\uac00\ud7a3\u212b\u2126\u0958\ufb2c\u0f43\u0f71\u0f72\u0f74\u3099\u304b\u1e9b\u0344" +
	"\u2adc\u09c7\u09be\u0d46\U0001d15e\U00011099\U000110ba")

// TestNFC compares NFC and NFD with golang.org/x/text, over text that Unicode 9.0 knows.
func TestNFC(t *testing.T) {
	known := rangetable.Assigned("9.0.0")
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if s := string(r); unicode.Is(known, r) {
			if composed(s) != norm.NFC.String(s) || decomposed(s) != norm.NFD.String(s) {
				t.Errorf("U+%04X: %q and %q", r, composed(s), decomposed(s))
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		runes := rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(normPool), rapid.Rune()), 0, 20).Draw(t, "runes")
		s := strings.Map(func(r rune) rune {
			// x/text looks pairs up by the low 16 bits of each, so that U+E0048 composes like H there.
			if !unicode.Is(known, r) || r > 0xFFFF && !slices.Contains(normPool, r) {
				return -1
			}
			return r
		}, string(runes))
		if got, want := composed(s), norm.NFC.String(s); got != want {
			t.Fatalf("NFC of %+q\n got %+q\nwant %+q", s, got, want)
		}
		if got, want := decomposed(s), norm.NFD.String(s); got != want {
			t.Fatalf("NFD of %+q\n got %+q\nwant %+q", s, got, want)
		}
	})
}

// TestBertNormalizer: each switch alone.
func TestBertNormalizer(t *testing.T) {
	for _, c := range []struct {
		options  bertOptions
		in, want string
	}{
		{bertOptions{clean: true}, "a\x00b\u200b\tc\u00a0d\ufffd\u0007", "ab c d"},
		{bertOptions{chinese: true}, "ab中c𠀀ㄅ", "ab 中 c 𠀀 ㄅ"},
		{bertOptions{strip: true}, "Éße\u0301한", "Eße\u1112\u1161\u11ab"},
		{bertOptions{lower: true}, "ÀBİΣ", "àbi\u0307σ"},
		{bertOptions{}, "Éa\t", "Éa\t"},
	} {
		if got := c.options.normalize(c.in); got != c.want {
			t.Errorf("%+v: %+q becomes %+q, want %+q", c.options, c.in, got, c.want)
		}
	}
}
