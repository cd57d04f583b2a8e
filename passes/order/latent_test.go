package order

import (
	"math/big"
	"strings"
	"testing"

	"archc/ir"
	"archc/passes/cost"
)

// latent is the attention of DeepSeek-V2 and V3 (DeepSeek-AI 2024, equations 9 to 18) over a cache of latents: T new
// rows see S of them.
var latent = `model Latent

dim C = {C}
dim H = {H}
dim N = {N}
dim R = {R}
dim S
dim T
dim W = {W}

%0 = input qn : [T, H, N]
%1 = input qr : [T, H, R]
%2 = input c : [S, C]
%3 = input kr : [S, R]
%4 = param "kv_b" stored [H "N+W", C] : [H, "N+W"={NW}, C]
%5 = contract sum[C] %2, %4 : [S, H, "N+W"={NW}]
%6 = slice "N+W" from 0 -> N %5 : [S, H, N]
%7 = slice "N+W" from {N} -> W %5 : [S, H, W]
%8 = attend [T] over [S] (%0, %1; %6, %3; %7) : [T, H, W]
  score(%9 : int[], %10 : int[S], %11 : [H, N], %12 : [H, R], %13 : [S, H, N], %14 : [S, R]) {
    %15 = contract sum[N] %11, %13 : [H, S]
    %16 = contract sum[R] %12, %14 : [H, S]
    %17 = map add %15, %16 : [H, S]
    %18 = const 0.25 : []
    %19 = map mul %17, %18 : [H, S]
    give %19
  }
  mask(%20 : int[], %21 : int[S]) {
    %22 = const true : bool[]
    give %22
  }
` + softmax(23, "S", "H, ") + `

output y = %8
`

func latentAt(h, n, r, w, c int64) string {
	return with(latent, map[string]int64{"H": h, "N": n, "R": r, "W": w, "C": c, "NW": n + w})
}

// TestLatentAttentionHasTwoForms holds the figures of DeepSeek-V3's shape: one token against 4,096 latents costs 68.9 G
// multiply-adds a layer when all latents are widened and 0.587 G when the query takes the map.
func TestLatentAttentionHasTwoForms(t *testing.T) {
	m := parse(t, latentAt(128, 128, 64, 128, 512))
	c := choice(t, m)
	if c.Short == nil {
		t.Fatal("one form")
	}
	at := map[string]int64{"T": 1, "S": 4096}
	for _, x := range []struct {
		what string
		m    *ir.Module
		want int64
	}{{"as written", m, 68_887_248_896}, {"long", c.Long, 68_887_248_896}, {"short", c.Short, 587_202_560}} {
		if got := work(t, x.m, at); got.Cmp(big.NewInt(x.want)) != 0 {
			t.Errorf("%s: %s multiply-adds, want %d: %s", x.what, got, x.want, formula(t, x.m))
		}
	}
	if len(c.Attends) != 1 {
		t.Fatalf("%+v", c.Attends)
	}
	a := c.Attends[0]
	if got := cost.Pretty(a.Long()); got != "33554432*S + 65536*pairs" {
		t.Errorf("long: %s", got)
	}
	if got := cost.Pretty(a.Short()); got != "33554432*T + 262144*pairs" {
		t.Errorf("short: %s", got)
	}
}

// TestCrossover compares the number of rows at which the forms cost the same with r(n+v)/(2r-n-v), and with the costs of
// the whole modules.
func TestCrossover(t *testing.T) {
	for _, x := range [][5]int64{{128, 128, 64, 128, 512}, {16, 128, 64, 128, 512}, {3, 5, 2, 7, 11}, {4, 8, 2, 8, 9}} {
		n, v, r := x[1], x[3], x[4]
		c := choice(t, parse(t, latentAt(x[0], n, x[2], v, r)))
		if len(c.Attends) != 1 {
			t.Fatalf("%v: %+v", x, c.Attends)
		}
		a := c.Attends[0]
		got, ok := a.Crossover()
		if want := big.NewRat(r*(n+v), 2*r-n-v); !ok || got.Cmp(want) != 0 {
			t.Errorf("%v: %v, want %s", x, got, want)
		}
		for _, at := range []map[string]int64{{"T": 1, "S": 1000}, {"T": 50, "S": 3}, {"T": 700, "S": 7000}} {
			diff, ok := a.Long().Sub(a.Short()).Eval(map[string]int64{"T": at["T"], "S": at["S"], Pairs: at["T"] * at["S"]})
			whole := new(big.Int).Sub(work(t, c.Long, at), work(t, c.Short, at))
			if !ok || diff.Cmp(new(big.Rat).SetInt(whole.Lsh(whole, 1))) != 0 {
				t.Errorf("%v at %v: the parts differ by %s operations, the modules by %s", x, at, diff, whole)
			}
		}
	}
	c := choice(t, parse(t, latentAt(128, 128, 64, 128, 512)))
	if x, _ := c.Attends[0].Crossover(); x.FloatString(2) != "170.67" {
		t.Errorf("%s", x.FloatString(2))
	}
}

