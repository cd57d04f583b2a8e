package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"

	"archc/ir"
)

const (
	maxImageBytes  = 1 << 28
	maxImagePixels = 1 << 26
)

// readImage reads a PNG as [Y, X] for an input with two axes and as [C, Y, X] for one with three: rows
// from the top, values from 0 to 1 as stored, without gamma. C is 1, 3 or 4: what the type says, or else
// what the image has.
func (a *array) readImage(t ir.Type) error {
	bad := func(format string, args ...any) error {
		return unreadable(codeBadImage, "%s: "+format, append([]any{a.file}, args...)...)
	}
	data, err := readRegular(a.file, maxImageBytes)
	if err != nil {
		return bad("%v", err)
	}
	size, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return bad("%v", err)
	}
	if int64(size.Width)*int64(size.Height) > maxImagePixels {
		return bad("%d x %d pixels are more than %d", size.Width, size.Height, maxImagePixels)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return bad("%v", err)
	}
	channels := int64(1)
	if len(t.Axes) == 3 {
		n, known := t.Axes[0].Size.Int()
		if channels = n; !known {
			channels = channelsOf(img.ColorModel())
		}
	}
	if channels != 1 && channels != 3 && channels != 4 {
		return bad("an image has 1, 3 or 4 channels, the input %d", channels)
	}
	a.fill(img, channels)
	if len(t.Axes) != 3 {
		a.shape = a.shape[1:]
	}
	return nil
}

func channelsOf(m color.Model) int64 {
	switch m {
	case color.GrayModel, color.Gray16Model:
		return 1
	case color.NRGBAModel, color.NRGBA64Model:
		return 4
	}
	return 3
}

// fill writes the channels one behind another. Grey is taken from a colour image with the weights of Rec.
// 601, as image/color does; alpha is not multiplied in.
func (a *array) fill(img image.Image, channels int64) {
	r := img.Bounds()
	n := r.Dx() * r.Dy()
	a.shape = []int64{channels, int64(r.Dy()), int64(r.Dx())}
	a.data = make([]float64, int(channels)*n)
	const full = 0xffff
	at := 0
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			c := img.At(x, y)
			if channels == 1 {
				a.data[at] = float64(color.Gray16Model.Convert(c).(color.Gray16).Y) / full
			} else {
				p := color.NRGBA64Model.Convert(c).(color.NRGBA64)
				for i, v := range []uint16{p.R, p.G, p.B, p.A}[:channels] {
					a.data[i*n+at] = float64(v) / full
				}
			}
			at++
		}
	}
}
