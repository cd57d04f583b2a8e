package format

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// forms lists what a rule does to a text.
var forms = []struct{ rule, text, want string }{
	{"nothing", "", ""},
	{"comments alone", "\n\n//a\n\n\n//b  \n", "//a\n\n//b\n"},
	{"one blank line", "\n\nf(x)=x\n\n\n\ng(x)=x\n\n", "f(x) = x\n\ng(x) = x\n"},
	{"no blank lines at the ends of a body", "block A {\n\n  a : D\n\n}", "block A {\n  a : D\n}\n"},
	{"lines end in a newline", "block A {\r\n a : D\r\n}\r\n", "block A {\n  a : D\n}\n"},
	{"no byte order mark", "\uFEFFf(x) = x", "f(x) = x\n"},
	{"empty bodies", "block A{\n}\nblock B{ }", "block A {\n}\nblock B {}\n"},
	{"two blanks behind a separator", "block A { a : D;b : D ; c = 1 }", "block A { a : D;  b : D;  c = 1 }\n"},
	{"separators at the end of a line", "block A {\n  a : D;\n;; b : D; // c\n}", "block A {\n  a : D\n  b : D  // c\n}\n"},
	{"one level for one line", "f(x) {\nattend(q; k, g(v) {\ns = x\n}) {\nscore = x\n}\n}",
		"f(x) {\n  attend(q; k, g(v) {\n    s = x\n  }) {\n    score = x\n  }\n}\n"},
	{"brackets over lines", "f(x) = g(a,\n[b,\nc\n],\nd)", "f(x) = g(a,\n  [b,\n    c\n  ],\n  d)\n"},
	{"a statement over lines", "f(x) {\ny =\nif a\nthen g(\nb\n)\nelse c\ny\n}",
		"f(x) {\n  y =\n    if a\n    then g(\n      b\n    )\n    else c\n  y\n}\n"},
	{"a body on a line of its own", "block A\n{\na : D\n}", "block A\n{\n  a : D\n}\n"},
	{"comments in bodies", "block A { // a\n//b\na : D // c\n\n//d\n}//e", "block A {  // a\n  //b\n  a : D  // c\n\n  //d\n}  //e\n"},
	{"comments in statements", "f(x) {\ny = // a\n// b\nx\n// c\ny\n}", "f(x) {\n  y =  // a\n    // b\n    x\n  // c\n  y\n}\n"},
	{"columns of comments", "f(x) {\na=1 // a\nbcd=2 // b\n\nc=3 // c\n}", "f(x) {\n  a   = 1  // a\n  bcd = 2  // b\n\n  c = 3  // c\n}\n"},
	{"columns of fields", "block A {\na:D\nb.c,d:D->F\nlong_name : [D]\n\ne:D\n}",
		"block A {\n  a         : D\n  b.c, d    : D -> F\n  long_name : [D]\n\n  e : D\n}\n"},
	{"a long name sticks out", "block A {\nself:B\nmlp:C\ninput_layernorm, post_layernorm:N(D)\n}",
		"block A {\n  self : B\n  mlp  : C\n  input_layernorm, post_layernorm : N(D)\n}\n"},
	{"columns end with the kind", "block A {\na:D\nbcd=1\nef=2\ng:D\n}", "block A {\n  a : D\n  bcd = 1\n  ef  = 2\n  g : D\n}\n"},
	{"columns of assignments", "f(x) {\nq, kr=g(x)\nv=x\nabc=x\nx+=v\ny=x; z=x\nemit ab=x\nemit c=x\n}",
		"f(x) {\n  q, kr = g(x)\n  v   = x\n  abc = x\n  x += v\n  y = x;  z = x\n  emit ab = x\n  emit c  = x\n}\n"},
	{"columns of arguments", "model A = B(C=1,\nabc=2,d=3,\ne=f(g=4))", "model A = B(C=1,\n  abc=2, d=3,\n  e = f(g=4))\n"},
	{"equals of arguments", "f(a , b : [T]=1, c=-2)= g(h=2 D,m=a&b ; k=0)[T=S, U : a ..b]",
		"f(a, b: [T] = 1, c=-2) = g(h=2 D, m = a & b; k = 0)[T = S, U: a..b]\n"},
	{"products in brackets", "f(x)=sum[K](q * k*v)+g(2*h(x),a/ b,a%b,(a)*b,2 a*b,x ^ 2 / - c)*3",
		"f(x) = sum[K](q*k*v) + g(2 * h(x), a/b, a % b, (a) * b, 2 a * b, x^2/-c) * 3\n"},
	{"products in statements", "f(x) { x*y/z; y={ a*b }; g({ a*b }) }", "f(x) { x * y / z;  y = { a * b };  g({ a * b }) }\n"},
	{"prefixes", "f(x) = - x ^ - 2<3&! y | - z * - w", "f(x) = -x^-2 < 3 & !y | -z * -w\n"},
	{"products of dims", "block A { a : D->H(N+R) ; b:2(N+R)K->H( K ) }", "block A { a : D -> H (N + R);  b : 2 (N + R) K -> H (K) }\n"},
	{"lists before blocks", "block A { a:[E]B(D,2 F);b : int [ T ] }", "block A { a : [E] B(D, 2 F);  b : int[T] }\n"},
	{"clauses", "block A { a:D->F over Y X window( 3,3 )with bias if l>0 stored[F,D]as\"x\",\"y\"buffer=b }",
		"block A { a : D -> F over Y X window(3, 3) with bias if l > 0 stored [F, D] as \"x\", \"y\" buffer = b }\n"},
	{"signatures", "block A {(x:[T,D];m:[M])->y:[T],[D]{ y }}", "block A { (x: [T, D]; m: [M]) -> y: [T], [D] { y } }\n"},
	{"paths", "model A=B with{a [ * ] . b=1;c[l%2==0]=2}", "model A = B with { a[*].b = 1;  c[l % 2 == 0] = 2 }\n"},
	{"imports", "import a{B,C}\nimport \"b\"{\nB\nC,D}", "import a { B, C }\nimport \"b\" {\n  B\n  C, D }\n"},
	{"names of a binding", "from huggingface\"A\",\"B\"{a=b[0] else b}", "from huggingface \"A\", \"B\" { a = b[0] else b }\n"},
	{"bindings", "from huggingface\"A\"{a=b else 2;require c,\"d\"}", "from huggingface \"A\" { a = b else 2;  require c, \"d\" }\n"},
	{"reductions", "f(x)=sum [ e in r&(k<=c) ] ( s[E:e]*g[e] (x) )div 2", "f(x) = sum[e in r & (k <= c)](s[E: e] * g[e](x)) div 2\n"},
}

func TestForms(t *testing.T) {
	for _, c := range forms {
		if diff := cmp.Diff(c.want, reprint(t, c.text)); diff != "" {
			t.Errorf("%s:\n%s", c.rule, diff)
		}
	}
}
