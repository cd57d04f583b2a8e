package plan

import (
	"strings"
	"testing"
)

// unit is a gated unit behind a norm, with what goes around it added: two streams.
const unit = `model Unit

dim D = 8
dim T

%0 = input x : [T, D]
%1 = map mul %0, %0 : [T, D]
%2 = reduce sum[D] %1 : [T]
%3 = map div %0, %2 : [T, D]
%4 = param "gate" stored [F, D] : [F=6, D]
%5 = contract sum[D] %3, %4 : [T, F=6]
%6 = param "up" stored [F, D] : [F=6, D]
%7 = contract sum[D] %3, %6 : [T, F=6]
%8 = map exp %5 : [T, F=6]
%9 = map mul %8, %7 : [T, F=6]
%10 = param "down" stored [D, F] : [D, F=6]
%11 = contract sum[F] %9, %10 : [T, D]
%12 = map add %0, %11 : [T, D]
`

func kinds(p *Plan) string {
	var out []string
	p.Body.Walk(func(i Instruction) {
		switch i := i.(type) {
		case *Stream:
			kind := "stream"
			if i.Before != nil {
				kind = "before+" + kind
			}
			for _, x := range i.Parts {
				kind += "+" + strings.Repeat("w", len(x.Sums))
			}
			out = append(out, kind)
		case *Product, *Products:
			out = append(out, "product")
		case *Rows:
			out = append(out, "rows")
		case *Loop:
			out = append(out, "loop")
		default:
			out = append(out, "other")
		}
	})
	return strings.Join(out, " ")
}

// TestStreams: what may go into a product's dispatch does, and what may not stays where it is.
func TestStreams(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"norm, gate and residual", unit + "\noutput y = %12\n", "before+stream+ww stream+w"},
		{"the rows are an output too", unit + "\noutput y = %12\noutput n = %3\n", "rows stream+ww stream+w"},
		{"a sum is an output too", unit + "\noutput y = %12\noutput g = %5\n", "before+stream+w+w before+stream+w"},
		{"a norm behind the residual", unit + `%13 = map mul %12, %12 : [T, D]
%14 = reduce sum[D] %13 : [T]
%15 = map div %12, %14 : [T, D]

output y = %12
output z = %15
`, "before+stream+ww stream+w rows"},
		{"a norm, and nobody asks for what it is of", unit + `%13 = map mul %12, %12 : [T, D]
%14 = reduce sum[D] %13 : [T]
%15 = map div %12, %14 : [T, D]

output z = %15
`, "before+stream+ww stream+w rows"},
		{"a sum along the rows of the sequence", unit + `%13 = reduce sum[T] %12 : [D]

output z = %13
`, "before+stream+ww stream+w rows"},
		{"running sums", strings.Replace(unit, "%3 = map div %0, %2 : [T, D]", "%3 = reduce prefix sum[D] %0 : [T, D]", 1) + "\noutput y = %12\n",
			"rows stream+ww stream+w"},
	} {
		p := planOf(t, c.text, Options{Few: true})
		if got := kinds(p); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestStreamsInLoops: a loop that is rotated for many rows is not for few.
func TestStreamsInLoops(t *testing.T) {
	if got, want := kinds(planOf(t, layers, Options{Few: true})), "other loop before+stream+w"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := kinds(planOf(t, layers, Options{})), "other rows loop product rows"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestStreamPrinted: the text of a plan shows a stream's parts.
func TestStreamPrinted(t *testing.T) {
	var b strings.Builder
	if err := planOf(t, unit+"\noutput y = %12\n", Options{Few: true}).Print(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"stream of **T rows along D=8", "v0 = dot p0[F=6:1]", "part of rows [*=*, T=T] elements [D=8]"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}
