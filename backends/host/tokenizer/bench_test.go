package tokenizer

import (
	"os"
	"path/filepath"
	"testing"
)

func BenchmarkEncode(b *testing.B) {
	for _, name := range realOnes {
		tok := real(b, name)
		text, err := os.ReadFile(filepath.Join(dataDir(b), "text", "wikitext2.valid.txt"))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if _, err := tok.Encode(string(text), false); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkLoad(b *testing.B) {
	for _, name := range realOnes {
		data, err := os.ReadFile(filepath.Join(dataDir(b), name, "tokenizer.json"))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := Load(data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
