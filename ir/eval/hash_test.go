package eval

import (
	"math"
	"strings"
	"testing"
)

func TestHash(t *testing.T) {
	for _, c := range []struct {
		name  string
		index int
		want  float64
	}{
		{"", 0, 0.26369452476501465},
		{"w", 0, 0.3970543146133423},
		{"w", 1, 0.2792128920555115},
		{"model.layers.3.mlp.up_proj.weight", 123456, 0.06998860836029053},
	} {
		if got := Hash(c.name, c.index); got != c.want {
			t.Errorf("%s %d: %v, want %v", c.name, c.index, got, c.want)
		}
	}
	p := layers()
	w, err := NewHashWeights(p.m)
	if err != nil {
		t.Fatal(err)
	}
	keys := "layers.1.w layers.2.b layers.3.w layers.4.b layers.5.w layers.6.b"
	if got := strings.Join(w.Keys(), " "); got != keys {
		t.Errorf("keys %s", got)
	}
	w.Scale = 2
	dims, data, err := w.Read("layers.3.w")
	if err != nil || len(dims) != 1 || dims[0] != 6 || len(data) != 6 || data[5] != 2*Hash("layers.3.w", 5) {
		t.Errorf("%v %v %v", dims, data, err)
	}
	if _, _, err := w.Read("other"); err == nil {
		t.Error("no error")
	}
	run1(t, p, w, tensors{"x": random(source(), Axis{"T", 2}, Axis{"D", 3})}, Options{})
	p.param("layers.3.w", [][]string{{"D"}}, n("D", 3))
	if _, err = NewHashWeights(p.m); err == nil {
		t.Fatal("no error")
	}
	wantError(t, err.Error(), "layers.3.w: wanted as [3] here and [6] elsewhere")
}

func TestHashIsSpread(t *testing.T) {
	sum, square, low, high := 0.0, 0.0, 1.0, -1.0
	const count = 100_000
	for i := range count {
		x := Hash("spread", i)
		sum, square, low, high = sum+x, square+x*x, min(low, x), max(high, x)
		if float64(float32(x)) != x {
			t.Fatalf("%v is no float32", x)
		}
	}
	mean, square := sum/count, square/count
	if math.Abs(mean) > 0.005 || math.Abs(square-1.0/12) > 0.001 || low < -0.5 || high >= 0.5 {
		t.Errorf("mean %v, square %v, from %v to %v", mean, square, low, high)
	}
}
