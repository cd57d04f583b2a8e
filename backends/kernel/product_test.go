// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

func random(r *rand.Rand, n int) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = float32(r.NormFloat64())
	}
	return s
}

// The sum is exact in 600 bits, so one rounding remains.
func TestFMARoundsOnce(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	special := []float32{0, float32(math.Copysign(0, -1)), 1, -1, math.MaxFloat32, math.SmallestNonzeroFloat32, 0x1p-126, 0x1.fffffep-127, 0x1p-75, 0x1.000002p0}
	pick := func() float32 {
		switch r.IntN(3) {
		case 0:
			return special[r.IntN(len(special))]
		case 1:
			return math.Float32frombits(r.Uint32() &^ (1 << 30)) // never infinite
		}
		return float32(math.Ldexp(float64(r.IntN(1<<24)), r.IntN(60)-40))
	}
	// nearTie is a product so near to half of an ulp of z that a float64 cannot tell z plus it from the tie.
	nearTie := func() (x, y, z float32) {
		z = math.Float32frombits(r.Uint32N(0x7f000000-1) + 1)
		_, e := math.Frexp(float64(math.Nextafter32(z, math.MaxFloat32) - z))
		low := (e - 2) / 2
		if e == -148 { // the ulp of the smallest numbers
			low = -70
		}
		d := float64(1+r.IntN(3)) * 0x1p-23
		x, y = float32(math.Ldexp(1+d, low)), float32(math.Ldexp(1-d, e-2-low))
		if r.IntN(2) == 0 {
			x = -x
		}
		return x, y, z
	}
	for i := range 200000 {
		x, y, z := pick(), pick(), pick()
		if i%4 == 0 {
			x, y, z = nearTie()
		}
		p := new(big.Float).SetPrec(600).Mul(big.NewFloat(float64(x)), big.NewFloat(float64(y)))
		sum := p.Add(p, big.NewFloat(float64(z)))
		if sum.Sign() == 0 {
			continue // the sign of zero is not big.Float's
		}
		want, _ := sum.Float32()
		if got := fma(x, y, z); math.Float32bits(got) != math.Float32bits(want) {
			t.Fatalf("fma(%x, %x, %x) = %x, want %x", x, y, z, got, want)
		}
	}
	for _, c := range [][4]float64{{0, -1, 0, 0}, {0, -1, math.Copysign(0, -1), math.Copysign(0, -1)}, {1, -1, 1, 0}, {math.Inf(1), 2, -3, math.Inf(1)}} {
		got := fma(float32(c[0]), float32(c[1]), float32(c[2]))
		if math.Float32bits(got) != math.Float32bits(float32(c[3])) {
			t.Errorf("fma(%v, %v, %v) = %v, want %v", c[0], c[1], c[2], got, c[3])
		}
	}
	if got := fma(float32(math.Inf(1)), 0, 1); got == got {
		t.Errorf("infinity times zero is %v", got)
	}
}

// Half precision: every value comes back, and every float32 beside a halfway point goes where the distance says.
func TestRounding(t *testing.T) {
	for _, c := range []struct {
		name     string
		to       func(float32) uint16
		from     func(uint16) float32
		infinity uint16
		beyond   float32 // a number far above the largest
	}{{"bfloat16", toBFloat16, fromBFloat16, 0x7f80, 0x1.ffp127}, {"float16", toFloat16, fromFloat16, 0x7c00, 0x1.4p17}} {
		for _, x := range []float32{c.beyond, math.MaxFloat32, float32(math.Inf(1))} {
			if up, down := c.to(x), c.to(-x); up != c.infinity || down != c.infinity|0x8000 {
				t.Errorf("%s: %v and its opposite round to %#x and %#x", c.name, x, up, down)
			}
		}
		for h := range uint32(1 << 16) {
			x := c.from(uint16(h))
			if x != x {
				if back := c.from(c.to(x)); back == back {
					t.Fatalf("%s: NaN %#x becomes %v", c.name, h, back)
				}
				continue
			}
			if back := c.to(x); back != uint16(h) {
				t.Fatalf("%s: %#x is %v and comes back as %#x", c.name, h, x, back)
			}
			if m := uint16(h) & 0x7fff; m >= c.infinity {
				continue
			}
			next := float64(c.from(uint16(h) + 1))
			if math.IsInf(next, 0) { // halfway to where the next number would be
				next = 2*float64(x) - float64(c.from(uint16(h)-1))
			}
			half := (float64(x) + next) / 2
			mid := float32(half)
			if float64(mid) != half {
				t.Fatalf("%s: halfway behind %v is no float32", c.name, x)
			}
			even := uint16(h) + uint16(h)&1
			towards := math.Nextafter32(mid, x)
			away := math.Nextafter32(mid, float32(math.Inf(int(1-2*int(h>>15)))))
			for _, g := range []struct {
				x    float32
				want uint16
			}{{mid, even}, {towards, uint16(h)}, {away, uint16(h) + 1}} {
				if got := c.to(g.x); got != g.want {
					t.Fatalf("%s: %x rounds to %#x, want %#x", c.name, g.x, got, g.want)
				}
			}
		}
	}
}

