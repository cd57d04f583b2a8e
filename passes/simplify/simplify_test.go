package simplify

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"archc/ir"
	"archc/ir/diag"
)

func parse(t *testing.T, text string) *ir.Module {
	t.Helper()
	m, err := ir.Parse(diag.NewSource("test.ir", text))
	if err != nil {
		t.Fatal(err)
	}
	if errs := ir.Verify(m); len(errs) > 0 {
		t.Fatal(errs)
	}
	return m
}

// simplified is the text of a module behind the pass, verified, and the log.
func simplified(t *testing.T, text string) (string, []string) {
	t.Helper()
	var log []string
	m, err := With(parse(t, text), Rules(), Options{Trace: func(f Firing) { log = append(log, f.String()) }})
	if err != nil {
		t.Fatal(err)
	}
	if errs := ir.Verify(m); len(errs) > 0 {
		t.Fatalf("%v\n%s", errs, ir.Text(m))
	}
	return ir.Text(m), log
}

const loose = `model loose

dim D = 4
dim T

%0 = input x : [T, D]
%1 = const 2 : int[] @ "norm"
%2 = map pow %0, %1 : [T, D] @ y
%3 = const 3 : []
%4 = const 1 : int[]
%5 = map add %3, %4 : []
%6 = map mul %2, %5 : [T, D]
%7 = const 8 : []
%8 = map div %6, %7 : [T, D]
%9 = map exp %0 : [T, D]
%10 = map exp %0 : [T, D]
%11 = map add %9, %10 : [T, D]
%12 = map sub %8, %11 : [T, D]
%13 = map neg %12 : [T, D]

output z = %13
`

const tight = `model loose

dim D = 4
dim T

%0 = input x : [T, D]
%1 = map mul %0, %0 : [T, D] @ "norm" y
%2 = const 0.5 : []
%3 = map mul %1, %2 : [T, D]
%4 = map exp %0 : [T, D]
%5 = map add %4, %4 : [T, D]
%6 = map sub %5, %3 : [T, D]

output z = %6
`

