package tokenizer

import (
	"fmt"
	"strings"
)

// The parts of the toy that bad files replace.
const (
	toyBytes = `{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}`
	toyPre   = `"pre_tokenizer": ` + toyBytes
	toyDec   = `"decoder": ` + toyBytes
	toyNorm  = `"normalizer": null`
	toyPost  = `"post_processor": null`
	toyMerge = `["h e", "l l", "he ll", "hell o", "Ġ hello"]`
	toyEnd   = `"id": 261, "content": "<end>"`
)

// edit is a toy with one part replaced; the arguments are what was there and what is there now.
func edit(old, now string) string { return toy(old, now) }

// pre, dec, nrm and post are toys with one of the four components replaced.
func pre(s string) string  { return edit(toyPre, `"pre_tokenizer": `+s) }
func dec(s string) string  { return edit(toyDec, `"decoder": `+s) }
func nrm(s string) string  { return edit(toyNorm, `"normalizer": `+s) }
func post(s string) string { return edit(toyPost, `"post_processor": `+s) }

// badFile is a file, the code it must give, and words that the message must have.
type badFile struct{ code, file, message string }

var badFiles = []badFile{
	{"T001", "", "the end of the file"},
	{"T001", "\ufeff{}", `'\ufeff'`},
	{"T001", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS"},
	{"T001", "[]", `expected '{', found '['`},
	{"T001", toy() + "x", `found 'x'`},
	{"T001", `{"version": "1.0", "decoder": nul}`, "expected a value"},
	{"T001", `{"version": "a` + "\xff" + `"}`, "byte 0xFF"},
	{"T001", `{"version": "\ud800"}`, `\ud800`},
	{"T001", `{"version": "\udc00\ud800"}`, `\udc00`},
	{"T001", `{"version": "\x"}`, "escape"},
	{"T001", "{\"version\": \"a\nb\"}", "control character"},
	{"T001", `{"version": 01}`, `','`},
	{"T001", `{"version": 1.}`, "digit after the point"},
	{"T001", `{"version": 1e}`, "exponent"},
	{"T001", `{"version": -}`, "number"},
	{"T001", `{"version": "1.0",}`, `'"'`},
	{"T002", `{"decoder": ` + strings.Repeat("[", 1e6), "nesting"},
	{"T002", `{"model": ` + strings.Repeat(`{"a":`, 1e6), "nesting"},
	{"T002", `{"decoder": [` + strings.Repeat("0,", maxNodes) + "0]}", "values outside"},
	{"T002", `{"version": "` + strings.Repeat("x", maxToken+1) + `"}`, "65536 bytes"},
	{"T002", `{"version": "\n` + strings.Repeat("x", maxToken+1) + `"}`, "65536 bytes"},
	{"T002", `{"version": ` + strings.Repeat("1", 300) + `}`, "a number of 300 bytes"},
	{"T002", nrm(`{"type": "Prepend", "prepend": "` + strings.Repeat("x", 300) + `"}`), "300"},
	{"T002", nrm(`{"type": "Sequence", "normalizers": [` +
		strings.Repeat(`{"type":"NFC"},`, maxComponents) + `{"type":"NFC"}]}`), "64 components"},
	{"T003", `{"version": "1.0", "version": "1.0"}`, `"version" stands twice`},
	{"T003", nrm(`{"type": "NFC", "type": "NFC"}`), `"type" stands twice`},
	{"T003", edit(`"fuse_unk": false`, `"fuse_unk": false, "fuse_unk": true`), `"fuse_unk" stands twice`},
	{"T003", edit(`"merges": `, `"merges": [], "merges": `), `"merges" stands twice`},
	{"T003", edit(`"hello":259`, `"hello":259, "hello": 300`), `"hello" stands twice`},
	{"T004", `{"version": "1.0"}`, "model: missing"},
	{"T004", `{"model": 1}`, "expected an object"},
	{"T004", `{"model": {"type": "BPE", "vocab": {}}}`, "vocab and merges"},
	{"T004", `{"model": {"type": "BPE", "vocab": [], "merges": []}}`, "expected an object"},
	{"T004", `{"model": {"type": "BPE", "vocab": {}, "merges": {}}}`, "expected an array"},
	{"T004", `{"model": {"type": 1, "vocab": {}, "merges": {}}}`, "expected a string, found a number"},
	{"T004", `{"added_tokens": {}, "model": {"type": "BPE", "vocab": {}, "merges": []}}`, "expected an array"},
	{"T004", `{"added_tokens": [1], "model": {"type": "BPE", "vocab": {}, "merges": []}}`, "added_tokens[0]"},
	{"T004", edit(`"hello":259`, `"hello":2.5e2`), "whole number"},
	{"T004", edit(`"hello":259`, `"hello":99999999999999999999`), "whole number"},
	{"T004", edit(`"byte_fallback": false`, `"byte_fallback": "no"`), "expected true or false, found a string"},
	{"T004", pre(`[]`), "an array"},
	{"T004", pre(`{}`), "pre_tokenizer.type: expected a string, found null"},
	{"T004", pre(`{"type": "Sequence", "pretokenizers": [null]}`), "pretokenizers[0]"},
	{"T004", nrm(`{"type": "Replace", "pattern": {}, "content": ""}`), "one key"},
	{"T004", edit(`"special": true`, `"special": null`), "added_tokens[0].special"},
	{"T004", post(`{"type": "TemplateProcessing", "single": [{}]}`), "found 0"},
	{"T004", post(`{"type": "BertProcessing", "sep": ["a"], "cls": ["b", 1]}`), "found 1"},
	{"T004", post(`{"type": "BertProcessing", "sep": ["a", -1], "cls": ["b", 1]}`), `"-1"`},
	{"T005", `{"Version": "1.0"}`, `unknown key "Version"`},
	{"T005", edit(`"dropout": null`, `"dropout": null, "drop_out": 1`), `model: unknown key "drop_out"`},
	{"T005", nrm(`{"type": "NFC", "form": 1}`), `normalizer: unknown key "form"`},
	{"T005", edit(`"special": true`, `"special": true, "x": 1`), `unknown key "x"`},
	{"T005", nrm(`{"type":"Replace","pattern":{"string":"a"},"content":""}`), `"string"`},
	{"T010", edit(`"type": "BPE"`, `"type": "Unigram"`), `model.type: unknown type "Unigram"`},
	{"T010", `{"model": {"vocab": {}}}`, "no known model"},
	{"T010", pre(`{"type": "Sequence", "pretokenizers": [{"type": "Whitespace"}]}`),
		`pre_tokenizer.pretokenizers[0]: unknown type "Whitespace"`},
	{"T010", nrm(`{"type": "NFKC"}`), `"NFKC"`},
	{"T010", post(`{"type": "Roberta"}`), `post_processor: unknown type "Roberta"`},
	{"T010", dec(`{"type": "CTC"}`), `decoder: unknown type "CTC"`},
	{"T011", pre(`{"type": "Split", "pattern": {"Regex": "(a+)+$"}, "behavior": "Isolated"}`),
		`unknown split pattern "(a+)+$"`},
	{"T011", nrm(`{"type": "Replace", "pattern": {"Regex": " +"}, "content": " "}`), `" +"`},
	{"T012", edit(`"version": "1.0"`, `"version": "2.0"`), `expected "1.0", found "2.0"`},
	{"T012", edit(`"truncation": null`, `"truncation": {}`), "truncation: is set"},
	{"T012", edit(`"padding": null`, `"padding": {}`), "padding: is set"},
	{"T012", edit(`"dropout": null`, `"dropout": 0.1`), "dropout"},
	{"T012", edit(`"end_of_word_suffix": null`, `"end_of_word_suffix": "</w>"`), `"</w>"`},
	{"T012", edit(`"single_word": false`, `"single_word": true`), "single_word"},
	{"T012", pre(`{"type": "Punctuation", "behavior": "isolated"}`), `"isolated"`},
	{"T012", pre(`{"type": "Split", "pattern": {"String": ""}, "behavior": "Isolated"}`),
		"an empty pattern"},
	{"T012", pre(`{"type": "Metaspace", "replacement": "__"}`), "one character"},
	{"T012", pre(`{"type": "Metaspace", "replacement": "_", "prepend_scheme": "last"}`), `"last"`},
	{"T012", pre(`{"type": "Metaspace", "replacement": "_", "str_rep": "-"}`), `"-"`},
	{"T012", dec(`{"type": "Strip", "content": " ", "start": 0, "stop": 1}`), "stop"},
	{"T012", dec(`{"type": "Strip", "content": "", "start": 0, "stop": 0}`), "one character"},
	{"T012", post(`{"type": "TemplateProcessing", "single": []}`), "0 times"},
	{"T012", post(`{"type": "TemplateProcessing",
		"single": [{"Sequence": {"id": "B", "type_id": 0}}]}`), `found "B"`},
	{"T013", pre(`{"type": "Sequence", "pretokenizers": [` + toyBytes + "," + toyBytes + `]}`), "twice"},
	{"T013", dec(`{"type": "Sequence", "decoders": [{"type": "Fuse"}, {"type": "ByteFallback"}]}`),
		"decoder 1"},
	{"T013", toy(toyNorm, `"normalizer": {"type": "BertNormalizer"}`,
		toyPre, `"pre_tokenizer": {"type": "Metaspace", "replacement": "_", "prepend_scheme": "first"}`), "first"},
	{"T013", pre(`{"type": "Metaspace", "replacement": "_", "add_prefix_space": false}`), "always"},
	{"T020", edit(`"hello":259`, `"hello":-1`), `the id -1 of token "hello"`},
	{"T020", edit(`"hello":259`, `"hello":2147483648`), "2147483648"},
	{"T020", edit(`"hello":259`, `"hello":1048576`), "0 to 1048575"},
	{"T020", edit(toyEnd, `"id": 1048576, "content": "<end>"`), `token "<end>"`},
	{"T020", edit(toyEnd, `"id": -1, "content": "<end>"`), `token "<end>"`},
	{"T021", edit(`"hello":259`, `"hello":258`), `258 belongs to both`},
	{"T021", edit(toyEnd, `"id": 1, "content": "<end>"`), `1 belongs to both`},
	{"T021", edit(`"added_tokens": [`, `"added_tokens": [{"id": 261, "content": "<end>", "single_word": false,
		"lstrip": false, "rstrip": false, "normalized": false, "special": true}, `), `"<end>" stands twice`},
	{"T022", edit(toyEnd, `"id": 1, "content": "hello"`), `has the id 1, the vocabulary gives it 259`},
	{"T022", edit(toyEnd, `"id": 300, "content": "<end>"`), `has the id 300, the next free one is 261`},
	{"T022", edit(toyEnd, `"id": 261, "content": ""`), "without text"},
	{"T022", toy(`"normalized": false`, `"normalized": true`, toyNorm,
		`"normalizer": {"type": "Replace", "pattern": {"String": "<end>"}, "content": ""}`),
		"empty after normalization"},
	{"T022", toy(`"added_tokens": [`,
		`"added_tokens": [`+normalizedToken(261, "ō")+","+normalizedToken(262, "o\u0304")+`,`,
		`"id": 261, "content": "<end>"`, `"id": 263, "content": "<end>"`, toyNorm, `"normalizer": {"type": "NFC"}`),
		"like added_tokens[0]"},
	{"T023", edit(toyMerge, `["h x"]`), `no token "hx"`},
	{"T023", edit(toyMerge, `["h 中"]`), `no token "中"`},
	{"T023", edit(toyMerge, `["h e l"]`), "two tokens"},
	{"T023", edit(toyMerge, `["he"]`), "two tokens"},
	{"T023", edit(toyMerge, `["h "]`), `no token ""`},
	{"T023", edit(toyMerge, `[["h", "e", "l"]]`), "two tokens"},
	{"T023", edit(toyMerge, `["#version: 0.2"]`), "#version"},
	{"T024", edit(toyMerge, `["h e", "l l", ["h", "e"]]`), `merge 2 of "h" and "e" is merge 0 again`},
	{"T025", post(`{"type": "TemplateProcessing",
		"single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]}`),
		`"<s>"`},
	{"T025", post(`{"type": "BertProcessing", "sep": ["x", 900], "cls": ["b", 1]}`), "900"},
}

func normalizedToken(id int, content string) string {
	return fmt.Sprintf(`{"id": %d, "content": %q, "single_word": false, "lstrip": false, "rstrip": false,
		"normalized": true, "special": false}`, id, content)
}
