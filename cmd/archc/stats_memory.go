package main

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// memoryTable is bytes at the precision that was asked for; each row says for how many sequences and tokens it holds.
func (t *tally) memoryTable() string {
	w := newTable("memory, "+t.dtypeText(), "bytes", "", "")
	var right []table.ColumnConfig
	for i := 2; i <= 4; i++ {
		right = append(right, table.ColumnConfig{Number: i, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	w.SetColumnConfigs(right)
	v := t.values
	batch := max(1, t.env[t.Batch])
	for _, row := range []struct {
		what  string
		bytes *big.Int
	}{
		{"weights", v.Weights},
		{"kept for a token, one sequence", v.CacheBytesPerToken},
		{fmt.Sprintf("kept behind %s tokens, batch %d", grouped(big.NewInt(t.context)), batch), times(v.CacheBytesAtContext, batch)},
		{fmt.Sprintf("moved by %s, at least", t.stepText()), v.DecodeMoved},
		{fmt.Sprintf("activations of a %s, batch %d (estimate)", t.trainText(), batch), v.Activations},
		{"training: these and 16 bytes a parameter (estimate)", v.Training},
	} {
		if row.bytes != nil && row.bytes.Sign() > 0 {
			w.AppendRow(table.Row{row.what, grouped(row.bytes), scaled(row.bytes, 1000, "B"), scaled(row.bytes, 1024, "iB")})
		}
	}
	return w.Render() + "\n" + t.intensity()
}

// intensity is the arithmetic intensity of a step: what moves is a lower bound, so the work for each byte is an upper one.
// Of experts a small batch moves a part, which is told for a device alone.
func (t *tally) intensity() string {
	v := t.values
	if v.Decode == nil || v.DecodeMoved == nil || v.DecodeMoved.Sign() == 0 || v.Active == nil || v.Active.Cmp(v.Total) != 0 {
		return ""
	}
	each := new(big.Rat).SetFrac(v.Decode, v.DecodeMoved)
	return fmt.Sprintf("%s does at most %s %s for each byte that it moves\n", t.stepText(), each.FloatString(3), products(t.unit))
}

func times(n *big.Int, by int64) *big.Int {
	if n == nil {
		return nil
	}
	return new(big.Int).Mul(n, big.NewInt(by))
}

// stepText says what a step is.
func (t *tally) stepText() string {
	return fmt.Sprintf("one token behind %s, batch %d", grouped(big.NewInt(t.context)), max(1, t.env[t.Batch]))
}

// dtypeText is the precisions, with the scales of weights.
func (t *tally) dtypeText() string {
	weights := "weights " + t.dtype.Name
	if d := t.dtype; d.Group > 0 {
		weights += fmt.Sprintf(" with a scale of %d bits for each %d", d.ScaleBits, d.Group)
	}
	return weights + ", else " + t.point.Else().Name
}

// scaled is a number of bytes in the largest unit that it has one of, with two places: 1.50 GB, 1.40 GiB.
func scaled(n *big.Int, base int64, suffix string) string {
	const prefixes = "kMGTPEZYRQ"
	by, at := big.NewInt(1), -1
	for next := big.NewInt(base); n.CmpAbs(next) >= 0 && at+1 < len(prefixes); next = times(by, base) {
		by, at = next, at+1
	}
	if at < 0 {
		return ""
	}
	prefix := prefixes[at : at+1]
	if base == 1024 {
		prefix = strings.ToUpper(prefix)
	}
	return new(big.Rat).SetFrac(n, by).FloatString(2) + " " + prefix + suffix
}
