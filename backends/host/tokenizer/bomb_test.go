package tokenizer

import (
	"fmt"
	"strings"
	"testing"
)

// bombs are texts that make careless tokenizers quadratic.
var bombs = map[string]string{
	"a":           strings.Repeat("a", 1e6),
	"underscores": strings.Repeat("_", 5e4),
	"cjk":         strings.Repeat("漢字仮名", 2e4),
	"spaces":      strings.Repeat(" ", 2e5),
	"newlines":    strings.Repeat(" \n\t\r", 5e4) + "x",
	"marks":       "a" + strings.Repeat("\u0301\u0323", 5e4),
	"digits":      strings.Repeat("1", 2e5),
	"mixed":       strings.Repeat("ab", 5e4) + strings.Repeat("'", 5e4),
	"specials":    strings.Repeat("<|endoftext|></s>[SEP]<|im_start|>", 5e3),
	"half":        strings.Repeat("<|endoftext|", 1e4),
}

// TestBombs counts the work for each: heap operations and look-ups grow with the text, not with its square.
// BERT gives up on long words, so its work is bounded by the length of the longest.
func TestBombs(t *testing.T) {
	for _, name := range realOnes {
		tok := real(t, name)
		for bomb, text := range bombs {
			e := newEncoder(tok)
			if _, err := e.encode(text, false, false); err != nil {
				t.Errorf("%s of %s: %v", name, bomb, err)
			}
			// A character of 3 bytes is 3 symbols; each has one offer, and each merge two offers and one
			// pop.
			if most := 10*len(text) + 1000; e.steps > most {
				t.Errorf("%s of %s: %d steps for %d bytes, want at most %d", name, bomb, e.steps, len(text), most)
			}
		}
	}
}

// TestBombsWithSpace: added tokens that take the white space beside them look at it once, not once for each
// token.
func TestBombsWithSpace(t *testing.T) {
	var tokens []string
	for i, flags := range []string{`"lstrip": true, "rstrip": true`, `"lstrip": false, "rstrip": true`} {
		tokens = append(tokens, fmt.Sprintf(`{"id": %d, "content": %q, "single_word": false, %s,
			"normalized": false, "special": false}`, 261+i, []string{" ", "\t"}[i], flags))
	}
	tok := mustLoad(t, toy(`"added_tokens": [`, `"added_tokens": [`+strings.Join(tokens, ",")+`,`,
		`"id": 261, "content": "<end>"`, `"id": 263, "content": "<end>"`))
	for _, text := range []string{" ", "\t ", "\v\t"} {
		text = strings.Repeat(text, 3e5)
		e := newEncoder(tok)
		ids, err := e.encode(text, false, false)
		if err != nil || e.steps > 4*len(text) || len(ids) > len(text) {
			t.Errorf("%.4q: %d ids, %d steps (%v)", text, len(ids), e.steps, err)
		}
	}
}

// TestGrowth: components cannot multiply a text.
func TestGrowth(t *testing.T) {
	grow := `{"type": "Replace", "pattern": {"String": "a"}, "content": "` +
		strings.Repeat("a", maxSetting) + `"}`
	chain := `{"type": "Sequence", "normalizers": [` + grow + "," + grow + "," + grow + "," + grow + `]}`
	tok := mustLoad(t, toy(toyNorm, `"normalizer": `+chain))
	_, err := tok.Encode("aaaa", false)
	checkError(t, "a chain of Replace", err, "T031", "67108864")
	prepend := `{"type": "Prepend", "prepend": "` + strings.Repeat("x", maxSetting) + `"}`
	e := newEncoder(mustLoad(t, toy(toyNorm, `"normalizer": `+prepend)))
	e.produced = maxNormalized - 10*maxSetting // the pieces before these
	_, err = e.encode(strings.Repeat("y<end>", 10), false, false)
	checkError(t, "Prepend at every piece", err, "T031", "67108864")
	back := `{"type": "Sequence", "decoders": [` + grow + "," + grow + "," + grow + `]}`
	_, err = mustLoad(t, toy(toyDec, `"decoder": `+back)).Decode([]int{'a'})
	checkError(t, "a chain of Replace when decoding", err, "T031", "1048576")
}
