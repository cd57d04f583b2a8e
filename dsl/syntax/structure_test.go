package syntax

import (
	"strings"
	"testing"
)

// TestExpressions says how operators bind: LANGUAGE rule 10.
func TestExpressions(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"-x^2", "(- (^ x 2))"},
		{"2^-x", "(^ 2 (- x))"},
		{"2^-x*3", "(* (^ 2 (- x)) 3)"},
		{"a*-b*c", "(* (* a (- b)) c)"},
		{"a - -b", "(- a (- b))"},
		{"a^b^c", "(^ a (^ b c))"},
		{"-a^-b^c", "(- (^ a (- (^ b c))))"},
		{"a - b - c", "(- (- a b) c)"},
		{"a / b * c % d div e", "(div (% (* (/ a b) c) d) e)"},
		{"a + b * c < d - e", "(< (+ a (* b c)) (- d e))"},
		{"!a == b & c | d", "(| (& (! (== a b)) c) d)"},
		{"!!a & !b", "(& (! (! a)) (! b))"},
		{"a & b | c & d", "(| (& a b) (& c d))"},
		{"x |> f(a + b) |> g", "(|> (|> x (call f (+ a b))) g)"},
		{"x + 1 |> f", "(|> (+ x 1) f)"},
		{"4 D + H K", "(+ (juxt 4 D) (juxt H K))"},
		{"-2 D^2", "(- (^ (juxt 2 D) 2))"},
		{"if a then b else c + d", "(if a b (+ c d))"},
		{"if a then b else if c then d else e", "(if a b (if c d e))"},
		{"(a + b) * c", "(* (paren (+ a b)) c)"},
		{"a.b.if[0](x).c", "(call (index a.b.if 0) x).c"},
		{"sum[e in r & (k <= C)](s[E: e])", "(call (index sum e in (& r (paren (<= k C)))) (index s E:e))"},
		{"x[T: 0]", "(index x T:0)"},
		{"x[T: a..b + 1]", "(index x T:a..(+ b 1))"},
		{"x[0..L - 1]", "(index x 0..(- L 1))"},
		{"x[0, *]", "(index x 0 *)"},
		{"k[T = S]", "(index k T=S)"},
		{"flatten[N = Y X](x)", "(call (index flatten N=(juxt Y X)) x)"},
		{"f(a, b=1; c, d = 2)", "(call f a b=1 (carry c d=2))"},
		{"f(;)", "(call f (carry))"},
		{"f(a,)", "(call f a)"},
		{"f()", "(call f)"},
		{"[]", "[]"},
		{"[a, b]", "[a b]"},
		{"attend[S](q; k, v) { score = x }", "(call (index attend S) q (carry k v) {(= score x)})"},
		{"f(x) { }", "(call f x {})"},
		{"1_000 + 5e5 + 1.5E-3 + 0.5", "(+ (+ (+ 1000 ~5e5) ~1.5E-3) ~0.5)"},
		{"a.. b", ""},
		{"H (N + R)", "(call H (+ N R))"},
	} {
		file, list := parse("f(z) = " + c.text)
		if c.want == "" {
			if list.Empty() {
				t.Errorf("%s was read", c.text)
			}
			continue
		}
		want := "(func f (param z) = " + c.want + ")"
		if got := all(file.Decls); got != want || !list.Empty() {
			t.Errorf("%s\n got %s %v\nwant %s", c.text, got, messages(list), want)
		}
	}
}

// TestItems says what the forms of a block's body are read as.
func TestItems(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"a : D -> H K with bias", "(field a D (out (juxt H K)) bias)"},
		{"a.b.c, d.if : [D] buffer", "(field a.b.c,d.if [D] buffer)"},
		{"a : int V -> D", "(field a (juxt int V) (out D))"},
		{"a : Q -> H (N + R)", "(field a Q (out (juxt H (paren (+ N R)))))"},
		{"a : 4 (N + R) K -> (A + B) (C + D) 2", "(field a (juxt 4 (paren (+ N R)) K) (out (juxt (paren (+ A B)) (paren (+ C D)) 2)))"},
		{"a : D -> round(8 D / 3)", "(field a D (out (call round (/ (juxt 8 D) 3))))"},
		{"a : D -> if l == 0 then H (N + R) else D", "(field a D (out (if (== l 0) (juxt H (paren (+ N R))) D)))"},
		{"a : [H (N + R), K]", "(field a [(juxt H (paren (+ N R))) K])"},
		{"a : int[H (N + R)]", "(field a (index int (juxt H (paren (+ N R)))))"},
		{"a : [E (A + B)] Expert(D)", "(field a (juxt [(juxt E (paren (+ A B)))] (call Expert D)))"},
		{"a : L * Layer(l)", "(field a (* L (call Layer l)))"},
		{"a : D -> F over Y X window(3, 3) stride(2) with bias if b stored [F, D] as \"x\", \"y\" buffer = c",
			"(field a D (out F) (over (juxt Y X (call window 3 3) (call stride 2))) bias buffer (if b) " +
				"(stored F D) as \"x\" as \"y\" (share c))"},
		{"a : if l == 0 then B else none as \"d\"", "(field a (if (== l 0) B none) as \"d\")"},
		{"a = 1; b, c = f(2)", "(let a 1) (let b,c (call f 2))"},
		{"(x: [T, D]; m: [M] = 0, n) -> y: [T], [H (N + R)] { y }",
			"(func (param x (type T D)) (carry (param m (type M) (default 0)) (param n)) " +
				"(result y (type T)) (result (type (juxt H (paren (+ N R))))) {(value y)})"},
		{"(tokens: int[], both=false) = x, y",
			"(func (param tokens (type int)) (param both (default false)) = x y)"},
		{"phi[N, M](x: bool[N]) = x", "(func phi N,M (param x (type bool N)) = x)"},
		{"pattern p(w) { i < w }", "(pattern p (param w) {(value (< i w))})"},
		{"block B(D=1) { }", "(block B (param D (default 1)))"},
		{"block B = C(D=1)", "(block B (base (call C D=1)))"},
		{"require a == b, \"why\"", "(require (== a b) \"why\")"},
		{"checkpoint { prefix = \"a\"; ignore = [\"b\"] }", "(section checkpoint (entry prefix \"a\") (entry ignore [\"b\"]))"},
	} {
		file, list := parse("block X { " + c.text + " }")
		want := "(block X " + c.want + ")"
		if got := all(file.Decls); got != want || !list.Empty() {
			t.Errorf("%s\n got %s %v\nwant %s", c.text, got, messages(list), want)
		}
	}
}