func TestSimplify(t *testing.T) {
	got, log := simplified(t, loose)
	if diff := cmp.Diff(tight, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	want := []string{
		"pow-two: pow y in norm", "fold: add in norm", "mul-div: div in norm", "cse: exp in norm", "neg-sub: neg in norm",
		"fold: div in norm",
	}
	if diff := cmp.Diff(want, log); diff != "" {
		t.Errorf("the log: -want +got\n%s", diff)
	}
	again, log := simplified(t, tight)
	if again != tight || len(log) > 0 {
		t.Errorf("the second time: %q\n%s", log, again)
	}
}

// TestBudgetNamesTheRule gives rules that undo each other.
func TestBudgetNamesTheRule(t *testing.T) {
	rules := []Rule{{"there", "add(x, y)", "", "sub(x, neg(y))", true}, {"back", "sub(x, neg(y))", "", "add(x, y)", true}}
	one := "model one\n\ndim T\n\n%0 = input x : [T]\n%1 = input y : [T]\n%2 = map add %0, %1 : [T]\n\noutput z = %2\n"
	for _, budget := range []int{1, 2, 7, 0} {
		_, err := With(parse(t, one), rules, Options{Budget: budget})
		if budget == 0 {
			budget = DefaultBudget * 3
		}
		if err == nil || !strings.HasPrefix(err.Error(), fmt.Sprintf("%d steps are used up; the last was ", budget)) ||
			!strings.Contains(err.Error(), "there: add") && !strings.Contains(err.Error(), "back: sub") {
			t.Errorf("budget %d: %v", budget, err)
		}
	}
	var steps int
	count := Options{Trace: func(Firing) { steps++ }}
	if _, err := With(parse(t, loose), Rules(), count); err != nil {
		t.Fatal(err)
	}
	for _, budget := range []int{steps - 1, steps, steps + 1} {
		_, err := With(parse(t, loose), Rules(), Options{Budget: budget})
		if (err != nil) != (budget < steps) {
			t.Errorf("budget %d of %d steps: %v", budget, steps, err)
		}
	}
}

// TestNoWorkIsDoneTwice leaves what somebody else needs: the sum over D stays where its argument is used.
func TestNoWorkIsDoneTwice(t *testing.T) {
	text := `model two

dim D = 4
dim E = 3
dim T

%0 = input x : [T, D]
%1 = param "w" : [D, E]
%2 = contract sum[D] %0, %1 : [T, E]
%3 = reduce sum[E] %2 : [T]

output y = %3%s
`
	if got, _ := simplified(t, strings.Replace(text, "%s", "", 1)); !strings.Contains(got, "contract sum[D, E]") {
		t.Error(got)
	}
	got, log := simplified(t, strings.Replace(text, "%s", "\noutput z = %2", 1))
	if len(log) > 0 {
		t.Errorf("%q\n%s", log, got)
	}
}

// TestWhatLooksEqualInside keeps apart what the regions of an attend compute: the key axis S has there the size S, the
// number of admitted keys, and so has an axis S outside; the first keys of a table are not the table.
func TestWhatLooksEqualInside(t *testing.T) {
	text := `model inside

dim D = 4
dim S

%0 = input q : [D]
%1 = input k : [S, D]
%2 = index S : int[S]
%3 = extent S : int[]
%4 = map add %2, %3 : int[S]
%5 = attend [] over [S] (%0; %1; %1) : [D]
  score(%6 : int[], %7 : int[S], %8 : [D], %9 : [S, D]) {
    %10 = contract sum[D] %8, %9 : [S]
    %11 = index S : int[S]
    %12 = extent S : int[]
    %23 = gather [S] %2, %11 : int[S]
    %13 = map add %23, %12 : int[S]
    %14 = map add %10, %13 : [S]
    %15 = extent S : int[]
    %16 = map mul %14, %15 : [S]
    give %16
  }
  mask(%17 : int[], %18 : int[S]) {
    %19 = const 2 : int[]
    %20 = map lt %18, %19 : bool[S]
    give %20
  }
  norm(%21 : [S]) {
    give %21
  }
%22 = map add %5, %3 : [D]

output y = %22
output z = %4
`
	got, log := simplified(t, text)
	if want := []string{"cse: extent"}; !slices.Equal(log, want) {
		t.Errorf("%q\n%s", log, got)
	}
}

// TestLoopsShareWithWhatIsAround lets a body use what stands in front of its loop, and not the other way round.
func TestLoopsShareWithWhatIsAround(t *testing.T) {
	text := `model loops

dim D = 4

%0 = input x : [D]
%1 = map exp %0 : [D]
%2 = repeat l = 0..3 %0 : [D]
  body(%3 : int[], %4 : [D]) {
    %5 = map exp %0 : [D]
    %6 = map log %0 : [D]
    %7 = map add %5, %6 : [D]
    %8 = map mul %4, %7 : [D]
    give %8
  }
%9 = map log %0 : [D]
%10 = map add %9, %1 : [D]
%11 = map mul %10, %2 : [D]

output y = %11
`
	got, log := simplified(t, text)
	if want := []string{"cse: exp"}; !slices.Equal(log, want) {
		t.Errorf("%q\n%s", log, got)
	}
}

// TestFoldIsTheEvaluation folds every scalar function on a few numbers: the bits are those of its row, and what is no
// constant of its kind stays.
func TestFoldIsTheEvaluation(t *testing.T) {
	whole := func(x float64, k ir.Kind) ir.Value {
		return ir.Value{Node: &ir.Node{Op: ir.Constant, Attr: &ir.ConstAttr{Value: x}, Outs: []ir.Type{ir.Scalar(k)}}}
	}
	for _, f := range ir.Fns() {
		for _, k := range []ir.Kind{ir.Real, ir.Int, ir.Bool} {
			args, x := []ir.Value{}, []float64{}
			for i := range f.Arity {
				v := []float64{1, 0, 1}[i]
				args, x = append(args, whole(v, k)), append(x, v)
			}
			n := &ir.Node{Op: ir.Map, Attr: &ir.MapAttr{Fn: f}, Args: args}
			outs, err := ir.Map.Infer(n)
			if err != nil {
				continue
			}
			n.Outs = outs
			by, want := fold(n), f.Eval(x)
			switch {
			case by == nil && (outs[0].Kind != ir.Int || want == float64(int64(want))):
				t.Errorf("%s of %s is not folded", f.Name, k)
			case by != nil && by.Attr.(*ir.ConstAttr).Value != want && want == want:
				t.Errorf("%s of %s is %v, not %v", f.Name, k, by.Attr, want)
			}
		}
	}
}

// TestBucketsKeepTheirBits has distances in buckets by their logarithm: on a power of two the quotient is a whole number,
// and one bit less puts it into another bucket.
func TestBucketsKeepTheirBits(t *testing.T) {
	text := `model buckets

dim T

%0 = SOURCE : REAL[T]
%1 = map log %0 : [T]
%2 = const 3 : []
%3 = map div %1, %2 : [T]
%4 = const 7 : []
%5 = map mul %3, %4 : [T]
%6 = map floor %5 : int[T]

output y = %6
`
	for source, want := range map[string]int{"index T : int": 0, "input x : ": 2} {
		_, log := simplified(t, strings.Replace(text, "SOURCE : REAL", source, 1))
		if len(log) != want {
			t.Errorf("%s: %q", source, log)
		}
	}
}
