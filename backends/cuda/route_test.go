package cuda

import (
	"fmt"
	"math"
	"slices"
)

var route = subject{
	name: "route",
	kernels: []string{"kernels/matrix.cuh", "kernels/reduce.cuh", "kernels/topk.cuh", "kernels/route.cuh", "kernels/product_exact.cuh",
		"kernels/lanes.cuh", "kernels/tile.cuh", "kernels/product.cuh"},
	trials: func() []trial {
		return []trial{
			routeTrial("one row", routing{rows: 1, experts: 3, k: 2, width: 8, hidden: 8}),
			routeTrial("some experts, some dropped", routing{rows: 37, experts: 5, k: 2, width: 24, hidden: 40, drop: 7}),
			routeTrial("more selections than threads", routing{rows: 66, experts: 40, k: 4, width: 8, hidden: 8, drop: 5}),
			routeTrial("none is valid", routing{rows: 3, experts: 2, k: 1, width: 8, hidden: 8, drop: 1}),
		}
	},
	plants: []plant{
		{"equals the last first", "return i < j;", "return i > j;"},
		{"NaN below every number", "a > b || (a != a && b == b)", "a > b || (a == a && b != b)"},
		{"the one before is found again", "place == 0 || ahead(last, last_at, v, i)", "place == 0 || !ahead(v, i, last, last_at)"},
		{"lanes without a number win", "other_at >= 0 && (best_at < 0", "(best_at < 0"},
		{"half a warp's best", "int d = 16; d > 0; d >>= 1) {\n      const float other", "int d = 8; d > 0; d >>= 1) {\n      const float other"},
		{"rows begin behind their own", "known && e < float(expert) ?", "known && e <= float(expert) ?"},
		{"what is not valid is counted", "    if (valid(i)) {", "    {"},
		{"what is not valid is listed", "i < selections && valid(i) && index(i)", "i < selections && index(i)"},
		{"lanes count themselves", "int at = next + bits_set(votes & ((1u << lane) - 1))", "int at = next + bits_set(votes & ((2u << lane) - 1))"},
		{"experts without rows", "count(first + lane) > 0.f", "count(first + lane) >= 0.f"},
		{"the list of the first 32 again", "    n += bits_set(votes);\n", "    n = bits_set(votes);\n"},
		{"blocks do not go around", "expert < experts; expert += gridDim.x", "expert < int(gridDim.x); expert += gridDim.x"},
		{"a warp takes the places of the one before", "if (w < warp) at += others", "if (w < warp - 1) at += others"},
		{"places of the first round again", "        next += others;\n", ""},
		{"rows of the first expert", "{x + long(g.first) * k, k}, Close<float>", "{x, k}, Close<float>"},
		{"blocks that end too soon", "if (int(blockIdx.y) * 32 >= g.rows) return;\n  product_tile", "if (int(blockIdx.y) * 32 + 31 >= g.rows) return;\n  product_tile"},
		{"matrices of the first expert", "Close<bf16>{w + long(blockIdx.z) * n * k", "Close<bf16>{w"},
		{"rows of all experts", "Close<float>{w + long(blockIdx.z) * n * k, k}, g.rows, n", "Close<float>{w + long(blockIdx.z) * n * k, k}, g.rows + 1, n"},
		{"selections listed from the first", "Scatter{list + g.first, weight", "Scatter{list, weight"},
		{"a selection's number for its row", "int(list[blockIdx.x]) / k", "int(list[blockIdx.x]) % k"},
	},
}

type routing struct{ rows, experts, k, width, hidden, drop int }

