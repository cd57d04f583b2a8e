// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// Crew is a fixed set of workers, one a core. They spin a while after each dispatch, because the next is microseconds
// away when a model runs layer by layer, and then park. The caller works too, as worker 0.
//
// A crew serves one dispatch at a time.
type Crew struct {
	workers int
	helpers []helper
	gone    sync.WaitGroup

	// What is dispatched: written by the caller while nobody has joined, read by who has.
	items int
	f     func(worker, item int)
	until context.Context

	batch       batch
	pack, block func(worker, item int) // methods of batch, bound once

	attention attending
	few, wide func(worker, item int) // of attention
	weighs    func(worker, item int) // of attention with a normalizer
	product   contracting
	rows      func(worker, item int) // of product

	patience int32        // how often a helper looks before it parks, with several processors to run on
	spins    atomic.Int32 // and now
	busy     atomic.Bool
	failed   atomic.Pointer[Panic]
	done     chan struct{} // the last helper to leave tells a caller that waits

	_     [64]byte // these two are contended: a cache line each
	state atomic.Uint64
	_     [64]byte
	next  atomic.Int64
	_     [64]byte
}

// state counts dispatches in its upper half; below, it says whether helpers may join, whether the caller waits for the
// last one to leave, whether the crew is closed, and how many have joined.
const (
	joined   = 1<<16 - 1
	open     = 1 << 16
	waiting  = 1 << 17
	closed   = 1 << 18
	dispatch = 1 << 32
)

type helper struct {
	parked atomic.Bool
	wake   chan struct{}
	_      [64]byte
}

// Panic is what Do panics with when f has panicked, on whichever worker that was.
type Panic struct {
	Value any    // what f panicked with
	Stack []byte // where
}

// Error is what f panicked with, and where.
func (p *Panic) Error() string { return fmt.Sprintf("%v\n\n%s", p.Value, p.Stack) }

// NewCrew starts a crew of that many workers, the caller among them: 1 starts no goroutine.
func NewCrew(workers int) *Crew {
	if workers < 1 || workers >= joined {
		panic(fmt.Sprintf("kernel: a crew of %d workers", workers))
	}
	c := &Crew{workers: workers, helpers: make([]helper, workers-1), patience: idleSpins, done: make(chan struct{}, 1)}
	c.batch.level = machine
	c.pack, c.block = c.batch.pack, c.batch.block
	c.few, c.wide, c.weighs, c.rows = c.attention.few, c.attention.wide, c.attention.weigh, c.product.rows
	c.gone.Add(len(c.helpers))
	for i := range c.helpers {
		c.helpers[i].wake = make(chan struct{}, 1)
		go c.help(i + 1)
	}
	return c
}

// Workers is how many work, the caller among them. Worker numbers are below it.
func (c *Crew) Workers() int { return c.workers }

// Until makes dispatches end early when a context does: items not yet begun are left out, and whoever dispatched them
// has to look at the context before results are used. It holds until the next call.
func (c *Crew) Until(ctx context.Context) { c.until = ctx }

// Close ends the workers and returns when they are gone. A closed crew cannot work.
func (c *Crew) Close() {
	if !c.busy.CompareAndSwap(false, true) {
		panic("kernel: Close of a crew that works or is closed")
	}
	c.state.Store(c.state.Load() + dispatch | closed)
	c.wake()
	c.gone.Wait()
}

// Do calls f once for every item below items, and returns when all calls have. Items are claimed in rising order by
// whoever is free. It allocates nothing. If a call panics, items not yet begun are left out and Do panics with a *Panic.
func (c *Crew) Do(items int, f func(worker, item int)) {
	if !c.busy.CompareAndSwap(false, true) {
		panic("kernel: Do on a crew that works or is closed")
	}
	if runtime.GOMAXPROCS(0) > 1 {
		c.spins.Store(c.patience)
	} else {
		c.spins.Store(0) // with one processor to run on, spinning only keeps it from who has work
	}
	c.items, c.f = items, f
	c.next.Store(0)
	shared := items > 1 && len(c.helpers) > 0
	if shared {
		c.state.Store(c.state.Load()&^(dispatch-1) + dispatch | open)
		c.wake()
	}
	c.work(0)
	if shared {
		c.dismiss()
	}
	c.f = nil
	failed := c.failed.Swap(nil)
	c.busy.Store(false)
	if failed != nil {
		panic(failed)
	}
}

// dismiss waits for who has joined, and only for them: a helper that the system has not let run has nothing to do with
// this dispatch any more, since all items have been claimed.
func (c *Crew) dismiss() {
	for {
		s := c.state.Load()
		if c.state.CompareAndSwap(s, s&^open) {
			break
		}
	}
	for spun := 0; ; spun++ {
		s := c.state.Load()
		switch {
		case s&joined == 0:
			return
		case spun < int(c.spins.Load()):
			pause()
		case c.state.CompareAndSwap(s, s|waiting):
			<-c.done
			return
		}
	}
}

// wake tells helpers who have parked that the state has changed.
func (c *Crew) wake() {
	for i := range c.helpers {
		if h := &c.helpers[i]; h.parked.Load() && h.parked.CompareAndSwap(true, false) {
			h.wake <- struct{}{}
		}
	}
}

// help is the life of a helper.
func (c *Crew) help(worker int) {
	defer c.gone.Done()
	h := &c.helpers[worker-1]
	seen := uint64(0)
	for spun := 0; ; spun++ {
		s := c.state.Load()
		switch {
		case s&closed != 0:
			return
		case s&open != 0 && s/dispatch != seen:
			if !c.state.CompareAndSwap(s, s+1) {
				continue
			}
			seen = s / dispatch
			c.work(worker)
			if s := c.state.Add(^uint64(0)); s&joined == 0 && s&waiting != 0 {
				c.done <- struct{}{}
			}
			spun = 0
		case spun < int(c.spins.Load()):
			pause()
			if spun%64 == 63 {
				runtime.Gosched()
			}
		default:
			h.parked.Store(true)
			// Whoever changes the state looks at parked after it: one of the two sees the other.
			if now := c.state.Load(); now != s && h.parked.CompareAndSwap(true, false) {
				spun = 0
				continue
			}
			<-h.wake
			spun = 0
		}
	}
}

// work claims items until none is left.
func (c *Crew) work(worker int) {
	defer func() {
		if v := recover(); v != nil {
			c.failed.CompareAndSwap(nil, &Panic{v, debug.Stack()})
			c.next.Store(int64(c.items))
		}
	}()
	for {
		item := int(c.next.Add(1)) - 1
		if item >= c.items || c.until != nil && c.until.Err() != nil {
			return
		}
		c.f(worker, item)
	}
}

// idleSpins is how often a worker looks before it parks: 50 to 100 microseconds.
const idleSpins = 1500
