package arbitrary

import "strings"

// experts is a feed-forward layer of several, of which a router chooses.
func (g *generator) experts(b *block) string {
	r := pick(g.chooser, "router", routers)
	in := b.inner("block Experts(E=4, G=2, P=E/G)")
	in.field("gate : D -> E")
	in.field("experts : E * SwiGLU(D, 4)")
	in.signature = "(x: [T, D]) -> [T, D]"
	bias := ""
	if strings.Contains(strings.Join(r.lines, "\n"), "%") && g.has("expert bias") {
		in.field("balance : [E]")
		bias = " + balance"
	}
	for _, line := range r.lines {
		in.do("%s", strings.NewReplacer("%s", bias, "%[1]s", bias).Replace(line))
	}
	value := "sum[E](p * experts[E](x))"
	if r.weighted {
		value = "sum[e in r](p[E: e] * experts[e](x))"
		if r.name == "softmax of top" || r.name != "one, above a threshold" && g.has("normalized experts") {
			value += " / sum[e in r](p[E: e])"
		}
	}
	if g.has("shared expert") {
		in.field("shared : SwiGLU(D, 6)")
		value = "shared(x) + " + value
	}
	in.do("%s", value)
	b.field("channel : Experts")
	return "channel"
}