// TestLines says where statements end.
func TestLines(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"a\nb", "(value a) (value b)"},
		{"a\n\n;;\n b;", "(value a) (value b)"},
		{"a // comment\nb", "(value a) (value b)"},
		{"a +\nb", "(value (+ a b))"},
		{"a\n+ b", "(value (+ a b))"},
		{"a\n- b", "(value a) (value (- b))"},
		{"a -\nb", "(value (- a b))"},
		{"a\n// comment\n|> b", "(value (|> a b))"},
		{"a\n(b)", "(value a) (value (paren b))"},
		{"a\n[b]", "(value a) (value [b])"},
		{"f(a,\nb\n)", "(value (call f a b))"},
		{"f(x)\n{ a }", "(value (call f x {(value a)}))"},
		{"f({ a\nb })", "(value (call f (region (value a) (value b))))"},
		{"if a\nthen b\nelse c", "(value (if a b c))"},
		{"x =\n1", "(= x 1)"},
		{"x\n= 1", "(= x 1)"},
		{"x,\ny = f(z)", "(= x y (call f z))"},
		{"x =\nyield y", ""},
		{"a\r\nb", "(value a) (value b)"},
		{"[a\nb]", "(value [(juxt a b)])"},
	} {
		file, list := parse("block X { (z) {\n" + c.text + "\n} }")
		want := "(block X (func (param z) {" + c.want + "}))"
		if c.want == "" {
			if list.Empty() {
				t.Errorf("%s was read", c.text)
			}
			continue
		}
		if got := all(file.Decls); got != want || !list.Empty() {
			t.Errorf("%q\n got %s %v\nwant %s", c.text, got, messages(list), want)
		}
	}
}

func TestDoc(t *testing.T) {
	file, _ := parse("// not this\n\n/// One.\n//\n//  Two.\nblock A { // nor this\n  // inner\n  f(x) = x\n\n  g(x) = x\n}")
	a := file.Decls[0].(*Block)
	if a.Doc != "One.\n\n Two." {
		t.Errorf("block: %q", a.Doc)
	}
	if f := a.Body[0].(*Func); f.Doc != "inner" {
		t.Errorf("function: %q", f.Doc)
	}
	if g := a.Body[1].(*Func); g.Doc != "" {
		t.Errorf("second function: %q", g.Doc)
	}
}

// TestSpans says what the spans of declarations cover.
func TestSpans(t *testing.T) {
	text := "model A(D=1) {\n a, b : D -> H (N + R) with bias\n f(x: [T]) -> [T] { -x^2 }\n c = f(1) }\nmodel B = A(D=2) with { a[*].b = 3 }"
	file, list := parse(text)
	if !list.Empty() {
		t.Fatal(messages(list))
	}
	a, b := file.Decls[0].(*Block), file.Decls[1].(*Block)
	field, f, let := a.Body[0].(*Field), a.Body[1].(*Func), a.Body[2].(*Let)
	u := f.Body[0].(*ExprStmt).Values[0].(*Unary)
	for _, c := range []struct{ got, want string }{
		{a.At.Text(), "model A(D=1)"},
		{a.Whole.Text(), strings.Split(text, "\nmodel B")[0]},
		{a.Name.At.Text(), "A"},
		{field.At.Text(), "a, b : D -> H (N + R)"},
		{field.Out.Span().Text(), "H (N + R)"},
		{field.Out.(*Juxt).Parts[1].Span().Text(), "(N + R)"},
		{f.At.Text(), "f(x: [T]) -> [T]"},
		{f.Whole.Text(), "f(x: [T]) -> [T] { -x^2 }"},
		{f.Params[0].Type.At.Text(), "[T]"},
		{u.At.Text(), "-x^2"},
		{u.X.Span().Text(), "x^2"},
		{u.X.(*Binary).OpAt.Text(), "^"},
		{let.At.Text(), "c = f(1)"},
		{b.At.Text(), "model B = A(D=2)"},
		{b.With[0].At.Text(), "a[*].b = 3"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
