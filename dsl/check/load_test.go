package check

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"archc/ir/diag"
)

// files is a folder: name without .arch to text. The one called main is loaded.
type files map[string]string

func (f files) load() (*Program, *diag.List) {
	return Load(diag.NewSource("main.arch", f["main"]), func(name string) (*diag.Source, error) {
		text, ok := f[name]
		if !ok {
			return nil, fmt.Errorf("no such file")
		}
		return diag.NewSource(name+".arch", text), nil
	})
}

func faults(list *diag.List) string {
	var out []string
	list.Sort()
	for _, d := range list.All {
		out = append(out, fmt.Sprintf("%s:%s:%d", d.Code.ID, strings.TrimSuffix(d.Span.Src.Name, ".arch"), d.Span.Line()))
	}
	return strings.Join(out, " ")
}

const tiny = "model Tiny(D=4) { (x: [D]) = x }\n"

func TestMistakes(t *testing.T) {
	long := files{"main": "import f0\n" + tiny}
	deep := files{"main": "import d0\n" + tiny}
	for i := range 80 {
		long["main"] += fmt.Sprintf("import f%d\n", i)
		long[fmt.Sprint("f", i)] = ""
		deep[fmt.Sprint("d", i)] = fmt.Sprintf("import d%d", i+1)
	}
	for _, c := range []struct {
		files files
		want  string
	}{
		{files{"main": tiny}, ""},
		{files{"main": tiny + "f(x) = x\nblock f { (x: [D]) = x }"}, "E202:main:3"},
		{files{"main": "import a\n" + tiny, "a": "f(x) = x\n"}, ""},
		{files{"main": "import a\nimport a\nimport a { f }\n" + tiny, "a": "f(x) = x\n"}, ""},
		{files{"main": "import a\nimport b\n" + tiny, "a": "f(x) = x", "b": "f(x) = 2"}, "E202:main:2"},
		{files{"main": "import a { f }\nimport b { f }\n" + tiny, "a": "f(x) = x", "b": "f(x) = 2"}, "E202:main:2"},
		{files{"main": "import a { f }\nimport b { g }\n" + tiny, "a": "f(x) = x", "b": "f(x) = 2\ng(x) = x"}, ""},
		{files{"main": "import a { g }\n" + tiny, "a": "f(x) = x"}, "E201:main:1"},
		{files{"main": "import a { g }\n" + tiny, "a": "import b", "b": "g(x) = x"}, "E201:main:1"},
		{files{"main": "import b\n" + tiny}, "E203:main:1"},
		{files{"main": "import \"../b\"\n" + tiny}, "E203:main:1"},
		{files{"main": "import \"c:b\"\n" + tiny}, "E203:main:1"},
		{files{"main": "import \".b\"\n" + tiny}, "E203:main:1"},
		{files{"main": "import \"\"\n" + tiny}, "E203:main:1"},
		{files{"main": "import a\n" + tiny, "a": "import b", "b": "import a"}, "E203:b:1"},
		{files{"main": "import main\n" + tiny}, "E203:main:1"},
		{files{"main": "import a\n" + tiny, "a": "f(x = "}, "E102:a:1"},
		{long, "E203:main:67 E203:main:68 E203:main:69 E203:main:70 E203:main:71 E203:main:72 E203:main:73 E203:main:74 " +
			"E203:main:75 E203:main:76 E203:main:77 E203:main:78 E203:main:79 E203:main:80 E203:main:81 E203:main:82"},
		{deep, "E203:d15:1"},
		{files{"main": "from huggingface \"A\" { D = d }\n" + tiny}, "E204:main:1"},
		{files{"main": tiny + "from pytorch \"A\" { D = d }\n"}, "E201:main:2"},
	} {
		if _, list := c.files.load(); faults(list) != c.want {
			t.Errorf("%q: %s, want %s", c.files["main"], faults(list), c.want)
		}
	}
}

