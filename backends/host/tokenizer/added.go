package tokenizer

import (
	"slices"
	"sort"
	"strings"
	"unicode"
)

// addedToken is a token that is found in the text before the model sees it.
type addedToken struct {
	id             int
	content        string
	lstrip, rstrip bool // it takes the white space before, after it
	normalized     bool // it is looked for in the normalized text, in its own normalized form
	special        bool // Decode skips it, EncodePlain takes it for text
}

// matcher finds added tokens: the leftmost, and the longest of those that begin there. The patterns are
// sorted, so the candidates at a place are a range that each further byte narrows; no token is longer than
// maxSetting, which bounds the work at a place whatever tokens and text are.
type matcher struct {
	entries []entry
	starts  [256][2]int32 // range of the entries that begin with a byte
}

type entry struct {
	pattern string
	token   *addedToken
}

func newMatcher(entries []entry) *matcher {
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.pattern, b.pattern) })
	m := &matcher{entries: entries}
	for i, e := range entries {
		r := &m.starts[e.pattern[0]]
		if r[1] == 0 {
			r[0] = int32(i)
		}
		r[1] = int32(i + 1)
	}
	return m
}

// at is the longest entry at the start of s, nil without; s is not empty. It adds its work to steps.
func (m *matcher) at(s string, steps *int) *entry {
	r := m.starts[s[0]]
	lo, hi := int(r[0]), int(r[1])
	var best *entry
	for n := 1; lo < hi; n++ {
		*steps++
		if len(m.entries[lo].pattern) == n { // the shortest of the range is its first
			best = &m.entries[lo]
			lo++
		}
		if n == len(s) {
			break
		}
		c := s[n]
		lo += sort.Search(hi-lo, func(i int) bool { return m.entries[lo+i].pattern[n] >= c })
		hi = lo + sort.Search(hi-lo, func(i int) bool { return m.entries[lo+i].pattern[n] > c })
	}
	return best
}

// split cuts s at the added tokens. With plain set, special ones are text.
func (m *matcher) split(e *encoder, s string, start, plain bool, emit emitter) error {
	done := 0             // s[:done] is emitted
	white := [2]int{0, 0} // the last stretch of white space that rstrip looked through
	for i := 0; i < len(s); {
		e.steps++
		if m.starts[s[i]][1] == 0 {
			i++
			continue
		}
		hit := m.at(s[i:], &e.steps)
		if hit == nil {
			i++
			continue
		}
		from, to := i, i+len(hit.pattern)
		i = to // the search goes on behind the token itself, not behind the space it takes
		if plain && hit.token.special {
			continue
		}
		if hit.token.lstrip && done < from {
			from = done + len(strings.TrimRightFunc(s[done:from], unicode.IsSpace))
			e.steps += i - from
		}
		if hit.token.rstrip {
			if to < white[0] || to >= white[1] {
				white = [2]int{to, len(s) - len(strings.TrimLeftFunc(s[to:], unicode.IsSpace))}
				e.steps += white[1] - white[0]
			}
			to = white[1]
		}
		if done < from {
			if err := emit(s[done:from], start && done == 0); err != nil {
				return err
			}
		}
		e.ids = append(e.ids, hit.token.id)
		done = to
	}
	if done < len(s) {
		return emit(s[done:], start && done == 0)
	}
	return nil
}
