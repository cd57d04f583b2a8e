package arrays

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"io/fs"
	"os"
)

const (
	maxImageBytes  = 1 << 28
	maxImagePixels = 1 << 26
)

// readImage reads a PNG as [Y, X] for an input with two axes and as [C, Y, X] for one with three: rows from the top,
// values from 0 to 1 as stored, without gamma.
func readImage(file string, want Want) (Array, error) {
	bad := func(format string, args ...any) (Array, error) {
		return Array{}, &Error{BadImage, file + ": " + fmt.Sprintf(format, args...)}
	}
	data, err := readRegular(file, maxImageBytes)
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
	if want.Axes == 3 {
		if channels = want.Channels; channels == 0 {
			channels = channelsOf(img.ColorModel())
		}
	}
	if channels != 1 && channels != 3 && channels != 4 {
		return bad("an image has 1, 3 or 4 channels, the input %d", channels)
	}
	a := pixels(img, channels)
	if want.Axes != 3 {
		a.Shape = a.Shape[1:]
	}
	return a, nil
}

// readRegular reads a file that is one: opening a pipe or a device may wait without an end.
func readRegular(file string, limit int64) ([]byte, error) {
	info, err := os.Stat(file)
	var path *fs.PathError
	switch {
	case errors.As(err, &path):
		return nil, path.Err
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, errors.New("it is a directory")
	case !info.Mode().IsRegular():
		return nil, errors.New("it is no regular file")
	case info.Size() > limit:
		return nil, fmt.Errorf("it has more than %d bytes", limit)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit))
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

// pixels writes the channels one behind another. Grey is taken from a colour image with the weights of Rec. 601, as
// image/color does; alpha is not multiplied in.
func pixels(img image.Image, channels int64) Array {
	r := img.Bounds()
	n := r.Dx() * r.Dy()
	a := Array{[]int64{channels, int64(r.Dy()), int64(r.Dx())}, make([]float64, int(channels)*n)}
	const full = 0xffff
	at := 0
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			c := img.At(x, y)
			if channels == 1 {
				a.Data[at] = float64(color.Gray16Model.Convert(c).(color.Gray16).Y) / full
			} else {
				p := color.NRGBA64Model.Convert(c).(color.NRGBA64)
				for i, v := range []uint16{p.R, p.G, p.B, p.A}[:channels] {
					a.Data[i*n+at] = float64(v) / full
				}
			}
			at++
		}
	}
	return a
}
