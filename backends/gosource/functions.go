package gosource

// functions are those that generated code may call, by name. A module has those that it calls.
var functions = map[string]string{
	"tensor": `// tensor is a view: element (i, j, ...) of data stands at base + i*stride[0] + j*stride[1] + ...
func tensor(data []float32, base int, stride ...int) kernel.Tensor {
	return kernel.Tensor{Data: data, Base: base, Stride: stride}
}
`,
	"matrix": `// matrix is a view with rows and columns: element (i, k) stands at i*row + k*col.
func matrix(data []float32, row, col int) kernel.Matrix { return kernel.Matrix{Data: data, Row: row, Col: col} }
`,
	"where": `// where says in which part of the model an error occurred.
func where(scope string, err error) error {
	return fmt.Errorf("%s: %w", scope, err)
}
`,
	"floorDiv": `// floorDiv is a / b rounded down.
func floorDiv(a, b int) int {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}
`,
	"truth": `// truth is how a truth value is held among numbers.
func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
`,
	"mod": `// mod is the remainder with the sign of y; the product is rounded apart, so that no machine fuses it.
func mod(x, y float64) float64 { return x - float64(y*math.Floor(x/y)) }
`,
	"sign": `// sign is -1, 0 or 1, and NaN where x is.
func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	case x == 0:
		return 0
	}
	return x
}
`,
	"choose": `// choose is x where c is not 0, else y.
func choose(c, x, y float64) float64 {
	if c != 0 {
		return x
	}
	return y
}
`,
	"addAll": `// addAll adds in order, from 0.
func addAll(x []float32) float32 {
	sum := float32(0)
	for _, v := range x {
		sum += v
	}
	return sum
}
`,
	"running": `// running is f of each element and what came of those before.
func running(dst, x []float32, f func(dst, x, y []float32)) {
	copy(dst, x)
	for i := 1; i < len(dst); i++ {
		f(dst[i:i+1], dst[i-1:i], x[i:i+1])
	}
}
`,
	"perLane": `// perLane writes an element of x for each lane of a tile into all its places.
func perLane(t *kernel.Tile, dst, x []float32, at func(lane int) int) {
	var values [kernel.Lanes]float32
	for l := range t.Count {
		values[l] = x[at(l)]
	}
	t.FillLanes(dst, &values)
}
`,
	"perKey": `// perKey writes an element of x for each key of a tile into all its places.
func perKey(t *kernel.Tile, dst, x []float32, step int) {
	var values [kernel.TileKeys]float32
	for k := range t.N {
		values[k] = x[(t.First+k)*step]
	}
	t.FillKeys(dst, values[:t.N])
}
`,
	"perLaneAndKey": `// perLaneAndKey writes an element of x for each lane and key of a tile.
func perLaneAndKey(t *kernel.Tile, dst, x []float32, step int, at func(lane int) int) {
	for l := range t.Count {
		from := at(l) + t.First*step
		for k := range t.N {
			dst[l*t.PerLane+k*t.PerKey] = x[from+k*step]
		}
	}
}
`,
	"perPair": `// perPair writes a function of where a lane and a key stand.
func perPair(t *kernel.Tile, dst []float32, f func(lane, key int) float64) {
	for l := range t.Count {
		for k := range t.N {
			dst[l*t.PerLane+k*t.PerKey] = float32(f(l, t.First+k))
		}
	}
}
`,
	"admit": `// admit is x, which may be dst, where the mask holds, and no weight where it does not.
func admit(dst, mask, x []float32) {
	none := float32(math.Inf(-1))
	for i := range dst {
		if mask[i] != 0 {
			dst[i] = x[i]
		} else {
			dst[i] = none
		}
	}
}
`,
}
