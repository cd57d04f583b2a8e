package cuda

import (
	"math"
	"slices"
)

// attendParts are what all kernels of attention are made of.
var attendParts = []string{"kernels/functions.cuh", "kernels/lanes.cuh", "kernels/lines.cuh", "kernels/range.cuh", "kernels/fragments.cuh",
	"kernels/pairs.cuh", "kernels/normalize.cuh"}

var attend = subject{
	name:    "attend",
	kernels: slices.Concat(attendParts, []string{"kernels/attend.cuh", "testdata/attend_sides.cuh"}),
	host:    "attend_host.h",
	trials: func() []trial {
		return []trial{
			attendTrial("causal, one query of many", attention{queries: 1, keys: 197, heads: 2, group: 1, kind: causal}),
			attendTrial("causal, odd", attention{queries: 71, keys: 139, heads: 1, group: 2, kind: causal}),
			attendTrial("window and soft cap, odd", attention{queries: 101, keys: 117, heads: 1, group: 3, kind: window, width: 21}),
			attendTrial("window of nothing", attention{queries: 3, keys: 5, heads: 1, group: 1, kind: window}),
			attendTrial("f32, ALiBi, odd", attention{queries: 67, keys: 83, heads: 2, group: 1, kind: biased}),
			attendTrial("strided, sinks, f32 to bf16", attention{queries: 30, keys: 210, heads: 1, group: 3, kind: sinks, width: 90}),
			attendTrial("two dots, sigmoid, lines", attention{queries: 33, keys: 83, heads: 2, group: 2, kind: sigmoids, width: 50}),
		}
	},
	plants: []plant{
		{"the next tile is fetched before the barrier", "block_sync();  // this tile is there, and nobody still reads the stage that is " +
			"filled next\n      if (next < end) fetch(next, stage ^ 1);", "if (next < end) fetch(next, stage ^ 1);\n      block_sync();"},
		{"values of the other stage", "tiles_v + stage * KEYS * LDV, LDV, rooms", "tiles_v + (stage ^ 1) * KEYS * LDV, LDV, rooms"},
		{"a maximum of half a row", "  return fmaxf(x, lane_xor(x, 2));", "  return x;"},
		{"a sum of half a row", "  return x + lane_xor(x, 2);", "  return x;"},
		{"a sum over other rows", "  return x + lane_xor(x, 2);", "  return x + lane_xor(x, 4);"},
		{"minus infinity less itself", "top == -INFINITY ? 0.f : top;", "top;"},
		{"no sum to divide by", "top == -INFINITY ? 0.f : 1.f / total", "1.f / total"},
		{"keys transposed", "ldmatrix_x4(k,", "ldmatrix_x4_trans(k,"},
		{"weights of the lower rows first", "pack_bf16(p[2 * i][0], p[2 * i][1]), pack_bf16(p[2 * i][2], p[2 * i][3])",
			"pack_bf16(p[2 * i][2], p[2 * i][3]), pack_bf16(p[2 * i][0], p[2 * i][1])"},
		{"weights packed high first", "{pack_bf16(p[2 * i][0], p[2 * i][1])", "{pack_bf16(p[2 * i][1], p[2 * i][0])"},
		{"one room for all warps", "rooms + warp * attend_room<Shape>", "rooms"},
		{"bounds of another row", "rows.first[h] = bounds[row0 + h * 8 - lane0], rows.end[h] = bounds[attend_lanes + row0 + h * 8 - lane0]",
			"rows.first[h] = bounds[row0 - lane0], rows.end[h] = bounds[attend_lanes + row0 - lane0]"},
		{"places of another row", "rows.place[h] = sides.place(over, whole_min(row0 + h * 8,", "rows.place[h] = sides.place(over, whole_min(row0 + 8 - h * 8,"},
		{"masks of another column", "const int key = key0 + n * 8 + (lane & 3) * 2 + e;", "const int key = key0 + n * 8 + (lane & 3) + e * 4;"},
		{"keys past the end", "bounds[ROWS + r] = whole_min(mask.end(place), sides.keys)", "bounds[ROWS + r] = mask.end(place)"},
		{"a tile too few", "(span.end + keys - 1) / keys", "span.end / keys"},
		{"a tile too late", "span.first < span.end ? span.first / keys : 0", "span.first < span.end ? (span.first + keys - 1) / keys : 0"},
		{"the bounds of all from those of some", "tile * keys < span.all_first || tile * keys + keys > span.all_end",
			"tile * keys < span.first || tile * keys + keys > span.end"},
		{"all of a tile from some of it", "return mask.admits(places, range(tile)).must;", "return mask.admits(places, range(tile)).can;"},
		{"some of a tile from all of it", "!mask.admits(places, range(tile)).can", "!mask.admits(places, range(tile)).must"},
		{"a remainder is all that its range is", "whole_quo(a.lo, n) != whole_quo(a.hi, n)", "false"},
		{"what can be equal must be", "b.lo <= a.hi, a.lo == a.hi && b.lo == b.hi && a.lo == b.lo", "b.lo <= a.hi, a.lo <= b.hi && b.lo <= a.hi"},
		{"a digit that does not turn over", "if (lo / size != hi / size) return {0, size - 1};\n", ""},
		{"a difference of ranges", "return {a.lo - b.hi, a.hi - b.lo};", "return {a.lo - b.lo, a.hi - b.hi};"},
		{"either is both", "{a.can || b.can, a.must || b.must}", "{a.can && b.can, a.must && b.must}"},
		{"a row of zeros less", "const int left = row + r < rows ? cols - c : 0;\n      const int bytes", "const int left = cols - c;\n      const int bytes"},
		{"eight numbers where there are fewer", "      if (left >= N) {\n        const uint4 a", "      if (left > 0) {\n        const uint4 a"},
		{"a line by the other step", "(row + r) * from.row_step + c * from.step", "(row + r) * from.step + c * from.row_step"},
		{"a sink in every lane", "if (!part || !lane)", "if (!part)"},
		{"the second dot in the place of the first", "dots[d] = s[d][n][h * 2 + e]", "dots[d] = s[0][n][h * 2 + e]"},
	},
}

