package gograph

import (
	"fmt"

	"archc/ir"
)

// sizes are the numbers of a plan: every size that an instruction needs, computed anew when a free dim changes.
type sizes struct {
	names   map[string]int // free dims
	env     []int64
	known   []bool
	ids     map[string]int
	values  []int
	code    []func([]int64) (int64, bool)
	text    []ir.Size
	readers map[int][]int // of a free dim: the sizes that hang on it
}

func newSizes() *sizes {
	return &sizes{names: map[string]int{}, ids: map[string]int{}, readers: map[int][]int{}}
}

// number gives a size its place among the values.
func (s *sizes) number(size ir.Size) int {
	key := size.String()
	if id, ok := s.ids[key]; ok {
		return id
	}
	id := len(s.values)
	s.ids[key] = id
	code := size.Compiled(s.slot)
	s.code, s.text, s.values = append(s.code, code), append(s.text, size), append(s.values, 0)
	if n, ok := size.Int(); ok {
		s.values[id] = int(n)
	}
	known := true
	for _, f := range size.Frees() {
		at := s.slot(f)
		s.readers[at] = append(s.readers[at], id)
		known = known && s.known[at]
	}
	if known {
		n, _ := code(s.env)
		s.values[id] = int(n)
	}
	return id
}

func (s *sizes) slot(name string) int {
	at, ok := s.names[name]
	if !ok {
		at = len(s.env)
		s.names[name] = at
		s.env, s.known = append(s.env, 0), append(s.known, false)
	}
	return at
}

// set gives a free dim its value. A size that has not all its dims yet is computed with the last.
func (s *sizes) set(name string, value int64) error {
	at := s.slot(name)
	if s.known[at] && s.env[at] == value {
		return nil
	}
	s.env[at], s.known[at] = value, true
	for _, id := range s.readers[at] {
		n, whole := s.code[id](s.env)
		if !whole {
			return fmt.Errorf("the size %s is no whole number", s.text[id])
		}
		s.values[id] = int(n)
	}
	return nil
}

// room is the number of elements that serves several sizes, in whole cache lines.
func (s *sizes) room(ids []int) int {
	n := 0
	for _, id := range ids {
		n = max(n, s.values[id])
	}
	return int(inLines(int64(n)))
}

// inLines rounds a number of elements up to whole cache lines.
func inLines(n int64) int64 { return (n + 15) &^ 15 }
