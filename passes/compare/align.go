package compare

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"archc/ir"
	"archc/passes/cost"
)

// Dim is a dim of either design; a size is empty where a design has none of that name.
type Dim struct {
	Name     string
	From, To string
}

// Dims lists the dims that are not the same in both, in the order of the second design's table and then the first's.
func Dims(a, b *Design) []Dim {
	var out []Dim
	size := func(m *ir.Module, label string) string {
		for _, d := range m.Dims {
			if d.Label == label {
				return d.Size.String()
			}
		}
		return ""
	}
	for _, d := range b.Module.Dims {
		if strings.Contains(d.Label, ".") {
			continue // one of several of a name, which have no names apart
		}
		if from := size(a.Module, d.Label); from != d.Size.String() {
			out = append(out, Dim{d.Label, from, d.Size.String()})
		}
	}
	for _, d := range a.Module.Dims {
		if !strings.Contains(d.Label, ".") && size(b.Module, d.Label) == "" {
			out = append(out, Dim{d.Label, d.Size.String(), ""})
		}
	}
	return out
}

// Mark says how a block or a stored tensor of one design stands to the other.
type Mark string

// Added, removed and changed are by the path of the field. Moved is a tensor with another path that does the same:
// it is of one kind, has the same labels, and products sum over the same of them.
const (
	Added   Mark = "added"
	Removed Mark = "removed"
	Changed Mark = "changed"
	Moved   Mark = "moved"
)

// Entry is one difference of structure: a block with all below it, or a stored tensor.
type Entry struct {
	Mark Mark
	Path string
	As   string // of what is moved, its path in the second design
	// From and To are nil on the side that has none.
	From, To *Stored
	node     *cost.Tree
}

// Stored is a tensor, or a block of them.
type Stored struct {
	Tensors, Elements *big.Int
	Shape             string // of one: [D=4096, F=14336]; empty for a block
}

func (s *Stored) equal(o *Stored) bool {
	return s.Tensors.Cmp(o.Tensors) == 0 && s.Elements.Cmp(o.Elements) == 0 && s.Shape == o.Shape
}

// Structure aligns the stored tensors of two designs by the paths of their fields, then by shape.
func Structure(a, b *Design) []Entry {
	al := aligner{a: a, b: b}
	al.align(a.Forward.Parameters.Tree, b.Forward.Parameters.Tree, "")
	return al.moved()
}

type aligner struct {
	a, b *Design
	out  []Entry
}

// align compares two nodes of one path.
func (al *aligner) align(x, y *cost.Tree, path string) {
	if len(x.Children)+len(y.Children) == 0 {
		from, to := al.a.stored(x, path), al.b.stored(y, path)
		if !from.equal(to) {
			al.out = append(al.out, Entry{Mark: Changed, Path: path, From: from, To: to})
		}
		return
	}
	for _, c := range x.Children {
		at := strings.TrimPrefix(path+"."+c.Name, ".")
		if other := named(y, c.Name); other != nil {
			al.align(c, other, at)
			continue
		}
		c, at = single(c, at)
		al.out = append(al.out, Entry{Mark: Removed, Path: at, From: al.a.stored(c, at), node: c})
	}
	for _, c := range y.Children {
		at := strings.TrimPrefix(path+"."+c.Name, ".")
		if named(x, c.Name) == nil {
			c, at = single(c, at)
			al.out = append(al.out, Entry{Mark: Added, Path: at, To: al.b.stored(c, at), node: c})
		}
	}
}

func named(t *cost.Tree, name string) *cost.Tree {
	for _, c := range t.Children {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// single follows a path that does not branch.
func single(t *cost.Tree, path string) (*cost.Tree, string) {
	for len(t.Children) == 1 {
		t = t.Children[0]
		path += "." + t.Name
	}
	return t, path
}

// stored is a tensor, or a block with all below it.
func (d *Design) stored(t *cost.Tree, path string) *Stored {
	out := &Stored{Tensors: t.Tensors, Elements: new(big.Int).Add(t.Parameters, t.Buffers)}
	if typ, ok := d.kinds.types[path]; ok && len(t.Children) == 0 {
		out.Shape = shape(typ)
	}
	return out
}

// shape is a type with its labels and sizes.
func shape(t ir.Type) string {
	parts := make([]string, len(t.Axes))
	for i, a := range t.Axes {
		if parts[i] = a.Label + "=" + a.Size.String(); a.Label == a.Size.String() {
			parts[i] = a.Label
		}
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// leaf is a stored tensor below an entry.
type leaf struct {
	entry  int // of aligner.out
	path   string
	node   *cost.Tree
	paired bool
}

// moved pairs the tensors that one side alone has with those that the other alone has: those of one kind, with the
// same labels of which products sum over the same, in as many loops. Of several, those whose keys end alike come first, then the order decides.
func (al *aligner) moved() []Entry {
	var sides [2][]*leaf
	for i, e := range al.out {
		if e.node == nil {
			continue
		}
		side := &sides[0]
		if e.Mark == Added {
			side = &sides[1]
		}
		leaves(e.node, e.Path, func(t *cost.Tree, path string) {
			*side = append(*side, &leaf{entry: i, path: path, node: t})
		})
	}
	whole := map[int]bool{} // entries of which nothing is paired
	for i := range al.out {
		whole[i] = true
	}
	to := map[*leaf]*leaf{}
	for _, strict := range []bool{true, false} {
		for _, x := range sides[0] {
			for _, y := range sides[1] {
				if !x.paired && !y.paired && al.a.signature(x, strict) == al.b.signature(y, strict) {
					x.paired, y.paired, to[x] = true, true, y
					whole[x.entry], whole[y.entry] = false, false
				}
			}
		}
	}
	var out []Entry
	for i, e := range al.out {
		if whole[i] {
			out = append(out, e)
			continue
		}
		for _, x := range sides[0] {
			switch y := to[x]; {
			case x.entry != i:
			case y != nil:
				out = append(out, Entry{Mark: Moved, Path: x.path, As: y.path, From: al.a.stored(x.node, x.path),
					To: al.b.stored(y.node, y.path)})
			default:
				out = append(out, Entry{Mark: Removed, Path: x.path, From: al.a.stored(x.node, x.path)})
			}
		}
		for _, y := range sides[1] {
			if y.entry == i && !y.paired {
				out = append(out, Entry{Mark: Added, Path: y.path, To: al.b.stored(y.node, y.path)})
			}
		}
	}
	return out
}

func leaves(t *cost.Tree, path string, visit func(t *cost.Tree, path string)) {
	if len(t.Children) == 0 {
		visit(t, path)
	}
	for _, c := range t.Children {
		leaves(c, path+"."+c.Name, visit)
	}
}

// signature is equal for tensors that may be paired; strict also wants one last segment.
func (d *Design) signature(x *leaf, strict bool) string {
	labels := slices.Sorted(slices.Values(d.kinds.types[x.path].Labels()))
	kind, sums := d.kinds.key[x.path], d.kinds.sums[x.path]
	if kind == Embedding {
		sums = nil // a tied one is a head too
	}
	out := fmt.Sprint(kind, labels, sums, strings.Count(x.path, "{"))
	if strict {
		out += x.path[strings.LastIndexByte(x.path, '.')+1:]
	}
	return out
}
