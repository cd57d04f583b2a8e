package arbitrary

// start gives the first state of a recurrence of width U: zeros, learned, or from the second sequence.
func (g *generator) start(b *block) string {
	switch {
	case g.memory && g.has("start from source"):
		b.field("thought : D -> U")
		return "tanh(thought(mean[S](memory)))"
	case g.has("learned start"):
		b.field("h0 : [U]")
		return "h0"
	}
	return "zeros([U])"
}

func (g *generator) rnn(b *block) {
	b.head += "(U=5)"
	b.field("ih : D -> U with bias")
	b.field("hh : U -> U")
	b.field("out : U -> D")
	b.do("last, ys = scan(a in ih(x); h = %s) {", g.start(b))
	b.do("  h = tanh(a + hh(h))")
	b.do("  yield h")
	b.do("}")
	b.do("out(ys)")
}

func (g *generator) gru(b *block) {
	b.head += "(U=4)"
	b.field("ih : D -> 3 U with bias")
	b.field("hh : U -> 3 U with bias")
	b.field("out : U -> D")
	b.do("last, ys = scan(a in ih(x); h = %s) {", g.start(b))
	b.do("  ar, az, an = a")
	b.do("  ur, uz, un = hh(h)")
	b.do("  z = sigmoid(az + uz)")
	b.do("  n = tanh(an + sigmoid(ar + ur) * un)")
	b.do("  h = (1 - z) * n + z * h")
	b.do("  yield h")
	b.do("}")
	b.do("out(ys)")
}

func (g *generator) lstm(b *block) {
	b.head += "(U=4)"
	b.field("ih : D -> 4 U with bias")
	b.field("hh : U -> 4 U")
	b.field("out : U -> D")
	b.do("last, ys = scan(a in ih(x); h = %s, c = zeros([U])) {", g.start(b))
	b.do("  in_gate, forget, candidate, out_gate = a + hh(h)")
	b.do("  c = sigmoid(forget) * c + sigmoid(in_gate) * tanh(candidate)")
	b.do("  h = sigmoid(out_gate) * tanh(c)")
	b.do("  yield h")
	b.do("}")
	b.do("out(ys)")
}

// linearScan is linear attention with a decay, as a recurrence of a matrix a head.
func (g *generator) linearScan(b *block) {
	b.head += "(H=2, K=3, W=2)"
	b.field("q, k : D -> H K")
	b.field("v : D -> H W")
	b.field("decay : D -> H with bias")
	b.field("out : H W -> D")
	b.do("last, ys = scan(a in q(x), b in k(x), c in v(x), d in sigmoid(decay(x)); s = zeros([H, K, W])) {")
	b.do("  s = d * s + b * c")
	b.do("  yield sum[K](a * s)")
	b.do("}")
	b.do("out(ys)")
}

// deltaRule writes what the state lacks, Schlag et al. 2021.
func (g *generator) deltaRule(b *block) {
	b.head += "(K=3, W=4)"
	b.field("q, k : D -> K")
	b.field("v : D -> W")
	b.field("rate : D -> 2")
	b.field("out : W -> D")
	b.do("r = sigmoid(rate(x)[2: 0])")
	b.do("last, ys = scan(a in q(x), b in softmax[K](k(x)), c in v(x), e in r; s = zeros([K, W])) {")
	b.do("  s += e * b * (c - sum[K](b * s))")
	b.do("  yield sum[K](a * s)")
	b.do("}")
	b.do("out(ys)")
}

// stateSpace is a selective diagonal state space, Gu and Dao 2023.
func (g *generator) stateSpace(b *block) {
	b.head += "(N=3)"
	b.field("step : D -> D with bias")
	b.field("write, read : D -> N")
	b.field("speed : [D, N]")
	b.field("skip : [D]")
	b.do("last, ys = scan(u in x, dt in log(1 + exp(step(x))), w in write(x), r in read(x); h = zeros([D, N])) {")
	b.do("  h = exp(-dt * exp(speed)) * h + dt * u * w")
	b.do("  yield sum[N](h * r)")
	b.do("}")
	b.do("ys + skip * x")
}

func (g *generator) movingAverage(b *block) {
	b.field("rate : [D]")
	b.field("keep = sigmoid(rate)")
	b.do("last, ys = scan(u in x; h = zeros([D])) {")
	b.do("  h = keep * h + (1 - keep) * u")
	b.do("  yield h")
	b.do("}")
	b.do("ys")
}

func (g *generator) runningMean(b *block) {
	b.field("v : D -> D")
	b.do("cumsum[T](v(x)) / (index(T) + 1)")
}

// runningSums is kernelized attention by sums so far, Katharopoulos et al. 2020.
func (g *generator) runningSums(b *block) {
	b.head += "(K=3, W=4)"
	b.field("q, k : D -> K")
	b.field("v : D -> W")
	b.field("out : W -> D")
	b.function("feature(z) = if z > 0 then z + 1 else exp(z)")
	b.do("a = feature(q(x))")
	b.do("b = feature(k(x))")
	b.do("out(sum[K](a * cumsum[T](b * v(x))) / sum[K](a * cumsum[T](b)))")
}

// runningWeights is attention without queries, Zhai et al. 2021.
func (g *generator) runningWeights(b *block) {
	b.field("q, k, v : D -> D")
	b.do("e = exp(k(x))")
	b.do("sigmoid(q(x)) * cumsum[T](e * v(x)) / cumsum[T](e)")
}
