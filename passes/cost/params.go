package cost

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"archc/ir"
)

// Parameters counts the elements of stored tensors, each checkpoint key once however often it is used.
type Parameters struct {
	Total   *big.Int
	Buffers *big.Int // stored, not parameters, not in Total
	// Active is what one token uses: of the experts as many as a row selects, and all else. nil, with the reason in
	// ActiveUnknown, when that share is no number.
	Active *big.Int
	// ActiveWithoutInputEmbedding is Active without the tables that are only looked up at an input, of a model that
	// gives scores for the rows of one of them. A table that is the output head too stays.
	ActiveWithoutInputEmbedding *big.Int
	ActiveUnknown               string
	Parts                       []Part               // of what is not only looked up at an input; none where Active is nil
	ActiveKeys                  map[string]ActiveKey // the parts of Active, by the keys of the Tree
	Tree                        *Tree
	Tensors                     []Tensor // by checkpoint key, in order of first use
}

// Tensor is one checkpoint key, or as many as its placeholders stand for, and how its elements are used.
type Tensor struct {
	Key      string
	Scope    string   // the field path of the block that reads it first
	Elements *big.Int // of one
	Number   *big.Int
	Rank     int // axes
	Buffer   bool
	Roles
}

// All is the elements of all of them.
func (t Tensor) All() *big.Int { return new(big.Int).Mul(t.Elements, t.Number) }

// ActiveKey is what one token reads of the tensors of one key, with {l} for the layers: shares of experts are fractions.
type ActiveKey struct{ All, WithoutInputEmbedding *big.Rat }

// Tree sums by the segments of the checkpoint keys; a repeat's variable stays: model / layers / {l} / mlp.
type Tree struct {
	Name       string // one segment; "" at the root
	Parameters *big.Int
	Buffers    *big.Int
	Tensors    *big.Int // stored tensors at and below
	Children   []*Tree  // in order of first use
}

func newTree(name string) *Tree { return &Tree{name, new(big.Int), new(big.Int), new(big.Int), nil} }

// child finds or adds a segment.
func (t *Tree) child(name string) *Tree {
	for _, c := range t.Children {
		if c.Name == name {
			return c
		}
	}
	c := newTree(name)
	t.Children = append(t.Children, c)
	return c
}

// add counts tensors of s under their key at every level.
func (t *Tree) add(s *stored, tensors *big.Int) {
	t.sum(s, tensors)
	for name := range strings.SplitSeq(s.key.text, ".") {
		t = t.child(name)
		t.sum(s, tensors)
	}
}

func (t *Tree) sum(s *stored, tensors *big.Int) {
	elements := new(big.Int).Mul(s.elements, tensors)
	t.Tensors.Add(t.Tensors, tensors)
	if s.buffer {
		t.Buffers.Add(t.Buffers, elements)
	} else {
		t.Parameters.Add(t.Parameters, elements)
	}
}

// stored is one param node.
type stored struct {
	node     *ir.Node
	key      *keyTemplate
	elements *big.Int
	buffer   bool
	usage    usage // of all params that are this tensor
}

// maxEnumeratedKeys bounds the keys that are written out to find which templates overlap.
const maxEnumeratedKeys = 1 << 20

// parametersOf counts what the params of a module store.
func parametersOf(m *ir.Module) (Parameters, error) {
	list, err := storedIn(m.Body, nil, nil)
	if err != nil {
		return Parameters{}, err
	}
	readers := readersOf(m)
	for _, s := range list {
		s.usage = readers.usageOf(s)
	}
	k := keyCount{list: list, fresh: make([]*big.Int, len(list)), budget: maxEnumeratedKeys}
	k.active.headless = !readers.hasHead(m, list)
	if err := k.count(); err != nil {
		return Parameters{}, err
	}
	root := newTree("")
	var tensors []Tensor
	for i, s := range list {
		if k.fresh[i].Sign() > 0 {
			root.add(s, k.fresh[i])
			x := Tensor{Key: s.key.text, Scope: s.node.Scope, Elements: s.elements, Number: k.fresh[i], Rank: len(s.node.Outs[0].Axes), Buffer: s.buffer}
			x.Roles = readers.roles(list, s)
			tensors = append(tensors, x)
		}
	}
	p := Parameters{Total: root.Parameters, Buffers: root.Buffers, Tree: root, Tensors: tensors}
	k.active.report(&p)
	return p, nil
}

// storedIn lists the params of a region that runs, in order.
func storedIn(r *ir.Region, enclosing []*loop, list []*stored) ([]*stored, error) {
	for _, n := range r.Nodes {
		if n.Op == ir.Param {
			s, err := storedBy(n, enclosing)
			if err != nil {
				return nil, err
			}
			list = append(list, s)
		}
		inner := enclosing
		if l, ok := loopOf(n); ok {
			if l.runs == 0 {
				continue
			}
			inner = append(slices.Clip(enclosing), l)
		}
		for _, region := range n.Regions {
			var err error
			if list, err = storedIn(region, inner, list); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}

func storedBy(n *ir.Node, enclosing []*loop) (*stored, error) {
	a, ok := n.Attr.(*ir.ParamAttr)
	if !ok {
		return nil, fmt.Errorf("a param in %s says no key", n.Scope)
	}
	key, err := parseKey(a.Key, enclosing)
	if err != nil {
		return nil, err
	}
	size := n.Outs[0].Elements()
	elements, ok := size.Rat()
	if !ok || !elements.IsInt() {
		return nil, fmt.Errorf("key %q: its size %s is not a whole number", a.Key, size)
	}
	return &stored{node: n, key: key, elements: elements.Num(), buffer: a.Buffer}, nil
}
