package spec_test

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

var allPlanted = flag.Bool("planted", false, "plant every mistake in the kernels, not every other one")

// plantedVectors are mistakes in the functions over vectors, as edits of their source: in what is behind a line, up
// to the first blank line or to the end of the function, the first match of a pattern. The tests of the package have
// to fail for each.
var plantedVectors = []struct{ name, file, behind, old, by string }{
	{"the mask of a rest is one element long for each four", "vector_amd64.s", "TEXT ·avx2Add(", `SHLQ  *\$0x02, (\w+)`, "ANDQ $$-4, $1"},
	{"four registers at a time, the last read twice", "vector_amd64.s", "TEXT ·avx2Mul(", `\(DX\)\(\w+\*2\)`, "(DX)"},
	{"a number as y moves on", "vector_amd64.s", "TEXT ·avx2Sub(", `SHLQ +\$0x05, (\w+)\n\tLEAQ +\((\w+)\)\(\w+\*2\), (\w+)\n(.*\n)+?\tSHLQ +\$0x05, (\w+)`, "${0}\n\tMOVQ $$0x20, $5"},
	{"NaN is lost where x has it", "vector_amd64.s", "TEXT ·avx2Min(", `VORPS +`, "VANDPS "},
	{"the larger of two zeros", "vector_plain.go", "func plainMax(", `max\(a, b\)`, "-min(-b, -a) + 0"},
	{"round takes halves away from zero", "vector_plain.go", "func plainRound(", `RoundToEven`, "Round"},
	{"round cuts", "vector_amd64.s", "TEXT ·avx2Round(", `VROUNDPS +\$0x08`, "VROUNDPS $$0x0b"},
	{"the sign of zero", "vector_amd64.s", "TEXT ·avx2Sign(", `VCMPPS +\$0x00`, "VCMPPS $$0x01"},
	{"a quotient is not rounded down", "vector_amd64.s", "TEXT ·avx2Quo(", `VROUNDPD +\$0x09`, "VROUNDPD $$0x0b"},
	{"ln 2 to 9 bits only", "vector_amd64.s", "TEXT ·avx2Exp(", `VFNMADD231PS (numbers<>\S+), (Y\d+), (Y\d+)\n\tVMOVUPS`, "VMOVUPS"},
	{"subnormal powers are cut", "vector_amd64.s", "TEXT ·avx2Exp(", `VPSRLD +\$0x01`, "VPSRLD $$0x00"},
	{"a subnormal logarithm", "vector_amd64.s", "TEXT ·avx2Log(", `VCMPPS +\$0x11`, "VCMPPS $$0x1e"},
	{"the quadrants of sine turned the other way", "vector_amd64.s", "TEXT ·avx2Sin(", `VPSRLD +\$0x01`, "VPSRLD $$0x00"},
	{"sine of anything is reduced in 53 bits", "vector_amd64.s", "TEXT ·avx2Sin(", `VCMPPS +\$0x16`, "VCMPPS $$0x0b"},
	{"odd powers of negative numbers", "vector_amd64.s", "TEXT ·avx2Pow(", `VCMPPD +\$0x04`, "VCMPPD $$0x00"},
	{"a condition that is not 1", "vector_amd64.s", "TEXT ·avx2Select(", `VCMPPS +\$0x04`, "VCMPPS $$0x0e"},
	{"a sum of 8 chains", "vector_amd64.s", "TEXT ·avx2Sum(", `VADDPS 32\((\w+)\), Y1, Y1`, "VADDPS 32($1), Y0, Y0"},
	{"the tree of a sum by neighbours", "vector_reduce.go", "func tree(", `s\[c\+half\]`, "s[2*half-1-c]"},
	{"of equals the last first", "vector_reduce.go", "func above(", `a > b`, "a >= b"},
	{"a chain that begins at the first number", "vector_reduce.go", "func CumSum(", `s \+= v`, "s = v"},
	{"weights of a query without keys", "vector_amd64.s", "TEXT ·avx2LaneExpSum(", `VANDNPS +(\w+), (\w+), (\w+)`, "VMOVAPS $1, $3"},
	{"two lanes change places", "vector_amd64.s", "TEXT ·avx2Transpose8(", `VSHUFPS +\$0x44`, "VSHUFPS $$0x11"},
	{"the last rows of a transposition", "lanes.go", "func transposeRest(", `src\[r\*srow\+l\]`, "src[from*srow+l]"},
}

