package tokenizer

import (
	"encoding/json"
	"flag"
	"os"
	"testing"
)

var dump = flag.String("dump", "", "a JSON file of jobs from spec/oracle/tokenizer; answers go to FILE.ours")

// TestDump answers the jobs that spec/oracle/tokenizer/compare.mjs writes, for the comparison with the
// reference.
func TestDump(t *testing.T) {
	if *dump == "" {
		return // nothing to compare
	}
	type job struct {
		Tokenizer string   `json:"tokenizer"` // path of a tokenizer.json
		Texts     []string `json:"texts"`
		IDs       [][]int  `json:"ids"` // to decode, beside what the texts give
	}
	type answer struct {
		Error   string   `json:"error,omitempty"`
		IDs     [][]int  `json:"ids"`     // without the template
		Special [][]int  `json:"special"` // with it
		Text    []string `json:"text"`    // decoded again, without special tokens
		All     []string `json:"all"`     // and with them
		Random  []string `json:"random"`  // the given ids decoded
	}
	var jobs []job
	data, err := os.ReadFile(*dump)
	if err == nil {
		err = json.Unmarshal(data, &jobs)
	}
	if err != nil {
		t.Fatal(err)
	}
	answers := make([]answer, len(jobs))
	for i, j := range jobs {
		a := &answers[i]
		data, err := os.ReadFile(j.Tokenizer)
		if err != nil {
			t.Fatal(err)
		}
		tok, err := Load(data)
		if err != nil {
			a.Error = err.Error()
			continue
		}
		for _, text := range j.Texts {
			plain, err1 := tok.Encode(text, false)
			special, err2 := tok.Encode(text, true)
			back, err3 := tok.Decode(special)
			all, err4 := tok.DecodeAll(special)
			for _, err := range []error{err1, err2, err3, err4} {
				if err != nil {
					t.Errorf("%s: %q: %v", j.Tokenizer, text, err)
				}
			}
			a.IDs, a.Special = append(a.IDs, plain), append(a.Special, special)
			a.Text, a.All = append(a.Text, back), append(a.All, all)
		}
		for _, ids := range j.IDs {
			text, err := tok.DecodeAll(ids)
			if err != nil {
				t.Errorf("%s: %v: %v", j.Tokenizer, ids, err)
			}
			a.Random = append(a.Random, text)
		}
	}
	out, err := json.Marshal(answers)
	if err == nil {
		err = os.WriteFile(*dump+".ours", out, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}