func TestPanelsSet(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, e := range []Element{Float32, BFloat16, Float16} {
		for _, size := range [][2]int{{1, 1}, {16, 5}, {17, 3}, {40, 70}, {3, 0}, {0, 3}} {
			n, k := size[0], size[1]
			w := random(r, n*k)
			whole, pieces, turned := NewPanels(e, n, k), NewPanels(e, n, k), NewPanels(e, n, k)
			whole.Set(0, 0, Matrix{w, k, 1}, n, k)
			across := make([]float32, n*k)
			for i := range n {
				for j := range k {
					across[j*n+i] = w[i*k+j]
				}
			}
			turned.Set(0, 0, Matrix{across, 1, n}, n, k)
			for i := 0; i < n; i += 7 {
				for j := 0; j < k; j += 11 {
					pieces.Set(i, j, Matrix{w[i*k+j:], k, 1}, min(7, n-i), min(11, k-j))
				}
			}
			for i := range n {
				for j := range k {
					want := w[i*k+j]
					switch e {
					case BFloat16:
						want = fromBFloat16(toBFloat16(want))
					case Float16:
						want = fromFloat16(toFloat16(want))
					}
					if got := whole.At(i, j); got != want {
						t.Fatalf("%v %d by %d: (%d, %d) is %v, want %v", e, n, k, i, j, got, want)
					}
				}
			}
			for name, p := range map[string]*Panels{"in pieces": pieces, "transposed": turned} {
				if !slices.Equal(p.wide, whole.wide) || !slices.Equal(p.bits, whole.bits) {
					t.Errorf("%v %d by %d: set %s differs from set whole", e, n, k, name)
				}
			}
			if want := int64(panelsOf(n)*16*k) * int64(e.Size()); whole.Bytes() != want {
				t.Errorf("%v %d by %d: %d bytes, want %d", e, n, k, whole.Bytes(), want)
			}
		}
	}
}

// levels are those that this machine has.
func levels() []level {
	list := []level{}
	for l := portable; l <= machine; l++ {
		list = append(list, l)
	}
	return list
}

// crewAt is a crew that uses the tiles of a level.
func crewAt(t *testing.T, l level, workers int) *Crew {
	c := NewCrew(workers)
	c.batch.level = l
	t.Cleanup(c.Close)
	return c
}

// product is a case of a test: sizes and layouts, filled at random.
type product struct {
	rows, n, k int
	e          Element
	add        bool
	turned     bool // In has its columns contiguous
}

func (p product) String() string {
	return fmt.Sprintf("%d rows, %d by %d of %v, add %v, turned %v", p.rows, p.n, p.k, p.e, p.add, p.turned)
}

// job is the case filled from r; Out has a gap behind each row that nobody may touch.
func (p product) job(r *rand.Rand) Job {
	w := NewPanels(p.e, p.n, p.k)
	w.Set(0, 0, Matrix{random(r, p.n*p.k), p.k, 1}, p.n, p.k)
	in := Matrix{random(r, p.rows*p.k), p.k, 1}
	if p.turned {
		in.Row, in.Col = 1, p.rows
	}
	out := Matrix{random(r, p.rows*(p.n+3)), p.n + 3, 1}
	return Job{Out: out, In: in, Rows: p.rows, Weights: w, Add: p.add}
}

// chain is the definition: the float32 chain, and the float64 sum with the sum of its terms' magnitudes.
func chain(j Job, before []float32, i, n int) (one float32, sum, size float64) {
	if j.Add {
		one = before[i*j.Out.Row+n]
		sum, size = float64(one), math.Abs(float64(one))
	}
	for k := range j.Weights.K {
		x, w := j.In.Data[i*j.In.Row+k*j.In.Col], j.Weights.At(n, k)
		one = fma(x, w, one)
		sum += float64(x) * float64(w)
		size += math.Abs(float64(x) * float64(w))
	}
	return one, sum, size
}

