package checkpoint

import (
	"os"
	"path/filepath"
	"testing"
)

func mkdir(t *testing.T, dir string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

func symlink(t *testing.T, target, name string) {
	t.Helper()
	if err := os.Symlink(target, name); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
}

// TestLinks has a file outside the checkpoint directory and every way to lead to it.
func TestLinks(t *testing.T) {
	outer := t.TempDir()
	outside := save(t, outer, "x.safetensors", shardOf("a"))
	for _, c := range []struct{ what, target string }{
		{"absolute", outside},
		{"upwards", "../x.safetensors"},
		{"through a directory", "up/x.safetensors"},
		{"a device", "/dev/zero"},
		{"itself", SingleFile},
	} {
		for _, name := range []string{SingleFile, IndexFile, shard1, ConfigFile} {
			t.Run(c.what+"/"+name, func(t *testing.T) {
				dir, err := os.MkdirTemp(outer, "")
				if err != nil {
					t.Fatal(err)
				}
				symlink(t, "..", filepath.Join(dir, "up"))
				target := c.target
				if c.what == "itself" {
					target = name
				}
				symlink(t, target, filepath.Join(dir, name))
				tensor := ""
				if name == shard1 {
					save(t, dir, IndexFile, mapTo("a", shard1))
					tensor = "a"
				}
				if name == ConfigFile {
					_, err = ReadConfig(dir)
				} else {
					err = openFails(t, dir, Limits{})
				}
				demand(t, err, CodeOutside, filepath.Join(dir, name), tensor, "a link that leads out")
			})
		}
	}
}

// TestLinksThatAreFine has links within the directory and links that the user names.
func TestLinksThatAreFine(t *testing.T) {
	outer := t.TempDir()
	dir := mkdir(t, filepath.Join(outer, "real"))
	save(t, dir, "weights.safetensors", shardOf("a"))
	symlink(t, "weights.safetensors", filepath.Join(dir, SingleFile))
	mustOpen(t, dir)
	symlink(t, dir, filepath.Join(outer, "link"))
	mustOpen(t, filepath.Join(outer, "link"))
	symlink(t, filepath.Join(dir, "weights.safetensors"), filepath.Join(outer, "named.safetensors"))
	mustOpen(t, filepath.Join(outer, "named.safetensors"))
}

func TestDanglingLink(t *testing.T) {
	dir := t.TempDir()
	symlink(t, "gone.safetensors", filepath.Join(dir, SingleFile))
	demand(t, openFails(t, dir, Limits{}), CodeNothingHere, filepath.Join(dir, SingleFile), "",
		"cannot be opened")
}

func TestDirectoryInPlaceOfAFile(t *testing.T) {
	for _, name := range []string{SingleFile, IndexFile, shard1, ConfigFile} {
		dir := t.TempDir()
		mkdir(t, filepath.Join(dir, name))
		tensor, err := "", error(nil)
		switch name {
		case ConfigFile:
			_, err = ReadConfig(dir)
		case shard1:
			save(t, dir, IndexFile, mapTo("a", shard1))
			tensor = "a"
			fallthrough
		default:
			err = openFails(t, dir, Limits{})
		}
		demand(t, err, CodeNotRegular, filepath.Join(dir, name), tensor, "is a directory")
	}
}

// TestOneFileUnderTwoNames has a hard link, which looks like a second shard.
func TestOneFileUnderTwoNames(t *testing.T) {
	dir := saveAll(t, map[string]string{IndexFile: mapTo("a", shard1, "b", shard2), shard1: shardOf("a", "b")})
	if err := os.Link(filepath.Join(dir, shard1), filepath.Join(dir, shard2)); err != nil {
		t.Skipf("no hard links here: %v", err)
	}
	demand(t, openFails(t, dir, Limits{}), CodeTwice, filepath.Join(dir, IndexFile), "a", shard2)
}

// TestImpossiblePath has a name that the system refuses to look up.
func TestImpossiblePath(t *testing.T) {
	demand(t, openFails(t, "a\x00b", Limits{}), CodeUnreadable, "a\x00b", "", "invalid")
}

func TestNoPermission(t *testing.T) {
	path := save(t, "", SingleFile, shardOf("a"))
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	if f, err := os.Open(path); err == nil {
		f.Close()
		t.Skip("this user may read everything")
	}
	demand(t, openFails(t, filepath.Dir(path), Limits{}), CodeUnreadable, path, "", "permission denied")
}
