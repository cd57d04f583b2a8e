package cudasource

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"archc/backends/source"
	"archc/ir"
)

// names gives texts of a user's file identifiers in one scope, each its own.
type names struct {
	*source.Names
	avoids *regexp.Regexp // identifiers that no text becomes; nil: none
}

// newNames is a scope in which some identifiers have a meaning already.
func newNames(taken ...string) *names { return &names{source.NewNames(reservedWord, taken...), nil} }

// of is an identifier made of the letters and digits of a text: "self_attn.q_proj" is self_attn_q_proj.
func (n *names) of(text string) string {
	id := source.Snake(text)
	if n.avoids != nil && n.avoids.MatchString(id) {
		id += "_x"
	}
	return n.Free(id)
}

// words are those of C++, macros of the headers that a unit includes, and the names of functions that kernels call without
// a namespace in front.
var words = strings.Fields(`
alignas alignof and and_eq asm auto bitand bitor bool break case catch char class compl concept const const_cast consteval
constexpr constinit continue co_await co_return co_yield decltype default delete do double dynamic_cast else enum explicit
export extern false float for friend goto if import inline int linux long main module mutable namespace new noexcept not not_eq
nullptr operator or or_eq private protected public register reinterpret_cast requires restrict return short signed sizeof
static static_assert static_cast struct switch template this thread_local throw true try typedef typeid typename typeof union
unix unsigned using virtual void volatile wchar_t while xor xor_eq
errno assert stdin stdout stderr signbit isnan isinf isfinite fpclassify std shim engine runtime
abs acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh div erf erfc exp exp2 expm1 fabs fdim floor fma fmax fmin
fmod frexp gamma hypot ilogb index j0 j1 jn labs ldexp lgamma log log10 log1p log2 logb lrint lround modf nan nearbyint
nextafter pow rand random read remainder remquo rint round scalbn select signal sin sinh sqrt system tan tanh tgamma time trunc
write y0 y1 yn exit abort atexit malloc free calloc realloc
`)

func reservedWord(name string) bool {
	// An underscore at the end, or two, may be the compiler's.
	return slices.Contains(words, name) || strings.Contains(name, "__")
}

// cSize writes a size as a C++ expression of type long.
func cSize(s ir.Size, name func(string) string) string {
	return source.Sizes{Min: "least", Max: "most", Floor: "floor_div"}.Text(s, name)
}

// quoted is a text as a C++ string: printable ASCII stands for itself, all else is bytes in octal, which end after three digits.
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\' || c == '?': // two question marks may begin a trigraph
			b.WriteString("\\" + string(c))
		case ' ' <= c && c <= '~':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "\\%03o", c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// comment is a text as the rest of a line behind "// ": one line of visible characters. A backslash at its end would join the
// next line to it, and a trigraph may stand for one.
func comment(text string) string {
	return strings.NewReplacer(`\`, "/", "??", "?").Replace(source.Visible(text))
}
