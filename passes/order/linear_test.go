package order

import (
	"strings"
	"testing"

	"archc/ir"
)

// kernel is attention with positive random features (Choromanski et al. 2021) in the score: M features of A numbers,
// {MASK} the keys that a row sees, {NORM} what the weights are.
const kernel = `model Kernel

dim A = {A}
dim E = {E}
dim H = {H}
dim M = {M}
dim T
dim T' = T

%0 = input q : [T, H, A]
%1 = input k : [T, H, A]
%2 = input v : [T, H, E]
%3 = rename T -> T' %1 : [T', H, A]
%4 = rename T -> T' %2 : [T', H, E]
%5 = param "omega" : [M, A]
%6 = attend [T] over [T'] (%0; %3; %4) : [T, H, E]
  score(%7 : int[] @ i, %8 : int[T'] @ j, %9 : [H, A], %10 : [T', H, A]) {
    %11 = contract sum[A] %9, %5 : [H, M]
    %12 = map exp %11 : [H, M]
    %13 = contract sum[A] %10, %5 : [T', H, M]
    %14 = map exp %13 : [T', H, M]
    %15 = contract sum[M] %12, %14 : [H, T']
    %16 = const 0.125 : []
    %17 = map mul %15, %16 : [H, T']
    give %17
  }
  mask(%18 : int[] @ i, %19 : int[T'] @ j) {
    %20 = {MASK}
    give %20
  }
  norm(%21 : [H, T'] @ s) {
{NORM}
  }

output y = %6
`

const bySum = `    %22 = reduce sum[T'] %21 : [H]
    %23 = map div %21, %22 : [H, T']
    give %23`

// byMore is a normalizer with more to it: 3 s / (|sum of 2 s| + 1).
const byMore = `    %22 = const 2 : []
    %23 = map mul %22, %21 : [H, T']
    %24 = reduce sum[T'] %23 : [H]
    %25 = map abs %24 : [H]
    %26 = const 1 : []
    %27 = map add %25, %26 : [H]
    %28 = const 3 : []
    %29 = map mul %21, %28 : [H, T']
    %30 = map div %29, %27 : [H, T']
    %31 = map neg %30 : [H, T']
    give %31`

func kernelAt(mask, norm string) string {
	text := strings.NewReplacer("{MASK}", mask, "{NORM}", norm).Replace(kernel)
	return with(text, map[string]int64{"A": 4, "E": 5, "H": 2, "M": 3})
}

const (
	causal  = "map le %19, %18 : bool[T']"
	turned  = "map ge %18, %19 : bool[T']"
	full    = "const true : bool[]"
	strict  = "map lt %19, %18 : bool[T']" // the first row sees nothing: it is 0, and no sum divided by itself
	byMost  = "    %22 = reduce max[T'] %21 : [H]\n    %23 = map div %21, %22 : [H, T']\n    give %23"
	ahead   = "map ge %19, %18 : bool[T']" // as many pairs as causal has
	byEmpty = "    give %21"
)

// TestKernelIsLinear wants no pairs left: with {H, M, A, E} = {2, 3, 4, 5} the features cost 2*2HMA a position, the sums
// of key features times values and what a query makes of them 2HME each, the denominator 2HM.
func TestKernelIsLinear(t *testing.T) {
	points := []map[string]int64{{"T": 1}, {"T": 2}, {"T": 9}}
	for _, c := range []struct{ mask, norm, before, after string }{
		{causal, bySum, "40*B*T^2 + 88*B*T", "228*B*T"},
		{turned, bySum, "40*B*T^2 + 88*B*T", "228*B*T"},
		{full, bySum, "80*B*T^2 + 48*B*T", "228*B*T"},
		{causal, byMore, "40*B*T^2 + 88*B*T", "228*B*T"},
		{full, byEmpty, "80*B*T^2 + 48*B*T", "216*B*T"},
		// Without a prefix of keys, or with weights that the keys couple, the pairs stay; the features leave them.
		{causal, byMost, "40*B*T^2 + 88*B*T", "16*B*T^2 + 112*B*T"},
		{ahead, bySum, "40*B*T^2 + 88*B*T", "16*B*T^2 + 112*B*T"},
		{strict, bySum, "40*B*T^2 + 8*B*T - 48*B", "16*B*T^2 + 80*B*T"},
	} {
		m := parse(t, kernelAt(c.mask, c.norm))
		if got := formula(t, m); got != c.before {
			t.Errorf("%s: %s operations before, want %s", c.mask, got, c.before)
		}
		long := choice(t, m).Long
		if got := formula(t, long); got != c.after {
			t.Errorf("%s: %s operations, want %s\n%s", c.mask, got, c.after, ir.Text(long))
		}
		same(t, c.mask+c.norm, m, long, points...)
	}
}

// TestLinearBehindAPast has S = T + 3 keys, of which row i sees the first i + 3 + 1.
func TestLinearBehindAPast(t *testing.T) {
	text := kernelAt("map le %19, %32 : bool[T']", bySum)
	text = strings.Replace(text, "dim T' = T\n", "", 1)
	text = strings.NewReplacer("%1 = input k : [T, ", "%1 = input k : [U=T+3, ", "%2 = input v : [T, ", "%2 = input v : [U=T+3, ",
		"rename T -> T' %1 : [T', ", "rename U -> T' %1 : [T'=T+3, ", "rename T -> T' %2 : [T', ", "rename U -> T' %2 : [T'=T+3, ",
		"int[T']", "int[T'=T']", "bool[T']", "bool[T'=T']", "[H, T']", "[H, T'=T']", "[T', H, A]) {", "[T'=T', H, A]) {",
		"%13 = contract sum[A] %10, %5 : [T'", "%13 = contract sum[A] %10, %5 : [T'=T'",
		"%14 = map exp %13 : [T'", "%14 = map exp %13 : [T'=T'",
		"    %20 =", "    %33 = const 3 : int[]\n    %32 = map add %33, %18 : int[]\n    %20 =").Replace(text)
	m := parse(t, text)
	long := choice(t, m).Long
	if strings.Contains(ir.Text(long), "attend") {
		t.Errorf("the pairs are still there:\n%s", ir.Text(long))
	}
	same(t, "behind a past", m, long, map[string]int64{"T": 1}, map[string]int64{"T": 6})
}

// TestValuesWithTheSummedLabel has values along M, the label of the features that the score sums.
func TestValuesWithTheSummedLabel(t *testing.T) {
	m := parse(t, strings.ReplaceAll(strings.Replace(kernelAt(causal, bySum), "dim E = 5\n", "", 1), "H, E]", "H, M]"))
	long := choice(t, m).Long
	if hasAttend(long) {
		t.Error("the pairs are still there")
	}
	same(t, "values along M", m, long, map[string]int64{"T": 1}, map[string]int64{"T": 5})
}
