package main

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"archc/dsl/check"
	"archc/dsl/expand"
	"archc/dsl/lower"
	"archc/dsl/syntax"
	"archc/ir"
	"archc/ir/diag"
)

// importing is a configuration on its way to a file.
type importing struct {
	*compiled
	family family
	name   string // of the variant
}

// text gives the file: what it is, where its family comes from, and the variant.
func (w *importing) text(inline bool) ([]byte, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "// %s\n", w.title())
	if !inline {
		fmt.Fprintf(&b, "import %s\n\n", importName(w.family.File))
	}
	b.WriteString(inLines(fmt.Sprintf("model %s = %s(", w.name, w.decl.Name().Name), w.arguments(), ")") + "\n")
	if inline {
		copied, list := expand.Imports(w.prog, w.decl)
		if err := list.Err(); err != nil {
			return nil, err
		}
		b.WriteString(copied)
	}
	return formatted(diag.NewSource(w.name+".arch", b.String()))
}

var plainPath = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$`)

// title tells whose configuration it is, as far as it says.
func (w *importing) title() string {
	if from, ok := w.config.fields["_name_or_path"].(string); ok && plainPath.MatchString(from) {
		return fmt.Sprintf("%s, a %s of Hugging Face transformers.", from, w.family.Architecture)
	}
	return fmt.Sprintf("From the configuration of a %s of Hugging Face transformers.", w.family.Architecture)
}

func importName(file string) string {
	for _, r := range file {
		if r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return strconv.Quote(file)
		}
	}
	return file
}

// arguments are the settings as arguments of the variant, in the order of the parameters. A dim that the model has as a
// number is always told; what would come out the same without being told is left out.
func (w *importing) arguments() []string {
	kept := map[string]string{}
	for name, value := range w.settings {
		kept[name] = value
	}
	var out []string
	for _, p := range w.decl.Block.Params {
		name := p.Name.Name
		value, set := kept[name]
		if !set {
			continue
		}
		number, literal := p.Default.(*syntax.Num)
		if !literal || !unicode.IsUpper(rune(name[0])) {
			delete(kept, name)
			if w.means(kept) {
				continue
			}
			kept[name] = value
		}
		if _, isText := p.Default.(*syntax.Str); isText {
			value = `"` + value + `"`
		} else {
			value = numeral(value, literal && !number.Int || !literal && !unicode.IsUpper(rune(name[0])))
		}
		out = append(out, name+"="+value)
	}
	return out
}

// means reports whether the model has the same IR with these settings.
func (w *importing) means(settings map[string]string) bool {
	m, list := lower.Lower(w.prog, lower.Options{Model: w.decl.Name().Name, Settings: settings})
	return list.Empty() && ir.Equal(w.module, m) == nil
}

// numeral writes a number as the language does; a real number has a point or an exponent.
func numeral(text string, real bool) string {
	f, err := strconv.ParseFloat(text, 64)
	if _, isWhole := strconv.ParseInt(text, 10, 64); err != nil || isWhole == nil && !real {
		return text
	}
	digits, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
	power, _ := strconv.Atoi(exponent)
	short := fmt.Sprintf("%se%d", digits, power)
	long := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(long, ".") {
		long += ".0"
	}
	if len(long) <= len(short)+1 {
		return long
	}
	return short
}

// inLines puts a list into lines of at most 110 columns.
func inLines(head string, items []string, tail string) string {
	const most = 110
	line, lines := head, []string{}
	for i, item := range items {
		if i < len(items)-1 {
			item += ","
		} else {
			item += tail
		}
		if i > 0 && len(line)+1+len(item) > most {
			lines = append(lines, line)
			line = "  " + item
			continue
		}
		if i > 0 {
			line += " "
		}
		line += item
	}
	if len(items) == 0 {
		line += tail
	}
	return strings.Join(append(lines, line), "\n")
}

// modelName makes a model's name of a file's: Llama3_2_1b of llama-3.2-1b.
func modelName(file string) string {
	var b strings.Builder
	last := rune(0)
	for part := range strings.FieldsFuncSeq(file, func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}) {
		if unicode.IsDigit(last) && unicode.IsDigit(rune(part[0])) {
			b.WriteByte('_')
		}
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		last = rune(part[len(part)-1])
	}
	name := b.String()
	if name == "" || unicode.IsDigit(rune(name[0])) {
		name = "Model" + name
	}
	return name[:min(len(name), 64)]
}

func trimArch(name string) string { return strings.TrimSuffix(name, ".arch") }

// clashes reports whether the family has the variant's name, or a model that a file of that name would have as its
// default.
func (w *importing) clashes() bool {
	letters := func(s string) string { return strings.ToLower(strings.ReplaceAll(s, "_", "")) }
	d := w.prog.Main.Lookup(w.name)
	return d != nil && !d.Scope.InLibrary() || slices.ContainsFunc(w.prog.Models, func(m *check.Decl) bool {
		return letters(m.Name().Name) == letters(w.name)
	})
}
