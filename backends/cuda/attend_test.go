package cuda

import "math"

var attend = subject{
	name:    "attend",
	kernels: []string{"kernels/functions.cuh", "kernels/matrix.cuh", "kernels/tile.cuh", "kernels/attend.cuh"},
	trials: func() []trial {
		return []trial{
			attendTrial("causal, one query of many", attention{queries: 1, keys: 197, heads: 2, group: 1, kind: causal}),
			attendTrial("causal, odd", attention{queries: 71, keys: 139, heads: 2, group: 2, kind: causal}),
			attendTrial("window and soft cap, odd", attention{queries: 101, keys: 117, heads: 3, group: 3, kind: window, width: 21}),
			attendTrial("window of nothing", attention{queries: 3, keys: 5, heads: 1, group: 1, kind: window}),
			attendTrial("f32, ALiBi, odd", attention{queries: 67, keys: 83, heads: 2, group: 1, kind: biased}),
		}
	},
	plants: []plant{
		{"the next tile is fetched before the barrier", "    block_sync();  // this tile is there, and nobody still reads the stage that is " +
			"filled next\n    if (tile + 1 < last) fetch(tile + 1);", "    if (tile + 1 < last) fetch(tile + 1);\n    block_sync();"},
		{"values of the other stage", "tiles_v + (tile & 1)", "tiles_v + (~tile & 1)"},
		{"one stage for all tiles", "const int stage = (tile & 1) * KEYS", "const int stage = 0"},
		{"the output is not scaled to the new maximum", "out[n][h * 2] *= shrink, out", "out"},
		{"the sum is not scaled to the new maximum", "total[h] * shrink + sum", "total[h] + sum"},
		{"a maximum of half a row", "      high = fmaxf(high, lane_xor(high, 2));\n", ""},
		{"a sum of half a row", "    sum += lane_xor(sum, 2);\n", ""},
		{"a sum over other rows", "sum += lane_xor(sum, 2)", "sum += lane_xor(sum, 4)"},
		{"minus infinity less itself", "high == -INFINITY ? 0.f : high", "high"},
		{"no sum to divide by", "sum > 0.f ? 1.f / sum : 0.f", "1.f / sum"},
		{"keys transposed", "ldmatrix_x4(k,", "ldmatrix_x4_trans(k,"},
		{"values not transposed", "ldmatrix_x4_trans(v,", "ldmatrix_x4(v,"},
		{"weights of the lower rows first", "pack_bf16(p[2 * i][0], p[2 * i][1]), pack_bf16(p[2 * i][2], p[2 * i][3])",
			"pack_bf16(p[2 * i][2], p[2 * i][3]), pack_bf16(p[2 * i][0], p[2 * i][1])"},
		{"weights packed high first", "{pack_bf16(p[2 * i][0], p[2 * i][1])", "{pack_bf16(p[2 * i][1], p[2 * i][0])"},
		{"weights of the second product's other half", "mma_bf16(o[2 * n + 1], a, v[2], v[3])", "mma_bf16(o[2 * n + 1], a, v[1], v[3])"},
		{"one scratch for all warps", "(tiles_v + 2 * KEYS * Warp::LDV) + warp * Warp::scratch", "(tiles_v + 2 * KEYS * Warp::LDV)"},
		{"masks of another row", "past + row0 + warp * 16 + g + h * 8", "past + row0 + warp * 16 + g * 2 + h"},
		{"masks without the past", "const int query = past + row0", "const int query = row0"},
		{"masks of another column", "tile * KEYS + n * 8 + t * 2 + e;\n          float&", "tile * KEYS + n * 8 + t + e * 4;\n          float&"},
		{"keys past the end", "key < keys && mask", "mask"},
		{"a tile too few", "+ KEYS - 1) / KEYS", ") / KEYS"},
		{"a tile too late", "(seen_from > 0 ? seen_from : 0) / KEYS", "((seen_from > 0 ? seen_from : 0) + KEYS - 1) / KEYS"},
		{"each head its own keys", "head / group * k.head_stride", "head * k.head_stride"},
		{"rows past the end are stored", "    if (row < queries)\n", ""},
	},
}