// TestLatentFormsAreEqual runs both forms.
func TestLatentFormsAreEqual(t *testing.T) {
	for _, x := range [][5]int64{{4, 3, 2, 5, 6}, {1, 8, 2, 8, 9}, {3, 2, 4, 2, 4}} {
		m := parse(t, latentAt(x[0], x[1], x[2], x[3], x[4]))
		c := choice(t, m)
		if x[0] == 4 && c.Short == nil {
			t.Fatalf("%v: one form", x)
		}
		points := []map[string]int64{{"T": 1, "S": 9}, {"T": 4, "S": 3}, {"T": 1, "S": 1}}
		same(t, "long", m, c.Long, points...)
		if c.Short != nil {
			same(t, "short", m, c.Short, points...)
		}
	}
}

// TestNumbersDecideAlone states the rows and keys as numbers: the cheaper form is then the only one. What the query's
// side costs by itself makes short a little dearer, so with S keys they are equal at S r(n+v) / (S(2r-n-v) + r(n+v)) rows:
// 163.84 for 4,096 latents of DeepSeek-V3, 170.67 as S grows.
func TestNumbersDecideAlone(t *testing.T) {
	for _, c := range []struct {
		rows, keys string
		absorbed   bool
	}{
		{"1", "2", true}, {"1", "4096", true}, {"163", "4096", true}, {"164", "4096", false},
		{"170", "1000000000", true}, {"171", "1000000000", false}, {"4096", "4096", false}, {"1", "1", false},
	} {
		text := strings.Replace(latentAt(128, 128, 64, 128, 512), "dim S\ndim T\n", "dim S = "+c.keys+"\ndim T = "+c.rows+"\n", 1)
		text = strings.NewReplacer("int[S]", "int[S=S]", "[S, H, N], %14 : [S, R]", "[S=S, H, N], %14 : [S=S, R]",
			"[H, S]", "[H, S=S]").Replace(text)
		m := parse(t, text)
		got := choice(t, m)
		if got.Short != nil {
			t.Errorf("%s rows, %s keys: two forms", c.rows, c.keys)
		}
		if is := strings.Contains(ir.Text(got.Long), ": [T, H, C]"); is != c.absorbed {
			t.Errorf("%s rows, %s keys: absorbed is %v\n%s", c.rows, c.keys, is, ir.Text(got.Long))
		}
	}
}

// TestLatentsBehindAPast is a step of decoding: T new latents stand behind S kept ones, and row i sees all up to its own.
func TestLatentsBehindAPast(t *testing.T) {
	text := latentAt(4, 3, 2, 5, 6)
	text = strings.NewReplacer(
		"%2 = input c : [S, C]", "%50 = input past : [S, C]\n%51 = input new : [T, C]\n%2 = concat [S, T] -> J=S + T %50, %51 : [J=S + T, C]",
		"%3 = input kr : [S, R]", "%52 = input kr : [S, R]\n%53 = input newr : [T, R]\n%3 = concat [S, T] -> J=S + T %52, %53 : [J=S + T, R]",
		"%22 = const true : bool[]", "%54 = extent S : int[]\n    %55 = map add %20, %54 : int[]\n    %22 = map le %21, %55 : bool[J]",
		"over [S]", "over [J]", "reduce max[S]", "reduce max[J]", "reduce sum[S]", "reduce sum[J]",
		"%5 = contract sum[C] %2, %4 : [S,", "%5 = contract sum[C] %2, %4 : [J=S + T,",
		"N %5 : [S,", "N %5 : [J=S + T,", "W %5 : [S,", "W %5 : [J=S + T,",
		"int[S]", "int[J]", "[S, H, N], %14 : [S, R]", "[J, H, N], %14 : [J, R]", "[H, S]", "[H, J]").Replace(text)
	m := parse(t, text)
	c := choice(t, m)
	if c.Short == nil {
		t.Fatal("one form")
	}
	points := []map[string]int64{{"T": 1, "S": 9}, {"T": 4, "S": 3}, {"T": 1, "S": 1}}
	same(t, "long", m, c.Long, points...)
	same(t, "short", m, c.Short, points...)
	for _, a := range c.Attends {
		for _, at := range points {
			pairs := at["T"]*at["S"] + at["T"]*(at["T"]+1)/2
			diff, ok := a.Long().Sub(a.Short()).Eval(map[string]int64{"T": at["T"], "J": at["S"] + at["T"], Pairs: pairs})
			whole := new(big.Int).Sub(work(t, c.Long, at), work(t, c.Short, at))
			if !ok || diff.Cmp(new(big.Rat).SetInt(whole.Lsh(whole, 1))) != 0 {
				t.Errorf("%v: the parts differ by %s operations, the modules by %s", at, diff, whole)
			}
		}
	}
}

// TestWideLatentsStay has operands that are no wider than what they are made of: keeping them is what a cache does, and
// there is one form.
func TestWideLatentsStay(t *testing.T) {
	for _, x := range [][5]int64{{2, 2, 1, 2, 8}, {2, 2, 1, 2, 4}} {
		if c := choice(t, parse(t, latentAt(x[0], x[1], x[2], x[3], x[4]))); c.Short != nil {
			t.Errorf("%v: two forms: %+v", x, c.Attends)
		}
	}
}
