package spec_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"archc/backends/gograph"
	"archc/backends/kernel"
	"archc/dsl/check"
	"archc/ir"
	"archc/ir/eval"
	"archc/passes/plan"
	"archc/stdlib"
)

// alignments are those of the library, and forms of our own that it has not; fields are of the block.
var alignments = []struct{ name, field, score string }{
	{"dot", "", "dot(q, k)"},
	{"scaled_dot", "", "scaled_dot(q, k)"},
	{"similarity", "", "similarity(q, k)"},
	{"GeneralAlign", "align : GeneralAlign(K, K)", "align(q, k)"},
	{"BiasedGeneralAlign", "align : BiasedGeneralAlign(K, K)", "align(q, k)"},
	{"ActivatedGeneralAlign", "align : ActivatedGeneralAlign(K, K)", "align(q, k)"},
	{"KernelAlign", "align : KernelAlign(K, W)", "align(q, k)"},
	{"ConcatAlign", "align : ConcatAlign(K, K, W)", "align(q, k)"},
	{"AdditiveAlign", "align : AdditiveAlign(K, K, W)", "align(q, k)"},
	{"DeepAlign", "align : DeepAlign(K, K, W, 3)", "align(q, k)"},
	{"LocationAlign", "align : LocationAlign(K, 40)", "align(q, j)"},
	{"FeatureAlign", "align : FeatureAlign(K, W, tanh, relu)", "align(k)"},
	{"", "", "-sum[K]((q - k)^2)"},
	{"", "by_width : [K]", "sum[K](q * k * by_width)"},
	{"", "", "-max[K](abs(q - k))"},
	{"", "far : [K]", "sum[K](far * cos((i - j) * index(K))) + q[K: 0]"},
	{"", "rel : [40, K]", "sum[K](q * rel[40: abs(i - j)])"},
	{"", "bins : [4]", "bins[4: if q[K: 0] > k[K: 0] then 1 else 3] + k[K: 1]"},
	{"", "", "-0.2 * abs(i - j)"},
}

// normalizersOf are those of the library, some of papers, and forms that no paper has. Those for positive scores get the
// exponential of the score.
var normalizersOf = []struct {
	name, norm string
	positive   bool
}{
	{"softmax", "norm = softmax", false},
	{"softmax1", "norm = softmax1", false},
	{"softmax_sink", "norm = softmax_sink(sunk)", false},
	{"linear", "norm = linear", true},
	{"entmax", "norm = entmax(1.5)", false},
	{"sparsemax", "norm = sparsemax", false},
	{"softmax_top", "norm = softmax_top(3)", false},
	{"contextual", "norm = contextual(at[i])", false},
	{"log_softmax", "norm = log_softmax", false},
	{"", "norm = sigmoid(s)", false},
	{"", "norm = s", false},
	{"", "norm = if s == max(s) then 1 else 0", false},
	{"", "norm = { p = sigmoid(s);  left = log(1 - p);  p * exp(cumsum(left) - left) }", false}, // stick-breaking
	{"", "weight = w * gate + 0.01", false},
	{"", "norm = softmax_sink(sunk);  weight = if w > 0.1 then w else 0", false},
	{"", "norm = mean_apart", false},
	{"", "norm = ranked", false},
	{"", "norm = { e = exp(s - max(s) - 0.1 * (i - j));  e / (sum(e) + 1 / (1 + i)) }", false},
	{"", "norm = s / (1 + sum(abs(s)));  weight = w + near[j]", false},
}

// patternsOf are those of the library, as masks that a sequence is computed with token by token, and one that looks ahead.
var patternsOf = []struct{ name, mask string }{
	{"causal", "causal"},
	{"window", "window(5)"},
	{"band", "causal & band(4)"},
	{"sink", "causal & (window(3) | sink(2))"},
	{"strided", "strided(3)"},
	{"fixed", "fixed(4, 1)"},
	{"dilated", "causal & dilated(2, 2)"},
	{"", "causal & (valid[j] | i == j)"},
	{"", "if index(H) < 1 then window(4) else strided(2)"},
	{"", "band(3)"},
	{"", "causal & any[M](abs(index(M) * 3 - (i - j)) < 2)"},
}

// attendingText writes a model of one attention.
func attendingText(field, score, norm, mask string) string {
	return formText(attendingBody(field, score, norm, mask))
}

