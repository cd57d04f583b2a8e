package tokenizer

import (
	"slices"
	"sync"
	"unicode/utf8"
)

// Canonical normalization, Unicode Standard Annex 15, over the tables of tables_nfc.go (Unicode 9.0: the
// version of the reference; a code point of a later version passes unchanged).

// Hangul syllables are computed (The Unicode Standard, section 3.12).
const (
	hangulS, hangulL, hangulV, hangulT = 0xAC00, 0x1100, 0x1161, 0x11A7
	countL, countV, countT             = 19, 21, 28
	countS                             = countL * countV * countT
)

// nfcTables are the compact tables of tables_nfc.go as maps; built on first need, because most text needs
// none.
type nfcTables struct {
	parts   map[rune][2]rune // one step of decomposition; the second rune is 0 for a singleton
	whole   map[[2]rune]rune // primary composites
	classes map[rune]uint8   // canonical combining classes that are not 0
}

var nfcData = sync.OnceValue(func() *nfcTables {
	t := &nfcTables{map[rune][2]rune{}, map[[2]rune]rune{}, map[rune]uint8{}}
	eachTriple(nfcComposites, func(r, a, b rune) { t.parts[r], t.whole[[2]rune{a, b}] = [2]rune{a, b}, r })
	eachTriple(nfcExcluded, func(r, a, b rune) { t.parts[r] = [2]rune{a, b} })
	singles := []rune(nfcSingletons)
	for i := 0; i < len(singles); i += 2 {
		t.parts[singles[i]] = [2]rune{singles[i+1], 0}
	}
	for i := 0; i < len(nfcClasses); i += 3 {
		for r := nfcClasses[i]; r <= nfcClasses[i+1]; r++ {
			t.classes[r] = uint8(nfcClasses[i+2])
		}
	}
	return t
})

func eachTriple(table string, f func(r, a, b rune)) {
	runes := []rune(table)
	for i := 0; i < len(runes); i += 3 {
		f(runes[i], runes[i+1], runes[i+2])
	}
}

// plain reports that no character of s can change or combine: all lie below the first combining mark, and
// in NFD also below the first letter that decomposes.
func plain(s string, below rune) bool {
	for _, r := range s {
		if r >= below {
			return false
		}
	}
	return true
}

// decomposed is NFD.
func decomposed(s string) string {
	if plain(s, 0xC0) {
		return s
	}
	return string(nfcData().decompose(s))
}

// composed is NFC.
func composed(s string) string {
	if plain(s, 0x300) {
		return s
	}
	t := nfcData()
	return string(t.compose(t.decompose(s)))
}

// decompose splits every character fully and orders each run of marks by combining class, keeping equals in
// order.
func (t *nfcTables) decompose(s string) []rune {
	out := make([]rune, 0, utf8.RuneCountInString(s)+8)
	for _, r := range s {
		out = t.split(out, r)
	}
	for i := 0; i < len(out); i++ {
		if t.class(out[i]) == 0 {
			continue
		}
		j := i + 1
		for j < len(out) && t.class(out[j]) != 0 {
			j++
		}
		slices.SortStableFunc(out[i:j], func(a, b rune) int { return int(t.class(a)) - int(t.class(b)) })
		i = j
	}
	return out
}

func (t *nfcTables) class(r rune) uint8 {
	if r < 0x300 {
		return 0
	}
	return t.classes[r]
}

// split appends the full decomposition of r. It recurses at most four deep: the depth of Unicode's
// mappings.
func (t *nfcTables) split(out []rune, r rune) []rune {
	if i := r - hangulS; i >= 0 && i < countS {
		out = append(out, hangulL+i/(countV*countT), hangulV+i%(countV*countT)/countT)
		if tail := i % countT; tail != 0 {
			out = append(out, hangulT+tail)
		}
		return out
	}
	p, ok := t.parts[r]
	if !ok {
		return append(out, r)
	}
	out = t.split(out, p[0])
	if p[1] != 0 {
		out = t.split(out, p[1])
	}
	return out
}

// compose joins, in place, each mark with the last starter unless a mark of the same or a higher class lies
// between.
func (t *nfcTables) compose(rs []rune) []rune {
	n, starter := 0, -1 // rs[:n] is done; starter is the index of the last starter in it
	last := uint8(0)    // class of rs[n-1], when that is not the starter itself
	for _, r := range rs {
		c := t.class(r)
		if starter >= 0 && (n-1 == starter || last < c) {
			if whole, ok := t.pair(rs[starter], r); ok {
				rs[starter] = whole
				continue
			}
		}
		if c == 0 {
			starter = n
		}
		rs[n], last = r, c
		n++
	}
	return rs[:n]
}

func (t *nfcTables) pair(a, b rune) (rune, bool) {
	if l, v := a-hangulL, b-hangulV; l >= 0 && l < countL && v >= 0 && v < countV {
		return hangulS + (l*countV+v)*countT, true
	}
	if s, tail := a-hangulS, b-hangulT; s >= 0 && s < countS && s%countT == 0 && tail > 0 && tail < countT {
		return a + tail, true
	}
	whole, ok := t.whole[[2]rune{a, b}]
	return whole, ok
}
