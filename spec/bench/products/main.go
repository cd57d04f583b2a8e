// Command products runs some products of backends/kernel each time it reads a line, and prints how long one took: the part
// of openblas.py that is ours.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"time"

	"archc/backends/kernel"
)

func main() {
	rows := flag.Int("rows", 512, "rows of the input")
	n := flag.Int("n", 5632, "outputs")
	k := flag.Int("k", 2048, "inputs")
	workers := flag.Int("workers", 1, "workers")
	times := flag.Int("times", 1, "products a line")
	flag.Parse()

	w := kernel.NewPanels(kernel.Float32, *n, *k)
	w.Set(0, 0, pattern(*n, *k, 31), *n, *k)
	in, out := pattern(*rows, *k, 17), kernel.Matrix{Data: make([]float32, *rows**n), Row: *n, Col: 1}
	crew := kernel.NewCrew(*workers)
	defer crew.Close()
	jobs := []kernel.Job{{Out: out, In: in, Rows: *rows, Weights: w}}
	fmt.Println(kernel.Machine())
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		start := time.Now()
		for range *times {
			crew.Products(jobs)
		}
		elapsed := time.Since(start) / time.Duration(*times)
		sum := 0.0
		for i, x := range out.Data {
			sum += float64(x) * float64(i%7-3)
		}
		fmt.Println(elapsed.Seconds(), sum)
	}
}

// pattern is a matrix that openblas.py makes alike: ((i*step + j*j) mod 127 - 63) / 64.
func pattern(rows, cols, step int) kernel.Matrix {
	data := make([]float32, rows*cols)
	for i := range rows {
		for j := range cols {
			data[i*cols+j] = float32((i*step+j*j)%127-63) / 64
		}
	}
	return kernel.Matrix{Data: data, Row: cols, Col: 1}
}