var attendFew = subject{
	name:    "attend_few",
	kernels: slices.Concat(attendParts, []string{"kernels/attend_few.cuh", "testdata/attend_sides.cuh"}),
	host:    "attend_host.h",
	trials: func() []trial {
		return []trial{
			attendTrial("few", attention{queries: 3, keys: 301, heads: 2, group: 4, kind: few, parts: 1}),
			attendTrial("few, split", attention{queries: 5, keys: 301, heads: 1, group: 4, kind: few, parts: 3}),
			attendTrial("few, more parts than tiles", attention{queries: 2, keys: 67, heads: 1, group: 1, kind: few, parts: 5}),
			attendTrial("latents", attention{queries: 1, keys: 113, heads: 1, group: 21, kind: latents, parts: 1}),
			attendTrial("latents, split", attention{queries: 2, keys: 113, heads: 1, group: 5, kind: latents, parts: 2}),
			attendTrial("shares", attention{queries: 9, keys: 181, heads: 1, group: 2, kind: shares, width: 70, parts: 1}),
			attendTrial("shares of nothing", attention{queries: 9, keys: 5, heads: 1, group: 1, kind: shares, width: 3, parts: 1}),
			attendTrial("shares, split", attention{queries: 7, keys: 181, heads: 2, group: 1, kind: shares, width: 70, parts: 3}),
		}
	},
	plants: []plant{
		{"eight keys by the addresses of sixteen", "(lane & 7) * ldk + (lane >> 3) * 8", "lane_row_b(lane) * ldk + lane_col_b(lane)"},
		{"both halves of k with one step of queries", "mma_bf16(s[0], b, k[2], k[3])", "mma_bf16(s[0], a, k[2], k[3])"},
		{"a sink in every part", "if (!part) s.top[h] = -INFINITY;\n      if (!part || !lane)", "if (!lane)"},
		{"a key that is not seen is counted", "count += seen ? 1.f : 0.f;", "count += 1.f;"},
		{"a key that is not seen has a share", "x = seen ? norm.weight(x, place) : 0.f;", "x = norm.weight(seen ? x : 1.f, place);"},
		{"the keys of the first warp", "tiles_k + (stage * KEYS + warp * MINE) * LD", "tiles_k + stage * KEYS * LD"},
		{"columns of one warp", "tiles_v + stage * KEYS * LDV + warp * COLS", "tiles_v + stage * KEYS * LDV"},
		{"a part too short", "(tiles.end() - tiles.first() + parts.n - 1) / parts.n", "(tiles.end() - tiles.first()) / parts.n"},
		{"parts overlap", "const int end = whole_min(from + each, tiles.end());", "const int end = tiles.end();"},
		{"parts are added as they are", "sum += left[p * WIDTH + column] * share(p);", "sum += left[p * WIDTH + column];"},
		{"totals are added as they are", "total += left[p * WIDTH + VALUES + 1] * share(p);", "total += left[p * WIDTH + VALUES + 1];"},
	},
}

