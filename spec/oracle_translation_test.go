package spec_test

var (
	fixedLength = map[string]string{"V": "23", "M": "6", "N": "8", "P": "5"}
)

// translationCases are the systems of machine translation before the Transformer.
var translationCases = []oracleCase{
	{name: "seq2seq", file: "seq2seq", settings: fixedLength, outputs: logits},
	{name: "seq2seq-cho", file: "seq2seq-cho", outputs: logits,
		settings: map[string]string{"V": "23", "M": "6", "N": "8", "P": "5", "R": "4"}},
	{name: "seq2seq-sutskever", file: "seq2seq-sutskever", outputs: logits,
		settings: map[string]string{"X": "23", "V": "23", "N": "8", "L": "2"}},
	{name: "rnnsearch-50", file: "rnnsearch-50", settings: fixedLength, outputs: logits},
	{name: "bytenet", file: "bytenet", settings: map[string]string{"V": "23", "D": "4", "L": "3"}, outputs: logits},
	{name: "convs2s", file: "convs2s", outputs: logits,
		settings: map[string]string{"V": "23", "F": "5", "D": "6", "L": "2", "P": "10"}},
	{name: "gnmt", file: "gnmt", settings: map[string]string{"V": "23", "N": "6", "L": "4"}, outputs: logits},
	{name: "deep-att", file: "deep-att", outputs: logits,
		settings: map[string]string{"X": "23", "V": "23", "M": "5", "N": "6", "E": "3", "L": "2"}},
}
