// Command decoder runs a Llama-shaped model each time it reads a line, and prints how long it took: the part of
// pytorch.py that is ours. "prompt N" reads N tokens into a new sequence, "new N" makes N tokens behind it, greedily.
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"time"

	"archc/backends/gograph"
	"archc/backends/kernel"
	"archc/dsl/check"
	"archc/dsl/lower"
	"archc/ir/diag"
	"archc/passes"
	"archc/passes/plan"
)

// pattern gives element i of a tensor, which pytorch.py makes alike: the high 24 bits of i*2654435761 + 977*len(key),
// between -1/40 and 1/40; a norm's weight is 1 more.
type pattern struct{}

func (pattern) Float32s(key string, first int64, dst []float32) error {
	for i := range dst {
		x := uint32(first+int64(i))*2654435761 + 977*uint32(len(key))
		dst[i] = (float32(x>>8)/(1<<24) - 0.5) / 20
	}
	return nil
}

func main() {
	threads := flag.Int("threads", 2, "workers")
	layers := flag.String("layers", "8", "layers")
	dtype := flag.String("dtype", "f32", "f32 or bf16")
	flag.Parse()
	element := kernel.Float32
	if *dtype == "bf16" {
		element = kernel.BFloat16
	}
	crew := gograph.Crew(*threads)
	model, err := load(map[string]string{
		"D": "2048", "F": "5632", "L": *layers, "H": "32", "G": "8", "V": "32000", "K": "64",
	}, element, crew)
	if err != nil {
		log.Fatal(err)
	}
	var s *gograph.Session
	var token int
	fmt.Println(kernel.Machine())
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var what string
		var n int
		if _, err := fmt.Sscan(lines.Text(), &what, &n); err != nil {
			log.Fatal(err)
		}
		start := time.Now()
		var scores []float32
		if what == "prompt" {
			ids := make([]float32, n)
			for i := range ids {
				ids[i] = float32(i * 7919 % 32000)
			}
			if s, err = model.Start(context.Background(), nil, 1); err == nil {
				scores, err = step(s, ids)
			}
			token = best(scores)
		} else {
			for range n {
				if scores, err = step(s, []float32{float32(token)}); err != nil {
					break
				}
				token = best(scores)
			}
		}
		if err != nil {
			log.Fatal(err)
		}
		elapsed := time.Since(start)
		fmt.Println(elapsed.Seconds(), token, scores[token])
	}
}

func load(dims map[string]string, element kernel.Element, crew *kernel.Crew) (*gograph.Model, error) {
	open := func(n string) (*diag.Source, error) {
		text, err := os.ReadFile("examples/" + n + ".arch")
		return diag.NewSource(n+".arch", string(text)), err
	}
	src, err := open("llama")
	if err != nil {
		return nil, err
	}
	prog, list := check.Load(src, open)
	if err := list.Err(); err != nil {
		return nil, err
	}
	m, list := lower.Lower(prog, lower.Options{Settings: dims})
	if err := list.Err(); err != nil {
		return nil, err
	}
	steps, fault, err := passes.StepsOf(m, "", false)
	if err != nil || fault != nil {
		return nil, fmt.Errorf("no steps: %v %v", fault, err)
	}
	p, err := plan.OfSteps(steps, true)
	if err != nil {
		return nil, err
	}
	return gograph.NewModel(p, gograph.NewWeights(pattern{}, element), crew)
}

func step(s *gograph.Session, ids []float32) ([]float32, error) {
	tokens := gograph.Array{Axes: []gograph.Axis{{Label: "T", Size: len(ids)}}, Data: ids}
	out, err := s.Step(context.Background(), map[string]gograph.Array{"tokens": tokens})
	return out["output"].Data, err
}

func best(scores []float32) int {
	at := 0
	for i, x := range scores {
		if x > scores[at] {
			at = i
		}
	}
	return at
}
