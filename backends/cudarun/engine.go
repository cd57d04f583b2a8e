package cudarun

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"unsafe"
)

// Engine is an open engine: weights, and one batch of sequences. It is used by one goroutine.
type Engine struct {
	api    *api
	handle uintptr
	left   bool // a call was left alone, and may still run
}

// api are the functions of engine.h; a C long is an int.
type api struct {
	open    func(checkpoint string, batch, room int, out *uintptr) int32
	set     func(engine uintptr, name string, data *float32, shape *int, rank int32) int32
	run     func(engine uintptr) int32
	get     func(engine uintptr, name string, data **float32, shape *int, rank *int32) int32
	close   func(engine uintptr)
	message func() string
}

const maxRank = 8 // of an output, by engine.h

// Open loads a library and lets it read a checkpoint; "" is for a model without weights. There is room for so many rows
// of each sequence of the batch.
func Open(ctx context.Context, library, checkpoint string, batch, room int) (*Engine, error) {
	functions, err := load(library)
	if err != nil {
		return nil, &LoadError{library, errors.New(strings.TrimPrefix(err.Error(), library+": "))}
	}
	e := &Engine{api: functions}
	opened := new(uintptr)
	if err := e.call(ctx, func() int32 { return e.api.open(checkpoint, batch, room, opened) }); err != nil {
		return nil, err
	}
	e.handle = *opened
	return e, nil
}

// Close frees everything. An engine that was interrupted at work is left to the end of the process.
func (e *Engine) Close() {
	if e.handle != 0 && !e.left {
		e.api.close(e.handle)
	}
	e.handle = 0
}

// Set gives an input, row-major; the batch is its first axis. What is set once stays.
func (e *Engine) Set(ctx context.Context, name string, data []float32, shape []int) error {
	data, shape = slices.Clone(data), slices.Clone(shape) // the call may outlive this one
	return e.call(ctx, func() int32 {
		defer runtime.KeepAlive(data)
		defer runtime.KeepAlive(shape)
		return e.api.set(e.handle, name, unsafe.SliceData(data), unsafe.SliceData(shape), int32(len(shape)))
	})
}

// Run computes new rows of all inputs behind those so far.
func (e *Engine) Run(ctx context.Context) error {
	return e.call(ctx, func() int32 { return e.api.run(e.handle) })
}

// Get gives an output of the last run, row-major, with its sizes.
func (e *Engine) Get(ctx context.Context, name string) (data []float32, shape []int, err error) {
	var at *float32
	sizes, rank := make([]int, maxRank), new(int32)
	err = e.call(ctx, func() int32 { return e.api.get(e.handle, name, &at, &sizes[0], rank) })
	if err != nil {
		return nil, nil, err
	}
	shape, n := sizes[:*rank], 1
	for _, s := range shape {
		n *= s
	}
	if n > 0 {
		data = slices.Clone(unsafe.Slice(at, n))
	}
	return data, shape, nil
}

// call runs a function of the library. It cannot be stopped there: when the context ends, it is left alone, and so is the
// engine from then on. What a library says is wrong belongs to the thread that called it.
func (e *Engine) call(ctx context.Context, f func() int32) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if code := f(); code != 0 {
			done <- &Fault{FaultCode(code), e.api.message()}
			return
		}
		done <- nil
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		e.left = true
		return ctx.Err()
	}
}
