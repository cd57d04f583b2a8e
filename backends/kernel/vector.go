// SPDX-License-Identifier: Apache-2.0

package kernel

// truth is how a truth value is held among numbers.
func truth(b bool) float32 {
	if b {
		return 1
	}
	return 0
}

// sign keeps NaN, and gives 0 for both zeros.
func sign(x float32) float32 {
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

// Apply1 gives the value of an elementwise function at one number, with the bits that it has in a vector: Apply1(Exp,
// x).
func Apply1(f func(dst, x []float32), x float32) float32 {
	v := [1]float32{x}
	f(v[:], v[:])
	return v[0]
}

// Apply2 is Apply1 for two arguments: Apply2(Pow, x, y).
func Apply2(f func(dst, x, y []float32), x, y float32) float32 {
	v, w := [1]float32{x}, [1]float32{y}
	f(v[:], v[:], w[:])
	return v[0]
}

// Apply3 is Apply1 for three arguments: Apply3(Select, c, x, y).
func Apply3(f func(dst, c, x, y []float32), c, x, y float32) float32 {
	u, v, w := [1]float32{c}, [1]float32{x}, [1]float32{y}
	f(u[:], u[:], v[:], w[:])
	return u[0]
}

// Select is x where c is not 0, else y; NaN is not 0. dst may be one of the arguments.
func Select(dst, c, x, y []float32) {
	c, x, y = c[:len(dst):len(c)], x[:len(dst):len(x)], y[:len(dst):len(y)]
	vecSelect(dst, c, x, y)
}

func plainSelect(dst, c, x, y []float32) {
	for i, holds := range c[:len(dst)] {
		if holds != 0 {
			dst[i] = x[i]
		} else {
			dst[i] = y[i]
		}
	}
}

// Fill writes s into every element.
func Fill(dst []float32, s float32) { vecFill(dst, s) }

func plainFill(dst []float32, s float32) {
	for i := range dst {
		dst[i] = s
	}
}