var attendRows = subject{
	name:    "attend_rows",
	kernels: slices.Concat(attendParts, []string{"kernels/attend_rows.cuh", "testdata/attend_sides.cuh"}),
	host:    "attend_host.h",
	trials: func() []trial {
		return []trial{
			attendTrial("rows, sparsemax", attention{queries: 18, keys: 150, heads: 2, group: 1, kind: sparse, parts: 1}),
			attendTrial("rows, sparsemax, in device memory", attention{queries: 7, keys: 150, heads: 1, group: 3, kind: sparse}),
			attendTrial("rows, the largest three", attention{queries: 17, keys: 181, heads: 1, group: 1, kind: topThree, width: 70, parts: 1}),
			attendTrial("rows, the largest three of few", attention{queries: 5, keys: 43, heads: 1, group: 1, kind: topThree, width: 9}),
		}
	},
	plants: []plant{
		{"a maximum of no lane", "if (s[i] != -INFINITY) x = fmaxf(x, f(s[i], i));", "x = fmaxf(x, f(0.f, i));"},
		{"a row summed by half of its lanes", "for (int d = 16; d > 0; d >>= 1) x += lane_xor(x, d);", "for (int d = 8; d > 0; d >>= 1) x += lane_xor(x, d);"},
		{"a scan that begins anew", "x = join(before, x);", "x = join(0.f * before, x);"},
		{"a scan of the wrong lanes", "if (lane >= d) x = join(y, x);", "x = join(y, x);"},
		{"a weight where no key is seen", "s[i] = s[i] == -INFINITY ? 0.f : f(s[i], i);", "s[i] = s[i] == -INFINITY ? 1.f : f(s[i], i);"},
		{"rows of another warp", "scores[(g + e / 2 * 8) * pitch", "scores[(g + e % 2 * 8) * pitch"},
		{"what is kept of two rows in one place", "(rows_lanes + r * Norm::spare) * pitch", "rows_lanes * pitch"},
	},
}

// attention is one request; kind names the entry that answers it.
type attention struct{ queries, keys, heads, group, kind, width, parts int }

const (
	causal = iota
	window
	biased
	sinks
	sigmoids
	few
	latents
	shares
	sparse
	topThree
)

// attendKind is an entry as float64 sees it: widths, the score and the mask of query position i and key j, and what makes
// weights of the scores of one head, in the order of the keys that are seen.
type attendKind struct {
	d, dv               int
	bf16, narrow, lines bool // stored in bf16, results too; keys and values in lines along the keys
	rounded             bool // products and weights in bf16
	latent              bool // the values are the first columns of the keys
	score               func(q, k []float64, head, i, j int) float64
	sees                func(a attention, head, i, j int) bool
	weights             func(scores []float64, head int) []float64
}

func scaled(by float64) func(q, k []float64, head, i, j int) float64 {
	return func(q, k []float64, _, _, _ int) float64 { return by * inner(q, k) }
}

func inner(q, k []float64) (sum float64) {
	for i := range q {
		sum += q[i] * k[i]
	}
	return sum
}

