package spec_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"archc/backends/cudasource"
)

// TestCUDALatents: a generated step of DeepSeek-V3 keeps 576 numbers for each row and layer, 512 of a latent and 64 that have
// positions (arXiv:2412.19437, section 2.1.1), and few rows are computed from these as they are: one kernel reads a latent once,
// for its score and as its value, and no other one's work grows with what is past.
func TestCUDALatents(t *testing.T) {
	m := example(t, "deepseek-v3", nil)
	files, err := cudasource.Files(withFewRows(t, m))
	if err != nil {
		t.Fatal(err)
	}
	model := string(files["model.cu"])
	kept := 0
	for _, s := range regexp.MustCompile(`state\(s\.\w+, (\d+)\*batch\*room\w*\);`).FindAllStringSubmatch(model, -1) {
		n, _ := strconv.Atoi(s[1])
		kept += n
	}
	if kept != 61*576 || strings.Count(model, "state(s.") != 4 {
		t.Errorf("%d numbers are kept for each row, in %d states", kept, strings.Count(model, "state(s."))
	}
	_, few, found := strings.Cut(model, "void step_few() {")
	few, many, ends := strings.Cut(few, "void step_many() {")
	if !found || !ends {
		t.Fatal("the model has no step of few rows in front of that of many")
	}
	if strings.Contains(few, "past") || !strings.Contains(many, "past") {
		t.Error("not only attention hangs on what is past where rows are few")
	}
	attentions := 0
	for name, text := range files {
		kernel, isKernel := strings.CutPrefix(strings.TrimSuffix(name, ".cuh"), "kernels/")
		if !isKernel || !strings.Contains(string(text), "_score : ") || !strings.Contains(few, "run("+kernel+"_few,") {
			continue
		}
		attentions++
		for _, want := range []string{"Shape<bf16, 32, 512, 512, 64>", "value_column = 0;"} {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s has no %s", name, want)
			}
		}
	}
	if attentions != 2 { // of the layers with experts, and of those without
		t.Errorf("%d kernels of attention over latents", attentions)
	}
}
