//go:build linux && (amd64 || arm64)

package cudarun

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// compilerOf writes a script that stands for a C++ compiler, and gives what Find makes of it, with a cache of the test's own.
func compilerOf(t *testing.T, script string) (c *Compiler, cache string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "compiler")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	cache = t.TempDir()
	t.Setenv("CXX", path+" -quick")
	t.Setenv("CXXFLAGS", "")
	t.Setenv("XDG_CACHE_HOME", cache)
	c, err := Find(t.Context(), CPU)
	if err != nil {
		t.Fatal(err)
	}
	return c, filepath.Join(cache, "archc", "cuda-cpu")
}

const version = "case \" $* \" in *' --version '*) echo ${VERSION-1.0}; exit 0;; esac\n"

// copying compiles model.cu by copying it, in two halves with a pause between them, and notes that it was called.
const copying = version + `echo called >> "$CALLS"
while [ "$1" != -o ]; do shift; done
head -c 1000 model.cu > "$2"; sleep 0.1; tail -c +1001 model.cu >> "$2"
`

func nothing() {}

// TestLibraryIsMadeOnce: many that ask at once get a whole library each time, of one name; later ones do not compile, other
// files, another version of the compiler and other flags do, and nothing else stays in the cache.
func TestLibraryIsMadeOnce(t *testing.T) {
	calls := filepath.Join(t.TempDir(), "calls")
	t.Setenv("CALLS", calls)
	c, cache := compilerOf(t, copying)
	text := bytes.Repeat([]byte("line\n"), 1000)
	files := map[string][]byte{"model.cu": text, "kernels/dims.cuh": []byte("x")}
	var wait sync.WaitGroup
	paths := make([]string, 8)
	for i := range paths {
		wait.Go(func() {
			path, err := c.Library(t.Context(), files, nothing)
			if got, _ := os.ReadFile(path); err != nil || !bytes.Equal(got, text) {
				t.Errorf("%d bytes, %v", len(got), err)
			}
			paths[i] = path
		})
	}
	wait.Wait()
	for _, p := range paths {
		if p != paths[0] {
			t.Errorf("%s and %s", p, paths[0])
		}
	}
	times := func() int {
		said, err := os.ReadFile(calls)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(string(said), "called")
	}
	before := times()
	if again, err := c.Library(t.Context(), files, func() { t.Error("it is compiled again") }); err != nil || again != paths[0] {
		t.Errorf("%s, %v", again, err)
	}
	if n := times(); n != before {
		t.Errorf("%d calls of the compiler, then %d", before, n)
	}
	other := map[string]string{}
	note := func(what string, c *Compiler, files map[string][]byte) {
		t.Helper()
		path, err := c.Library(t.Context(), files, nothing)
		if err != nil || path == paths[0] || other[path] != "" {
			t.Errorf("%s: %s, %v, which is that of %q", what, path, err, other[path])
		}
		other[path] = what
	}
	note("another file", c, map[string][]byte{"model.cu": text, "kernels/dims.cuh": []byte("y")})
	note("one file less", c, map[string][]byte{"model.cu": text})
	for _, x := range [][2]string{{"CXXFLAGS", "-O0"}, {"VERSION", "2.0"}} {
		t.Setenv(x[0], x[1])
		changed, err := Find(t.Context(), CPU)
		if err != nil {
			t.Fatal(err)
		}
		note("another "+x[0], changed, files)
	}
	left, err := os.ReadDir(cache)
	if err != nil || len(left) != 1+len(other) {
		t.Errorf("the cache has %v, %v", left, err)
	}
}

// TestLibraryFails: the compiler's first error, a context that ended, and what killed processes left a day ago.
func TestLibraryFails(t *testing.T) {
	c, cache := compilerOf(t, version+"echo 'In file included from a.h:1:\nb.h:2: fatal error: no c.h' >&2; exit 1\n")
	old, young := filepath.Join(cache, building+"1"), filepath.Join(cache, building+"2")
	for _, dir := range []string{old, young} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	before := time.Now().Add(-stale - time.Hour)
	if err := os.Chtimes(old, before, before); err != nil {
		t.Fatal(err)
	}
	_, err := c.Library(t.Context(), map[string][]byte{"model.cu": nil}, nothing)
	var failed *CompileError
	if !errors.As(err, &failed) || failed.First != "b.h:2: fatal error: no c.h" || failed.Lines != 2 {
		t.Errorf("%#v", err)
	}
	if left, err := os.ReadDir(cache); err != nil || len(left) != 1 || left[0].Name() != filepath.Base(young) {
		t.Errorf("the cache has %v, %v", left, err)
	}
	ended, stop := context.WithCancel(t.Context())
	stop()
	if _, err := c.Library(ended, map[string][]byte{"model.cu": nil}, nothing); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestCacheIsNotWritable: the error names the place. Root may write everywhere, so a file stands in the way.
func TestCacheIsNotWritable(t *testing.T) {
	for i, in := range []string{"archc", "archc/cuda-cpu"} {
		c, cache := compilerOf(t, version)
		top := filepath.Dir(filepath.Dir(cache))
		if err := os.MkdirAll(filepath.Join(top, filepath.Dir(in)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(top, in), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := c.Library(t.Context(), nil, nothing)
		var refused *CacheError
		if !errors.As(err, &refused) || !strings.HasPrefix(refused.Place, cache) || strings.Contains(refused.Err.Error(), cache) {
			t.Errorf("%d: %#v", i, err)
		}
	}
}

// TestLoadFails: files that are no library, and a library without the functions of engine.h.
func TestLoadFails(t *testing.T) {
	text := filepath.Join(t.TempDir(), "text.so")
	if err := os.WriteFile(text, []byte("no library"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{text, "libc.so.6", filepath.Join(t.TempDir(), "none.so")} {
		_, err := Open(t.Context(), path, "", 1, 1)
		var refused *LoadError
		if !errors.As(err, &refused) || refused.Library != path || strings.HasPrefix(refused.Err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestFirstError(t *testing.T) {
	for _, c := range []struct {
		said, first string
		lines       int
	}{
		{"", "", 0},
		{"\n  one \ntwo\n", "one", 2},
		{"In file included from a.h:1,\n  from b.h:2:\na.h:3:4: error: no type\na.h:5:6: error: more\n", "a.h:3:4: error: no type", 4},
		{"a.cu:1:2: warning: w\nclang++: fatal: no input\n", "clang++: fatal: no input", 2},
		{"/usr/bin/ld: cannot find -lcudadevrt: No such file\ncollect2: error: ld returned 1 exit status\n", "/usr/bin/ld: cannot find -lcudadevrt: No such file", 2},
		{"nvcc fatal   : Unsupported gpu architecture 'compute_1'\n", "nvcc fatal   : Unsupported gpu architecture 'compute_1'", 1},
	} {
		if first, lines := firstError([]byte(c.said)); first != c.first || lines != c.lines {
			t.Errorf("%q: %q, %d", c.said, first, lines)
		}
	}
}
