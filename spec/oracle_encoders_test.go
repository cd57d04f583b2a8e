package spec_test

var (
	bertInputs  = map[string]string{"tokens": "input_ids", "kind": "token_type_ids", "valid": "attention_mask"}
	bertOutputs = map[string]string{"hidden": "last_hidden_state", "pooled": "pooler_output"}
	longInputs  = map[string]string{"tokens": "input_ids", "valid": "attention_mask", "star": "global_attention_mask"}
	vitInputs   = map[string]string{"image": "pixel_values"}
	llavaInputs = map[string]string{"tokens": "input_ids", "image": "pixel_values"}
	t5Inputs    = map[string]string{"source": "input_ids", "target": "decoder_input_ids", "valid": "attention_mask"}
	t5Outputs   = map[string]string{"logits": "logits", "encoded": "encoder_last_hidden_state"}
)

// encoderCases are encoders, encoder-decoders and the parts of the library.
var encoderCases = []oracleCase{
	{name: "alignments", file: "alignments", single: true, outputs: alignmentOutputs()},
	{name: "distributions", file: "distributions", single: true, outputs: map[string]string{
		"soft": "softmax", "own": "softmax", "one": "softmax1", "sunk": "sink", "sparse": "sparsemax", "top": "top3",
		"logistic": "sigmoid", "capped": "softcap", "share": "linear", "ent125": "entmax_1.25",
		"ent15": "entmax_1.5", "ent175": "entmax_1.75", "ent3": "entmax_3.0",
	}},
	{name: "bert", file: "bert", inputs: bertInputs, outputs: bertOutputs},
	{name: "bert-masked-lm", file: "bert", inputs: bertInputs, outputs: logits},
	{name: "bert-classification", file: "bert", inputs: bertInputs, outputs: logits},
	{name: "roberta", file: "roberta", inputs: bertInputs, outputs: bertOutputs},
	{name: "roberta-masked-lm", file: "roberta", inputs: bertInputs, outputs: logits},
	{name: "nnlm", file: "nnlm", settings: map[string]string{"V": "29", "M": "6", "H": "10", "N": "3"},
		outputs: map[string]string{"logits": "logits", "log_probabilities": "log_probabilities"}},
	{name: "transformer", file: "transformer",
		settings: map[string]string{"V": "29", "D": "24", "H": "4", "F": "40", "L": "2"},
		inputs:   map[string]string{"valid": "source_mask"}, outputs: logits},
	{name: "t5", file: "t5", inputs: t5Inputs, outputs: t5Outputs},
	{name: "t5-v1.1", file: "t5", inputs: t5Inputs, outputs: t5Outputs},
	{name: "t5-buckets", file: "t5", model: "T5Buckets", single: true,
		outputs: map[string]string{"both": "bidirectional", "before": "causal"}},
	{name: "sparse-transformer-fixed", file: "sparse-transformer", settings: sparse("false"), outputs: logits},
	{name: "sparse-transformer-strided", file: "sparse-transformer", settings: sparse("true"), outputs: logits},
	{name: "longformer", file: "longformer", inputs: longInputs, outputs: bertOutputs},
	{name: "longformer-local", file: "longformer", inputs: longInputs,
		outputs: map[string]string{"hidden": "last_hidden_state"}},
	{name: "bigbird", file: "bigbird", once: []string{"picks"}, outputs: bertOutputs, inputs: map[string]string{
		"tokens": "input_ids", "kind": "token_type_ids", "valid": "attention_mask", "picks": "random_blocks"}},
	{name: "vit", file: "vit", inputs: vitInputs, outputs: bertOutputs},
	{name: "clip-vision", file: "clip-vision", inputs: vitInputs, outputs: bertOutputs},
	{name: "llava", file: "llava", inputs: llavaInputs, outputs: logits},
	{name: "vit-classification", file: "vit", inputs: vitInputs, outputs: logits},
}

// alignmentOutputs are the means under each of the survey's functions, and their scores.
func alignmentOutputs() map[string]string {
	out := map[string]string{}
	for _, n := range []string{"similarity", "dot", "scaled_dot", "general", "biased_general", "activated_general",
		"generalized_kernel", "concat", "additive", "deep", "location_based", "feature_based"} {
		out["by_"+n], out["of_"+n] = "mean."+n, "score."+n
	}
	return out
}

// sparse are the sizes of the Sparse Transformer's cases.
func sparse(byStride string) map[string]string {
	return map[string]string{"V": "29", "D": "24", "H": "2", "F": "40", "L": "2", "P": "12", "n": "4", "c": "1",
		"by_stride": byStride}
}
