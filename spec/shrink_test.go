package spec_test

import (
	"math/rand/v2"
	"strconv"

	"archc/dsl/check"
	"archc/dsl/lower"
)

// dice draws small dims.
type dice struct {
	*rand.Rand
	set map[string]string
}

// between is a whole number, both ends included.
func (d *dice) between(least, most int) int { return least + d.IntN(most-least+1) }

// put sets parameters of a model to numbers: "D", 8, "L", 2.
func (d *dice) put(pairs ...any) {
	for i := 0; i < len(pairs); i += 2 {
		d.set[pairs[i].(string)] = strconv.Itoa(pairs[i+1].(int))
	}
}

// flag sets a parameter to a truth value.
func (d *dice) flag(name string) { d.set[name] = strconv.FormatBool(d.IntN(2) == 0) }

// any sets parameters that nothing else hangs on.
func (d *dice) any(names ...string) {
	for _, name := range names {
		d.put(name, d.between(1, 6))
	}
}

// stack is what nearly every stack has: layers, the width of its feed-forward part, words, positions for the longest text.
func (d *dice) stack() { d.put("L", d.between(1, 3), "F", d.between(1, 9), "V", d.between(4, 12)) }

// heads makes H heads of K, K even, and D their product.
func (d *dice) heads() (h int) {
	h, k := d.between(1, 3), 2*d.between(1, 3)
	d.put("H", h, "D", h*k)
	return h
}

// grouped makes G groups of R heads.
func (d *dice) grouped() {
	d.put("G", d.between(1, 2))
	g, _ := strconv.Atoi(d.set["G"])
	h, k := g*d.between(1, 3), 2*d.between(1, 3)
	d.put("H", h, "D", h*k)
}

// ownWidth makes grouped heads whose width is not D/H.
func (d *dice) ownWidth() {
	d.grouped()
	d.put("K", 2*d.between(1, 3))
}

// experts makes E experts, in G groups where there are any, of which a token uses top_k.
func (d *dice) experts() {
	e := d.between(2, 5)
	d.put("E", e, "top_k", d.between(1, e))
}

// image is a picture of whole patches, so many or one more on each side.
func (d *dice) image(least int) {
	p := d.between(1, 3)
	d.put("C", d.between(1, 3), "P", p, "Y", p*d.between(least, least+1), "X", p*d.between(least, least+1))
}

// longest is the longest sequence that is drawn, and so the size of tables of positions; room is enough for all its
// tokens, in the first round and the second, at one expert.
const (
	longest = 9
	room    = 64
)

