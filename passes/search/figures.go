package search

// Figure is a number that a point is counted by. Its name is the one spelling, in constraints, objectives and columns.
type Figure struct {
	Name  string
	Unit  string
	About string
	Needs string // the size that has to be given for it, a key of the space; "" for none
}

// Figures is the table of them. Names in the JSON of other verbs say the path, these the word.
var Figures = []Figure{
	{"params", "parameters", "stored parameters, each tensor once", ""},
	{"active", "parameters", "parameters that one token uses", ""},
	{"active_without_embedding", "parameters", "the same without the input embedding", ""},
	{"flops", "FLOP", "contractions of one forward pass over batch and seq", "seq"},
	{"elementwise", "FLOP", "all else of that pass", "seq"},
	{"prefill", "FLOP", "contractions that a prompt of seq tokens needs", "seq"},
	{"decode", "FLOP", "contractions of one new token behind context tokens", "context"},
	{"train", "FLOP", "contractions of a training step over batch and seq", "seq"},
	{"cache", "numbers", "what one sequence keeps for each token", ""},
	{"cache_constant", "numbers", "what one sequence keeps however long it is", ""},
	{"cache_at_context", "numbers", "what one sequence keeps behind context tokens", "context"},
	{"cache_bytes", "bytes", "the same at the dtype, below 16 bits in bf16", "context"},
	{"weights", "bytes", "all parameters at the dtype, with the scales of groups", ""},
	{"activations", "bytes", "what a training step keeps for its way back, an estimate", "seq"},
	{"training", "bytes", "that, and 16 bytes for each parameter, an estimate", "seq"},
}

// FigureNamed finds a figure.
func FigureNamed(name string) (Figure, bool) {
	for _, f := range Figures {
		if f.Name == name {
			return f, true
		}
	}
	return Figure{}, false
}
