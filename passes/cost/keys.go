package cost

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"archc/ir"
)

// loop is a repeat or an experts around a param, with a known number of runs where it has one.
type loop struct {
	ir.Loop
	node *ir.Node
	runs int64
}

// loopOf is the loop that a node makes for its regions; runs is -1 when it is no number.
func loopOf(n *ir.Node) (*loop, bool) {
	l, ok := n.Loop()
	runs, number := l.Count.Int()
	if !number {
		runs = -1
	}
	return &loop{l, n, runs}, ok
}

// keyTemplate is a checkpoint key with the loops that its placeholders run over: one tensor for each
// combination.
type keyTemplate struct {
	text  string // "model.layers.{l}.mlp.up_proj.weight"
	holes []hole
	loops []*loop // distinct, in order of first use
}

// hole is one placeholder: {l} or {l+1}.
type hole struct {
	start, end int // bytes of the text
	loop       int // index in loops
	offset     int64
}

var placeholder = regexp.MustCompile(`\{([A-Za-z_][A-Za-z0-9_]*)([+-][0-9]+)?\}`)

// parseKey resolves placeholders against the enclosing loops, innermost last.
func parseKey(text string, enclosing []*loop) (*keyTemplate, error) {
	k := &keyTemplate{text: text}
	for _, at := range placeholder.FindAllStringSubmatchIndex(text, -1) {
		name, offset := text[at[2]:at[3]], int64(0)
		if at[4] >= 0 {
			var err error
			if offset, err = strconv.ParseInt(text[at[4]:at[5]], 10, 32); err != nil {
				return nil, fmt.Errorf("key %q: offset %s is out of range", text, text[at[4]:at[5]])
			}
		}
		var around *loop
		for _, l := range enclosing {
			if l.Var == name {
				around = l
			}
		}
		switch {
		case around == nil:
			return nil, fmt.Errorf("key %q: no enclosing repeat runs over %s", text, name)
		case around.runs < 0:
			return nil, fmt.Errorf("key %q: %s runs %s times, which is no number", text, name, around.Count)
		}
		if least := min(around.value(0), around.value(around.runs-1)) + offset; least < 0 {
			return nil, fmt.Errorf("key %q: %s would become %d", text, text[at[0]:at[1]], least)
		}
		i := slices.Index(k.loops, around)
		if i < 0 {
			i = len(k.loops)
			k.loops = append(k.loops, around)
		}
		k.holes = append(k.holes, hole{at[0], at[1], i, offset})
	}
	return k, nil
}

// value is the loop's variable in run number n.
func (l *loop) value(n int64) int64 { return l.First + l.Step*n }

// fill is the text with each placeholder replaced.
func (k *keyTemplate) fill(with func(h hole) string) string {
	var b strings.Builder
	last := 0
	for _, h := range k.holes {
		b.WriteString(k.text[last:h.start])
		b.WriteString(with(h))
		last = h.end
	}
	b.WriteString(k.text[last:])
	return b.String()
}

// size is how many keys the template stands for.
func (k *keyTemplate) size() *big.Int {
	n := big.NewInt(1)
	for _, l := range k.loops {
		n.Mul(n, big.NewInt(l.runs))
	}
	return n
}

var digits = regexp.MustCompile(`[0-9]+`)

// shape is equal for any two templates that share a key: what they stand for, with each run of digits as
// one sign.
func (k *keyTemplate) shape() string {
	return digits.ReplaceAllString(k.fill(func(hole) string { return "0" }), "#")
}

// signature is equal exactly when text and ranges are, whatever the variables are called.
func (k *keyTemplate) signature() string {
	return k.fill(func(h hole) string {
		l := k.loops[h.loop]
		return fmt.Sprintf("{%d %d:%d:%d}", h.loop, l.value(0)+h.offset, l.Step, l.runs)
	})
}

// ambiguous reports whether two combinations might give one key: 1, 11 and 11, 1 in a place where nothing
// but digits parts the placeholders.
func (k *keyTemplate) ambiguous() bool {
	for i := 1; i < len(k.holes); i++ {
		if strings.Trim(k.text[k.holes[i-1].end:k.holes[i].start], "0123456789") == "" {
			return true
		}
	}
	return false
}

// concrete yields every key.
func (k *keyTemplate) concrete(yield func(string) bool) {
	run := make([]int64, len(k.loops))
	for {
		key := k.fill(func(h hole) string {
			return strconv.FormatInt(k.loops[h.loop].value(run[h.loop])+h.offset, 10)
		})
		if !yield(key) {
			return
		}
		i := len(run) - 1
		for ; i >= 0 && run[i] == k.loops[i].runs-1; i-- {
			run[i] = 0
		}
		if i < 0 {
			return
		}
		run[i]++
	}
}