// shrink sets the dims of each model of ../examples that is no variant small, at random: the relations between them are
// those that the model requires. What is left out keeps its default.
var shrink = map[string]func(d *dice){
	"AlexNet": func(d *dice) {
		y, x := d.between(63, 100), d.between(63, 100)
		n, left := d.between(1, 2), func(n int) int { return ((((n-7)/4+1-1)/2-1)/2 - 1) / 2 }
		d.any("C", "A", "B", "M", "F", "V")
		d.put("Y", y, "X", x, "N", n, "Z", n*left(y)*left(x))
	},
	"Alignments":         func(d *dice) { d.any("A", "B", "N"); d.put("P", longest) },
	"Bert":               bert,
	"BertMaskedLM":       bert,
	"BertClassification": func(d *dice) { bert(d); d.any("C") },
	"BigBird":            func(d *dice) { bert(d); d.put("W", d.between(1, 4)) },
	"Bloom":              func(d *dice) { d.heads(); d.stack() },
	"ByteNet": func(d *dice) {
		d.any("D", "taps", "turn")
		d.put("L", d.between(1, 4), "V", d.between(4, 9))
	},
	"ClipVision":  func(d *dice) { d.heads(); d.stack(); delete(d.set, "V"); d.image(1) },
	"ConvS2S":     func(d *dice) { d.stack(); d.any("D", "taps"); d.put("P", longest) },
	"DeepAtt":     func(d *dice) { d.any("M", "E", "L"); d.put("N", 2*d.between(1, 3), "X", 5, "V", 4) },
	"DeepMoe2013": func(d *dice) { d.any("D", "H", "A", "E", "M", "N") },
	"DeepseekMoe16B": func(d *dice) {
		d.grouped()
		d.stack()
		d.experts()
		d.any("Fe", "S")
		d.put("dense", d.between(0, 2))
		d.flag("normalized")
	},
	"DeepseekMoeLayer": func(d *dice) {
		g := d.between(1, 3)
		d.any("D", "F", "S")
		d.limited(g, d.between(1, 2), "m")
	},
	"DeepseekV2":    func(d *dice) { d.latent(1); d.flag("low_rank") },
	"DeepseekV3":    func(d *dice) { d.latent(2) },
	"Distributions": func(d *dice) { d.put("k", d.between(1, 3)) },
	"G2P":           func(d *dice) { d.any("U"); d.put("X", 5, "V", d.between(4, 9)) },
	"Gemma":         func(d *dice) { d.ownWidth(); d.stack(); d.flag("tied"); d.flag("biased") },
	"Gemma2": func(d *dice) {
		d.ownWidth()
		d.stack()
		d.put("span", d.between(1, longest), "cap", d.between(0, 1), "final_cap", d.between(0, 1))
	},
	"GNMT": func(d *dice) { d.any("N"); d.put("L", d.between(2, 4), "V", 5) },
	"GPT2": func(d *dice) {
		d.heads()
		d.stack()
		d.put("P", longest, "band", d.between(0, 5))
		d.flag("exact")
		d.flag("scaled")
		d.flag("tied")
	},
	"Gshard600B": func(d *dice) {
		d.any("H", "K", "F")
		d.put("D", 2*d.between(1, 4), "L", d.between(1, 4), "E", d.between(2, 4), "V", 5, "capacity", room)
		d.flag("counted")
	},
	"GshardLayer": func(d *dice) { d.any("D", "F"); d.put("E", d.between(2, 4), "capacity", room); d.flag("counted") },
	"Llama":       func(d *dice) { d.grouped(); d.stack(); d.flag("tied"); d.flag("biased") },
	"Llava": func(d *dice) {
		d.grouped()
		d.stack()
		d.image(2) // as many places as small numbers say
		i := d.between(1, 2)
		d.put("I", i, "E", i*d.between(1, 4), "M", d.between(1, 3), "U", d.between(1, 6), "image_token", 3)
	},
	"Longformer": func(d *dice) { bert(d); d.put("P", longest+2, "W", d.between(1, 8), "grow", d.between(0, 3)) },
	"Mistral":    func(d *dice) { d.grouped(); d.stack(); d.put("span", d.between(0, longest)) },
	"Mixtral":    func(d *dice) { d.grouped(); d.stack(); d.experts() },
	"MNIST": func(d *dice) {
		r, s := d.between(1, 3), d.between(1, 3)
		d.any("A", "B", "V")
		d.put("R", r, "S", s, "P", 6*r+d.between(0, 5), "Q", 6*s+d.between(0, 5))
	},
	"Moe1991":     func(d *dice) { d.any("D", "N", "E") },
	"MoeLstm2017": func(d *dice) { d.chosen(); d.put("V", 5) },
	"NoisyTopK":   func(d *dice) { d.chosen() },
	"MPT":         func(d *dice) { d.heads(); d.stack(); d.put("clip", d.between(0, 1)) },
	"NanoSort":    func(d *dice) { d.heads(); d.stack(); d.put("P", longest) },
	"NNLM":        func(d *dice) { d.any("M", "H", "N"); d.put("V", d.between(4, 12)) },
	"PtbLstmSmall": func(d *dice) {
		d.any("U", "L")
		d.put("V", d.between(4, 12))
	},
	"Qwen2": func(d *dice) { d.grouped(); d.stack(); d.flag("tied"); d.windowed() },
	"Qwen3Moe": func(d *dice) {
		d.ownWidth()
		d.stack()
		d.experts()
		d.any("Fe")
		d.put("step", d.between(1, 2), "plain", d.between(0, 2))
	},
	"Qwen3":             func(d *dice) { d.ownWidth(); d.stack(); d.flag("tied"); d.flag("biased"); d.windowed() },
	"Recurrent":         func(d *dice) { d.any("I", "U", "L") },
	"LSTMs":             func(d *dice) { d.any("I", "U", "L") },
	"BidirectionalRNNs": func(d *dice) { d.any("I", "U", "L") },
	"BidirectionalLSTMs": func(d *dice) {
		d.any("I", "U", "L")
	},
	"ResNet50":          func(d *dice) { d.put("W", d.between(1, 2), "C", d.between(1, 3), "V", d.between(1, 6)) },
	"RNNsearch50":       func(d *dice) { d.any("M", "N", "P"); d.put("V", 5); d.flag("biases") },
	"RNNencdec":         func(d *dice) { d.any("M", "N", "P"); d.put("V", 5); d.flag("biases") },
	"RNNEncoderDecoder": func(d *dice) { d.any("M", "N", "P", "R"); d.put("V", 5) },
	"Roberta":           func(d *dice) { bert(d); delete(d.set, "Y"); d.put("P", longest+2) },
	"RobertaMaskedLM":   func(d *dice) { bert(d); delete(d.set, "Y"); d.put("P", longest+2) },
	"Sutskever":         func(d *dice) { d.any("N", "L"); d.put("X", 5, "V", 4, "biases", d.between(0, 2)) },
	"SparseTransformer": func(d *dice) {
		d.heads()
		d.stack()
		n := d.between(2, 4)
		d.put("P", longest, "n", n, "c", d.between(1, n))
		d.flag("by_stride")
	},
	"SwitchBase8": func(d *dice) {
		d.buckets()
		d.put("E", d.between(2, 4), "capacity", room, "L", d.between(1, 4), "M", d.between(1, 4))
	},
	"T5":          func(d *dice) { d.buckets(); d.put("M", d.between(1, 3)); d.flag("gated") },
	"T5Buckets":   func(d *dice) { d.put("N", 8*d.between(1, 2), "far", d.between(17, 40)) },
	"Transformer": func(d *dice) { d.heads(); d.stack() },
	"TransformerXL": func(d *dice) {
		d.any("H", "K", "F", "M")
		d.put("L", d.between(1, 3), "D", 8*d.between(1, 2), "Z", 2, "C1", d.between(3, 4), "C2", d.between(5, 6),
			"C3", d.between(7, 8), "V", d.between(9, 11))
	},
	"VGG16": func(d *dice) {
		y, x, n := d.between(1, 2), d.between(1, 2), d.between(1, 2)
		d.any("C", "A", "B", "M", "F", "V")
		d.put("Y", 32*y, "X", 32*x, "N", n, "Z", n*y*x)
	},
	"ViT":               func(d *dice) { d.heads(); d.stack(); delete(d.set, "V"); d.image(1) },
	"ViTClassification": func(d *dice) { d.heads(); d.stack(); delete(d.set, "V"); d.image(1); d.any("Z") },
}

