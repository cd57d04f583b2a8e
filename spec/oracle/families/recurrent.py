"""torch.nn.RNN, LSTM and GRU: two layers, both directions, and the language model of Zaremba et al. 2014.

The library's GRU parts from Cho et al. 2014: the reset gate multiplies U h + b, where the paper has U (r h).
"""

from functools import partial

from torch import nn

from equations import module_case, reals
from huggingface import ids

SIZES = dict(input_size=5, hidden_size=6, num_layers=2, batch_first=True)


def cases():
    xs = {"x": reals("recurrent", (2, 9, 5))}
    start = {"h": reals("recurrent.h", (2, 2, 2, 6)), "c": reals("recurrent.c", (2, 2, 2, 6))}
    for name, cls, extra in (("rnn", nn.RNN, {}), ("rnn-relu", nn.RNN, {"nonlinearity": "relu"}),
                             ("gru", nn.GRU, {}), ("lstm", nn.LSTM, {})):
        for kind, both, inputs in (("", False, xs), ("-bidirectional", True, xs | start)):
            settings = SIZES | extra | {"bidirectional": both}
            given = {k: v for k, v in inputs.items() if k != "c" or cls is nn.LSTM}
            make = partial(cls, **settings)
            yield module_case(name + kind, make, run, given, settings=settings, notes=NOTES[cls])
    yield language_model()


GRU = "h' = (1 - z) tanh(W x + b + r (U h + b')) + z h: the reset gate is applied after the product"
ORDER = {
    nn.GRU: "rows of weight_*: reset, update, candidate",
    nn.LSTM: "rows of weight_*: input, forget, candidate, output",
}
SHAPES = (
    "h and c are [batch, layers, directions, hidden_size], without the third axis in one direction; the library"
    " has [layers * directions, batch, hidden_size]"
)
NOTES = {nn.RNN: [SHAPES], nn.LSTM: [ORDER[nn.LSTM], SHAPES], nn.GRU: [ORDER[nn.GRU], SHAPES, GRU]}


def run(module, x, h=None, c=None):
    if h is None:
        ys, last = module(x)
    else:
        ys, last = module(x, (stored(h), stored(c)) if c is not None else stored(h))
    states = last if isinstance(last, tuple) else (last,)
    sizes = (module.num_layers, 2) if module.bidirectional else (module.num_layers,)
    return {"y": ys} | {k: s.transpose(0, 1).unflatten(1, sizes) for k, s in zip("hc", states)}


def stored(state):
    """The library's order of axes of a state [batch, layers, directions, hidden_size]."""
    return state.flatten(1, 2).transpose(0, 1).contiguous()


def language_model():
    """An embedding, two LSTM layers and a head of its own; of the library's two biases one is zero."""
    vocab, size = 31, 8

    def make():
        lstm = nn.LSTM(size, size, num_layers=2, batch_first=True)
        ends = {"embedding": nn.Embedding(vocab, size), "head": nn.Linear(size, vocab)}
        return nn.ModuleDict(ends | {"lstm": lstm})

    return module_case(
        "ptb-lstm",
        make,
        lambda m, tokens: {"logits": m["head"](m["lstm"](m["embedding"](tokens))[0])},
        {"tokens": ids("ptb", (2, 10), vocab)},
        rules=[["*.bias_hh_*", 0, 0], ["*", 0, 1]],
        settings={"vocab": vocab, "size": size, "layers": 2},
        notes=["bias_hh is zero: one bias a gate, as in the published count", NOTES[nn.LSTM][0]],
    )
