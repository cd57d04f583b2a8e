package gosource

import (
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

// TestKeys: a key with variables is a format with their values; any other text stays what it is.
func TestKeys(t *testing.T) {
	vars := map[string]string{"l": "l", "e": "3+2*e"}
	for _, c := range []struct{ key, want string }{
		{"a.weight", `"a.weight"`},
		{"a.{l}.weight", `fmt.Sprintf("a.%d.weight", l)`},
		{"a.{l+1}.b.{e}", `fmt.Sprintf("a.%d.b.%d", l+1, 3+2*e)`},
		{"a.{l-1}", `fmt.Sprintf("a.%d", l-1)`},
		{"100%d.{l}.{x}.{", `fmt.Sprintf("100%%d.%d.{x}.{", l)`},
		{"100%d.{x}", `"100%d.{x}"`},
		{"\"`\n{l}", "fmt.Sprintf(\"\\\"`\\n%d\", l)"},
	} {
		if got := keyText(c.key, vars); got != c.want {
			t.Errorf("%q is %s, want %s", c.key, got, c.want)
		}
	}
}

// TestModulePath: no path of a module is one on the net, or a name that some system does not allow.
func TestModulePath(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"Llama", "engine/llama"}, {"Llama3_8B", "engine/llama38b"}, {"CON", "engine/con_model"}, {"com1", "engine/com1_model"},
		{"github.com/x/y", "engine/githubcomxy"}, {"../x", "engine/x"}, {"", "engine/x"}, {"\n", "engine/x"},
	} {
		if got := modulePath(c.name); got != c.want {
			t.Errorf("%q is %s, want %s", c.name, got, c.want)
		}
	}
}

// TestCopies: a carried file has one line of a license, in front, and imports the copies of its neighbours.
func TestCopies(t *testing.T) {
	for _, text := range []string{
		"// Package a is one.\npackage a\n\nimport (\n\t\"os\"\n\n\t\"archc/backends/host/tokenizer\"\n)\n\nvar _ = os.Args\n",
		"// SPDX-License-Identifier: Apache-2.0\n\n//go:build linux\n\npackage a\n\nimport \"archc/backends/host/tokenizer\"\n",
	} {
		out, err := copied("a.go", []byte(text), "engine/m")
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(out), license) || strings.Count(string(out), "SPDX") != 1 ||
			!strings.Contains(string(out), `"engine/m/tokenizer"`) || strings.Contains(string(out), "archc") {
			t.Errorf("got\n%s", out)
		}
		if strings.Contains(text, "//go:build") && !strings.Contains(string(out), "\n//go:build linux\n\npackage") {
			t.Errorf("the constraint is lost:\n%s", out)
		}
	}
	if _, err := copied("a.go", []byte("package a\n\nimport \"archc/backends/gograph\"\n"), "engine/m"); err == nil {
		t.Error("a package is imported that the module does not carry")
	}
}

// TestFunctionsParse: each has its own name, and a comment.
func TestFunctionsParse(t *testing.T) {
	for name, text := range functions {
		f, err := parser.ParseFile(token.NewFileSet(), name, "package model\n\n"+text, parser.ParseComments)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if f.Scope.Lookup(name) == nil || !strings.HasPrefix(text, "// "+name+" ") {
			t.Errorf("%s is declared or told under another name", name)
		}
	}
}
