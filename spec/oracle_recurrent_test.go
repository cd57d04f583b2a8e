package spec_test

// recurrentCases are recurrent and convolutional networks, and mixtures of experts.
var recurrentCases = []oracleCase{
	{name: "mixtral", file: "mixtral-8x7b", inputs: tokens, outputs: logits},
	{name: "deepseek-v3", file: "deepseek-v3", inputs: tokens, outputs: logits},
	{name: "deepseek-v2", file: "deepseek-v2", inputs: tokens, outputs: logits},
	{name: "deepseek-v2-lite", file: "deepseek-v2", inputs: tokens, outputs: logits},
	{name: "ptb-lstm", file: "ptb-lstm-small", settings: map[string]string{"V": "31", "U": "8"},
		inputs: map[string]string{}, outputs: logits},
	{name: "alexnet-narrow", file: "alexnet", settings: map[string]string{"A": "4", "B": "12", "M": "24", "N": "16",
		"Z": "576", "F": "256", "V": "10"}, outputs: logits},
	{name: "vgg16-narrow", file: "vgg16", settings: map[string]string{"A": "4", "B": "8", "M": "16", "N": "32",
		"Z": "1568", "F": "256", "V": "10"}, outputs: logits},
	{name: "resnet50-narrow", file: "resnet50", settings: map[string]string{"W": "4", "V": "10"}, outputs: logits},
}