func attendingBody(field, score, norm, mask string) string {
	return fmt.Sprintf(`q, k, v : D -> H K
sunk, gate : [H]
places : [6, K]
%s
mean_apart[N](s: [N]) {
  other = s[N = Z]
  e     = exp(s - sum[Z](other) / N)
  e / (sum[N](e) + sum[N](e * e))
}
ranked[N](s: [N]) = sigmoid(s) / (1 + index(N)) / N
(x: [T, D], valid: bool[T] = true) -> [T, H, K] {
  at   = sum[K](q(x) * places)
  near = x[D: 1]
  attend(q(x); k(x), v(x)) {
    score = %s
    mask = %s
    %s
  }
}`, field, score, mask, norm)
}

// fused reports whether all attention of a plan is one instruction: nothing is done row by row. Where the passes have made
// running sums of it there is none.
func fused(p *plan.Plan) bool {
	n := len(these[*plan.Attention](p))
	return len(these[*plan.Admit](p)) == 0 && (n == 1 || n == 0 && len(these[*plan.Contract](p)) > 0)
}

// TestAttentionIsOneInstruction plans every alignment of the library with every normalizer and every pattern of it: each is
// one instruction. Each pair of alignment and normalizer runs with one of the patterns, whole and step by step, and is
// held to the contract; of the forms that the library has not, a part of the pairs.
func TestAttentionIsOneInstruction(t *testing.T) {
	crew := gograph.Crew(2)
	defer crew.Close()
	planned, ran, decoded := 0, 0, 0
	for a, al := range alignments {
		for n, no := range normalizersOf {
			library := al.name != "" && no.name != ""
			for k, pa := range patternsOf {
				runs := k == (a+n)%len(patternsOf)
				if !(library && (runs || pa.name != "")) && !(runs && (a+n)%6 == 0) {
					continue
				}
				score := al.score
				if no.positive {
					score = "exp(" + score + ")"
				}
				name := strings.Join([]string{score, no.norm, pa.mask}, "; ")
				m := compile(t, "form.arch", attendingText(al.field, score, no.norm, pa.mask), nil)
				p, err := plan.Of(behind(t, m), plan.Options{})
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				planned++
				if !fused(p) {
					t.Errorf("%s: not one instruction", name)
				}
				if !runs {
					continue
				}
				steps, err := attends(t, m, crew, uint64(ran))
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
				ran++
				if steps {
					decoded++
				}
			}
		}
	}
	t.Logf("%d are one instruction; %d ran, %d of them step by step too", planned, ran, decoded)
}

// attends holds a model of one attention to the contract, whole and step by step, where it has steps.
func attends(t *testing.T, m *ir.Module, crew *kernel.Crew, seed uint64) (steps bool, err error) {
	t.Helper()
	hash, err := eval.NewHashWeights(m)
	if err != nil {
		t.Fatal(err)
	}
	w, inputs := newRounded(hash), random(rand.New(rand.NewPCG(seed, 12)), m, 21)
	roundInputs(inputs)
	j, err := newJudge(t.Context(), m, w, inputs)
	if err != nil {
		t.Fatal(err)
	}
	plans, err := plansOf(m)
	if err != nil {
		return false, err
	}
	if err := engineWhole(t.Context(), plans.whole, w, inputs, crew, j); err != nil {
		return false, err
	}
	if plans.program != nil {
		if steps = true; !fused(plans.program.Step) || !fused(plans.last.Step) {
			return steps, fmt.Errorf("a step is not one instruction")
		}
		if err := engineStepwise(t.Context(), m, plans, w, inputs, crew, seed, j); err != nil {
			return steps, fmt.Errorf("in pieces: %w", err)
		}
	}
	return steps, j.broken()
}

// TestAttentionOfTheLibrary: the tables above have all that the library has.
func TestAttentionOfTheLibrary(t *testing.T) {
	known := map[string]bool{}
	for _, a := range alignments {
		known[a.name] = true
	}
	for _, n := range normalizersOf {
		known[n.name] = true
	}
	for _, p := range patternsOf {
		known[p.name] = true
	}
	scope, list := check.Library()
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	for _, name := range scope.Names() {
		d, comment, file := scope.Lookup(name), "", ""
		if d.Block != nil {
			comment, file = d.Block.Doc, d.Block.At.Src.Name
		} else {
			comment, file = d.Func.Doc, d.Func.At.Src.Name
		}
		doc, err := stdlib.ParseDoc(comment)
		if err != nil {
			t.Fatal(err)
		}
		switch stdlib.Family(file) {
		case "attention", "normalize", "pattern":
			if doc.PartOf == "" && !known[name] {
				t.Errorf("%s of the library is in none of the tables", name)
			}
		}
	}
}

