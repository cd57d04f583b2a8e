package arbitrary

import "fmt"

// scores are alignments of one query and one key, of width K. Those that do not multiply them need their heads to be
// the same axes. Fields are of the block.
var scores = []struct {
	option
	adds     bool // or read one of the two alone
	positive bool
	fields   []string
	function string
	score    string
}{
	{option{"scaled dot", 50}, false, false, nil, "", "sum[K](q*k) / sqrt(K)"},
	{option{"dot", 12}, false, false, nil, "", "dot(q, k)"},
	{option{"scaled dot of the library", 12}, false, false, nil, "", "scaled_dot(q, k)"},
	{option{"similarity", 10}, false, false, nil, "", "similarity(q, k)"},
	{option{"general", 10}, false, false, []string{"align : GeneralAlign(K, K)"}, "", "align(q, k)"},
	{option{"biased general", 10}, false, false, []string{"align : BiasedGeneralAlign(K, K)"}, "", "align(q, k)"},
	{option{"activated general", 10}, false, false, []string{"align : ActivatedGeneralAlign(K, K)"}, "", "align(q, k)"},
	{option{"kernel", 15}, false, true, []string{"align : KernelAlign(K, 5)"}, "", "align(q, k)"},
	{option{"concat", 18}, true, false, []string{"align : ConcatAlign(K, K, 5)"}, "", "align(q, k)"},
	{option{"additive", 15}, true, false, []string{"align : AdditiveAlign(K, K, 5)"}, "", "align(q, k)"},
	{option{"deep", 20}, true, false, []string{"align : DeepAlign(K, K, 5, 3)"}, "", "align(q, k)"},
	{option{"location", 12}, false, false, []string{"align : LocationAlign(K, %[1]d)"}, "", "align(q, j)"},
	{option{"feature", 25}, true, false, []string{"align : FeatureAlign(K, 5, same, square)"},
		"same(x) = x\nsquare(x) = x^2", "align(k)"},
	{option{"own distance", 20}, true, false, nil, "", "-sum[K]((q - k)^2)"},
	{option{"own weighted dot", 10}, false, false, []string{"by_width : [K]"}, "", "sum[K](q * k * by_width)"},
	{option{"own squared dot", 15}, false, true, nil, "", "sum[K](q*k)^2 + 0.1"},
	{option{"own kernel", 15}, false, true, nil, "phi(x) = if x > 0 then x + 1 else exp(x)", "sum[K](phi(q) * phi(k))"},
}

// distances are positions in scores.
var distances = []struct {
	option
	write func(a *attending) string // what is added
}{
	{option{"", 60}, nil},
	{option{"ALiBi", 15}, func(a *attending) string {
		if a.scores == "H" {
			return "alibi(index(H), H) * (j - i)"
		}
		a.b.field("slope : [%s]", a.scores)
		return "abs(slope) * (j - i)"
	}},
	{option{"buckets", 15}, func(a *attending) string {
		if a.scores == "" {
			a.b.field("rel : [6]")
			return "rel[6: bucket(j - i, 6, 16)]"
		}
		a.b.field("rel : int 6 -> %s", a.queries)
		return "rel(bucket(j - i, 6, 16))"
	}},
	{option{"relative", 15}, func(a *attending) string {
		a.b.field("r_proj : [2, %sK]", axes(a.keys))
		a.b.do("r = cos(index(T) * 0.3) * r_proj[2: 0] + sin(index(T) * 0.3) * r_proj[2: 1]")
		return "sum[K](q * r[i - j])"
	}},
}

// axes writes "G R " as "G, R, ".
func axes(spaced string) string {
	out := ""
	for _, c := range spaced {
		if c == ' ' {
			out += ", "
		} else {
			out += string(c)
		}
	}
	return out
}

// scores chooses the score of an attend.
func (g *generator) scores(a *attending, self bool) {
	offered := scores[:0:0]
	for _, s := range scores {
		if !(s.adds && a.multipliesOnly) && (s.name != "feature" || a.queries == a.keys) {
			offered = append(offered, s)
		}
	}
	s := pick(g.chooser, "score", offered)
	for _, f := range s.fields {
		if s.name == "location" {
			f, g.longest = fmt.Sprintf(f, tableRows), tableRows
		}
		a.b.field("%s", f)
	}
	if s.function != "" {
		a.b.function(s.function)
	}
	a.score, a.positive = s.score, s.positive
	if s.positive {
		return // what is added might make it negative
	}
	if g.has("cap on scores") {
		a.score = "softcap(" + a.score + ", 2)"
	}
	if self {
		if d := pick(g.chooser, "distance", distances); d.write != nil {
			a.score += " + " + d.write(a)
		}
	}
	if a.talks = a.scores == "H" && g.has("talking heads before"); a.talks {
		a.b.field("speak : H -> H")
		a.score = "speak(" + a.score + ")"
	}
}

