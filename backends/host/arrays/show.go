package arrays

import (
	"fmt"
	"strconv"
	"strings"
)

// Shorten prints the first rows of numbers with that many columns, and says how many more there are.
func Shorten(data []float64, width int) string {
	const rows, columns = 8, 8
	width = max(1, width)
	var b strings.Builder
	for row := 0; row*width < len(data); row++ {
		if row == rows {
			fmt.Fprintf(&b, "  ... %d rows more\n", len(data)/width-rows)
			break
		}
		for i, x := range data[row*width : (row+1)*width] {
			if i == columns {
				fmt.Fprintf(&b, "  ... %d more", width-columns)
				break
			}
			fmt.Fprintf(&b, "%12s", strconv.FormatFloat(x, 'g', 6, 64))
		}
		b.WriteByte('\n')
	}
	return b.String()
}
