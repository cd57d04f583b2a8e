package spec_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"archc/backends/kernel"
	"archc/ir"
)

// vectors gives, for each scalar function of the IR, the vector function of the engines.
var vectors = map[string]struct {
	of1 func(dst, x []float32)
	of2 func(dst, x, y []float32)
	of3 func(dst, c, x, y []float32)
}{
	"add":    {of2: kernel.Add},
	"sub":    {of2: kernel.Sub},
	"mul":    {of2: kernel.Mul},
	"div":    {of2: kernel.Div},
	"quo":    {of2: kernel.Quo},
	"mod":    {of2: kernel.Mod},
	"pow":    {of2: kernel.Pow},
	"neg":    {of1: kernel.Neg},
	"abs":    {of1: kernel.Abs},
	"sign":   {of1: kernel.Sign},
	"max":    {of2: kernel.Max},
	"min":    {of2: kernel.Min},
	"floor":  {of1: kernel.Floor},
	"ceil":   {of1: kernel.Ceil},
	"round":  {of1: kernel.Round},
	"exp":    {of1: kernel.Exp},
	"log":    {of1: kernel.Log},
	"sqrt":   {of1: kernel.Sqrt},
	"rsqrt":  {of1: kernel.Rsqrt},
	"sin":    {of1: kernel.Sin},
	"cos":    {of1: kernel.Cos},
	"tanh":   {of1: kernel.Tanh},
	"erf":    {of1: kernel.Erf},
	"lt":     {of2: kernel.Lt},
	"le":     {of2: kernel.Le},
	"gt":     {of2: kernel.Gt},
	"ge":     {of2: kernel.Ge},
	"eq":     {of2: kernel.Eq},
	"ne":     {of2: kernel.Ne},
	"and":    {of2: kernel.And},
	"or":     {of2: kernel.Or},
	"not":    {of1: kernel.Not},
	"select": {of3: kernel.Select},
}

// TestVectorFunctions holds the vector functions to the IR's own meaning of each: all pairs of special numbers, and
// random ones of every magnitude and of the magnitudes that occur.
func TestVectorFunctions(t *testing.T) {
	for _, fn := range ir.Fns() {
		t.Run(fn.Name, func(t *testing.T) {
			v, ok := vectors[fn.Name]
			if !ok {
				t.Fatal("no vector function")
			}
			args := arguments(fn.Arity, fn.Name == "and" || fn.Name == "or" || fn.Name == "not")
			got := make([]float32, len(args[0]))
			switch fn.Arity {
			case 1:
				v.of1(got, args[0])
			case 2:
				v.of2(got, args[0], args[1])
			case 3:
				v.of3(got, args[0], args[1], args[2])
			}
			bound, worst := documented(t, fn.Name), 0.0
			for i := range got {
				x := make([]float64, fn.Arity)
				for a := range x {
					x[a] = float64(args[a][i])
				}
				want := fn.Eval(x)
				if d := distance(got[i], want); d > max(worst, bound) {
					t.Errorf("%s%v = %v, want %v: %.3f units in the last place", fn.Name, x, got[i], float32(want), d)
					worst = d
				} else {
					worst = max(worst, d)
				}
			}
			t.Logf("%s: %.3f units in the last place", fn.Name, worst)
		})
	}
	if len(vectors) != len(ir.Fns()) {
		t.Errorf("%d vector functions for %d of the IR", len(vectors), len(ir.Fns()))
	}
}

// arguments gives as many lists as a function takes.
func arguments(n int, truths bool) [][]float32 {
	const large, tiny = math.MaxFloat32, math.SmallestNonzeroFloat32
	inf, minus := float32(math.Inf(1)), float32(math.Copysign(0, -1))
	special := []float32{0, minus, 1, -1, 2, -2, 3, 0.5, -0.5, 1.5, -1.5, 2.5, 1e-3, 7, 10, -10, 100, -100,
		1 << 23, 1<<23 - 0.5, 1<<24 - 1, -(1<<24 - 1), 88.7, 88.73, -87.3, -88, -103.9, -104,
		1e10, -1e10, 3e38, -3e38, large, -large, 1e-38, 1e-40, -1e-40, tiny, -tiny, inf, -inf, float32(math.NaN())}
	if truths {
		special = []float32{0, 1}
	}
	out := make([][]float32, n)
	total := 1
	for range n {
		total *= len(special)
	}
	for i := range total {
		for a := range out {
			out[a] = append(out[a], special[i%len(special)])
			i /= len(special)
		}
	}
	if truths {
		return out
	}
	random := rand.New(rand.NewPCG(1, uint64(n)))
	for range 200_000 {
		for a := range out {
			near, wide := float32(random.NormFloat64()), float32(random.NormFloat64()*100)
			out[a] = append(out[a], math.Float32frombits(random.Uint32()), near, wide, float32(math.Round(float64(wide))))
		}
	}
	return out
}

// distance is how far a float32 is from a value, in units of the last place of the float32 nearest to the value. It
// is infinite where one is NaN or truly infinite and the other is not, and where zeros differ in sign.
func distance(got float32, want float64) float64 {
	near := float32(want)
	switch {
	case got != got && near != near, math.IsInf(want, 0) && got == near:
		return 0
	case got != got || near != near || math.IsInf(want, 0),
		got == 0 && near == 0 && math.Signbit(float64(got)) != math.Signbit(want):
		return math.Inf(1)
	}
	_, exp := math.Frexp(math.Min(math.Abs(float64(near)), math.MaxFloat32))
	unit := math.Ldexp(1, max(exp-24, -149))
	return math.Abs(bounded(float64(got))-bounded(want)) / unit
}

// bounded takes what overflows a float32 as the first power of two that does.
func bounded(x float64) float64 { return math.Copysign(math.Min(math.Abs(x), math.Ldexp(1, 128)), x) }
