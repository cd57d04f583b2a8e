package tokenizer

import (
	"fmt"
	"unicode/utf8"
)

// model turns one word into token ids.
type model interface {
	encode(e *encoder, word string) error
}

// bpe is byte pair encoding (Sennrich et al. 2016): a word starts as single characters, and the adjacent
// pair of lowest rank merges until no pair of the list is left.
type bpe struct {
	vocab        map[string]int32
	merges       map[uint64]merge // by pair: left id in the high half, right id in the low half
	bytes        *[256]int32      // ids of <0x00> to <0xFF>, -1 where missing; nil without byte fallback
	unk          int32            // the unknown token, -1 without
	fuseUnk      bool             // neighbouring unknown characters become one unknown token
	ignoreMerges bool             // a word that is a token is that token, whatever the merges give
}

type merge struct{ rank, id int32 }

func pairKey(a, b int32) uint64 { return uint64(uint32(a))<<32 | uint64(uint32(b)) }

// symbol is one piece of the word in a doubly linked list; a piece that was merged away has id -1.
type symbol struct{ id, prev, next int32 }

// encode appends the word's ids. Its cost is O(n log n) in the length of the word: each merge costs a few
// operations on the heap, and there are fewer merges than characters.
func (m *bpe) encode(e *encoder, word string) error {
	if m.ignoreMerges {
		if id, ok := m.vocab[word]; ok {
			e.ids = append(e.ids, int(id))
			return nil
		}
	}
	e.word = e.word[:0]
	if err := m.spell(e, word); err != nil {
		return err
	}
	m.mergeAll(e)
	for i := range e.word {
		if id := e.word[i].id; id >= 0 {
			e.ids = append(e.ids, int(id))
		}
	}
	return nil
}

// spell writes the word's characters as symbols. An unknown token that waits for its neighbour is placed
// before the next known character, which means behind bytes that come between: the reference does so, and
// ids must be equal.
func (m *bpe) spell(e *encoder, word string) error {
	waiting := false
	for i, n := 0, 0; i < len(word); i += n {
		_, n = utf8.DecodeRuneInString(word[i:])
		char := word[i : i+n]
		if id, ok := m.vocab[char]; ok {
			if waiting {
				e.push(m.unk)
				waiting = false
			}
			e.push(id)
			continue
		}
		if m.fallback(e, char) {
			continue
		}
		if m.unk < 0 {
			r, _ := utf8.DecodeRuneInString(char)
			return textError("T032", "leave the character out, or use a tokenizer whose alphabet has it",
				"the character %q (U+%04X) has no token, and the tokenizer has no unknown token", r, r)
		}
		if waiting && !m.fuseUnk {
			e.push(m.unk)
		}
		waiting = true
	}
	if waiting {
		e.push(m.unk)
	}
	return nil
}

// fallback spells a character as byte tokens, if all of its bytes have one.
func (m *bpe) fallback(e *encoder, char string) bool {
	if m.bytes == nil {
		return false
	}
	for i := range len(char) {
		if m.bytes[char[i]] < 0 {
			return false
		}
	}
	for i := range len(char) {
		e.push(m.bytes[char[i]])
	}
	return true
}

func byteToken(b int) string { return fmt.Sprintf("<0x%02X>", b) }

// push appends a symbol to the word.
func (e *encoder) push(id int32) {
	i := int32(len(e.word))
	if i > 0 {
		e.word[i-1].next = i
	}
	e.word = append(e.word, symbol{id, i - 1, -1})
}

// mergeAll applies merges until none is left: the lowest rank first, among equals the leftmost.
func (m *bpe) mergeAll(e *encoder) {
	e.heap = e.heap[:0]
	for i := range int32(max(0, len(e.word)-1)) {
		m.offer(e, i, i+1)
	}
	for len(e.heap) > 0 {
		top := e.heap.pop()
		e.steps++
		left := &e.word[top.pos]
		if left.id < 0 || left.next < 0 {
			continue // merged away, or the last
		}
		right := &e.word[left.next]
		if now, ok := m.merges[pairKey(left.id, right.id)]; !ok || now.id != top.id {
			continue // one of the two has grown since
		}
		left.id, right.id = top.id, -1
		left.next = right.next
		if left.next >= 0 {
			e.word[left.next].prev = top.pos
			m.offer(e, top.pos, left.next)
		}
		if left.prev >= 0 {
			m.offer(e, left.prev, top.pos)
		}
	}
}

// offer puts the pair at positions i and j on the heap if it can merge.
func (m *bpe) offer(e *encoder, i, j int32) {
	e.steps++
	if p, ok := m.merges[pairKey(e.word[i].id, e.word[j].id)]; ok {
		e.heap.push(candidate{p.rank, i, p.id})
	}
}

// candidate is a possible merge of the symbol at pos with its right neighbour into id.
type candidate struct{ rank, pos, id int32 }

// mergeHeap is a binary heap, the lowest rank and then the lowest position on top. It is spelled out
// because container/heap would box every candidate.
type mergeHeap []candidate

func (c candidate) less(d candidate) bool {
	return c.rank < d.rank || c.rank == d.rank && c.pos < d.pos
}

func (h *mergeHeap) push(c candidate) {
	*h = append(*h, c)
	s := *h
	for i := len(s) - 1; i > 0; {
		up := (i - 1) / 2
		if !s[i].less(s[up]) {
			return
		}
		s[i], s[up] = s[up], s[i]
		i = up
	}
}

func (h *mergeHeap) pop() candidate {
	s := *h
	top, end := s[0], len(s)-1
	s[0] = s[end]
	s = s[:end]
	*h = s
	for i := 0; ; {
		down := 2*i + 1
		if down >= end {
			return top
		}
		if down+1 < end && s[down+1].less(s[down]) {
			down++
		}
		if !s[down].less(s[i]) {
			return top
		}
		s[i], s[down] = s[down], s[i]
		i = down
	}
}
