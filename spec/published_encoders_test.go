package spec_test

import (
	"math/big"
	"testing"

	"archc/passes/cost"
)

// TestPublishedEncoders holds the counts of encoders and encoder-decoders: those that their publishers state or, for
// NNLM, the Transformer, BigBird and the vision encoders, that the sizes they state give.
func TestPublishedEncoders(t *testing.T) {
	for _, c := range []struct {
		file     string
		settings map[string]string
		want     int64
	}{
		{"nnlm", nil, 5_762_483},
		{"transformer-base", nil, 63_045_632},
		{"transformer-big", nil, 214_171_648},
		{"bert-base", nil, 109_482_240},
		{"bert-large", nil, 335_141_888},
		{"roberta", nil, 124_645_632},
		{"longformer-base", nil, 148_659_456},
		{"bigbird-base", nil, 127_468_800},
		{"vit", nil, 86_389_248},
		{"vit-base", nil, 86_567_656}, // torchvision, vit_b_16
		{"clip-vision", nil, 303_507_456},
		{"llava", nil, 7_063_427_072}, // llava-1.5-7b-hf
		{"t5-small", nil, 60_506_624},
		{"t5", map[string]string{"D": "768", "L": "12", "H": "12", "F": "3072"}, 222_903_552}, // T5-base
		{"t5-11b", nil, 11_307_321_344},
	} {
		r := report(t, example(t, c.file, c.settings), cost.Exact)
		if r.Parameters.Total.Cmp(big.NewInt(c.want)) != 0 {
			t.Errorf("%s %v: %s parameters, published are %d", c.file, c.settings, r.Parameters.Total, c.want)
		}
	}
}
