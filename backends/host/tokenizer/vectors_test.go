package tokenizer

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const separator = "\n__ggml_vocab_test__\n"

// TestVectors compares ids with the answers that come with the real tokenizers.
func TestVectors(t *testing.T) {
	for _, name := range []string{"gpt2", "qwen2_5", "llama3", "bert"} {
		tok := real(t, "tokenizers/"+name)
		texts, answers := vectors(t, name)
		if len(texts) != len(answers) || len(texts) < 40 {
			t.Fatalf("%s: %d texts, %d answers", name, len(texts), len(answers))
		}
		for i, text := range texts {
			got, err := tok.Encode(text, false)
			if err != nil || !slices.Equal(got, answers[i]) {
				t.Errorf("%s: %q\n got %v (%v)\nwant %v", name, text, got, err, answers[i])
			}
		}
	}
}

func vectors(t *testing.T, name string) (texts []string, answers [][]int) {
	dir := filepath.Join(dataDir(t), "tokenizers", name)
	in, err := os.ReadFile(filepath.Join(dir, "vectors.inp"))
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.ReadFile(filepath.Join(dir, "vectors.out"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSuffix(string(out), "\n"), "\n") {
		ids := []int{}
		for _, f := range strings.Fields(line) {
			id, err := strconv.Atoi(f)
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		answers = append(answers, ids)
	}
	return strings.Split(strings.TrimSuffix(string(in), separator), separator), answers
}

// TestStories checks the trained Llama's tokenizer: byte fallback, space prefix, <s> by the template.
func TestStories(t *testing.T) {
	tok := real(t, "stories260k")
	data, err := os.ReadFile(filepath.Join(dataDir(t), "stories260k", "golden.json"))
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Prompt     string `json:"prompt"`
		PromptIDs  []int  `json:"prompt_ids"`
		GreedyIDs  []int  `json:"greedy_ids"`
		GreedyText string `json:"greedy_text"`
	}
	if err := json.Unmarshal(data, &golden); err != nil {
		t.Fatal(err)
	}
	got, err := tok.Encode(golden.Prompt, true)
	if err != nil || !slices.Equal(got, golden.PromptIDs) {
		t.Errorf("prompt: got %v (%v), want %v", got, err, golden.PromptIDs)
	}
	text, err := tok.Decode(golden.GreedyIDs)
	if err != nil || text != golden.GreedyText {
		t.Errorf("text: got %q (%v), want %q", text, err, golden.GreedyText)
	}
	if all, err := tok.DecodeAll(golden.GreedyIDs); err != nil || !strings.HasPrefix(all, "<s>") {
		t.Errorf("with special tokens: %q (%v)", all, err)
	}
	if s := tok.Specials(); !slices.Equal(s, []int{0, 1, 2}) || !tok.IsSpecial(1) || tok.IsSpecial(403) {
		t.Errorf("special tokens %v", s)
	}
	if tok.Size() != 512 {
		t.Errorf("size %d", tok.Size())
	}
}
