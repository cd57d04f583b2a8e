package arrays

import (
	"errors"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"archc/backends/checkpoint"
)

// picture writes a PNG of 2 x 1 pixels: a half transparent red one, and white.
func picture(t *testing.T) string {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 2, 1))
	img.Set(0, 0, color.NRGBA{R: 255, A: 51})
	img.Set(1, 0, color.NRGBA{255, 255, 255, 255})
	path := filepath.Join(t.TempDir(), "two.PNG")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestImages: the axes that are wanted decide how a picture is read; alpha is a channel and nothing else.
func TestImages(t *testing.T) {
	path := picture(t)
	for _, c := range []struct {
		want  Want
		shape []int64
		data  []float64
	}{
		{Want{Axes: 3}, []int64{4, 1, 2}, []float64{1, 1, 0, 1, 0, 1, 0.2, 1}},
		{Want{Axes: 3, Channels: 3}, []int64{3, 1, 2}, []float64{1, 1, 0, 1, 0, 1}},
		{Want{Axes: 2, Channels: 9}, []int64{1, 2}, nil},
	} {
		got, err := Read(path, c.want)
		if err != nil || !slices.Equal(got.Shape, c.shape) || c.data != nil && !slices.Equal(got.Data, c.data) {
			t.Errorf("%+v: %v, %v", c.want, got, err)
		}
	}
	var bad *Error
	if _, err := Read(path, Want{Axes: 3, Channels: 2}); !errors.As(err, &bad) || bad.Fault != BadImage {
		t.Errorf("two channels: %v", err)
	}
	if _, err := Read(t.TempDir()+".png", Want{}); !errors.As(err, &bad) || bad.Fault != BadImage {
		t.Errorf("nothing there: %v", err)
	}
	if _, err := Read("x.jpg", Want{}); !errors.As(err, &bad) || bad.Fault != UnknownType {
		t.Errorf("a JPEG: %v", err)
	}
}

// TestStored: of several tensors the one with the name, of one that one.
func TestStored(t *testing.T) {
	dir := t.TempDir()
	x := checkpoint.Named{Name: "x", Shape: []int64{2}, Float32: []float32{1, 2}}
	y := checkpoint.Named{Name: "y", Shape: []int64{1}, Float32: []float32{3}}
	for file, list := range map[string][]checkpoint.Named{"one.safetensors": {x}, "two.safetensors": {x, y}} {
		if err := checkpoint.Write(filepath.Join(dir, file), list, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		file, name string
		want       []float64
	}{{"one", "z", []float64{1, 2}}, {"two", "y", []float64{3}}, {"two", "z", nil}} {
		got, err := Read(filepath.Join(dir, c.file+".safetensors"), Want{Name: c.name})
		var stored *checkpoint.Error
		if !slices.Equal(got.Data, c.want) || (c.want == nil) != (errors.As(err, &stored) && stored.Code == checkpoint.CodeNoTensor) {
			t.Errorf("%s of %s: %v, %v", c.name, c.file, got, err)
		}
	}
}

func TestShorten(t *testing.T) {
	data := make([]float64, 90)
	if got, want := Shorten(data[:9], 9), "           0           0           0           0           0           0           0           0  ... 1 more\n"; got != want {
		t.Errorf("%q", got)
	}
	if got := Shorten(data[:9], 1); got != Shorten(data[:8], 1)+"  ... 1 rows more\n" {
		t.Errorf("%q", got)
	}
	if got := Shorten(nil, 0); got != "" {
		t.Errorf("%q", got)
	}
}