// pairModels are attentions that take more of the scores than the row of a query: each is one instruction for every attend.
var pairModels = []struct {
	name, body string
	attends    int
}{
	{"selective", `(x: [T, D]) -> [T, H, K] {
  a     = q(x)
  b     = k(x)
  taken = selected[T, S](sum[K](a[H: 0] * b[H: 0][T = S]) / sqrt(K))
  attend(a; b, v(x)) { score = sum[K](a*b) / sqrt(K) - taken[T: i, S: j];  mask = causal }
}`, 1},
	{"inverted, written out", `(x: [T, D], slots: [S, D]) -> [S, D] = sum[T](inverted[S, T](sum[D](slots * x)) * x)`, 0},
	{"inverted", `(x: [T, D], slots: [S, D]) -> [S, D] {
  one = index(S) * 0 + 1
  won = attend(x; slots, one) { score = sum[D](x*slots);  norm = { m = max(s);  e = exp(s - m);  n = sum(e);  (m + log(n)) * e / n } }
  attend(slots; x, x) { score = exp(sum[D](slots*x) - won[j]);  norm = linear }
}`, 2},
}

// TestAttentionOfPairs: what hangs on the scores of other queries runs as planned, and is held to the contract.
func TestAttentionOfPairs(t *testing.T) {
	crew := gograph.Crew(2)
	defer crew.Close()
	for _, c := range pairModels {
		m := compile(t, "form.arch", formText("q, k, v : D -> H K\n"+c.body), nil)
		p, err := plan.Of(behind(t, m), plan.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if n := len(these[*plan.Attention](p)); n != c.attends || len(these[*plan.Admit](p)) > 0 {
			t.Errorf("%s: %d instructions for %d attentions, %d row by row", c.name, n, c.attends, len(these[*plan.Admit](p)))
		}
		if steps, err := attends(t, m, crew, 5); err != nil || steps {
			t.Errorf("%s: %v; it has steps: %t", c.name, err, steps)
		}
	}
}

// TestGoSourceAttention builds each alignment and each normalizer as a module, and asks for the bits of the in-process
// engine.
func TestGoSourceAttention(t *testing.T) {
	crew := gograph.Crew(2)
	defer crew.Close()
	dir := t.TempDir()
	models := &generatedModels{dir: filepath.Join(dir, "engine")}
	var all []moduleCase
	for k := range max(len(alignments), len(normalizersOf)) {
		al, no, pa := alignments[k%len(alignments)], normalizersOf[k%len(normalizersOf)], patternsOf[k%len(patternsOf)]
		score := al.score
		if no.positive {
			score = "exp(" + score + ")"
		}
		m := compile(t, "form.arch", attendingText(al.field, score, no.norm, pa.mask), nil)
		hash, err := eval.NewHashWeights(m)
		if err != nil {
			t.Fatal(err)
		}
		w, inputs := newRounded(hash), random(rand.New(rand.NewPCG(uint64(k), 14)), m, 21)
		roundInputs(inputs)
		for name, x := range inputs {
			inputs[name] = lone(x)
		}
		g, err := models.compare(t, dir, score+"; "+no.norm+"; "+pa.mask, m, w, inputs, crew, oneForm)
		if err != nil {
			t.Errorf("%s; %s; %s: %v", score, no.norm, pa.mask, err)
			continue
		}
		all = append(all, g)
	}
	for _, c := range pairModels {
		m, w := formCase(t, "q, k, v : D -> H K\n"+c.body)
		inputs := random(rand.New(rand.NewPCG(5, 14)), m, 21)
		roundInputs(inputs)
		for name, x := range inputs {
			inputs[name] = lone(x)
		}
		g, err := models.compare(t, dir, c.name, m, w, inputs, crew, oneForm)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		all = append(all, g)
	}
	for i, r := range models.run(t) {
		all[i].check(t, r)
	}
}