func routeTrial(name string, c routing) trial {
	selections := c.rows * c.k
	logits, valid, weight := random(1, c.rows*c.experts), make([]float32, selections), random(2, selections)
	for i := range logits {
		logits[i] = float32(math.Round(float64(logits[i]) * 4)) // many equals
	}
	if len(logits) > 10 {
		logits[c.experts+1] = float32(math.NaN())
		logits[c.experts+2] = float32(math.Inf(-1))
	}
	for i := range valid {
		if c.drop == 0 || i%c.drop != c.drop-1 {
			valid[i] = 1
		}
	}
	x, first, second := random(3, c.rows*c.width), random(4, c.experts*c.hidden*c.width), narrow(random(5, c.experts*c.width*c.hidden))
	return trial{name, []int{c.rows, c.experts, c.k, c.width, c.hidden}, []any{logits, valid, weight, x, first, second}, func(out []byte) error {
		chosen, err := take[float32](&out, selections)
		if err != nil {
			return err
		}
		counts, err := take[int32](&out, 2*c.experts)
		if err != nil {
			return err
		}
		list, err := take[float32](&out, selections)
		if err != nil {
			return err
		}
		y, err := take[float32](&out, selections*c.width)
		if err != nil {
			return err
		}
		astray, err := take[int32](&out, 1)
		if err != nil {
			return err
		}
		if astray[0] != 0 {
			return fmt.Errorf("%d selections are astray", astray[0])
		}
		withRows, err := take[int32](&out, c.experts+1)
		if err != nil {
			return err
		}
		var want []int32
		for e, n := range counts[:c.experts] {
			if n > 0 {
				want = append(want, int32(e))
			}
		}
		if n := int(withRows[0]); n != len(want) || !slices.Equal(withRows[1:1+n], want) {
			return fmt.Errorf("experts with rows are %v, want %v", withRows, want)
		}
		if err := c.checkLists(logits, valid, chosen, counts, list); err != nil {
			return err
		}
		return c.checkRows(valid, weight, chosen, x, first, second, y)
	}}
}

// checkLists orders the experts of each row, and the selections of each expert, by sorting.
func (c routing) checkLists(logits, valid, chosen []float32, counts []int32, list []float32) error {
	for row := range c.rows {
		order := make([]int, c.experts)
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(i, j int) int {
			a, b := logits[row*c.experts+i], logits[row*c.experts+j]
			switch {
			case a > b || a != a && b == b:
				return -1
			case b > a || b != b && a == a:
				return 1
			}
			return 0
		})
		for p := range c.k {
			if got := chosen[row*c.k+p]; got != float32(order[p]) {
				return fmt.Errorf("choice %d of row %d is %g, want %d", p, row, got, order[p])
			}
		}
	}
	at := 0
	for e := range c.experts {
		if int(counts[c.experts+e]) != at {
			return fmt.Errorf("expert %d begins at %d, want %d", e, counts[c.experts+e], at)
		}
		first := at
		for s, x := range chosen {
			if int(x) != e || valid[s] == 0 {
				continue
			}
			if list[at] != float32(s) {
				return fmt.Errorf("selection %d of expert %d is %g, want %d", at-first, e, list[at], s)
			}
			at++
		}
		if int(counts[e]) != at-first {
			return fmt.Errorf("expert %d has %d rows, want %d", e, counts[e], at-first)
		}
	}
	return nil
}

// checkRows computes each selection on its own. The first product's error passes through the second, and its rounding to bf16.
func (c routing) checkRows(valid, weight, chosen, x, first []float32, second []uint16, y []float32) error {
	for s := range y {
		s, i := s/c.width, s%c.width
		var sum, size float64
		if valid[s] != 0 {
			e := int(chosen[s])
			for h := range c.hidden {
				var middle, rough float64
				for l := range c.width {
					p := float64(x[s/c.k*c.width+l]) * float64(first[(e*c.hidden+h)*c.width+l])
					middle, rough = middle+p, rough+math.Abs(p)
				}
				w := wide(second[(e*c.width+i)*c.hidden+h]) * float64(weight[s])
				sum, size = sum+w*middle, size+math.Abs(w)*(math.Abs(middle)*0x1.1p-8+rough*0x1p-18)
			}
		}
		if err := near("y", s*c.width+i, float64(y[s*c.width+i]), sum, size); err != nil {
			return err
		}
	}
	return nil
}
