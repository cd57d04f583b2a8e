package spec_test

import (
	"slices"
	"strings"
	"testing"

	"archc/ir/eval"
)

// TestPronunciations runs a trained encoder and decoder of GRUs: graphemes in, the greedy phonemes out.
func TestPronunciations(t *testing.T) {
	w := openWeights(t, testdata(t, "g2p-gru"))
	m := example(t, "g2p-gru", nil)
	for word, want := range pronounced {
		source := graphemes(word)
		target := []int{2} // <s>
		for len(target) < 40 && target[len(target)-1] != 3 {
			res := run(t, m, w, map[string]*eval.Tensor{"source": ids("S", source), "target": ids("T", target)}, eval.Options{})
			row := last(res.Outputs["output"], len(target))
			target = append(target, slices.Index(row, slices.Max(row)))
		}
		if got := spoken(target); got != want {
			t.Errorf("%s is said %s, want %s", word, got, want)
		}
	}
}

var pronounced = map[string]string{
	"compiler":      "K AH0 M P IH1 L ER0",
	"activationist": "AE2 K T IH0 V EY1 SH AH0 N IH0 S T",
}

// graphemes are the ids of a word and its end.
func graphemes(word string) []int {
	var source []int
	for _, r := range word {
		source = append(source, 3+int(r-'a'))
	}
	return append(source, 2) // </s>
}

// spoken are the phonemes of ids that begin with <s> and end with </s>.
func spoken(ids []int) string {
	var said []string
	for _, id := range ids[1 : len(ids)-1] {
		said = append(said, phonemes[id-4])
	}
	return strings.Join(said, " ")
}

// phonemes are ids 4 and up: the ARPAbet with stress, sorted.
var phonemes = strings.Fields("AA0 AA1 AA2 AE0 AE1 AE2 AH0 AH1 AH2 AO0 AO1 AO2 AW0 AW1 AW2 AY0 AY1 AY2 B CH D DH " +
	"EH0 EH1 EH2 ER0 ER1 ER2 EY0 EY1 EY2 F G HH IH0 IH1 IH2 IY0 IY1 IY2 JH K L M N NG OW0 OW1 OW2 OY0 OY1 OY2 P R S SH T TH " +
	"UH0 UH1 UH2 UW UW0 UW1 UW2 V W Y Z ZH")
