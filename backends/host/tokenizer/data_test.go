package tokenizer

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// dataDir is the folder of real tokenizers; without it a test skips, with it a missing file is a failure.
func dataDir(t testing.TB) string {
	dir := os.Getenv("ARCHC_TESTDATA")
	if dir == "" {
		t.Skip("ARCHC_TESTDATA is not set: no real tokenizers here")
	}
	return dir
}

// realOnes are the tokenizers of the data folder, by the folder each is in.
var realOnes = []string{
	"tokenizers/gpt2", "tokenizers/qwen2_5", "tokenizers/llama3", "tokenizers/bert", "stories260k",
}

var loaded = struct {
	sync.Mutex
	by map[string]*Tokenizer
}{by: map[string]*Tokenizer{}}

// real loads a tokenizer once for all tests.
func real(t testing.TB, name string) *Tokenizer {
	dir := dataDir(t)
	loaded.Lock()
	defer loaded.Unlock()
	if tok := loaded.by[name]; tok != nil {
		return tok
	}
	data, err := os.ReadFile(filepath.Join(dir, name, "tokenizer.json"))
	if err != nil {
		t.Fatal(err)
	}
	tok, err := Load(data)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	loaded.by[name] = tok
	return tok
}

// mustLoad loads a tokenizer written in the test.
func mustLoad(t testing.TB, text string) *Tokenizer {
	t.Helper()
	tok, err := Load([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// toy is a byte-level tokenizer of three words, with parts to replace in tests.
func toy(replace ...string) string {
	vocab := map[string]int{}
	for b := range 256 {
		vocab[byteText[b]] = b
	}
	for i, w := range []string{"he", "ll", "hell", "hello", "Ġhello"} {
		vocab[w] = 256 + i
	}
	v, err := json.Marshal(vocab)
	if err != nil {
		panic(err)
	}
	text := `{"version": "1.0", "truncation": null, "padding": null,
"added_tokens": [{"id": 261, "content": "<end>", "single_word": false, "lstrip": false, "rstrip": false,
  "normalized": false, "special": true}],
"normalizer": null,
"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
"post_processor": null,
"decoder": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
"model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
  "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
  "vocab": ` + string(v) + `,
  "merges": ["h e", "l l", "he ll", "hell o", "Ġ hello"]}}`
	for i := 0; i < len(replace); i += 2 {
		if !strings.Contains(text, replace[i]) {
			panic("toy has no " + replace[i])
		}
		text = strings.Replace(text, replace[i], replace[i+1], 1)
	}
	return text
}
