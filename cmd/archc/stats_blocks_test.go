package main

import (
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// demandBlocks wants the tree of blocks of a report to add up to its totals, and no block to have less than those inside.
func demandBlocks(t *testing.T, file string, v map[string]any) {
	t.Helper()
	root := v["blocks"].(map[string]any)
	same := func(what string, x, y any) {
		t.Helper()
		if x != y && (y != nil || x != json.Number("0")) { // a formula may be 0 whatever the sizes
			t.Errorf("%s: blocks have %v %s, the model has %v", file, x, what, y)
		}
	}
	group := func(g, name string) any { return v[g].(map[string]any)[name] }
	same("parameters", root["parameters"], group("parameters", "total"))
	same("bytes", root["bytes"], group("memory", "weights"))
	same("numbers kept a token", root["kept"], group("cache", "elements_per_token"))
	same("contractions", root["forward"], group("flops", "forward"))
	same("elementwise", root["elementwise"], group("flops", "elementwise"))
	same("bytes of activations", root["activations"], group("memory", "activations"))
	same("contractions of a step", root["decode"], group("flops", "decode"))
	var visit func(b map[string]any)
	visit = func(b map[string]any) {
		children, _ := b["children"].([]any)
		for _, name := range []string{"tensors", "parameters", "bytes", "forward", "elementwise", "pairs", "activations", "decode", "kept"} {
			all, known := b[name].(json.Number)
			inside := new(big.Int)
			for _, c := range children {
				if n, ok := c.(map[string]any)[name].(json.Number); ok {
					inside.Add(inside, bigInt(t, n.String()))
				}
			}
			if known && inside.Cmp(bigInt(t, all.String())) > 0 {
				t.Errorf("%s: block %v has %s %s, those inside %s", file, b["path"], all, name, inside)
			}
		}
		for _, c := range children {
			visit(c.(map[string]any))
		}
	}
	visit(root)
}

// TestBlocksAddUp at sizes: the other quantities of blocks have numbers then.
func TestBlocksAddUp(t *testing.T) {
	for file, seq := range map[string]string{
		"gpt2": "T=128", "deepseek-v2-lite": "T=64", "t5-small": "S=30,T=20", "longformer-base": "T=700", "alexnet": "",
		"recurrent": "T=9", "switch-base-8": "S=40,T=7", "sparse-transformer": "T=300", "bigbird": "T=640,N=8,R=3",
	} {
		args := []string{"stats", "../../examples/" + file + ".arch", "--batch", "2", "--format", "json"}
		if seq != "" {
			for one := range strings.SplitSeq(seq, ",") {
				args = append(args, "--seq", one)
			}
		}
		v := exactJSON(t, succeed(t, args...)).(map[string]any)
		demandBlocks(t, file, v)
		if root := v["blocks"].(map[string]any); root["forward"] == nil || root["elementwise"] == nil || root["pairs"] == nil {
			t.Errorf("%s: at sizes a quantity of its blocks is null", file)
		}
	}
}

// cells are the fields of each row of the first table, apart by two spaces or more, and where each ends on the screen.
func cells(out string) (rows [][]string, ends [][]int) {
	_, out, _ = strings.Cut(out, "\n\n") // behind the name of the model
	out, _, _ = strings.Cut(out, "\n\n")
	for line := range strings.Lines(out) {
		var row []string
		var at []int
		column, spaces, text := 0, 2, ""
		for _, r := range strings.TrimRight(line, "\n") + "  " {
			if r == ' ' {
				if spaces++; spaces == 2 && text != "" {
					row, at, text = append(row, text), append(at, column-1), ""
				}
				column++
				continue
			}
			if spaces == 1 && text != "" {
				text += " "
			}
			text, spaces, column = text+string(r), 0, column+1+wide(r)
		}
		rows, ends = append(rows, row), append(ends, at)
	}
	return rows, ends
}

// wide is 1 for what takes two columns of a terminal: Unicode's East Asian wide letters, as far as they occur here.
func wide(r rune) int {
	for _, block := range [][2]rune{{0x1100, 0x115f}, {0x3040, 0x30ff}, {0x4e00, 0x9fff}, {0xac00, 0xd7a3}, {0xff01, 0xff60}} {
		if block[0] <= r && r <= block[1] {
			return 1
		}
	}
	return 0
}

// TestTablesAlign: numbers end in the column of their heading, whatever script the names are in.
func TestTablesAlign(t *testing.T) {
	file := filepath.Join(t.TempDir(), "wide.arch")
	if err := os.WriteFile(file, []byte(`model Wide(D=8, L=2, V=11) {
  table  : int V -> D as "=词表"
  layers : L * SwiGLU(D, D) as "层"
  head   : D -> V as "=出力ヘッド.加중치"
  (tokens: int[T]) -> [T, V] = head(layers(table(tokens)))
}
`), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{file},
		{file, "--seq", "7", "--columns", "parameters,flops"},
		{"../../examples/gpt2.arch", "--seq", "1024", "--columns", "tensors,parameters,bytes"},
	} {
		out := succeed(t, append([]string{"stats"}, args...)...)
		rows, ends := cells(out)
		for i, row := range rows {
			if len(row) != len(rows[0]) || !slices.Equal(ends[i][1:], ends[0][1:]) {
				t.Errorf("stats %v: the columns of row %d end at %v, not %v:\n%s", args, i, ends[i], ends[0], out)
			}
		}
		if len(rows) < 4 {
			t.Errorf("stats %v has %d rows:\n%s", args, len(rows), out)
		}
	}
}

// TestColumnsAndDepth: the columns that are asked for, in their order, and no more levels than asked for.
func TestColumnsAndDepth(t *testing.T) {
	flag, _ := reflect.TypeFor[statsVerb]().FieldByName("Columns")
	for _, c := range blockColumns {
		if !strings.Contains(flag.Tag.Get("help"), c.name) {
			t.Errorf("the help does not name the column %s", c.name)
		}
		if out := succeed(t, "stats", "../../examples/gpt2.arch", "--seq", "64", "--columns", c.name); !strings.Contains(out, "\ntotal") {
			t.Errorf("--columns %s prints no total:\n%s", c.name, out)
		}
	}
	levels := func(depth string) int {
		out := succeed(t, "stats", "../../examples/deepseek-v3.arch", "--columns", "parameters", "--depth", depth)
		deepest := 0
		_, out, _ = strings.Cut(out, "\nblock")
		_, out, _ = strings.Cut(out, "\n")
		out, _, _ = strings.Cut(out, "\ntotal")
		for line := range strings.Lines(out) {
			deepest = max(deepest, (len(line)-len(strings.TrimLeft(line, " ")))/2)
		}
		return deepest
	}
	if a, b, c := levels("1"), levels("2"), levels("4"); a != 0 || b != 1 || c != 3 {
		t.Errorf("at depth 1, 2 and 4 rows are indented by %d, %d and %d levels", a, b, c)
	}
}
