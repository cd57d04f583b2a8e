package gosource

import (
	"fmt"

	"archc/ir"
)

// frame is what the generated Session has for the code to work on: the parts of the arena, the numbers of the loops' runs
// and of the rows that are chosen. They are fields, so that the functions of rows need capture nothing: a function that
// captures is an object on the heap, for each row program of each step.
type frame struct {
	names  *names
	stores []string // lines of the type
	counts []string
	loops  map[string]string
}

func newFrame(n *names) *frame { return &frame{names: n, loops: map[string]string{}} }

// store is a part of the arena of that many elements.
func (f *frame) store(name string, n ir.Size) string {
	id := f.names.Of(name)
	f.stores = append(f.stores, fmt.Sprintf("%s []float32 // %s", id, comment(n.String())))
	return "s." + id
}

// loop is the number of the run of a loop, which shares its field with those beside it.
func (f *frame) loop(name string, depth int) string {
	key := fmt.Sprint(name, " ", depth)
	id, ok := f.loops[key]
	if !ok {
		id = f.count(name, "the number of a loop's run: "+name)
		f.loops[key] = id
	}
	return id
}

// count is a number that changes while a step is computed.
func (f *frame) count(name, doc string) string {
	id := f.names.Of(name)
	f.counts = append(f.counts, fmt.Sprintf("%s int // %s", id, comment(doc)))
	return "s." + id
}
