package plan

import "slices"

// NormRooms gives each line of a normalizer a room: lines that are PerLane one of numbers each, others one of vectors, which
// several take after each other. A line may take the room of an argument that nothing else needs, but not where it
// reduces what is PerTwo: what that is made of is read for every key. Imm, score and other have none, -1.
func NormRooms(code []NormOp) (room []int, vectors, numbers int) {
	last := lastUses(code)
	room = make([]int, len(code))
	var holds []int // of each room of vectors: the line that has it
	for k, o := range code {
		room[k] = -1
		switch {
		case o.Fn == "imm" || o.Fn == "score" || o.Fn == "other":
		case o.Along == PerLane:
			room[k] = numbers
			numbers++
		case o.Along == PerTwo:
			room[k] = len(holds)
			holds = append(holds, -1)
		default:
			twice := slices.ContainsFunc(o.Args, func(a int) bool { return code[a].Along == PerTwo })
			at := slices.IndexFunc(holds, func(h int) bool { return h >= 0 && (last[h] < k || last[h] == k && !twice) })
			if at < 0 {
				at = len(holds)
				holds = append(holds, k)
			}
			room[k], holds[at] = at, k
		}
	}
	return room, len(holds), numbers
}

// lastUses are the lines that each line is read at last: what is PerTwo is computed where it is reduced.
func lastUses(code []NormOp) []int {
	last := make([]int, len(code))
	last[len(code)-1] = len(code)
	for k := len(code) - 1; k >= 0; k-- {
		when := k
		if along := code[k].Along; along == PerTwo || code[k].Fn == "other" {
			when = last[k]
		}
		for _, a := range code[k].Args {
			last[a] = max(last[a], when)
		}
	}
	return last
}

// Two are the lines that a reduction of what is PerTwo needs for each key, in order.
func Two(code []NormOp, reduction int) (out []int) {
	used := map[int]bool{reduction: true}
	for k := reduction; k >= 0; k-- {
		if !used[k] {
			continue
		}
		for _, a := range code[k].Args {
			if code[a].Along == PerTwo {
				used[a] = true
			}
		}
		if k != reduction {
			out = append([]int{k}, out...)
		}
	}
	return out
}
