package spec_test

// tokens and logits are how most language models call their input and output.
var (
	tokens = map[string]string{"tokens": "input_ids"}
	logits = map[string]string{"output": "logits"}
)

// decoderCases are models that generate text.
var decoderCases = []oracleCase{
	{name: "llama", file: "llama", inputs: tokens, outputs: logits},
}