// normalizers make weights of scores; some only of positive ones.
var normalizers = []struct {
	option
	positive bool
	field    string // of the axes of a score
	norm     string
}{
	{option{"softmax", 40}, false, "", ""},
	{option{"softmax by name", 10}, false, "", "softmax"},
	{option{"softmax1", 10}, false, "", "softmax1"},
	{option{"learned sink", 10}, false, "sunk : [%s]", "softmax_sink(sunk)"},
	{option{"sigmoid", 10}, false, "", "sigmoid(s)"},
	{option{"sparsemax", 7}, false, "", "sparsemax"},
	{option{"entmax", 7}, false, "", "entmax(1.5)"},
	{option{"top", 10}, false, "", "softmax_top(3)"},
	{option{"own softmax", 10}, false, "", "{ m = max(s);  e = exp(s - m);  e / sum(e) }"},
	{option{"own softmax with one", 10}, false, "", "{ m = max(max(s), 0);  e = exp(s - m);  e / (exp(-m) + sum(e)) }"},
	{option{"contextual", 8}, false, "places : [5]%.0s", "contextual(places)"},
	{option{"own, of positions", 8}, false, "", "{ m = max(s);  e = exp(s - m - 0.1 * (i - j));  e / (sum(e) + 1 / (1 + i)) }"},
	{option{"own, of signs", 8}, false, "", "{ p = tanh(s);  p / (1 + sum(p^2)) }"},
	{option{"own, of squares", 8}, false, "", "{ p = max(s, 0)^2;  p / (1 + sum(p)) }"},
	{option{"identity", 8}, false, "", "s"},
	{option{"linear", 250}, true, "", "linear"},
	{option{"own sum", 180}, true, "", "s / (sum(s) + 1)"},
}

func (g *generator) normalizer(a *attending) string {
	offered := normalizers[:0:0]
	for _, n := range normalizers {
		if a.positive || !n.positive {
			offered = append(offered, n)
		}
	}
	n := pick(g.chooser, "normalizer", offered)
	if n.field != "" {
		a.b.field(n.field, a.scores)
	}
	return n.norm
}

// masks are causal; l is the layer's number where the layer knows it.
var masks = []struct {
	option
	indexed, byHead bool
	mask            string
}{
	{option{"causal", 40}, false, false, "causal"},
	{option{"own causal", 5}, false, false, "i - j >= 0"},
	{option{"window", 15}, false, false, "window(3)"},
	{option{"window and sink", 12}, false, false, "causal & (window(3) | sink(2))"},
	{option{"dilated", 10}, false, false, "causal & dilated(2, 2)"},
	{option{"strided", 10}, false, false, "strided(3)"},
	{option{"fixed", 10}, false, false, "fixed(4, 1)"},
	{option{"blocks", 8}, false, false, "j <= i & i div 3 == j div 3"},
	{option{"earlier only", 5}, false, false, "j < i"},
	{option{"powers of two", 5}, false, false, "i == j | i - j == 1 | i - j == 2 | i - j == 4"},
	{option{"alternating windows", 30}, true, false, "if l % 2 == 0 then window(2) else causal"},
	{option{"growing windows", 20}, true, false, "window(2 + 2*l)"},
	{option{"by head", 12}, false, true, "if index(H) < 1 then window(2) else strided(2)"},
}

// headsApart says that no axis of heads is taken apart, nor summed: keys that differ from head to head need that.
func (a *attending) headsApart() bool { return a.queries == "H " && a.queries == a.keys && !a.talks }

func (g *generator) mask(a *attending) string {
	offered := masks[:0:0]
	for _, m := range masks {
		if (g.indexed || !m.indexed) && (a.headsApart() || !m.byHead) {
			offered = append(offered, m)
		}
	}
	chosen := pick(g.chooser, "mask", offered)
	mask := chosen.mask
	a.byHead = chosen.byHead
	if g.has("mask as pattern") {
		a.b.function("pattern admitted = " + mask)
		mask = "admitted"
	}
	if g.valid {
		mask = "(" + mask + ") & valid[j]"
	}
	return mask
}
