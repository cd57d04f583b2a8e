package checkpoint

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// bigFile has a first tensor of one page or more and a second that starts well after it.
func bigFile(t *testing.T) string {
	t.Helper()
	header := `{"a":{"dtype":"F32","shape":[16384],"data_offsets":[0,65536]},` +
		`"b":{"dtype":"F32","shape":[262144],"data_offsets":[65536,1114112]}}`
	return save(t, "", "x.safetensors", image(header, 1114112))
}

// readers are all ways to bytes of the file.
var readers = []struct {
	what string
	read func(c *Checkpoint, name string) error
}{
	{"Raw", func(c *Checkpoint, name string) error { _, err := c.Raw(name); return err }},
	{"Float64s", func(c *Checkpoint, name string) error { _, err := c.Float64s(name, nil); return err }},
	{"ScanFinite", func(c *Checkpoint, name string) error { return c.ScanFinite(name) }},
	{"Tied", func(c *Checkpoint, name string) error { return c.Tied(name, name) }},
}

// eachWay runs a test mapped and by ReadAt, for each reader.
func eachWay(t *testing.T, test func(t *testing.T, path string, c *Checkpoint, read func(c *Checkpoint,
	name string) error)) {
	for _, mapped := range []bool{true, false} {
		for _, r := range readers {
			t.Run(fmt.Sprintf("%s/mapped=%v", r.what, mapped), func(t *testing.T) {
				path := bigFile(t)
				c := mustOpen(t, path)
				s := c.files[0].source
				if mapped && s.data == nil {
					t.Skip("files are not mapped on this system")
				}
				if !mapped && s.data != nil {
					if err := unmapFile(s.data); err != nil {
						t.Fatal(err)
					}
					s.data = nil
				}
				test(t, path, c, r.read)
			})
		}
	}
}

func TestUnchangedBothWays(t *testing.T) {
	eachWay(t, func(t *testing.T, _ string, c *Checkpoint, read func(*Checkpoint, string) error) {
		values, err := c.Float64s("b", nil)
		if err != nil || len(values) != 262144 {
			t.Fatalf("%d values: %v", len(values), err)
		}
	})
}

// TestCutWhileOpen cuts the file before, inside and just at the end of what is read. The first
// raises SIGBUS on a mapping; the last only changes the size.
func TestCutWhileOpen(t *testing.T) {
	eachWay(t, func(t *testing.T, path string, c *Checkpoint, read func(*Checkpoint, string) error) {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, size := range []int64{info.Size() - 1, info.Size() - 100_000, 70_000, 10, 0} {
			if err := os.Truncate(path, size); err != nil {
				t.Skipf("an open file cannot be cut here: %v", err)
			}
			demand(t, read(c, "b"), CodeChanged, path, "b", "the file")
		}
	})
}

func TestRewrittenWhileOpen(t *testing.T) {
	eachWay(t, func(t *testing.T, path string, c *Checkpoint, read func(*Checkpoint, string) error) {
		later := time.Now().Add(time.Hour)
		if err := os.Chtimes(path, later, later); err != nil {
			t.Fatal(err)
		}
		demand(t, read(c, "a"), CodeChanged, path, "a", "modified")
	})
}

// TestReplacedWhileOpen renames another file into place, which must not matter.
func TestReplacedWhileOpen(t *testing.T) {
	path := bigFile(t)
	c := mustOpen(t, path)
	before, err := c.Raw("a")
	if err != nil {
		t.Fatal(err)
	}
	if err := Write(path, []Named{{Name: "a", Shape: []int64{1}, Float32: []float32{1}}}, nil); err != nil {
		t.Skipf("an open file cannot be replaced here: %v", err)
	}
	if after, err := c.Raw("a"); err != nil || string(after) != string(before) {
		t.Errorf("the bytes changed: %v", err)
	}
}

func TestReadAfterClose(t *testing.T) {
	for _, r := range readers {
		path := bigFile(t)
		c := mustOpen(t, path)
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		demand(t, r.read(c, "a"), CodeClosed, path, "a", "closed")
		if err := c.Close(); err != nil {
			t.Errorf("second Close: %v", err)
		}
	}
}

// TestCloseWhileReading is for the race detector and for a crash: every read succeeds or says
// that the checkpoint is closed.
func TestCloseWhileReading(t *testing.T) {
	c := mustOpen(t, bigFile(t))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				if _, err := c.Float64s("b", nil); err != nil {
					demand(t, err, CodeClosed, "", "b", "closed")
					return
				}
			}
		})
	}
	time.Sleep(5 * time.Millisecond)
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	wg.Wait()
}

// TestShardsStayOpen checks that a failing shard gives back the files before it.
func TestShardsStayOpen(t *testing.T) {
	if _, err := os.Stat("/proc/self/fd"); err != nil {
		t.Skip("no /proc/self/fd")
	}
	open := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	dir := saveAll(t, map[string]string{IndexFile: mapTo("a", shard1, "b", shard2), shard1: shardOf("a"),
		shard2: "bad"})
	before := open()
	for range 50 {
		openFails(t, dir, Limits{})
		openFails(t, filepath.Join(dir, shard2), Limits{})
	}
	if after := open(); after > before+10 {
		t.Errorf("%d files open, %d before", after, before)
	}
}
