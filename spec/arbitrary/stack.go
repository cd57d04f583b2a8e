package arbitrary

import "fmt"

// A stack is of so many kinds of layer; write declares it of their names, N layers deep, as the field or fields that
// calls runs. A name is given the layer's index.
var stacks = []struct {
	option
	kinds int
	write func(g *generator, kind []func(index string) string)
}{
	{option{"one block", 20}, 1, func(g *generator, kind []func(string) string) {
		g.file.field("layers : %s", kind[0]("0"))
		g.run("layers")
	}},
	{option{"homogeneous", 80}, 1, func(g *generator, kind []func(string) string) {
		g.file.field("layers : %d * %s", g.depth, kind[0]("l"))
		g.runStack(g.depth)
	}},
	{option{"alternating", 30}, 2, func(g *generator, kind []func(string) string) {
		g.file.field("layers : %d * (if l %% 2 == 0 then %s else %s)", g.depth, kind[0]("l"), kind[1]("l"))
		g.runStack(g.depth)
	}},
	{option{"other first layer", 20}, 2, func(g *generator, kind []func(string) string) {
		g.file.field("layers : %d * (if l < 1 then %s else %s)", g.depth, kind[0]("l"), kind[1]("l"))
		g.runStack(g.depth)
	}},
	{option{"other last layer", 20}, 2, func(g *generator, kind []func(string) string) {
		g.file.field("layers : %d * (if l == %d then %s else %s)", g.depth, g.depth-1, kind[0]("l"), kind[1]("l"))
		g.runStack(g.depth)
	}},
	{option{"two stacks", 20}, 2, func(g *generator, kind []func(string) string) {
		g.file.field("layers : %d * %s", g.depth, kind[0]("l"))
		g.file.field("more : 2 * %s", kind[1]("l"))
		g.runStack(g.depth)
		g.run("more")
	}},
	{option{"nested", 20}, 2, func(g *generator, kind []func(string) string) {
		group := g.file.inner("block Group(n)")
		group.field("inner : 2 * %s", kind[0]("l"))
		group.field("outer : %s", kind[1]("n"))
		group.signature = g.signature()
		group.do("outer(inner(x%s)%s)", g.extra(false), g.extra(false))
		g.file.field("layers : %d * Group(l)", g.depth)
		g.runStack(g.depth)
	}},
	{option{"alternating three", 20}, 3, func(g *generator, kind []func(string) string) {
		g.file.field("layers : %d * (if l %% 3 == 0 then %s else if l %% 3 == 1 then %s else %s)",
			g.depth+1, kind[0]("l"), kind[1]("l"), kind[2]("l"))
		g.runStack(g.depth + 1)
	}},
	{option{"other first and last layer", 20}, 3, func(g *generator, kind []func(string) string) {
		g.file.field("layers : %d * (if l == 0 then %s else if l < %d then %s else %s)",
			g.depth+1, kind[0]("l"), g.depth, kind[1]("l"), kind[2]("l"))
		g.runStack(g.depth + 1)
	}},
	{option{"period behind a first layer", 20}, 3, func(g *generator, kind []func(string) string) {
		g.file.field("layers : %d * (if l == 0 then %s else if l %% 2 == 1 then %s else %s)",
			g.depth+2, kind[0]("l"), kind[1]("l"), kind[2]("l"))
		g.runStack(g.depth + 2)
	}},
}

func (g *generator) run(field string) { g.file.do("x = %s(x%s)", field, g.extra(false)) }

// runStack runs the field layers, so many deep: once, twice, or in two parts.
func (g *generator) runStack(deep int) {
	switch {
	case g.has("layers twice"):
		g.run("layers")
		g.run("layers")
	case g.has("slices of a stack"):
		g.run("layers[0..1]")
		g.file.do("x = x * 2")
		g.run(fmt.Sprintf("layers[1..%d]", deep))
	default:
		g.run("layers")
	}
}

func (g *generator) stack() {
	kinds := g.number("kinds", 1, 2, 3)
	g.depth = g.number("depth", 2, 3, 4)
	var names []func(string) string
	for k := range kinds {
		g.within(fmt.Sprint("layer", k), func() { names = append(names, g.layer(k)) })
	}
	var fitting []struct {
		option
		kinds int
		write func(*generator, []func(string) string)
	}
	for _, s := range stacks {
		if s.kinds == kinds {
			fitting = append(fitting, s)
		}
	}
	pick(g.chooser, "stack", fitting).write(g, names)
}
