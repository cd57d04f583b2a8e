package folder

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var first = map[string][]byte{"go.mod": []byte("module a\n"), "model/a.go": []byte("package model\n"), "old.go": []byte("package main\n")}
var second = map[string][]byte{"go.mod": []byte("module b\n"), "kernel/b.s": []byte("// b\n")}

// tree reads a directory back, the marker apart.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path == Marker {
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, path))
		out[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func demandTree(t *testing.T, dir string, want map[string][]byte) {
	t.Helper()
	got := tree(t, dir)
	for name, text := range want {
		if got[name] != string(text) {
			t.Errorf("%s is %q, want %q", name, got[name], text)
		}
	}
	if len(got) != len(want) {
		t.Errorf("there are the files %v, want %d", got, len(want))
	}
}

// demandAlone: nothing else is left in the parent.
func demandAlone(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(dir))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != filepath.Base(dir) {
			t.Errorf("%s is left behind", e.Name())
		}
	}
}

func TestWriteAndReplace(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	ctx := context.Background()
	if err := Write(ctx, dir, first, Options{}); err != nil {
		t.Fatal(err)
	}
	demandTree(t, dir, first)
	if err := Write(ctx, dir, second, Options{}); err != nil {
		t.Fatal(err)
	}
	demandTree(t, dir, second)
	demandAlone(t, dir)
}

func TestEmptyDirectoryIsTaken(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := Write(context.Background(), dir, first, Options{}); err != nil {
		t.Fatal(err)
	}
	demandTree(t, dir, first)
}

// TestRefuses: what is somebody's stays to the last byte, and nothing is left beside it.
func TestRefuses(t *testing.T) {
	put := func(name, text string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			path := filepath.Join(dir, name)
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte(text), 0o666)); err != nil {
				t.Fatal(err)
			}
		}
	}
	ours := func(change func(t *testing.T, dir string)) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			if err := Write(context.Background(), dir, first, Options{}); err != nil {
				t.Fatal(err)
			}
			change(t, dir)
		}
	}
	for _, c := range []struct {
		name, want string
		made       []string
		prepare    func(t *testing.T, dir string)
	}{
		{"a foreign directory", "did not make", nil, put("thesis.tex", "x")},
		{"a file", "is no directory", nil, func(t *testing.T, dir string) {
			if err := os.WriteFile(dir, nil, 0o666); err != nil {
				t.Fatal(err)
			}
		}},
		{"a link", "symbolic link", nil, func(t *testing.T, dir string) {
			if err := os.Symlink(t.TempDir(), dir); err != nil {
				t.Skip(err)
			}
		}},
		{"a changed file", `"model/a.go" was changed`, nil, ours(put("model/a.go", "package model // mine\n"))},
		{"an added file", `"notes.txt" was not written`, nil, ours(put("notes.txt", "x"))},
		{"an added file below", `"model/more/b.go" was not written`, nil, ours(put("model/more/b.go", "x"))},
		{"a binary of another name", `"engine2" was not written`, []string{"engine"}, ours(put("engine2", "x"))},
		{"a link in the place of a file", `"old.go" was not written`, nil, ours(func(t *testing.T, dir string) {
			if err := errors.Join(os.Remove(filepath.Join(dir, "old.go")), os.Symlink("go.mod", filepath.Join(dir, "old.go"))); err != nil {
				t.Skip(err)
			}
		})},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "out")
			c.prepare(t, dir)
			before, err := os.Lstat(dir)
			if err != nil {
				t.Fatal(err)
			}
			err = Write(context.Background(), dir, second, Options{Made: c.made})
			var refused *Refused
			if !errors.As(err, &refused) || !strings.Contains(refused.Why, c.want) || refused.Help == "" {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			if after, err := os.Lstat(dir); err != nil || !os.SameFile(before, after) {
				t.Error("the target is another one", err)
			}
			demandAlone(t, dir)
		})
	}
}

func TestForceReplacesWhatWasChanged(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	ctx := context.Background()
	if err := Write(ctx, dir, first, Options{}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "old.go"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := Write(ctx, dir, second, Options{Force: true}); err != nil {
		t.Fatal(err)
	}
	demandTree(t, dir, second)
	foreign := filepath.Join(t.TempDir(), "foreign")
	if err := errors.Join(os.Mkdir(foreign, 0o777), os.WriteFile(filepath.Join(foreign, "x"), nil, 0o666)); err != nil {
		t.Fatal(err)
	}
	if err := Write(ctx, foreign, second, Options{Force: true}); err == nil {
		t.Error("--force took a directory that archc did not make")
	}
}

// TestMadeFilesGo: what building makes there does not hinder the next run.
func TestMadeFilesGo(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	ctx := context.Background()
	if err := Write(ctx, dir, first, Options{}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "engine"), []byte("binary"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := Write(ctx, dir, second, Options{Made: []string{"engine"}}); err != nil {
		t.Fatal(err)
	}
	demandTree(t, dir, second)
}

func TestWorkingDirectoryIsRefused(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, target := range []string{".", dir, filepath.Dir(dir)} {
		var refused *Refused
		if err := Write(context.Background(), target, first, Options{}); !errors.As(err, &refused) {
			t.Errorf("%s: got %v", target, err)
		}
	}
}

// TestStops: an interrupted write leaves nothing new.
func TestStops(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	ctx, cancel := context.WithCancel(context.Background())
	if err := Write(ctx, dir, first, Options{}); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := Write(ctx, dir, second, Options{}); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	demandTree(t, dir, first)
	demandAlone(t, dir)
}

func TestBadPaths(t *testing.T) {
	for _, name := range []string{"../x", "/x", "a/../../x", "", ".", "a//b"} {
		dir := filepath.Join(t.TempDir(), "out")
		if err := Write(context.Background(), dir, map[string][]byte{name: nil}, Options{}); err == nil {
			t.Errorf("%q is written", name)
		}
	}
}

// TestSweep: leftovers of killed runs go, but not those that another run may be writing.
func TestSweep(t *testing.T) {
	parent := t.TempDir()
	stale, young := filepath.Join(parent, ".out.archc-1"), filepath.Join(parent, ".out.archc-2")
	other := filepath.Join(parent, ".other.archc-1")
	past := time.Now().Add(-2 * time.Hour)
	if err := errors.Join(os.Mkdir(stale, 0o777), os.Mkdir(young, 0o777), os.Mkdir(other, 0o777),
		os.Chtimes(stale, past, past), os.Chtimes(other, past, past)); err != nil {
		t.Fatal(err)
	}
	if err := Write(context.Background(), filepath.Join(parent, "out"), first, Options{}); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{stale: false, young: true, other: true} {
		if _, err := os.Stat(path); (err == nil) != want {
			t.Errorf("%s: %v", filepath.Base(path), err)
		}
	}
}
