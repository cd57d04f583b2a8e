package spec_test

// tokens and logits are how most language models call their input and output.
var (
	tokens = map[string]string{"tokens": "input_ids"}
	logits = map[string]string{"output": "logits"}
)

// decoderCases are models that generate text.
var decoderCases = []oracleCase{
	{name: "gpt2", file: "gpt2", prefix: "transformer.", inputs: tokens, outputs: logits},
	{name: "gpt3", file: "gpt3", prefix: "transformer.", settings: map[string]string{"band": "4"},
		inputs: tokens, outputs: logits},
	{name: "llama", file: "llama", inputs: tokens, outputs: logits},
	{name: "llama-rope-linear", file: "llama", inputs: tokens, outputs: logits},
	{name: "llama-rope-llama3", file: "llama", inputs: tokens, outputs: logits},
	{name: "llama-rope-yarn", file: "llama", inputs: tokens, outputs: logits},
	{name: "llama-biases", file: "llama", inputs: tokens, outputs: logits},
}
