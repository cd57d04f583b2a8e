//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package checkpoint

import (
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestPipesAndDevices must not wait for a writer or read without end.
func TestPipesAndDevices(t *testing.T) {
	for _, c := range []struct {
		what, says string
		put        func(path string) error
	}{
		{"pipe", "is a pipe", func(path string) error { return syscall.Mkfifo(path, 0o600) }},
		{"socket", "is a socket", func(path string) error {
			l, err := net.Listen("unix", path)
			if err == nil {
				t.Cleanup(func() { l.Close() })
			}
			return err
		}},
	} {
		t.Run(c.what, func(t *testing.T) {
			// A socket's path is limited to about 100 bytes, which t.TempDir may exceed.
			dir, err := os.MkdirTemp("", "ck")
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(dir)
			path := filepath.Join(dir, SingleFile)
			if err := c.put(path); err != nil {
				t.Skip(err)
			}
			start := time.Now()
			demand(t, openFails(t, dir, Limits{}), CodeNotRegular, path, "", c.says)
			demand(t, openFails(t, path, Limits{}), CodeNotRegular, path, "", c.says)
			_, err = ReadNPY(path)
			demand(t, err, CodeNotRegular, path, "", c.says)
			_, err = ReadConfig(path)
			demand(t, err, CodeNotRegular, path, "", c.says)
			if took := time.Since(start); took > 20*time.Second { // a wait for a writer would have no end
				t.Errorf("took %v", took)
			}
		})
	}
	demand(t, openFails(t, "/dev/zero", Limits{}), CodeNotRegular, "/dev/zero", "", "is a device")
	_, err := ReadJSON("/dev/zero", JSONLimits{})
	demand(t, err, CodeNotRegular, "/dev/zero", "", "is a device")
}

// TestPipeInTheLastMoment replaces the file by a pipe between look and open.
func TestPipeInTheLastMoment(t *testing.T) {
	path := save(t, "", SingleFile, shardOf("a"))
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	_, err = openRegular(path, info, nil, func() (*os.File, error) { return os.OpenFile(path, openFlags, 0) })
	demand(t, err, CodeNotRegular, path, "", "is a pipe")
}
