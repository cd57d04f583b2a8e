package plan

// schedule is the order in which a block's instructions may run: behind runs[k] are those that k needs.
type schedule struct {
	block         *Block
	needs         [][]int
	reads, writes []map[*Store]bool
	links         [][]int // of a rows program: others that read or write what it reads or writes
	all, far      []bits  // what an instruction hangs on; and through one that is no rows program
	done          []bool
	left          int
}

func newSchedule(b *Block) *schedule {
	s := &schedule{block: b, needs: make([][]int, len(b.Code)), done: make([]bool, len(b.Code)), left: len(b.Code)}
	writers, readers := map[*Store][]int{}, map[*Store][]int{}
	for k, i := range b.Code {
		reads, writes := touched(i)
		s.reads, s.writes = append(s.reads, reads), append(s.writes, writes)
		_, rows := i.(*Rows)
		for st := range reads {
			s.needs[k] = append(s.needs[k], writers[st]...)
		}
		for st := range writes {
			s.needs[k] = append(s.needs[k], readers[st]...)
			for _, w := range writers[st] {
				// Two rows programs that write to one store write different parts of it.
				if _, also := b.Code[w].(*Rows); !rows || !also {
					s.needs[k] = append(s.needs[k], w)
				}
			}
		}
		for st := range reads {
			readers[st] = append(readers[st], k)
		}
		for st := range writes {
			writers[st] = append(writers[st], k)
		}
		above, far := newBits(len(b.Code)), newBits(len(b.Code))
		for _, n := range s.needs[k] {
			above.add(n)
			above.join(s.all[n])
			far.join(s.far[n])
			if _, rows := b.Code[n].(*Rows); !rows {
				far.join(s.all[n])
				far.add(n)
			}
		}
		s.all, s.far = append(s.all, above), append(s.far, far)
	}
	s.link()
	return s
}

// link finds the rows programs that share memory of the arena.
func (s *schedule) link() {
	users := map[*Store][]int{}
	for k, i := range s.block.Code {
		if _, ok := i.(*Rows); ok {
			for _, touched := range []map[*Store]bool{s.reads[k], s.writes[k]} {
				for st := range touched {
					users[st] = append(users[st], k)
				}
			}
		}
	}
	s.links = make([][]int, len(s.block.Code))
	for k := range s.block.Code {
		seen := newBits(len(s.block.Code))
		seen.add(k)
		for st := range s.reads[k] {
			for _, j := range users[st] {
				if st.Role == Arena || s.writes[j][st] {
					seen.add(j)
				}
			}
		}
		for st := range s.writes[k] {
			for _, j := range users[st] {
				seen.add(j)
			}
		}
		for j := range s.block.Code {
			if j != k && seen.has(j) {
				s.links[k] = append(s.links[k], j)
			}
		}
	}
}

// bits is a set of instructions of a block.
type bits []uint64

func newBits(n int) bits      { return make(bits, (n+63)/64) }
func (b bits) add(k int)      { b[k/64] |= 1 << (k % 64) }
func (b bits) has(k int) bool { return b[k/64]&(1<<(k%64)) != 0 }
func (b bits) join(other bits) {
	for i := range b {
		b[i] |= other[i]
	}
}

func (s *schedule) take(group []int) {
	for _, k := range group {
		s.done[k] = true
	}
	s.left -= len(group)
}

// back undoes take.
func (s *schedule) back(group []int) {
	for _, k := range group {
		s.done[k] = false
	}
	s.left += len(group)
}

// ready reports whether an instruction may run behind what is done and a group.
func (s *schedule) ready(k int, group []bool) bool {
	for _, n := range s.needs[k] {
		if !s.done[n] && (group == nil || !group[n]) {
			return false
		}
	}
	return true
}

// products are those that read the same rows as one of them and could run with it.
func (s *schedule) products(at int, first *Product) []int {
	group := []int{at}
	for k := at + 1; k < len(s.block.Code); k++ {
		p, ok := s.block.Code[k].(*Product)
		if ok && !s.done[k] && s.ready(k, nil) && bare(p.In).Same(bare(first.In)) {
			group = append(group, k)
		}
	}
	return group
}