func products() []product {
	list := []product{}
	for _, rows := range []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 13, 14, 15, 29} {
		for _, nk := range [][2]int{{1, 1}, {5, 3}, {16, 7}, {17, 64}, {31, 1}, {64, 33}, {100, 20}, {0, 4}, {4, 0}, {300, 9}} {
			for e := range Element(3) {
				list = append(list, product{rows, nk[0], nk[1], e, rows%2 == 0, rows%3 == 0})
			}
		}
	}
	r := rand.New(rand.NewPCG(5, 6))
	for range 150 {
		list = append(list, product{r.IntN(40), r.IntN(200), r.IntN(150), Element(r.IntN(3)), r.IntN(2) == 0, r.IntN(2) == 0})
	}
	return list
}

// Every element is the chain bit for bit, within the bound of a chain of K roundings, and nothing else is written.
func TestProductsAreChains(t *testing.T) {
	for _, l := range levels() {
		c := crewAt(t, l, 2)
		r := rand.New(rand.NewPCG(7, 8))
		for _, p := range products() {
			j := p.job(r)
			before := slices.Clone(j.Out.Data)
			c.Products([]Job{j})
			for i := range p.rows {
				for n := range j.Out.Row {
					got := j.Out.Data[i*j.Out.Row+n]
					if n >= p.n {
						if got != before[i*j.Out.Row+n] {
							t.Fatalf("%v: %v: written outside of row %d, at column %d", l, p, i, n)
						}
						continue
					}
					one, sum, size := chain(j, before, i, n)
					if math.Float32bits(got) != math.Float32bits(one) {
						t.Fatalf("%v: %v: (%d, %d) is %v, the chain %v", l, p, i, n, got, one)
					}
					if bound := float64(p.k+1) * 0x1p-24 * size * 1.001; math.Abs(float64(got)-sum) > bound {
						t.Fatalf("%v: %v: (%d, %d) is %v, the sum %v, more than %v apart", l, p, i, n, got, sum, bound)
					}
				}
			}
		}
	}
}

// The bits of a row depend neither on the rows beside it, nor on how the product is cut into blocks, nor on the number
// of workers, nor on the level: all are those of the row alone in plain Go. K and N go beyond a block, rows beyond a round.
func TestBitsAreOfOneChain(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 16))
	for _, e := range []Element{Float32, BFloat16, Float16} {
		for _, size := range [][3]int{{70, 270, 600}, {roundRows + 20, 35, 9}} {
			whole := product{size[0], size[1], size[2], e, e == Float16, false}.job(r)
			before := slices.Clone(whole.Out.Data)
			want := slices.Clone(before)
			single := crewAt(t, portable, 1)
			for i := range whole.Rows {
				row := whole
				row.Rows, row.In.Data = 1, whole.In.Data[i*whole.In.Row:]
				row.Out.Data = want[i*whole.Out.Row:]
				single.Products([]Job{row})
			}
			for _, l := range levels()[min(1, len(levels())-1):] {
				for _, workers := range []int{1, 2, 3} {
					c := crewAt(t, l, workers)
					for _, rows := range []int{1, 2, 3, 4, 5, 11, 27, whole.Rows} {
						if rows < 5 && whole.Rows > roundRows || workers > 1 && rows%2 == 1 {
							continue // enough has been seen of this
						}
						copy(whole.Out.Data, before)
						for i := 0; i < whole.Rows; i += rows {
							part := whole
							part.Rows = min(rows, whole.Rows-i)
							part.In.Data, part.Out.Data = whole.In.Data[i*whole.In.Row:], whole.Out.Data[i*whole.Out.Row:]
							c.Products([]Job{part})
						}
						if at := firstDifference(whole.Out.Data, want); at >= 0 {
							t.Fatalf("%v, %v, %v, %d workers, %d rows at once: row %d column %d is %v, alone %v",
								l, e, size, workers, rows, at/whole.Out.Row, at%whole.Out.Row, whole.Out.Data[at], want[at])
						}
					}
				}
			}
		}
	}
}

func firstDifference(a, b []float32) int {
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			return i
		}
	}
	return -1
}

