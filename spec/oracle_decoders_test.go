package spec_test

// tokens and logits are how most language models call their input and output.
var (
	tokens = map[string]string{"tokens": "input_ids"}
	padded = map[string]string{"tokens": "input_ids", "valid": "attention_mask"}
	logits = map[string]string{"output": "logits"}
)

// decoderCases are models that generate text.
var decoderCases = []oracleCase{
	{name: "gpt2", file: "gpt2", prefix: "transformer.", inputs: tokens, outputs: logits},
	{name: "gpt2-options", file: "gpt2", prefix: "transformer.", inputs: tokens, outputs: logits},
	{name: "gpt3", file: "gpt3", prefix: "transformer.", settings: map[string]string{"band": "4"},
		inputs: tokens, outputs: logits},
	{name: "llama", file: "llama", inputs: tokens, outputs: logits},
	{name: "llama-rope-linear", file: "llama", inputs: tokens, outputs: logits},
	{name: "llama-rope-dynamic", file: "llama", inputs: tokens, outputs: logits},
	{name: "llama-rope-llama3", file: "llama", inputs: tokens, outputs: logits},
	{name: "llama-rope-yarn", file: "llama", inputs: tokens, outputs: logits},
	{name: "llama-biases", file: "llama", inputs: tokens, outputs: logits},
	{name: "mistral", file: "mistral-7b", inputs: tokens, outputs: logits},
	{name: "mistral-no-window", file: "mistral-7b", inputs: tokens, outputs: logits},
	{name: "qwen2", file: "qwen2.5-7b", inputs: tokens, outputs: logits},
	{name: "qwen2.5-tied", file: "qwen2.5-7b", inputs: tokens, outputs: logits},
	{name: "qwen2-window", file: "qwen2.5-7b", inputs: tokens, outputs: logits},
	{name: "qwen3", file: "qwen3-8b", inputs: tokens, outputs: logits},
	{name: "gemma", file: "gemma-2b", inputs: tokens, outputs: logits},
	{name: "gemma2", file: "gemma-2-9b", inputs: tokens, outputs: logits},
	{name: "bloom", file: "bloom-176b", prefix: "transformer.", inputs: padded, outputs: logits},
	{name: "bloom-6-heads", file: "bloom-176b", prefix: "transformer.", inputs: padded, outputs: logits},
	{name: "mpt", file: "mpt-7b", prefix: "transformer.", inputs: tokens, outputs: logits},
	{name: "mpt-6-heads", file: "mpt-7b", prefix: "transformer.", inputs: tokens, outputs: logits},
}