// plantedAttention are mistakes in attention, likewise.
var plantedAttention = []struct{ name, file, behind, old, by string }{
	{"a reference that moves a key late", "attend_reference.go", ") turn(", `return k\n`, "return min(k+1, t.N)\n"},
	{"the sum of the weights is not scaled", "attend_reference.go", ") moveTo(", `t\.total\[lane\] \*= scale`, "_ = scale"},
	{"the sums are not scaled", "attend_reference.go", ") moveTo(", `range v\.Size`, "range v.Size - 1"},
	{"sums are scaled the wrong way", "attend_reference.go", ") moveTo(", `t\.reference\[lane\]-to`, "to-t.reference[lane]"},
	{"the first reference is the largest of the tile", "attend_reference.go", ") settled(", `referenceOf\(.*\)\)\]\)`, "referenceOf(top[l])"},
	{"a score that moves a reference is added twice", "attend_reference.go", ") only(", `k >= b`, "k > b"},
	{"a reference of zero for all", "attend_reference.go", "func referenceOf(", `return score`, "return 0"},
	{"a block sees one key more", "attend.go", ") mask(", `min\(t\.bounds\[l\]\[1\]-t\.First`, "min(t.bounds[l][1]+1-t.First"},
	{"few lanes have the reference of the first", "attend_few.go", ") weigh(", `t\.reference\[l\]`, "t.reference[0]"},
	{"few lanes read the first keys of a tile again", "attend_few.go", ") dotsOfFew(", `t\.First\+at`, "t.First"},
	{"a lane of the second vector has the reference of the first", "attend_wide.go", ") addWide(", `t\.reference\[l:\]`, "t.reference[0:]"},
}

// TestPlantedVectors runs the tests of the package with one mistake at a time, in the place of the file that has it.
func TestPlantedVectors(t *testing.T) {
	plant(t, plantedVectors, "Vector|Select|Fill|Reduction|Sum|TopK|Lane|Transpose")
}

// TestPlantedAttention does so for attention.
func TestPlantedAttention(t *testing.T) {
	plant(t, plantedAttention, "Attend")
}

func plant(t *testing.T, list []struct{ name, file, behind, old, by string }, tests string) {
	if runtime.GOARCH != "amd64" || testing.Short() {
		t.Skip("the assembly is that of amd64")
	}
	folder, err := filepath.Abs("../backends/kernel")
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range list {
		if i%2 == 1 && !*allPlanted {
			continue // each takes a build
		}
		t.Run(p.name, func(t *testing.T) {
			file := filepath.Join(folder, p.file)
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			wrong := filepath.Join(t.TempDir(), p.file)
			if err := os.WriteFile(wrong, planted(t, string(text), p.behind, p.old, p.by), 0o644); err != nil {
				t.Fatal(err)
			}
			overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{file: wrong}})
			if err != nil {
				t.Fatal(err)
			}
			list := filepath.Join(t.TempDir(), "overlay.json")
			if err := os.WriteFile(list, overlay, 0o644); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command("go", "test", "-vet=off", "-overlay", list, "archc/backends/kernel",
				"-run", tests).CombinedOutput()
			if err == nil || !strings.Contains(string(out), "--- FAIL") && !strings.Contains(string(out), "panic:") {
				t.Errorf("no test fails:\n%s", out)
			}
		})
	}
}

// planted is a text with one mistake.
func planted(t *testing.T, text, behind, old, by string) []byte {
	t.Helper()
	before, after, ok := strings.Cut(text, behind)
	if !ok {
		t.Fatalf("no %q", behind)
	}
	function := after
	for _, next := range []string{"\nTEXT ", "\nfunc "} {
		function, _, _ = strings.Cut(function, next)
	}
	pattern := regexp.MustCompile(old)
	at := pattern.FindStringSubmatchIndex(function)
	if at == nil {
		t.Fatalf("no %s behind %q", old, behind)
	}
	edited := string(pattern.ExpandString(nil, by, function, at))
	return []byte(before + behind + function[:at[0]] + edited + function[at[1]:] + after[len(function):])
}