// attention is one request; kind names the entry that answers it.
type attention struct{ queries, keys, heads, group, kind, width int }

const (
	causal = iota
	window
	biased
)

// attendKinds are the entries as float64 sees them: sizes of a head, the score and the mask of query position i and key j.
var attendKinds = []struct {
	d, dv int
	// relative is how far a weight may be off, relative to itself: what rounding it to bf16 does, and in f32 what the
	// logit's own roundings do, a few units of 2^-24 of a logit below 16.
	relative float64
	score    func(dot float64, head, i, j int) float64
	sees     func(a attention, i, j int) bool
}{
	causal: {64, 64, 0x1.1p-8, func(dot float64, _, _, _ int) float64 { return dot / 8 },
		func(_ attention, i, j int) bool { return j <= i }},
	window: {32, 48, 0x1.1p-8, func(dot float64, _, _, _ int) float64 { return 2 * math.Tanh(dot/4/2) },
		func(a attention, i, j int) bool { return j <= i && j > i-a.width }},
	biased: {20, 24, 0x1p-17, func(dot float64, head, i, j int) float64 { return dot/4 - math.Exp2(-float64(head+1))*float64(i-j) },
		func(attention, int, int) bool { return true }},
}

func attendTrial(name string, a attention) trial {
	kind := attendKinds[a.kind]
	sharedHeads := a.heads / a.group
	q, k := random(1, a.queries*a.heads*kind.d), random(2, a.keys*sharedHeads*kind.d)
	v := random(3, a.keys*sharedHeads*kind.dv)
	arrays := []any{q, k, v}
	if a.kind != biased {
		for i, values := range [][]float32{q, k, v} {
			narrowed := narrow(values)
			arrays[i] = narrowed
			for j, b := range narrowed {
				values[j] = float32(wide(b))
			}
		}
	}
	return trial{name, []int{a.queries, a.keys, a.heads, a.group, a.kind, a.width}, arrays, func(out []byte) error {
		got := make([]float64, a.queries*a.heads*kind.dv)
		store := 0.0 // how far the stored number may be from the computed one, relative to it
		if a.kind == causal {
			values, err := take[uint16](&out, len(got))
			if err != nil {
				return err
			}
			for i, b := range values {
				got[i] = wide(b)
			}
			store = 0x1.01p-8
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
			for head := range a.heads {
				want, size := a.row(q, k, v, row, head)
				for i := range want {
					at := (row*a.heads+head)*kind.dv + i
					if err := near(name, at, got[at], want[i], kind.relative*size[i]+store*math.Abs(want[i])); err != nil {
						return err
					}
				}
			}
		}
		return nil
	}}
}

// row is one query's output, and the sum of its terms' sizes.
func (a attention) row(q, k, v []float32, row, head int) (out, size []float64) {
	kind := attendKinds[a.kind]
	sharedHeads, position := a.heads/a.group, a.keys-a.queries+row
	weights, total := make([]float64, a.keys), 0.0
	for j := range a.keys {
		if !kind.sees(a, position, j) {
			continue
		}
		var dot float64
		for i := range kind.d {
			dot += float64(q[(row*a.heads+head)*kind.d+i]) * float64(k[(j*sharedHeads+head/a.group)*kind.d+i])
		}
		weights[j] = math.Exp(kind.score(dot, head, position, j))
		total += weights[j]
	}
	out, size = make([]float64, kind.dv), make([]float64, kind.dv)
	for j, w := range weights {
		if w == 0 {
			continue
		}
		for i := range out {
			term := w / total * float64(v[(j*sharedHeads+head/a.group)*kind.dv+i])
			out[i], size[i] = out[i]+term, size[i]+math.Abs(term)
		}
	}
	return out, size
}