// A name means a file's own declaration first, then what it imports, then the library's.
func TestLookup(t *testing.T) {
	p, list := files{
		"main": "import a\nimport b { inner }\nrelu(x) = x\n" + tiny,
		"a":    "relu(x) = 2\nsilu(x) = 3\nimport b",
		"b":    "inner(x) = 4\nouter(x) = 5",
	}.load()
	if !list.Empty() {
		t.Fatal(faults(list))
	}
	for name, from := range map[string]string{"relu": "main.arch", "silu": "a.arch", "inner": "b.arch", "gelu": "stdlib/math.arch"} {
		if d := p.Main.Lookup(name); d == nil || d.Name().At.Src.Name != from {
			t.Errorf("%s is not the one of %s", name, from)
		}
	}
	if p.Main.Lookup("outer") != nil {
		t.Error("what an import imports is not imported")
	}
	if p.Main.Own("silu") != nil || p.Main.Own("relu") == nil || p.Main.InLibrary() {
		t.Error("only its own declarations are the file's own")
	}
	names := p.Main.Names()
	for i, n := range names {
		if i > 0 && names[i-1] >= n {
			t.Fatalf("names are not sorted, each once: %s, %s", names[i-1], n)
		}
	}
	if lib, broken := Library(); !broken.Empty() || !lib.InLibrary() || lib.Lookup("nothing") != nil {
		t.Error("the library has mistakes: ", faults(broken))
	}
}

// Bindings belong to the model above them and come with it.
func TestBindings(t *testing.T) {
	f := files{
		"main": "import a { B }\n" + tiny + "from huggingface \"T\" { D = d }",
		"a": "model A(D=4) { (x: [D]) = x }\nfrom huggingface \"A1\" { D = d }\nfrom huggingface \"A2\" { D = e }\n" +
			"model B(D=4) { (x: [D]) = x }\nblock X { }\nfrom huggingface \"B\" { D = d }",
	}
	bound := func() string {
		p, list := f.load()
		if !list.Empty() {
			t.Fatal(faults(list))
		}
		var out []string
		for _, b := range p.Bindings {
			out = append(out, b.Names[0].Text+"="+b.Model.Name().Name)
		}
		return strings.Join(out, " ")
	}
	if got := bound(); got != "B=B T=Tiny" {
		t.Error(got)
	}
	f["main"] = strings.Replace(f["main"], "import a { B }", "import a", 1)
	if got := bound(); got != "A1=A A2=A B=B T=Tiny" {
		t.Error(got)
	}
}

func TestProgramLists(t *testing.T) {
	p, _ := files{"main": "f(x) = x\npattern p = j < i\nblock B { }\n" + tiny + "model U = Tiny()"}.load()
	if len(p.Models) != 2 || len(p.Blocks) != 1 || len(p.Funcs) != 2 || p.Models[0].Name().Name != "Tiny" {
		t.Errorf("%d models, %d blocks, %d functions", len(p.Models), len(p.Blocks), len(p.Funcs))
	}
}

// TestShipped: a model that comes with archc is imported where no file of its name stands beside the main one, and
// imports its own kind alone.
func TestShipped(t *testing.T) {
	beside := files{}
	load := func(main string) string {
		p, list := Load(diag.NewSource("main.arch", main), func(name string) (*diag.Source, error) {
			if text, ok := beside[name]; ok {
				return diag.NewSource(name+".arch", text), nil
			}
			return nil, fmt.Errorf("open %s: %w", name, fs.ErrNotExist)
		})
		if !list.Empty() {
			return list.All[0].Error() + ", " + list.All[0].Help
		}
		d := p.Main.Lookup("BertLayer")
		if d == nil {
			return ""
		}
		return d.Scope.Src.Name
	}
	if got := load("import bert\n" + tiny); got != "examples/bert.arch" {
		t.Error("without a file:", got)
	}
	if got := load("import no_such_model\n" + tiny); !strings.Contains(got, "cannot import no_such_model") {
		t.Error("a name of nothing:", got)
	}
	if got := load("import lama\n" + tiny); !strings.Contains(got, "did you mean `llama`, which comes with archc?") {
		t.Error("a name that is nearly one:", got)
	}
	beside["bert"] = "block BertLayer { }"
	if got := load("import bert\n" + tiny); got != "bert.arch" {
		t.Error("with a file:", got)
	}
	// RoBERTa imports BERT: its own, whatever is called so beside the main file.
	if got := load("import roberta\n" + tiny); got != "" {
		t.Error("through a shipped file:", got)
	}
	if got := load("import roberta\nimport bert { BertLayer }\n" + tiny); got != "bert.arch" {
		t.Error("both:", got)
	}
}
