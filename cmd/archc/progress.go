package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// progress is one line on a terminal that says what is going on, once it has taken over half a second.
type progress struct {
	to io.Writer
	on bool

	mu    sync.Mutex
	what  string
	since time.Time
	shown bool
	stop  chan struct{}
}

const (
	progressAfter = 500 * time.Millisecond
	progressEvery = 200 * time.Millisecond
	eraseLine     = "\r\x1b[K"
)

// begin says what is going on from now on.
func (p *progress) begin(what string) {
	if !p.on {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.what, p.since = what, time.Now()
	if p.stop == nil {
		p.stop = make(chan struct{})
		go p.run(p.stop)
	}
}

// update changes the text without starting the time anew.
func (p *progress) update(format string, args ...any) {
	if !p.on {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.what = fmt.Sprintf(format, args...)
}

// end erases the line; nothing is written behind it until the next begin.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stop != nil {
		close(p.stop)
		p.stop = nil
	}
	p.erase()
}

func (p *progress) erase() {
	if p.shown {
		io.WriteString(p.to, eraseLine)
		p.shown = false
	}
}

func (p *progress) run(stop chan struct{}) {
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
		}
		p.mu.Lock()
		if p.stop == stop && time.Since(p.since) > progressAfter {
			fmt.Fprintf(p.to, "%s%s ...", eraseLine, p.what)
			if n := int(time.Since(p.since).Seconds()); n > 0 {
				fmt.Fprintf(p.to, " %d s", n)
			}
			p.shown = true
		}
		p.mu.Unlock()
	}
}
