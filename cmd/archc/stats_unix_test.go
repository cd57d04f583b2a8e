//go:build unix

package main

import (
	"bufio"
	"io"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// statsAim is how long a count of any example may take, in CPU time of all threads.
const statsAim = 200 * time.Millisecond

// BenchmarkStats is the whole command for every example, with a context. An example above the aim is marked. Nothing is
// asserted: times hang on the machine.
func BenchmarkStats(b *testing.B) {
	files, err := filepath.Glob("../../examples/*.arch")
	if err != nil || len(files) == 0 {
		b.Fatal("no examples", err)
	}
	for _, f := range files {
		b.Run(strings.TrimSuffix(filepath.Base(f), ".arch"), func(b *testing.B) {
			before := processTime(b)
			for b.Loop() {
				args := []string{"stats", f, "--context", "4096"}
				if strings.HasSuffix(f, "r1-distill.arch") { // several models, none of them its default
					args = append(args, "--model", "R1DistillQwen7B")
				}
				s := &session{ctx: b.Context(), in: strings.NewReader(""), out: bufio.NewWriter(io.Discard), err: io.Discard}
				if code := dispatch(s, args); code != 0 {
					b.Fatal("exit code", code)
				}
			}
			used := (processTime(b) - before) / time.Duration(b.N)
			b.ReportMetric(float64(used.Microseconds())/1000, "cpu-ms/op")
			if used > statsAim {
				b.ReportMetric(float64(used)/float64(statsAim), "TIMES-THE-AIM")
			}
		})
	}
}

// processTime is the CPU time of this process so far, the collector's included.
func processTime(tb testing.TB) time.Duration {
	tb.Helper()
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}
