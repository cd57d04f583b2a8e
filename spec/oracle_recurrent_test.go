package spec_test

var (
	torchSizes = map[string]string{"I": "5", "U": "6", "L": "2"}
	starts     = map[string]string{"start_h": "h", "start_c": "c"}
	states     = map[string]string{"y": "y", "h": "h"}
	cells      = map[string]string{"y": "y", "h": "h", "c": "c"}
)

// recurrentCases are recurrent and convolutional networks, and mixtures of experts.
var recurrentCases = []oracleCase{
	{name: "mixtral", file: "mixtral-8x7b", inputs: tokens, outputs: logits},
	{name: "deepseek-v3", file: "deepseek-v3", inputs: tokens, outputs: logits},
	{name: "deepseek-v2", file: "deepseek-v2", inputs: tokens, outputs: logits},
	{name: "deepseek-v2-lite", file: "deepseek-v2", inputs: tokens, outputs: logits},
	{name: "rnn", file: "recurrent", settings: torchSizes, outputs: states},
	{name: "rnn-relu", file: "recurrent", model: "ReluRNNs", settings: torchSizes, outputs: states},
	{name: "gru", file: "recurrent", model: "GRUs", settings: torchSizes, outputs: states},
	{name: "lstm", file: "recurrent", model: "LSTMs", settings: torchSizes, outputs: cells},
	{name: "rnn-bidirectional", file: "recurrent", model: "BidirectionalRNNs", settings: torchSizes, inputs: starts,
		outputs: states},
	{name: "rnn-relu-bidirectional", file: "recurrent", model: "BidirectionalReluRNNs", settings: torchSizes, inputs: starts,
		outputs: states},
	{name: "gru-bidirectional", file: "recurrent", model: "BidirectionalGRUs", settings: torchSizes, inputs: starts,
		outputs: states},
	{name: "lstm-bidirectional", file: "recurrent", model: "BidirectionalLSTMs", settings: torchSizes, inputs: starts,
		outputs: cells},
	{name: "ptb-lstm", file: "ptb-lstm-small", settings: map[string]string{"V": "31", "U": "8"},
		inputs: map[string]string{}, outputs: logits},
	{name: "alexnet-narrow", file: "alexnet", settings: map[string]string{"A": "4", "B": "12", "M": "24", "N": "16",
		"Z": "576", "F": "256", "V": "10"}, outputs: logits},
	{name: "vgg16-narrow", file: "vgg16", settings: map[string]string{"A": "4", "B": "8", "M": "16", "N": "32",
		"Z": "1568", "F": "256", "V": "10"}, outputs: logits},
	{name: "resnet50-narrow", file: "resnet50", settings: map[string]string{"W": "4", "V": "10"}, outputs: logits},
}
