package plan

import "slices"

// kept says of each line of a program whether the last one hangs on it, and which number it has among those.
func kept(last int, args func(k int) []int) (used []bool, at []int) {
	used, at = make([]bool, last+1), make([]int, last+1)
	used[last] = true
	for k := last; k >= 0; k-- {
		if used[k] {
			for _, a := range args(k) {
				used[a] = true
			}
		}
	}
	n := 0
	for k := range used {
		if at[k] = n; used[k] {
			n++
		}
	}
	return used, at
}

func renumbered(args, at []int) []int {
	out := slices.Clone(args)
	for i, a := range args {
		out[i] = at[a]
	}
	return out
}

// needed are the lines that the last one is made of, that one at the end; args are where a line has its arguments.
func needed[T any](code []T, last int, args func(*T) *[]int) (out []T) {
	used, at := kept(last, func(k int) []int { return *args(&code[k]) })
	for k, o := range code[:last+1] {
		if used[k] {
			list := args(&o)
			*list = renumbered(*list, at)
			out = append(out, o)
		}
	}
	return out
}

func ofPairOp(o *PairOp) *[]int { return &o.Args }
func ofNormOp(o *NormOp) *[]int { return &o.Args }
