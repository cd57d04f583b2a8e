package syntax

import (
	"math"
	"strconv"
	"strings"

	"archc/ir/diag"
)

// number reads 4096, 1_000, 0.5, 1.5e3, 1e-6. A point needs a digit on both sides, so `0..4` is a range; an
// underscore stands between digits only.
func (s *scanner) number() {
	end, kind := digits(s.text, s.pos), Int
	if end+1 < len(s.text) && s.text[end] == '.' && isDigit(s.text[end+1]) {
		end, kind = digits(s.text, end+1), Real
	}
	if e := exponent(s.text, end); e > end {
		end, kind = e, Real
	}
	tail := end
	for tail < len(s.text) && (isLetter(s.text[tail]) || isDigit(s.text[tail])) {
		tail++
	}
	text := s.text[s.pos:end]
	if tail > end {
		msg := diag.New(diag.BadNumber, s.span(s.pos, tail), "`%s` is neither a number nor a name",
			clip(s.text[s.pos:tail]))
		s.list.Add(msg.Suggest("%s", splitHelp(clip(text), clip(s.text[end:tail]))))
		s.add(kind, text, tail)
		return
	}
	if why, help := badNumber(kind, text); why != "" {
		s.list.Add(diag.New(diag.BadNumber, s.span(s.pos, end), "%s", why).Suggest("%s", help))
	} else if strings.HasPrefix(s.text[end:], ".") && !strings.HasPrefix(s.text[end:], "..") {
		d := diag.New(diag.BadNumber, s.span(s.pos, end+1), "a digit must follow the point of `%s.`", clip(text))
		s.list.Add(d.Suggest("write `%s.0`", clip(text)))
		end++
	}
	s.add(kind, text, end)
}

func digits(text string, at int) int {
	for at < len(text) && (isDigit(text[at]) || text[at] == '_') {
		at++
	}
	return at
}

// exponent returns the end of an exponent that starts at at, or at itself.
func exponent(text string, at int) int {
	if at >= len(text) || text[at] != 'e' && text[at] != 'E' {
		return at
	}
	first := at + 1
	if first < len(text) && (text[first] == '+' || text[first] == '-') {
		first++
	}
	if first >= len(text) || !isDigit(text[first]) {
		return at
	}
	return digits(text, first)
}

// splitHelp says what `4D`, `0x10` or `1e` may have meant.
func splitHelp(number, word string) string {
	switch lower := strings.ToLower(word); {
	case number == "0" && len(word) > 1 && strings.ContainsAny(lower[:1], "xbo"):
		return "write the number in decimal"
	case lower == "e":
		return "an exponent needs digits: write `" + number + "e3`, for example"
	case word[0] >= 'A' && word[0] <= 'Z':
		return "a product of dims has a space: write `" + number + " " + word + "`"
	}
	return "write `" + number + " * " + word + "`; a name begins with a letter"
}

// badNumber says why a number cannot be used and what to write, or nothing.
func badNumber(kind Kind, text string) (why, help string) {
	plain := strings.ReplaceAll(text, "_", "")
	switch {
	case strings.HasPrefix(text, "."):
		return "a digit must stand before the point of `" + text + "`", "write `0" + text + "`"
	case strings.HasSuffix(text, "_") || strings.Contains(text, "__") || strings.Contains(text, "_.") ||
		strings.Contains(text, "._") || strings.Contains(strings.ToLower(text), "_e"):
		return "an underscore in a number stands between two digits, found `" + text + "`", "write `" + plain + "`"
	case len(plain) > 1 && plain[0] == '0' && isDigit(plain[1]):
		short := strings.TrimLeft(plain, "0")
		if short == "" || !isDigit(short[0]) {
			short = "0" + short
		}
		return "a number has no leading zero, found `" + text + "`",
			"write `" + short + "`; there are no octal numbers"
	case kind == Int && len(plain) > MaxDigits:
		return "a whole number of " + strconv.Itoa(len(plain)) + " digits; at most " + strconv.Itoa(MaxDigits) +
			" are allowed", "a dim of this size cannot be computed; write a real number such as 1e20 for a scalar"
	case kind == Real:
		return badReal(text, plain)
	}
	return "", ""
}

func badReal(text, plain string) (why, help string) {
	v, _ := strconv.ParseFloat(plain, 64)
	mantissa, _, _ := strings.Cut(strings.ToLower(plain), "e")
	switch {
	case math.IsInf(v, 0):
		return "`" + text + "` is beyond the largest real number", "write a number below 1.8e308, or `inf`"
	case v == 0 && strings.Trim(mantissa, "0.") != "":
		return "`" + text + "` is so small that it is 0", "write 0, or a number above 5e-324"
	}
	return "", ""
}
