package spec_test

// expertCases are mixtures of experts. Draws are inputs on both sides.
var expertCases = []oracleCase{
	{name: "moe-1991", file: "moe-1991", settings: map[string]string{"D": "6", "N": "3", "E": "5"},
		outputs: map[string]string{"y": "y", "squared": "squared", "loss": "loss"}},
	{name: "deep-moe-2013", file: "deep-moe-2013",
		settings: map[string]string{"D": "6", "H": "7", "A": "5", "E": "4", "M": "3", "N": "3"},
		outputs:  map[string]string{"probabilities": "probabilities"}},
	{name: "moe-lstm-2017", file: "moe-lstm-2017",
		settings: map[string]string{"V": "23", "D": "6", "E": "5", "F": "7", "k": "2", "drop": "0", "train": "true"},
		inputs:   map[string]string{"moe.router.noise": "noise"}, outputs: map[string]string{"logits": "logits"}},
	{name: "noisy-top-k", file: "moe-lstm-2017", model: "NoisyTopK", single: true,
		settings: map[string]string{"D": "6", "E": "5", "F": "7", "k": "2", "train": "true"},
		inputs:   map[string]string{"moe.router.noise": "noise"},
		outputs: map[string]string{"y": "y", "moe.gates": "gates", "moe.router.importance": "importance",
			"moe.router.load": "load", "moe.router.importance_loss": "importance_loss", "moe.router.load_loss": "load_loss"}},
	{name: "gshard", file: "gshard-600b", model: "GshardLayer", single: true, settings: group, inputs: draw, outputs: choices},
	{name: "gshard-places", file: "gshard-600b", model: "GshardLayer", single: true,
		settings: with(group, "counted", "false"), inputs: draw, outputs: choices},
	{name: "gshard-model", file: "gshard-600b",
		settings: with(with(with(with(group, "L", "4"), "H", "2"), "K", "5"), "V", "23"),
		inputs: map[string]string{"valid": "source_mask", "encoder.ff.gate.draw": "encoder_draw",
			"decoder.ff.gate.draw": "decoder_draw"},
		outputs: map[string]string{"logits": "logits", "encoder.ff.gate.balance": "encoder_losses",
			"decoder.ff.gate.balance": "decoder_losses"}},
	{name: "switch", file: "switch-base-8", inputs: pairs, outputs: encoderDecoder},
	{name: "switch-capacity", file: "switch-base-8", inputs: pairs, outputs: encoderDecoder},
	{name: "deepseek-moe", file: "deepseek-moe-16b", inputs: tokens, outputs: logits,
		settings: map[string]string{"V": "53", "D": "24", "L": "3", "H": "4", "G": "4", "F": "40", "Fe": "10", "E": "8",
			"top_k": "3", "S": "2"}},
	{name: "deepseek-moe-routing", file: "deepseek-moe-16b", model: "DeepseekMoeLayer", single: true,
		settings: devices,
		outputs: map[string]string{"y": "y", "moe.gates": "gates", "moe.gate.expert_loss": "expert_loss",
			"moe.gate.device_loss": "device_loss", "moe.gate.communication_loss": "communication_loss"}},
	{name: "deepseek-moe-routing", file: "deepseek-moe-16b", model: "DeepseekMoeLayer", single: true,
		settings: with(devices, "train", "true"), outputs: map[string]string{"y": "y_kept", "moe.gates": "kept_gates"}},
	{name: "qwen3-moe", file: "qwen3-30b-a3b", inputs: tokens, outputs: logits},
	{name: "qwen3-moe-mixed", file: "qwen3-30b-a3b", inputs: tokens, outputs: logits},
}

var (
	pairs          = map[string]string{"source": "input_ids", "target": "decoder_input_ids"}
	encoderDecoder = map[string]string{"logits": "logits", "encoded": "encoder_last_hidden_state"}
	group          = map[string]string{"D": "6", "F": "7", "E": "4", "capacity": "4"}
	draw           = map[string]string{"moe.gate.draw": "uniform"}
	choices        = map[string]string{"y": "y", "moe.combine": "combine", "moe.gate.balance": "aux_loss"}
	devices        = map[string]string{"D": "6", "F": "7", "E": "8", "G": "4", "m": "2", "top_k": "3", "S": "1"}
)

// with is a copy of settings with one more.
func with(settings map[string]string, name, value string) map[string]string {
	out := map[string]string{name: value}
	for k, v := range settings {
		out[k] = v
	}
	return out
}