func bert(d *dice) {
	d.heads()
	d.stack()
	d.put("P", longest, "Y", d.between(1, 2))
}

// latent is a model with latent attention and experts in groups.
func (d *dice) latent(perGroup int) {
	g := d.between(1, 3)
	d.stack()
	d.any("D", "H", "Q", "C", "N", "W", "Fe", "S")
	d.put("R", 2*d.between(1, 2), "dense", d.between(0, 2))
	d.limited(g, perGroup*d.between(1, 2), "top_groups")
}

// limited makes G groups of experts, a few of which a token may reach.
func (d *dice) limited(g, perGroup int, groups string) {
	few := d.between(1, g)
	d.put("G", g, "E", g*perGroup, groups, few, "top_k", d.between(1, few*perGroup))
}

func (d *dice) chosen() {
	e := d.between(2, 5)
	d.any("D", "F")
	d.put("E", e, "k", d.between(1, e-1))
}

func (d *dice) windowed() {
	d.flag("windowed")
	d.put("span", d.between(1, longest), "wide", d.between(0, 2))
}

// buckets is a T5: N buckets of distances.
func (d *dice) buckets() {
	d.stack()
	d.any("D", "H", "K")
	d.put("N", 8*d.between(1, 2), "far", d.between(17, 40))
	d.flag("tied")
}

// rowOf is the row of a model, or of the one that it is a variant of.
func rowOf(decl *check.Decl) func(d *dice) {
	for ; decl != nil; decl = lower.BaseOf(decl) {
		if row := shrink[decl.Name().Name]; row != nil {
			return row
		}
	}
	return nil
}
