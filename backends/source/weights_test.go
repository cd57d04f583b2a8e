package source

import "testing"

// TestShortNames: a weight is called by the end of its key that no other has.
func TestShortNames(t *testing.T) {
	known := []string{
		"model.embed.weight", "model.layers.{l}.attn.q.weight", "model.layers.{l}.attn.q.bias", "model.layers.{l}.mlp.q.weight",
		"model.norm.weight", "model.layers.{l}.norm.weight",
	}
	for _, c := range []struct{ key, want string }{
		{"model.embed.weight", "embed"}, {"model.layers.{l}.attn.q.weight", "attn.q"}, {"model.layers.{l}.attn.q.bias", "bias"},
		{"model.layers.{l}.mlp.q.weight", "mlp.q"}, {"model.norm.weight", "model.norm"}, {"model.layers.{l}.norm.weight", "layers.norm"},
	} {
		if got := Short(known, c.key); got != c.want {
			t.Errorf("%s is %s, want %s", c.key, got, c.want)
		}
	}
}
