package passes

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"archc/ir"
	"archc/ir/diag"
)

// constraints says what is wrong with a list.
func constraints(list []Pass) []string {
	var wrong, before []string
	for _, p := range list {
		switch {
		case p.Name == "" || p.Doc == "" || p.Why == "" || p.Run == nil:
			wrong = append(wrong, p.Name+" lacks its name, doc, why or run")
		case slices.Contains(before, p.Name):
			wrong = append(wrong, p.Name+" stands twice")
		}
		for _, a := range p.After {
			if !slices.Contains(before, a) {
				wrong = append(wrong, p.Name+" is not behind "+a)
			}
		}
		before = append(before, p.Name)
	}
	return wrong
}

func TestPipelineKeepsItsConstraints(t *testing.T) {
	for _, w := range constraints(Pipeline()) {
		t.Error(w)
	}
	same := func(m *ir.Module) (*ir.Module, error) { return m, nil }
	bad := []Pass{
		{Name: "b", Doc: "d", Why: "w", After: []string{"a"}, Run: same},
		{Name: "a", Doc: "d", Why: "w", Run: same},
		{Name: "a", Doc: "d", Why: "w", Run: same},
		{Name: "c", Doc: "d", Run: same, After: []string{"gone"}},
	}
	want := []string{
		"b is not behind a", "a stands twice", "c lacks its name, doc, why or run", "c is not behind gone",
	}
	if got := constraints(bad); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRunNamesThePass(t *testing.T) {
	fails := Pass{Name: "fails", Run: func(*ir.Module) (*ir.Module, error) { return nil, errors.New("no") }}
	panics := Pass{Name: "panics", Run: func(*ir.Module) (*ir.Module, error) { panic("broken") }}
	breaks := Pass{Name: "breaks", Run: func(m *ir.Module) (*ir.Module, error) {
		m.Body.Nodes = nil
		return m, nil
	}}
	for _, c := range []struct {
		pass Pass
		want string
	}{{fails, "pass fails: no"}, {panics, "pass panics: bug: broken"}, {breaks, "pass breaks: V"}} {
		_, err := run([]Pass{c.pass}, parse(t, deadAndLive), true)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

func parse(t *testing.T, text string) *ir.Module {
	t.Helper()
	m, err := ir.Parse(diag.NewSource("test.ir", text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

const deadAndLive = `model dead

dim D = 4
dim T

%0 = input x : [T, D]
%1 = input unused : [T]
%2 = param "w" : [D]
%3 = param "never read" : [D]
%4 = map exp %0 : [T, D]
%5 = map neg %4 : [T, D]
%6 = map log %0 : [T, D]
%7, %8 = repeat l = 0..3 %0, %0 : [T, D], [T, D]
  body(%9 : int[], %10 : [T, D], %11 : [T, D]) {
    %12 = map mul %10, %6 : [T, D]
    %13 = map neg %12 : [T, D]
    %14 = map abs %11 : [T, D]
    give %12, %14
  }
%15 = repeat m = 0..3 %5 : [T, D]
  body(%16 : int[], %17 : [T, D]) {
    give %17
  }
%18 = repeat n = 0..3 %0 : [T, D]
  body(%19 : int[], %20 : [T, D]) {
    %21 = param "layers.{n}.w" : [D]
    %22 = map exp %20 : [T, D]
    give %20
  }
%23 = map mul %7, %2 : [T, D]

output y = %23
`

const live = `model dead

dim D = 4
dim T

%0 = input x : [T, D]
%1 = input unused : [T]
%2 = param "w" : [D]
%3 = param "never read" : [D]
%4 = map log %0 : [T, D]
%5, %6 = repeat l = 0..3 %0, %0 : [T, D], [T, D]
  body(%7 : int[], %8 : [T, D], %9 : [T, D]) {
    %10 = map mul %8, %4 : [T, D]
    %11 = map abs %9 : [T, D]
    give %10, %11
  }
%12 = repeat n = 0..3 %0 : [T, D]
  body(%13 : int[], %14 : [T, D]) {
    %15 = param "layers.{n}.w" : [D]
    give %14
  }
%16 = map mul %5, %2 : [T, D]

output y = %16
`

func TestDeadNodesGo(t *testing.T) {
	m, err := Run(parse(t, deadAndLive), true)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(live, ir.Text(m)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	again, err := Run(m, true)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(live, ir.Text(again)); diff != "" {
		t.Errorf("the second time: -want +got\n%s", diff)
	}
}
