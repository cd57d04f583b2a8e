package syntax

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// words is the vocabulary of TestSoup: every token of the language, some more than once.
var words = append(strings.Fields(`block pattern import from if then else in as yield emit over stored buffer
	require with model bias x y D T a.b 1 0.5 "s" -> .. += , . : = ! |> == != <= >= + - * / % ^ & | < > div int
	f(x) [T,D] (x:[T])`),
	"\n", "\n", "\n", ";")

// soup returns n random words with matching brackets.
func soup(random *rand.Rand, n int) string {
	var b strings.Builder
	for n > 0 {
		w := words[random.IntN(len(words))]
		if random.IntN(6) == 0 {
			pair := []string{"()", "[]", "{}"}[random.IntN(3)]
			inside := random.IntN(min(n, 8))
			w = pair[:1] + soup(random, inside) + pair[1:]
			n -= inside
		}
		b.WriteString(w + " ")
		n--
	}
	return b.String()
}

// TestSoup reads random tokens inside the bodies where they might make sense.
func TestSoup(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	frames := [][2]string{{"", ""}, {"block A { ", " }"}, {"block A { (x) { ", " } }"}, {"f(x) = ", ""},
		{"block A { a : ", " }"}, {"model A = B with { ", " }"}, {"from huggingface \"A\" { ", " }"},
		{"block A(", ") { }"}}
	for i := range 4000 {
		frame := frames[i%len(frames)]
		text := frame[0] + soup(random, 1+random.IntN(12)) + frame[1]
		file, list := parse(text)
		checkSpans(t, file)
		checkDiagnostics(t, file.Src, list)
		if list.Empty() && len(file.Decls) == 0 && strings.Trim(text, " \n;") != "" {
			t.Fatalf("%q: neither read nor refused", text)
		}
	}
}
