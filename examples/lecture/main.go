// Command lecture prints the tables of a lecture on large models, counted from the files in examples/, beside the
// lecture's own figures. README.md beside it shows each table and explains every disagreement.
package main

import (
	"embed"
	"fmt"
	"io"
	"maps"
	"math/big"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"archc/dsl/check"
	"archc/dsl/lower"
	"archc/examples"
	"archc/ir"
	"archc/ir/diag"
	"archc/passes/figures"
)

//go:embed *.arch
var files embed.FS

// tables are the tables by name.
var tables = map[string]func(w io.Writer) error{
	"memory": memory, "deepseek": deepseek, "training": training, "positions": positions, "sparse": sparse,
	"mixtures": mixtures, "savings": savings, "experts": experts,
}

func main() {
	var table func(io.Writer) error
	if len(os.Args) == 2 {
		table = tables[os.Args[1]]
	}
	if table == nil {
		fmt.Fprintf(os.Stderr, "usage: go run ./examples/lecture TABLE, one of %s\n",
			strings.Join(slices.Sorted(maps.Keys(tables)), ", "))
		os.Exit(2)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	err := table(w)
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// row prints cells; the last one is not padded.
func row(w io.Writer, cells ...any) {
	for i, c := range cells {
		if i > 0 {
			fmt.Fprint(w, "\t")
		}
		fmt.Fprint(w, c)
	}
	fmt.Fprintln(w)
}

// number writes thousands apart.
func number(n *big.Int) string {
	s := n.String()
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// figuresOf counts one model.
func figuresOf(file, model string, set map[string]string) (*figures.Figures, error) {
	m, err := lowered(file, model, set)
	if err != nil {
		return nil, err
	}
	return figures.Of(m, figures.Options{})
}

// lowered compiles one model of a file of this folder or of examples/: its default model where none is named.
func lowered(file, model string, set map[string]string) (*ir.Module, error) {
	open := func(name string) (*diag.Source, error) {
		if text, err := files.ReadFile(name + ".arch"); err == nil {
			return diag.NewSource("examples/lecture/"+name+".arch", string(text)), nil
		}
		src, ok := examples.Source(name)
		if !ok {
			return nil, fmt.Errorf("no file %s.arch", name)
		}
		return src, nil
	}
	src, err := open(file)
	if err != nil {
		return nil, err
	}
	prog, list := check.Load(src, open)
	if err := list.Err(); err != nil {
		return nil, err
	}
	m, list := lower.Lower(prog, lower.Options{Model: model, Settings: set})
	return m, list.Err()
}

// dtype is a precision of the table in package figures; scales apart, which the lecture does not count.
func dtype(name string) figures.DType {
	d, err := figures.DTypeOf(name)
	if err != nil {
		panic(err) // the names are constants of this program
	}
	d.Group = 0
	return d
}
