package source

import (
	"go/ast"
	"go/parser"
	"go/token"
	"math/big"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"archc/ir"
)

var goSizes = Sizes{Min: "min", Max: "max", Floor: "floorDiv"}

func TestSizes(t *testing.T) {
	T, S := ir.Free("T"), ir.Free("S")
	half, two := ir.Rational(big.NewRat(1, 2)), ir.Const(2)
	third := ir.Rational(big.NewRat(1, 3))
	for _, c := range []struct {
		size ir.Size
		want string
	}{
		{ir.Const(0), "0"}, {ir.Const(-3), "-3"}, {T, "T"}, {T.Mul(T).Mul(two).Add(S), "2*T*T + S"},
		{ir.Const(4).Sub(T), "4 - T"}, {T.Sub(S).Mul(T.Add(S)), "T*T - S*S"},
		{T.Mul(T).Add(T).Mul(half), "(T*T + T) / 2"}, {T.Mul(half).Mul(two), "T"},
		{ir.Floor(T.Mul(half)), "floorDiv(T, 2)"}, {ir.Floor(T.Mul(half).Add(third)).Mul(S), "S*floorDiv(3*T + 2, 6)"},
		{ir.Min(T, S).Add(ir.Const(1)), "min(S, T) + 1"}, {ir.Max(T.Mul(half), S).Mul(two), "max(T, 2*S)"},
		{ir.Max(T.Add(S), ir.Const(5)).Mul(T), "T*max(5, S + T)"},
	} {
		if got := goSizes.Text(c.size, func(s string) string { return s }); got != c.want {
			t.Errorf("%s is %s, want %s", c.size, got, c.want)
		}
	}
}

// TestSizeMeansTheSize: the Go expression, evaluated as Go does, has the value of the size.
func TestSizeMeansTheSize(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := randomSize(t, 3)
		env := map[string]int64{"T": rapid.Int64Range(0, 20).Draw(t, "T"), "S": rapid.Int64Range(1, 9).Draw(t, "S")}
		want, ok := s.Eval(env)
		if !ok || !want.IsInt() {
			t.Skip("no whole number")
		}
		text := goSizes.Text(s, func(s string) string { return s })
		e, err := parser.ParseExpr(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if got := evaluate(t, e, env); got != want.Num().Int64() {
			t.Fatalf("%s as %s is %d, want %s", s, text, got, want)
		}
	})
}

func randomSize(t *rapid.T, depth int) ir.Size {
	kind := rapid.IntRange(0, 7).Draw(t, "kind")
	if depth == 0 {
		kind %= 3
	}
	sub := func() ir.Size { return randomSize(t, depth-1) }
	switch kind {
	case 0:
		return ir.Free("T")
	case 1:
		return ir.Free("S")
	case 2:
		return ir.Rational(big.NewRat(rapid.Int64Range(-4, 6).Draw(t, "n"), rapid.Int64Range(1, 4).Draw(t, "d")))
	case 3:
		return sub().Mul(sub())
	case 4:
		return ir.Min(sub(), sub())
	case 5:
		return ir.Max(sub(), sub())
	case 6:
		return ir.Floor(sub())
	}
	return sub().Add(sub())
}

// evaluate is Go's meaning of an integer expression.
func evaluate(t *rapid.T, e ast.Expr, env map[string]int64) int64 {
	switch e := e.(type) {
	case *ast.BasicLit:
		n, err := strconv.ParseInt(e.Value, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	case *ast.Ident:
		return env[e.Name]
	case *ast.ParenExpr:
		return evaluate(t, e.X, env)
	case *ast.UnaryExpr:
		return -evaluate(t, e.X, env)
	case *ast.CallExpr:
		x, y := evaluate(t, e.Args[0], env), evaluate(t, e.Args[1], env)
		switch e.Fun.(*ast.Ident).Name {
		case "min":
			return min(x, y)
		case "max":
			return max(x, y)
		}
		q := x / y
		if x%y != 0 && x < 0 {
			q--
		}
		return q
	case *ast.BinaryExpr:
		x, y := evaluate(t, e.X, env), evaluate(t, e.Y, env)
		switch e.Op {
		case token.ADD:
			return x + y
		case token.SUB:
			return x - y
		case token.MUL:
			return x * y
		}
		return x / y
	}
	t.Fatalf("%T", e)
	return 0
}
