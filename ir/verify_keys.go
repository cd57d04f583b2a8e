package ir

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// The rule that a stored tensor has one type, over params in different repeats.

// keyed is a param whose key was taken apart: numbers are left out of the form and stand in runs, so that
// params with the same form have a key in common exactly when each pair of runs has a number in common.
type keyed struct {
	node *Node
	form string
	runs []numbers
}

// numbers are first, first+step, ..., count of them.
type numbers struct {
	first, step, count int64
	hole               bool // the variable of a loop
}

func oneTypePerKey(c *checker) {
	forms := map[string][]keyed{} // those in repeats, by form
	single := map[string]keyed{}  // those of one key, by key
	singles := map[string][]keyed{}
	c.each(Param, func(n *Node, at *place) {
		k, key := keyOf(n, at), n.Attr.(*ParamAttr).Key
		others := forms[k.form]
		if !k.one() {
			others = slices.Concat(others, singles[k.form])
		} else if o, ok := single[key]; ok {
			others = append(slices.Clip(others), o)
		}
		for _, o := range others {
			if !sameTensor(o.node, n) && common(o.runs, k.runs) {
				c.broken(n, "key %q is %s here, and %s at %s", key, stored(n), stored(o.node), c.name(o.node))
				return
			}
		}
		switch _, known := single[key]; {
		case !k.one():
			forms[k.form] = append(forms[k.form], k)
		case !known:
			single[key], singles[k.form] = k, append(singles[k.form], k)
		}
	})
}

// one reports whether the param has one key, in no repeat.
func (k keyed) one() bool {
	return !slices.ContainsFunc(k.runs, func(r numbers) bool { return r.count != 1 || r.hole })
}

func sameTensor(a, b *Node) bool {
	x, y := a.Attr.(*ParamAttr), b.Attr.(*ParamAttr)
	return a.Outs[0].Equal(b.Outs[0]) && x.Buffer == y.Buffer &&
		slices.EqualFunc(x.Stored, y.Stored, slices.Equal)
}

// stored says how a param is stored, for messages.
func stored(n *Node) string {
	a := n.Attr.(*ParamAttr)
	text := long(n.Outs[0])
	if !sameStored(a.Stored, n.Outs[0]) {
		text += fmt.Sprintf(" stored %v", a.Stored)
	}
	if a.Buffer {
		text += " buffer"
	}
	return text
}

func keyOf(n *Node, at *place) keyed {
	k := keyed{node: n}
	pieces, err := keyPieces(n.Attr.(*ParamAttr).Key)
	if err != nil {
		k.form = n.Attr.(*ParamAttr).Key
		return k
	}
	var form strings.Builder
	for _, p := range pieces {
		if !p.hole {
			k.literal(&form, p.text)
			continue
		}
		form.WriteByte('{')
		run := numbers{p.offset, 1, 1, true}
		if l, ok := loopOf(at, p.name); ok {
			count, number := l.Count.Int()
			if !number || count > maxRepeat { // V14 and V07 say so: as many as there may be
				count = maxRepeat
			}
			run = numbers{l.First + p.offset, l.Step, count, true}
		}
		k.runs = append(k.runs, run)
	}
	k.form = form.String()
	return k
}

// literal takes the numbers out of a text: layers.0 and layers.{l} may be the same tensor.
func (k *keyed) literal(form *strings.Builder, text string) {
	for i := 0; i < len(text); {
		end := digitsEnd(text, i)
		if !decimal(text[i:end]) {
			form.WriteString(text[i:max(end, i+1)])
			i = max(end, i+1)
			continue
		}
		n, _ := strconv.ParseInt(text[i:end], 10, 64) // decimal bounds the digits
		form.WriteByte('{')
		k.runs = append(k.runs, numbers{n, 1, 1, false})
		i = end
	}
}

func common(a, b []numbers) bool {
	for i := range a {
		if !a[i].meets(b[i]) {
			return false
		}
	}
	return true
}

// meets reports whether two runs have a number in common (Chinese remainders: the numbers of two arithmetic
// progressions that agree are one again, with the least common multiple as its step).
func (a numbers) meets(b numbers) bool {
	low, high := max(a.first, b.first), min(a.last(), b.last())
	g := new(big.Int).GCD(nil, nil, big.NewInt(a.step), big.NewInt(b.step)).Int64()
	if a.count < 1 || b.count < 1 || (b.first-a.first)%g != 0 {
		return false
	}
	m := b.step / g
	inverse := int64(0)
	if m > 1 {
		inverse = new(big.Int).ModInverse(big.NewInt(a.step/g), big.NewInt(m)).Int64()
	}
	t := ((b.first-a.first)/g%m + m) % m * inverse % m
	x, step := a.first+a.step*t, a.step*m
	if x < low {
		x += (low - x + step - 1) / step * step
	}
	return x <= high
}

func (a numbers) last() int64 { return a.first + (a.count-1)*a.step }