func causally(_ attention, _, i, j int) bool { return j <= i }
func windowed(a attention, _, i, j int) bool { return j <= i && j > i-a.width }
func always(attention, int, int, int) bool   { return true }
func stridden(a attention, head, i, j int) bool {
	return j <= i && ((i-j+30*(head%a.group))%a.width == 0 || j < 2)
}

// softmax has one more score in its denominator, which has no value; minus infinity is none.
func softmax(sink func(head int) float64) func(scores []float64, head int) []float64 {
	return func(scores []float64, head int) []float64 {
		out, total := make([]float64, len(scores)), math.Exp(sink(head))
		for i, s := range scores {
			out[i] = math.Exp(s)
			total += out[i]
		}
		for i := range out {
			out[i] /= total
		}
		return out
	}
}

func noSink(int) float64        { return math.Inf(-1) }
func headSink(head int) float64 { return 0.5*float64(head) - 1 }

var attendKinds = []attendKind{
	causal: {d: 64, dv: 64, bf16: true, narrow: true, rounded: true, score: scaled(0.125), sees: causally, weights: softmax(noSink)},
	window: {d: 32, dv: 48, bf16: true, rounded: true, sees: windowed, weights: softmax(noSink),
		score: func(q, k []float64, _, _, _ int) float64 { return 2 * math.Tanh(inner(q, k)/4/2) }},
	biased: {d: 20, dv: 24, sees: always, weights: softmax(noSink), score: func(q, k []float64, head, i, j int) float64 {
		return inner(q, k)/4 - math.Exp2(-float64(head+1))*float64(i-j)
	}},
	sinks: {d: 20, dv: 28, rounded: true, score: scaled(0.25), sees: stridden, weights: softmax(headSink)},
	sigmoids: {d: 20, dv: 28, lines: true, sees: windowed, score: func(q, k []float64, _, _, _ int) float64 {
		return inner(q[:16], k[:16]) / 8 * math.Tanh(inner(q[16:], k[16:]))
	}, weights: func(scores []float64, _ int) []float64 {
		out := make([]float64, len(scores))
		for i, s := range scores {
			out[i] = 1 / (1 + math.Exp(-s))
		}
		return out
	}},
	few:     {d: 96, dv: 64, bf16: true, rounded: true, score: scaled(0.125), sees: causally, weights: softmax(headSink)},
	latents: {d: 208, dv: 192, bf16: true, rounded: true, latent: true, score: scaled(0.125), sees: always, weights: softmax(noSink)},
	shares: {d: 20, dv: 28, lines: true, sees: stridden, score: func(q, k []float64, _, _, _ int) float64 {
		return math.Exp(inner(q, k) / 8)
	}, weights: func(scores []float64, _ int) []float64 {
		out, total := slices.Clone(scores), 0.0
		for _, s := range scores {
			total += s
		}
		for i := range out {
			out[i] /= total
		}
		return out
	}},
	sparse:   {d: 96, dv: 64, bf16: true, rounded: true, score: scaled(0.125), sees: causally, weights: sparsemax},
	topThree: {d: 20, dv: 28, lines: true, score: scaled(0.25), sees: stridden, weights: largestThree},
}

// sparsemax by sorting (Martins and Astudillo 2016, arXiv:1602.02068, algorithm 1).
func sparsemax(scores []float64, _ int) []float64 {
	z := slices.Clone(scores)
	slices.Sort(z)
	slices.Reverse(z)
	sum, tau := 0.0, 0.0
	for k, x := range z {
		sum += x
		if 1+float64(k+1)*x > sum {
			tau = (sum - 1) / float64(k+1)
		}
	}
	out := make([]float64, len(scores))
	for i, s := range scores {
		out[i] = max(s-tau, 0)
	}
	return out
}

// largestThree share by softmax; the first two keys that are seen get half of theirs.
func largestThree(scores []float64, _ int) []float64 {
	out, total := make([]float64, len(scores)), 0.0
	for i, s := range scores {
		above := 0
		for _, x := range scores {
			if x > s {
				above++
			}
		}
		if above < 3 {
			out[i] = math.Exp(s)
			total += out[i]
		}
	}
	for i := range out {
		out[i] /= total
		if i < 2 {
			out[i] /= 2
		}
	}
	return out
}

