package tokenizer

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/dlclark/regexp2"
	"pgregory.net/rapid"
)

// textPools are what random texts are drawn from: each splits differently.
var textPools = []*rapid.Generator[string]{
	rapid.StringMatching(`[a-z]{1,8}`), rapid.StringMatching(`[0-9]{1,7}`),
	rapid.StringMatching(`[ \t\r\n]{1,5}`),
	rapid.StringMatching(`[!-/:-@]{1,4}`), rapid.SampledFrom([]string{
		"'s", "'T", "'re", "'VE", "'m", "'lL", "'d", "'", "'l", "’s", " ", "  ", "\n", "\r\n", "\u00a0", "\u3000",
		"½", "٣", "Ⅷ", "e\u0301", "\u1100\u1161\u11a8", "한", "中文", "👩\u200d💻", "▁", "Ġ", "<0x41>", "\x00",
	}),
	rapid.Custom(func(t *rapid.T) string { return string(rapid.Rune().Draw(t, "rune")) }),
}

// text draws a valid UTF-8 string that mixes the pools.
func text() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		parts := rapid.SliceOfN(rapid.OneOf(textPools...), 0, 40).Draw(t, "parts")
		return strings.ToValidUTF8(strings.Join(parts, ""), "?")
	})
}

// TestScanners holds every scanner against a backtracking engine on the pattern's own text.
//
// That engine reads Go's Unicode tables, which may be of another version than the pinned ones: characters
// on which the two differ are left out. It also does not know that S has a third case, ſ; that is
// TestLongS.
func TestScanners(t *testing.T) {
	for _, p := range patterns {
		re := regexp2.MustCompile(p.text, regexp2.Unicode)
		t.Run(p.name, rapid.MakeCheck(func(t *rapid.T) {
			s := strings.Map(func(r rune) rune {
				if letters16.has(r) != unicode.IsLetter(r) || numbers16.has(r) != unicode.IsNumber(r) || r == 'ſ' {
					return -1
				}
				return r
			}, text().Draw(t, "text"))
			var want, got []string
			for m, err := re.FindStringMatch(s); m != nil; m, err = re.FindNextMatch(m) {
				if err != nil {
					t.Fatal(err)
				}
				want = append(want, m.String())
			}
			for rest := s; rest != ""; {
				n := p.scan(rest)
				got, rest = append(got, rest[:n]), rest[n:]
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%q\n got %q\nwant %q", s, got, want)
			}
		}))
	}
}

// TestLongS: (?i:'s) matches 's, 'S and 'ſ, as the reference's engine folds case (Unicode CaseFolding.txt:
// ſ to s).
func TestLongS(t *testing.T) {
	for text, want := range map[string]int{
		"'sx": 2, "'Sx": 2, "'ſx": 3, "'LLx": 3, "'lx": 3, "'Rx": 3, "'": 1, "'ve": 3,
	} {
		if got := scanWords(text, 3); got != want {
			t.Errorf("%q: %d bytes, want %d", text, got, want)
		}
	}
	if got := scanGPT2("'Sx"); got != 1 {
		t.Errorf("GPT-2's contractions are lower case: %d bytes", got)
	}
}

// TestClassesArePinned: what the scanners call a letter does not follow Go's Unicode version.
func TestClassesArePinned(t *testing.T) {
	for r, want := range map[rune]class{
		0x1C89: letter, 0x10D40: number, 0x2EBF0: letter, 0x2FFF: other, 0x2003: blank, '\r': newline,
		0x323B0: other,
	} {
		if got := classify(r); got != want {
			t.Errorf("U+%04X: class %d, want %d", r, got, want)
		}
	}
	letters, numbers := 0, 0
	for r := rune(0); r <= utf8.MaxRune; r++ {
		switch classify(r) {
		case letter:
			letters++
		case number:
			numbers++
		}
	}
	if letters != 141028 || numbers != 1911 { // DerivedGeneralCategory.txt of Unicode 16.0
		t.Errorf("%d letters and %d numbers", letters, numbers)
	}
}
