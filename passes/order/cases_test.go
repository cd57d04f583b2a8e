package order

import (
	"strings"
	"testing"

	"archc/ir"
	"archc/passes/cost"
)

// additive is the alignment of Bahdanau et al. 2014 with all its work in the score: v tanh(W1 q + W2 k), A numbers wide.
const additive = `model Additive

dim A = {A}
dim D = {D}
dim S
dim T

%0 = input q : [T, D]
%1 = input k : [S, D]
%2 = param "w1" : [A, D]
%3 = param "w2" : [A, D]
%4 = param "v" : [A]
%5 = attend [T] over [S] (%0; %1; %1) : [T, D]
  score(%6 : int[], %7 : int[S], %8 : [D], %9 : [S, D]) {
    %10 = contract sum[D] %8, %2 : [A]
    %11 = contract sum[D] %9, %3 : [S, A]
    %12 = map add %10, %11 : [A, S]
    %13 = map tanh %12 : [A, S]
    %14 = contract sum[A] %13, %4 : [S]
    give %14
  }
  mask(%15 : int[], %16 : int[S]) {
    %17 = const true : bool[]
    give %17
  }
`

// lowRank multiplies by a product of two factors of rank R, wide side first.
const lowRank = `model LowRank

dim D = {D}
dim E = {E}
dim R = {R}
dim T

%0 = input x : [T, D]
%1 = param "w" : [E, D]
%2 = contract sum[D] %0, %1 : [T, E]
%3 = param "a" : [R, D]
%4 = param "b" : [E, R]
%5 = contract sum[R] %4, %3 : [E, D]
%6 = contract sum[D] %0, %5 : [T, E]
%7 = map add %2, %6 : [T, E]

output y = %7
`

// chain is x A B C with narrow and wide sides in turn, grouped the dearest way, through a rename and a scale.
const chain = `model Chain

dim A = 3
dim C = 7
dim D = 5
dim P = 2
dim T

%0 = input x : [T, A]
%1 = input a : [A, P, T]
%2 = input b : [C, P]
%3 = param "c" : [C, D]
%4 = rename C -> K %2 : [K=7, P]
%5 = contract sum[P] %1, %4 : [A, T, K=7]
%6 = const 3 : []
%7 = map div %5, %6 : [A, T, K=7]
%8 = rename K -> C %7 : [A, T, C]
%9 = contract sum[C] %8, %3 : [A, T, D]
%10 = contract sum[A] %9, %0 : [T, D]

output y = %10
`

// bilinear is q W k (Luong et al. 2015) with W on the side of the keys, and keys that are wider than queries.
const bilinear = `model Bilinear

dim A = 3
dim P = 9
dim S
dim T

%0 = input q : [T, P]
%1 = input k : [S, A]
%2 = param "w" : [P, A]
%3 = attend [T] over [S] (%0; %1; %1) : [T, A]
  score(%4 : int[], %5 : int[S], %6 : [P], %7 : [S, A]) {
    %8 = contract sum[A] %7, %2 : [S, P]
    %9 = contract sum[P] %6, %8 : [S]
    give %9
  }
  mask(%10 : int[], %11 : int[S]) {
    %12 = const true : bool[]
    give %12
  }
`

// weighted is a score of three factors where each row sees its own key alone: taking the query's weight out first would
// cost more than the pairs.
const weighted = `model Weighted

dim D = 5
dim T
dim T' = T

%0 = input q : [T, D]
%1 = rename T -> T' %0 : [T', D]
%2 = param "w" : [D]
%3 = attend [T] over [T'] (%0; %1; %1) : [T, D]
  score(%4 : int[], %5 : int[T'], %6 : [D], %7 : [T', D]) {
    %8 = contract sum[D] %6, %7, %2 : [T']
    give %8
  }
  mask(%9 : int[], %10 : int[T']) {
    %11 = map eq %10, %9 : bool[T']
    give %11
  }
`

// firstKeys is one row that sees two keys of many: what is made of a key is not made of all.
const firstKeys = `model FirstKeys

dim A = 4
dim D = 6
dim S

%0 = input q : [A]
%1 = input k : [S, D]
%2 = param "w" : [A, D]
%3 = attend [] over [S] (%0; %1; %1) : [D]
  score(%4 : int[], %5 : int[S], %6 : [A], %7 : [S, D]) {
    %8 = contract sum[D] %7, %2 : [S, A]
    %9 = map tanh %8 : [S, A]
    %10 = contract sum[A] %6, %9 : [S]
    give %10
  }
  mask(%11 : int[], %12 : int[S]) {
    %13 = const 2 : int[]
    %14 = map lt %12, %13 : bool[S]
    give %14
  }
`

