package cost

import (
	"fmt"
	"math/big"
)

// keyCount counts the checkpoint keys of stored tensors, each once.
type keyCount struct {
	list   []*stored
	fresh  []*big.Int // for each stored tensor how many of its keys no earlier one has
	active activeSum
	budget int
}

func (k *keyCount) count() error {
	groups := map[string][]int{}
	for i, s := range k.list {
		shape := s.key.shape()
		groups[shape] = append(groups[shape], i)
	}
	for _, shape := range sortedKeys(groups) {
		if err := k.group(groups[shape]); err != nil {
			return err
		}
	}
	return nil
}

// group counts tensors whose keys might overlap. The usual groups, one template or the same one again, are counted
// by multiplication, so that the work does not grow with depth; others are written out.
func (k *keyCount) group(group []int) error {
	first := map[string]*stored{}
	for _, i := range group {
		s, signature := k.list[i], k.list[i].key.signature()
		k.fresh[i] = new(big.Int)
		if old := first[signature]; old == nil {
			first[signature] = s
			k.fresh[i] = s.key.size()
		} else if err := agree(s.key.text, old, s); err != nil {
			return err
		} else {
			old.usage = old.usage.with(s.usage)
		}
	}
	if one := k.list[group[0]]; len(first) == 1 && !one.key.ambiguous() {
		k.active.add(one, one.usage, k.fresh[group[0]])
		return nil
	}
	return k.writtenOut(group)
}

// written is one key with all that reads it.
type written struct {
	first *stored
	usage usage
}

func (k *keyCount) writtenOut(group []int) error {
	seen := map[string]*written{}
	for _, i := range group {
		s := k.list[i]
		if k.fresh[i].Sign() == 0 {
			continue
		}
		if !k.fresh[i].IsInt64() || k.fresh[i].Int64() > int64(k.budget) {
			return fmt.Errorf("key %q: more than %d keys to tell apart", s.key.text, maxEnumeratedKeys)
		}
		k.budget -= int(k.fresh[i].Int64())
		found := int64(0)
		for key := range s.key.concrete {
			old := seen[key]
			if old == nil {
				seen[key] = &written{s, s.usage}
				found++
				continue
			}
			if err := agree(key, old.first, s); err != nil {
				return err
			}
			old.usage = old.usage.with(s.usage)
		}
		k.fresh[i] = big.NewInt(found)
	}
	one := big.NewInt(1)
	for _, key := range sortedKeys(seen) {
		k.active.add(seen[key].first, seen[key].usage, one)
	}
	return nil
}

// agree refuses one key with two meanings.
func agree(key string, a, b *stored) error {
	if a.elements.Cmp(b.elements) != 0 {
		return fmt.Errorf("key %q: one use has %s elements, another %s", key, a.elements, b.elements)
	}
	if a.buffer != b.buffer {
		return fmt.Errorf("key %q: a buffer in one use, a parameter in another", key)
	}
	return nil
}
