package tokenizer

import (
	"strings"
	"unicode/utf8"
)

// emitter takes one piece of text; start says that the piece begins where the whole text begins.
type emitter func(piece string, start bool) error

// finder returns the next match in s at or after from, or a negative start. Matches are never empty.
type finder func(s string, from int) (start, end int)

func findPattern(scan scanner) finder {
	return func(s string, from int) (int, int) { return from, from + scan(s[from:]) }
}

func findLiteral(text string) finder {
	return func(s string, from int) (int, int) {
		i := strings.Index(s[from:], text)
		if i < 0 {
			return -1, -1
		}
		return from + i, from + i + len(text)
	}
}

func findRune(is func(rune) bool) finder {
	return func(s string, from int) (int, int) {
		i := strings.IndexFunc(s[from:], is)
		if i < 0 {
			return -1, -1
		}
		_, n := utf8.DecodeRuneInString(s[from+i:])
		return from + i, from + i + n
	}
}

// behavior says what becomes of the matches and of what lies between them.
type behavior struct {
	name  string
	drops bool                        // matches vanish
	joins func(before, now bool) bool // whether a part goes with the one before; is each a match?
}

// behaviors are all that the reference has.
var behaviors = []behavior{
	{"Isolated", false, func(before, now bool) bool { return false }},
	{"Removed", true, func(before, now bool) bool { return false }},
	{"Contiguous", false, func(before, now bool) bool { return before == now }},
	{"MergedWithPrevious", false, func(before, now bool) bool { return !before && now }},
	{"MergedWithNext", false, func(before, now bool) bool { return before && !now }},
}

// behavior reads the setting key.
func (c config) behavior(key string) (behavior, error) {
	n, err := c.want(key, isString)
	if err != nil {
		return behavior{}, err
	}
	var names []string
	for _, b := range behaviors {
		if b.name == n.text {
			return b, nil
		}
		names = append(names, b.name)
	}
	bad := c.failKey("T012", key, "unknown behavior %s", quote(n.text))
	bad.Help = "known: " + strings.Join(names, ", ")
	return behavior{}, bad
}

// split cuts s at the matches of find and hands the parts on as how says; invert swaps matches and the
// rest.
func split(s string, start bool, find finder, how behavior, invert bool, emit emitter) error {
	j := joiner{s: s, start: start, how: how, emit: emit}
	for at := 0; at < len(s); {
		from, to := find(s, at)
		if from < 0 {
			from, to = len(s), len(s)
		}
		if at < from {
			if err := j.add(at, from, invert); err != nil {
				return err
			}
		}
		if from < to {
			if err := j.add(from, to, !invert); err != nil {
				return err
			}
		}
		at = to
	}
	return j.flush()
}

// joiner holds one part back until it is known whether the next one belongs to it.
type joiner struct {
	s        string
	start    bool
	how      behavior
	emit     emitter
	from, to int // the part held back; empty when from == to
	match    bool
}

func (j *joiner) add(from, to int, match bool) error {
	if j.from < j.to && j.how.joins(j.match, match) {
		j.to, j.match = to, match
		return nil
	}
	err := j.flush()
	j.from, j.to, j.match = from, to, match
	return err
}

func (j *joiner) flush() error {
	if j.from == j.to || (j.match && j.how.drops) {
		return nil
	}
	return j.emit(j.s[j.from:j.to], j.start && j.from == 0)
}