// Jobs of one dispatch, some of the same rows, are what they are one by one.
func TestProductsOfManyJobs(t *testing.T) {
	for _, l := range levels() {
		c := crewAt(t, l, 3)
		r := rand.New(rand.NewPCG(17, 18))
		for range 60 {
			jobs, alone := []Job{}, [][]float32{}
			for range 1 + r.IntN(5) {
				j := product{r.IntN(40), r.IntN(200), 1 + r.IntN(90), Element(r.IntN(3)), r.IntN(2) == 0, r.IntN(2) == 0}.job(r)
				if len(jobs) > 0 && r.IntN(2) == 0 { // the same In, or a part of it that begins alike
					other := jobs[len(jobs)-1]
					j = product{other.Rows, r.IntN(200), other.Weights.K, Element(r.IntN(3)), false, false}.job(r)
					j.In = other.In
					switch r.IntN(4) {
					case 0:
						j.Rows = r.IntN(j.Rows + 1)
					case 1: // fewer inputs of the same rows
						weights := j.Weights
						j.Weights = NewPanels(Float32, weights.N, 1+r.IntN(weights.K))
						for n := range j.Weights.N {
							for k := range j.Weights.K {
								j.Weights.Set(n, k, Matrix{[]float32{weights.At(n, k)}, 0, 0}, 1, 1)
							}
						}
					case 2: // the same numbers, read the other way
						if j.In.Col == 1 {
							j.In.Row, j.In.Col = 1, j.Rows
						} else {
							j.In.Row, j.In.Col = j.Weights.K, 1
						}
					}
				}
				jobs = append(jobs, j)
				first := j
				first.Out.Data = slices.Clone(j.Out.Data)
				c.Products([]Job{first})
				alone = append(alone, first.Out.Data)
			}
			r.Shuffle(len(jobs), func(i, j int) {
				jobs[i], jobs[j] = jobs[j], jobs[i]
				alone[i], alone[j] = alone[j], alone[i]
			})
			for i := range c.batch.packed { // nothing left from before may do
				c.batch.packed[i] = float32(math.NaN())
			}
			c.Products(jobs)
			for i := range jobs {
				if at := firstDifference(jobs[i].Out.Data, alone[i]); at >= 0 {
					t.Fatalf("%v: job %d of %d differs at %d", l, i, len(jobs), at)
				}
			}
		}
	}
}

func TestMultiplyIsChains(t *testing.T) {
	for _, l := range levels() {
		r := rand.New(rand.NewPCG(9, 10))
		for _, p := range products() {
			m, n, k := p.rows, p.n, p.k
			a := Matrix{random(r, m*k), k, 1}
			if p.turned {
				a.Row, a.Col = 1, m
			}
			b := Matrix{random(r, k*(n+5)), n + 5, 1}
			b.Data = b.Data[:max(0, (k-1)*b.Row+n)] // it ends with the last element
			out := Matrix{random(r, m*(n+3)), n + 3, 1}
			before := slices.Clone(out.Data)
			l.multiply(out, a, b, m, n, k, p.add, soon{})
			for i := range m {
				for c := range out.Row {
					want := before[i*out.Row+c]
					if c < n {
						if !p.add {
							want = 0
						}
						for l := range k {
							want = fma(a.Data[i*a.Row+l*a.Col], b.Data[l*b.Row+c], want)
						}
					}
					if got := out.Data[i*out.Row+c]; math.Float32bits(got) != math.Float32bits(want) {
						t.Fatalf("%v: Multiply, %v: (%d, %d) is %v, want %v", l, p, i, c, got, want)
					}
				}
			}
		}
	}
}

// The blocks that After is told of cover Out exactly once, and are finished.
func TestAfterCoversOnce(t *testing.T) {
	for _, l := range levels() {
		testAfter(t, crewAt(t, l, 2))
	}
}

func testAfter(t *testing.T, c *Crew) {
	r := rand.New(rand.NewPCG(11, 12))
	for _, p := range append(products(), product{20, 40, 1100, Float32, false, false}, product{70, 20, 530, Float16, true, false}) {
		j := p.job(r)
		before := slices.Clone(j.Out.Data)
		counts := make([]int, len(j.Out.Data))
		j.After = func(worker, i0, i1, n0, n1 int) {
			if n0%PanelWidth != 0 || n1%PanelWidth != 0 && n1 != p.n {
				t.Errorf("%v: block of columns %d to %d", p, n0, n1)
			}
			for i := i0; i < i1 && !t.Failed(); i++ {
				for n := n0; n < n1; n++ {
					counts[i*j.Out.Row+n]++
					if one, _, _ := chain(j, before, i, n); one != j.Out.Data[i*j.Out.Row+n] {
						t.Errorf("%v: After sees (%d, %d) unfinished", p, i, n)
					}
				}
			}
		}
		c.Products([]Job{j})
		if t.Failed() {
			return
		}
		for i := range p.rows {
			for n := range p.n {
				if got := counts[i*j.Out.Row+n]; got != 1 {
					t.Fatalf("%v: After saw (%d, %d) %d times", p, i, n, got)
				}
			}
		}
	}
}

func TestProductsAllocateNothing(t *testing.T) {
	c := NewCrew(2)
	defer c.Close()
	r := rand.New(rand.NewPCG(13, 14))
	for _, rows := range []int{1, 3, 30} {
		jobs := []Job{product{rows, 70, 40, Float32, false, false}.job(r), product{rows, 33, 40, BFloat16, true, true}.job(r)}
		if a := leastAllocated(func() { c.Products(jobs) }); a != 0 {
			t.Errorf("%d rows: %v allocations", rows, a)
		}
	}
}
