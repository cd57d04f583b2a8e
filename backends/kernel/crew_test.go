// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// each runs a test for crews of several sizes, also where there is one processor for all.
func each(t *testing.T, f func(t *testing.T, c *Crew)) {
	for _, procs := range []int{1, 2, 4} {
		for _, workers := range []int{1, 2, 3, 8} {
			old := runtime.GOMAXPROCS(procs)
			c := NewCrew(workers)
			f(t, c)
			c.Close()
			runtime.GOMAXPROCS(old)
		}
	}
}

func TestDoEveryItemOnce(t *testing.T) {
	each(t, func(t *testing.T, c *Crew) {
		for _, items := range []int{0, 1, 2, 3, 7, 100, 1000} {
			for range 20 {
				counts := make([]atomic.Int32, items)
				c.Do(items, func(worker, item int) {
					if worker < 0 || worker >= c.Workers() {
						t.Errorf("worker %d of %d", worker, c.Workers())
					}
					counts[item].Add(1)
				})
				for i := range counts {
					if n := counts[i].Load(); n != 1 {
						t.Fatalf("%d items, %d workers: item %d was done %d times", items, c.Workers(), i, n)
					}
				}
			}
		}
	})
}

// Nothing of a dispatch runs after Do has returned, and what the workers wrote is seen: plain writes, for the race detector too.
func TestDoHasFinished(t *testing.T) {
	each(t, func(t *testing.T, c *Crew) {
		sums := make([]int, 64)
		for round := range 500 {
			c.Do(len(sums), func(_, item int) { sums[item]++ })
			for i, s := range sums {
				if s != round+1 {
					t.Fatalf("round %d: item %d counts %d", round, i, s)
				}
			}
		}
	})
}

// Helpers who have parked wake up again.
func TestDoAfterParking(t *testing.T) {
	c := NewCrew(3)
	defer c.Close()
	for range 10 {
		time.Sleep(2 * time.Millisecond)
		var met atomic.Int32
		// Three items that wait for each other need three workers.
		c.Do(3, func(_, _ int) {
			met.Add(1)
			for met.Load() < 3 {
				runtime.Gosched()
			}
		})
	}
	for i := range c.helpers {
		for deadline := time.Now().Add(time.Minute); !c.helpers[i].parked.Load(); time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("helper %d spins for ever", i+1)
			}
		}
	}
}

// Helpers that park at once meet every dispatch at the moment of parking: none may sleep through it.
func TestDoWhileParking(t *testing.T) {
	old := runtime.GOMAXPROCS(2)
	defer runtime.GOMAXPROCS(old)
	c := NewCrew(2)
	defer c.Close()

	for round := range 50000 {
		var met atomic.Int32
		c.patience = int32(round % 8)
		late := time.Now().Add(time.Minute)
		c.Do(2, func(_, _ int) {
			met.Add(1)
			for i := 0; met.Load() < 2; i++ {
				if i%1024 == 1023 && time.Now().After(late) {
					t.Errorf("round %d: the helper sleeps", round)
					met.Add(1)
				}
				runtime.Gosched()
			}
		})
		if t.Failed() {
			return
		}
	}
}

// Short dispatches end while helpers are about to join: one who is late must not touch the next.
func TestDoInQuickSuccession(t *testing.T) {
	old := runtime.GOMAXPROCS(4)
	defer runtime.GOMAXPROCS(old)
	for _, patience := range []int32{0, 50, idleSpins} {
		c := NewCrew(4)
		c.patience = patience
		for round := range 30000 {
			var calls atomic.Int32
			c.Do(round%4, func(_, item int) { calls.Add(1 + int32(item)<<8) })
			items := int32(round % 4)
			if want := items + items*(items-1)/2<<8; calls.Load() != want {
				t.Fatalf("round %d: %#x calls, want %#x", round, calls.Load(), want)
			}
		}
		c.Close()
	}
}

func TestDoCarriesPanics(t *testing.T) {
	each(t, func(t *testing.T, c *Crew) {
		cause := errors.New("cause")
		for guilty := range 20 {
			func() {
				defer func() {
					p, ok := recover().(*Panic)
					if !ok || p.Value != cause || len(p.Stack) == 0 {
						t.Errorf("%d workers, item %d: panic not carried, got %v", c.Workers(), guilty, p)
					}
				}()
				c.Do(20, func(_, item int) {
					if item == guilty {
						panic(cause)
					}
				})
			}()
			n := atomic.Int32{}
			c.Do(10, func(_, _ int) { n.Add(1) })
			if n.Load() != 10 {
				t.Fatalf("after a panic %d of 10 items were done", n.Load())
			}
		}
	})
}

func TestDoRefusesNesting(t *testing.T) {
	c := NewCrew(2)
	defer c.Close()
	defer func() {
		if recover() == nil {
			t.Error("Do within Do was not refused")
		}
	}()
	c.Do(2, func(_, _ int) { c.Do(1, func(_, _ int) {}) })
}

func TestDoAfterClose(t *testing.T) {
	c := NewCrew(2)
	c.Close()
	defer func() {
		if recover() == nil {
			t.Error("Do on a closed crew was not refused")
		}
	}()
	c.Do(1, func(_, _ int) {})
}

func TestDoAllocatesNothing(t *testing.T) {
	c := NewCrew(2)
	defer c.Close()
	var n atomic.Int64
	f := func(_, _ int) { n.Add(1) }
	if a := testing.AllocsPerRun(200, func() { c.Do(16, f) }); a != 0 {
		t.Errorf("%v allocations a dispatch", a)
	}
}

func BenchmarkDispatch(b *testing.B) {
	c := NewCrew(2)
	defer c.Close()
	var n [2 * 64]int
	f := func(worker, _ int) { n[worker*64]++ }
	for b.Loop() {
		c.Do(2, f)
	}
}

// TestUntil: what is left of a dispatch when its context ends is not begun, and the next context is another.
func TestUntil(t *testing.T) {
	for _, workers := range []int{1, 3} {
		c := NewCrew(workers)
		ctx, cancel := context.WithCancel(t.Context())
		c.Until(ctx)
		var done atomic.Int32
		c.Do(1000, func(_, item int) {
			done.Add(1)
			switch {
			case item == 10:
				cancel()
			case item > 10: // a worker that is ahead of the one with number 10
				<-ctx.Done()
			}
		})
		if n := int(done.Load()); n < 11 || n > 10+workers {
			t.Errorf("%d workers: %d items were done", workers, n)
		}
		c.Until(t.Context())
		done.Store(0)
		c.Do(1000, func(_, item int) { done.Add(1) })
		if n := done.Load(); n != 1000 {
			t.Errorf("%d workers: %d items were done under the next context", workers, n)
		}
		c.Close()
	}
}