// inputs are Q, K and V as they are stored, and as numbers.
func (a attention) inputs() (stored []any, numbers [3][]float32) {
	kind := attendKinds[a.kind]
	numbers = [3][]float32{random(1, a.queries*a.heads*a.group*kind.d), random(2, a.keys*a.heads*kind.d), random(3, a.keys*a.heads*kind.dv)}
	for i, values := range numbers {
		if kind.bf16 || kind.rounded {
			narrowed := narrow(values)
			for j, b := range narrowed {
				values[j] = float32(wide(b))
			}
			if kind.bf16 {
				stored = append(stored, narrowed)
				continue
			}
		}
		if kind.lines && i > 0 {
			width := len(values) / (a.keys * a.heads)
			turned := make([]float32, len(values))
			for j := range values {
				key, head, e := j/width/a.heads, j/width%a.heads, j%width
				turned[(head*width+e)*a.keys+key] = values[j]
			}
			values = turned
		}
		stored = append(stored, values)
	}
	if kind.latent {
		stored = stored[:2]
		for j := range numbers[2] {
			numbers[2][j] = numbers[1][j/kind.dv*kind.d+j%kind.dv]
		}
	}
	return stored, numbers
}

func attendTrial(name string, a attention) trial {
	kind := attendKinds[a.kind]
	stored, numbers := a.inputs()
	heads := a.heads * a.group
	sizes := []int{a.queries, a.keys, a.heads, a.group, a.kind, a.width, a.parts}
	return trial{name, sizes, stored, func(out []byte) error {
		got := make([]float64, a.queries*heads*kind.dv)
		// How far a weight may be off, relative to itself: what rounding it to bf16 does, and in f32 what the logit's own
		// roundings do, a few units of 2^-24 of a logit below 16. And how far the stored number, from the computed one.
		relative, store := 0x1p-17, 0.0
		if kind.rounded {
			relative = 0x1.1p-8
		}
		if kind.narrow {
			store = 0x1.01p-8
			values, err := take[uint16](&out, len(got))
			if err != nil {
				return err
			}
			for i, b := range values {
				got[i] = wide(b)
			}
		} else {
			values, err := take[float32](&out, len(got))
			if err != nil {
				return err
			}
			for i, f := range values {
				got[i] = float64(f)
			}
		}
		for row := range a.queries {
			for head := range heads {
				want, size := a.row(numbers, row, head)
				for i := range want {
					at := (row*heads+head)*kind.dv + i
					if err := near(name, at, got[at], want[i], relative*size[i]+store*math.Abs(want[i])); err != nil {
						return err
					}
				}
			}
		}
		return nil
	}}
}

// row is one query's output, and the sum of its terms' sizes. What a normalizer takes away from weights counts as a term of
// the same size: a weight that is a difference is off by what its parts are.
func (a attention) row(numbers [3][]float32, row, head int) (out, size []float64) {
	kind := attendKinds[a.kind]
	heads, shared, position := a.heads*a.group, head/a.group, a.keys-a.queries+row
	part := func(which, number, width int) []float64 {
		out := make([]float64, width)
		for i := range out {
			out[i] = float64(numbers[which][number*width+i])
		}
		return out
	}
	var seen []int
	var scores []float64
	q := part(0, row*heads+head, kind.d)
	for j := range a.keys {
		if kind.sees(a, head, position, j) {
			seen = append(seen, j)
			scores = append(scores, kind.score(q, part(1, j*a.heads+shared, kind.d), head, position, j))
		}
	}
	out, size = make([]float64, kind.dv), make([]float64, kind.dv)
	for n, w := range kind.weights(scores, head) {
		for i, v := range part(2, seen[n]*a.heads+shared, kind.dv) {
			out[i], size[i] = out[i]+w*v, size[i]+math.Abs(w*v)
			if a.kind == sparse && w > 0 {
				size[i] += 0x1p-11 * math.Abs(scores[n]*v)
			}
		}
	}
	return out, size
}