// wideMiddle is x A B through a wide middle: A B would be smaller than either, and be made again in every pass.
const wideMiddle = `model WideMiddle

dim D = 3
dim F = 20
dim T

%0 = input x : [T, D]
%1 = param "a" : [F, D]
%2 = param "b" : [D, F]
%3 = contract sum[D] %0, %1 : [T, F]
%4 = contract sum[F] %3, %2 : [T, D]

output y = %4
`

var costCases = []struct {
	name, text    string
	sizes         map[string]int64
	before, after string // contraction of one pass
	points        []map[string]int64
}{
	// 2 A D for each of the two projections leaves the pair loop; 2 A for the score and 2 D for the average stay.
	{"additive", additive + softmax(18, "S", "") + "\n\noutput y = %5\n", map[string]int64{"A": 4, "D": 6},
		"68*B*S*T + 48*B*T", "20*B*S*T + 48*B*S + 48*B*T",
		[]map[string]int64{{"T": 1, "S": 1}, {"T": 5, "S": 3}}},
	// 2 R (D + E) a position and none for the product, instead of 2 D E and 2 R D E once.
	{"low rank", lowRank, map[string]int64{"D": 12, "E": 10, "R": 2},
		"480*B*T + 480", "328*B*T", []map[string]int64{{"T": 1}, {"T": 7}}},
	{"low rank of full rank", lowRank, map[string]int64{"D": 12, "E": 10, "R": 9},
		"480*B*T + 2160", "480*B*T + 2160", []map[string]int64{{"T": 3}}},
	{"chain", chain, nil, "324*B*T", "32*B*T + 140*B", []map[string]int64{{"T": 1}, {"T": 4}}},
	{"bilinear", bilinear + softmax(13, "S", "") + "\n\noutput y = %3\n", nil,
		"78*B*S*T", "12*B*S*T + 54*B*T", []map[string]int64{{"T": 1, "S": 1}, {"T": 4, "S": 6}}},
	{"weighted", weighted + softmax(12, "T'", "") + "\n\noutput y = %3\n", nil,
		"25*B*T", "25*B*T", []map[string]int64{{"T": 1}, {"T": 4}}},
	{"first keys", firstKeys + softmax(15, "S", "") + "\n\noutput y = %3\n", nil,
		"68*B*min(1, S - 1) + 68*B", "68*B*min(1, S - 1) + 68*B", []map[string]int64{{"S": 1}, {"S": 7}}},
	{"wide middle", wideMiddle, nil, "240*B*T", "240*B*T", []map[string]int64{{"T": 3}}},
}

// TestCostsBeforeAndBehind holds the contraction of each case as a formula, and runs it.
func TestCostsBeforeAndBehind(t *testing.T) {
	for _, c := range costCases {
		m := parse(t, with(c.text, c.sizes))
		long := choice(t, m).Long
		if got := formula(t, m); got != c.before {
			t.Errorf("%s: %s before, want %s", c.name, got, c.before)
		}
		if got := formula(t, long); got != c.after {
			t.Errorf("%s: %s, want %s\n%s", c.name, got, c.after, ir.Text(long))
		}
		same(t, c.name, m, long, c.points...)
	}
}

// TestPerformer holds the shapes of Choromanski et al. 2021: 8 heads of 64, 256 features. At T = 16,384 the pairs
// cost 2,080 times as much.
func TestPerformer(t *testing.T) {
	text := strings.NewReplacer("{MASK}", causal, "{NORM}", bySum).Replace(kernel)
	m := parse(t, with(text, map[string]int64{"A": 64, "E": 64, "H": 8, "M": 256}))
	long := choice(t, m).Long
	if got := formula(t, m); got != "133632*B*T^2 + 395776*B*T" {
		t.Errorf("before: %s", got)
	}
	if got := formula(t, long); got != "1052672*B*T" {
		t.Errorf("behind: %s", got)
	}
}

// TestCostsAgainstTheReport counts what is executed.
func TestCostsAgainstTheReport(t *testing.T) {
	for _, c := range costCases {
		long := choice(t, parse(t, with(c.text, c.sizes))).Long
		for _, at := range c.points {
			in := random(long, at, 1)
			res, err := evaluate(long, in)
			if err != nil {
				t.Fatal(err)
			}
			r, err := cost.Of(long, cost.Options{})
			if err != nil {
				t.Fatal(err)
			}
			env := map[string]int64{r.Batch: 1}
			for k, v := range at {
				env[k] = v
			}
			n, err := r.At(env)
			if err != nil || !n.Contraction.IsUint64() || n.Contraction.Uint64() != res.Counts.Contraction {
				t.Errorf("%s at %v: %v, counted %d", c.name, at, n.Contraction, res.Counts.Contraction)
			}
		}
	}
}
