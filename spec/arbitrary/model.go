package arbitrary

import (
	"fmt"
	"strconv"
	"strings"
)

// generator writes one file.
type generator struct {
	*chooser
	file     *block
	settings map[string]string
	inputs   []Input
	cause    string
	place    string // where the cause stands
	longest  int
	depth    int // layers of the stack
	memory   bool
	valid    bool
	indexed  bool // the layer that is being written knows its number l
	argument bool // and takes its norm as an argument
}

// tableRows is how many positions a learned table has: what needs one is defined for as many tokens.
const tableRows = 48

// extra is what every layer is given beside x: with types for a signature, plain for a call.
func (g *generator) extra(types bool) string {
	out := ""
	if g.memory {
		out += ", memory"
		if types {
			out += ": [S, D]"
		}
	}
	if g.valid {
		out += ", valid"
		if types {
			out += ": bool[T]"
		}
	}
	return out
}

// signature is that of layers and of all that mixes positions.
func (g *generator) signature() string { return "(x: [T, D]" + g.extra(true) + ") -> [T, D]" }

func (g *generator) model() *block {
	width, words := g.number("D", 8, 16, 24), g.number("V", 7, 11, 13)
	g.file = &block{head: fmt.Sprintf("model Arbitrary(D=%d, V=%d)", width, words)}
	g.settings = map[string]string{}
	if g.has("setting") {
		words += 2
		g.settings["V"] = strconv.Itoa(words)
	}
	g.memory, g.valid = g.has("second sequence"), g.has("valid")
	if g.options.Future {
		g.place = pick(g.chooser, "place", places).name
	}
	g.inputs = []Input{{Name: "tokens", Dim: "T", Below: words}}
	signature := "(tokens: int[T]"
	if g.memory {
		g.inputs = append(g.inputs, Input{Name: "source", Dim: "S", Below: words})
		signature += ", source: int[S]"
	}
	if g.valid {
		g.inputs = append(g.inputs, Input{Name: "valid", Dim: "T", Optional: true})
		signature += ", valid: bool[T] = true"
	}
	g.file.signature = signature + ") -> [T, V]"
	if g.has("require") {
		g.file.field(`require D %% 4 == 0 & V > 1, "heads have an even width"`)
	}
	g.embedding()
	if g.memory {
		g.encoder()
	}
	if g.place == "before the layers" {
		g.late("early", "x")
	}
	g.stack()
	if g.place == "behind the layers" {
		g.late("late", "x")
	}
	g.head()
	return g.file
}

func (g *generator) embedding() {
	table := "embed"
	if g.has("factored embedding") {
		g.file.field("narrow : int V -> 4")
		g.file.field("widen  : 4 -> D")
		g.file.function("embed(ids) = widen(narrow(ids))")
	} else {
		g.file.field("embed : int V -> D")
	}
	scaled := ""
	if g.has("scaled embedding") {
		scaled = " * sqrt(D)"
	}
	g.file.do("x = %s(tokens)%s", table, scaled)
	pick(g.chooser, "embedding position", positions).write(g)
}

// positions are added to the embeddings.
var positions = []struct {
	option
	write func(*generator)
}{
	{option{"", 50}, func(*generator) {}},
	{option{"learned", 20}, func(g *generator) {
		g.longest = tableRows
		g.file.field("places : int %d -> D", tableRows)
		g.file.do("x += places(index(T))")
	}},
	{option{"sinusoidal", 20}, func(g *generator) {
		g.file.function(`waves[N](x: [N, J 2]) -> [N, J 2] {
  angle = index(N) * 1e4^(-(index(J) / J))
  a, b = x
  [a + sin(angle), b + cos(angle)]
}`)
		g.file.do("x = waves[T](x)")
	}},
	{option{"first token", 10}, func(g *generator) {
		g.file.field("of_first : [D]")
		g.file.do("x += of_first * x[T: 0]")
	}},
}

func (g *generator) head() {
	if g.has("final norm") {
		g.file.do("x = %s(x)", g.norm(g.file, "final"))
	}
	if g.has("stop") {
		g.file.do("x = stop(x)")
	}
	tied, bias := "", ""
	if strings.Contains(g.file.fields[0], "embed") && g.has("tied head") {
		tied = " = embed"
	}
	if g.has("head bias") {
		bias = " with bias"
	}
	g.file.field("head : D -> V%s%s", bias, tied)
	if g.has("final cap") {
		g.file.do("softcap(head(x), 3)")
	} else {
		g.file.do("head(x)")
	}
}
