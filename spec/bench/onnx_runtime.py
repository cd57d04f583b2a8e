"""A Llama-shaped decoder beside ONNX Runtime, in alternation and in one run: python spec/bench/onnx_runtime.py [ROUNDS]

Needs onnx, onnxruntime and numpy, and Go. The model, its weights and the rounds are those of beside.py. ONNX Runtime's side is
a graph of the operators that it has for such models: MatMul with constant weights, which it packs once,
GroupQueryAttention with rotations over a cache that is allocated once and written in place, and norms that take
the residual's sum with them.
"""

import os
import tempfile

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper

import beside
from beside import D, EPS, G, H, K, L, V

OWN = "com.microsoft"


class Graph:
    """Nodes and weights of a model. The weights go to a file beside it, for a model has at most 2 GB."""

    def __init__(self, folder):
        self.nodes, self.weights, self.folder = [], [], folder
        self.file = open(os.path.join(folder, "weights"), "wb")

    def add(self, op, inputs, outputs=1, domain="", **attributes):
        names = [f"v{len(self.nodes)}_{k}" for k in range(outputs)] if isinstance(outputs, int) else outputs
        self.nodes.append(helper.make_node(op, inputs, names, domain=domain, **attributes))
        return names[0] if isinstance(outputs, int) and outputs == 1 else names

    def weight(self, x):
        t = TensorProto(name=f"w{len(self.weights)}", dims=x.shape, data_location=TensorProto.EXTERNAL,
                        data_type=helper.np_dtype_to_tensor_dtype(x.dtype))
        data = np.ascontiguousarray(x).tobytes()
        for key, value in (("location", "weights"), ("offset", self.file.tell()), ("length", len(data))):
            t.external_data.add(key=key, value=str(value))
        self.file.write(data + bytes(-len(data) % 4096))
        self.weights.append(t)
        return t.name

    def product(self, x, w):
        return self.add("MatMul", [x, self.weight(w.T)])

    def norm(self, x, branch, w):
        """The sum of the residual and a branch, and its norm."""
        out = self.add("SkipSimplifiedLayerNormalization", [x, branch, self.weight(w)],
                       [f"n{len(self.nodes)}", "", "", f"s{len(self.nodes)}"], OWN, epsilon=EPS)
        return out[3], out[0]

    def write(self, inputs, outputs):
        self.file.close()
        g = helper.make_graph(self.nodes, "decoder", inputs, outputs, self.weights)
        m = helper.make_model(g, opset_imports=[helper.make_opsetid("", 21), helper.make_opsetid(OWN, 1)])
        m.ir_version = 10
        path = os.path.join(self.folder, "decoder.onnx")
        onnx.save(m, path)
        return path


def build(folder):
    g = Graph(folder)
    f, port = TensorProto.FLOAT, helper.make_tensor_value_info
    inputs = [port("ids", TensorProto.INT64, [1, "n"]), port("last", TensorProto.INT32, [1]), port("total", TensorProto.INT32, [1])]
    outputs = [port("scores", f, [1, V])]
    cos, sin = (g.weight(x) for x in beside.rotations())
    x = g.add("Gather", [g.weight(beside.embedding()), "ids"])
    branch = None
    for l in range(L):
        n1, wq, wk, wv, wo, n2, wg, wu, wd = beside.layer(l)
        if branch is None:
            h = g.add("SimplifiedLayerNormalization", [x, g.weight(n1)], epsilon=EPS, axis=-1)
        else:
            x, h = g.norm(x, branch, n1)
        for part in "kv":
            inputs.append(port(f"{part}{l}", f, [1, G, "room", K]))
            outputs.append(port(f"{part}{l}_next", f, [1, G, "room", K]))
        y = g.add("GroupQueryAttention",
                  [g.product(h, wq), g.product(h, wk), g.product(h, wv), f"k{l}", f"v{l}", "last", "total", cos, sin],
                  [f"y{l}", f"k{l}_next", f"v{l}_next"], OWN, num_heads=H, kv_num_heads=G, do_rotary=1)[0]
        x, h = g.norm(x, g.product(y, wo), n2)
        gate = g.product(h, wg)
        gate = g.add("Mul", [gate, g.add("Sigmoid", [gate])])
        branch = g.product(g.add("Mul", [gate, g.product(h, wu)]), wd)
    x, h = g.norm(x, branch, beside.last_norm())
    end = g.weight(np.array(-1, np.int64))
    row = g.add("Gather", [h, end], axis=1)
    g.add("MatMul", [row, g.weight(beside.head().T)], ["scores"])
    return g.write(inputs, outputs)


def main():
    with tempfile.TemporaryDirectory() as folder:
        options = ort.SessionOptions()
        options.intra_op_num_threads = beside.THREADS
        session = ort.InferenceSession(build(folder), options, providers=["CPUExecutionProvider"])
    room = beside.PROMPT + beside.NEW
    cache = {f"{part}{l}": ort.OrtValue.ortvalue_from_numpy(np.zeros((1, G, room, K), np.float32)) for l in range(L) for part in "kv"}

    def step(ids, past):
        b, total = session.io_binding(), past + len(ids)
        given = {"ids": ids[None].astype(np.int64), "last": np.array([total - 1], np.int32), "total": np.array([total], np.int32)}
        for key, x in given.items():
            b.bind_cpu_input(key, x)
        b.bind_output("scores")
        for name, x in cache.items():
            b.bind_ortvalue_input(name, x)
            b.bind_ortvalue_output(name + "_next", x)
        session.run_with_iobinding(b)
        return b.copy_outputs_to_cpu()[0][0]

    beside.measure(f"ONNX Runtime {ort.__version__}", step)


main()
