"""Our kernels beside cuBLAS, SDPA and FlexAttention on the same GPU, in one run; and generated engines of Llama 3 8B.

    python3 backends/cuda/bench/bench.py [--quick] [--json FILE]

It needs nvcc, Go, a GPU of compute capability 8.0 or later, and PyTorch (2.5 or later for FlexAttention). Everything is timed
on the device, inputs are random, weights of a decoding product are taken in turns from more memory than the cache holds,
and the error beside each time is the largest one against float64 on a sample of rows, relative to the largest number.
The machine's own rates come first: what it copies, and what cuBLAS reaches in bf16. Nothing here is a result until it ran.
"""

import argparse
import ctypes
import json
import math
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import torch
import torch.nn.functional as F

HERE = pathlib.Path(__file__).resolve().parent
POINTER, INT = ctypes.c_void_p, ctypes.c_int


def build(folder, capability):
    """Compiles the sources for this GPU and gives the libraries by name."""
    arch = "%d%d" % capability + ("a" if capability == (9, 0) else "")
    libraries = {}
    for source in sorted(HERE.glob("*.cu")):
        if source.stem.endswith("_sm90") and capability != (9, 0):
            continue
        target = pathlib.Path(folder) / (source.stem + ".so")
        subprocess.run(
            ["nvcc", "-std=c++17", "-O3", "-shared", "-Xcompiler", "-fPIC", "-diag-suppress", "177",
             "-gencode", f"arch=compute_{arch},code=sm_{arch}", f"-I{HERE.parent}/runtime", f"-I{HERE.parent}/kernels",
             str(source), "-o", str(target)], check=True)
        libraries[source.stem] = ctypes.CDLL(str(target))
    return libraries


def function(library, name, *kinds):
    f = getattr(library, name)
    f.argtypes, f.restype = kinds, ctypes.c_char_p

    def call(*args):
        wrong = f(*[a.data_ptr() if isinstance(a, torch.Tensor) else a for a in args])
        if wrong:
            sys.exit(f"{name}: {wrong.decode()}")

    return call


def stream():
    return torch.cuda.current_stream().cuda_stream


def seconds(run, repeats):
    """The median time of one run; run(i) may take another input each time."""
    for i in range(3):
        run(i)
    times = []
    for i in range(repeats):
        first, last = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        first.record()
        run(i)
        last.record()
        last.synchronize()
        times.append(first.elapsed_time(last) / 1e3)
    return statistics.median(times)


def error(got, want):
    return ((got.double() - want).abs().max() / want.abs().max()).item()


class Table:
    def __init__(self):
        self.rows = []

    def add(self, what, shape, who, time, flops=0, moved=0, off=None):
        row = {"what": what, "shape": shape, "who": who, "us": time * 1e6}
        text = f"{what:<22}{shape:<28}{who:<16}{time * 1e6:>10.1f} us"
        if flops:
            row["tflops"] = flops / time / 1e12
            text += f"{row['tflops']:>9.1f} TFLOP/s"
        if moved:
            row["gb_s"] = moved / time / 1e9
            text += f"{row['gb_s']:>9.0f} GB/s"
        if off is not None:
            row["error"] = off
            text += f"   error {off:.1e}"
        self.rows.append(row)
        print(text, flush=True)


def machine(table, repeats):
    """What the device copies, and what its matrix units reach."""
    x = torch.empty(1 << 30, dtype=torch.uint8, device="cuda")
    y = torch.empty_like(x)
    table.add("copy", "1 GiB", "device", seconds(lambda i: y.copy_(x), repeats), moved=2 * x.numel())
    del x, y
    a, b = (torch.randn(8192, 8192, device="cuda", dtype=torch.bfloat16) for _ in range(2))
    table.add("matrix rate, bf16", "8192^3", "cuBLAS", seconds(lambda i: a @ b.T, repeats), flops=2 * 8192**3)


def products(table, lib, hopper, sizes, repeats):
    kinds = [POINTER] * 3 + [INT] * 3 + [POINTER]
    ours = {name: function(lib, name, *kinds) for name in ("product_rounded", "product_narrow", "product_f32")}
    for m, n, k in sizes:
        shape, flops = f"{m} x {n} x {k}", 2 * m * n * k
        a, b = torch.randn(m, k, device="cuda"), torch.randn(n, k, device="cuda")
        narrow_a, narrow_b = a.bfloat16(), b.bfloat16()
        some = torch.randint(m, (64,), device="cuda")
        want = narrow_a[some].double() @ narrow_b.double().T
        exact = a[some].double() @ b.double().T
        c = torch.empty(m, n, device="cuda")

        def own(name, x, w, wanted):
            time = seconds(lambda i: ours[name](x, w, c, m, n, k, stream()), repeats)
            table.add(name, shape, "ours", time, flops, off=error(c[some], wanted))

        own("product_narrow", narrow_a, narrow_b, want)
        if hopper:
            maps = torch.zeros(256, dtype=torch.uint8)
            function(hopper, "product_maps", POINTER, POINTER, POINTER, INT, INT, INT)(maps, narrow_a, narrow_b, m, n, k)
            maps, out = maps.cuda(), torch.empty(m, n, device="cuda", dtype=torch.bfloat16)
            blocks = torch.cuda.get_device_properties(0).multi_processor_count
            run = function(hopper, "product_hopper", POINTER, POINTER, INT, INT, INT, INT, POINTER)
            time = seconds(lambda i: run(maps, out, m, n, k, blocks, stream()), repeats)
            table.add("product_sm90", shape, "ours", time, flops, off=error(out[some], want))
            rounds = function(hopper, "product_narrowed", POINTER, POINTER, INT, INT, POINTER)
            time = seconds(lambda i: rounds(a, narrow_a, m, k, stream()), repeats)
            table.add("rows narrowed", f"{m} x {k}", "ours", time, moved=6 * m * k, off=error(narrow_a[some], a[some].double()))
        time = seconds(lambda i: narrow_a @ narrow_b.T, repeats)
        table.add("bf16 x bf16", shape, "cuBLAS", time, flops, off=error((narrow_a @ narrow_b.T)[some], want))
        own("product_rounded", a, narrow_b, want)
        own("product_f32", a, b, exact)
        torch.backends.cuda.matmul.allow_tf32 = False
        time = seconds(lambda i: a @ b.T, repeats)
        table.add("f32 x f32", shape, "cuBLAS", time, flops, off=error((a @ b.T)[some], exact))


def quantized(n, k, name, copies):
    """Random weights in a format of engines (spec/numerics.md, Q1): codes and scales for our kernels, and their numbers."""
    rows, columns = {"int8": (1, 128), "int4": (1, 32), "fp8": (128, 128)}[name]
    scales = torch.rand(-(-n // rows), -(-k // columns), device="cuda") + 0.5
    if name == "int4":
        scales = scales.bfloat16()
        codes = torch.randint(0, 256, (copies, n, k // 2), device="cuda", dtype=torch.uint8)
        numbers = torch.stack((codes[0] & 15, codes[0] >> 4), -1).reshape(n, k).double() - 8
    elif name == "int8":
        codes = torch.randint(-127, 128, (copies, n, k), device="cuda", dtype=torch.int8)
        numbers = codes[0].double()
    else:
        codes = torch.randn(copies, n, k, device="cuda").to(torch.float8_e4m3fn).view(torch.uint8)
        numbers = codes[0].view(torch.float8_e4m3fn).double()
    wide = scales.double().repeat_interleave(rows, 0)[:n].repeat_interleave(columns, 1)[:, :k]
    return codes, scales, wide * numbers, codes[0].numel() + scales.numel() * scales.element_size()


FORMATS = ("int8", "int4", "fp8")


def many_quantized(table, lib, sizes, repeats):
    """Products of many rows whose weights are widened on their way into tiles; beside them the bf16 ones of products()."""
    for m, n, k in sizes:
        a, c = torch.randn(m, k, device="cuda"), torch.empty(m, n, device="cuda")
        some = torch.randint(m, (64,), device="cuda")
        for name in FORMATS:
            run = function(lib, "product_" + name, *[POINTER] * 4, *[INT] * 3, POINTER)
            codes, scales, numbers, _ = quantized(n, k, name, 1)
            time = seconds(lambda i: run(a, codes, scales, c, m, n, k, stream()), repeats)
            want = a[some].bfloat16().double() @ numbers.float().bfloat16().double().T
            table.add(f"{name} x f32", f"{m} x {n} x {k}", "ours", time, 2 * m * n * k, off=error(c[some], want))


def decoding(table, lib, sizes, repeats):
    """Products of one row and of eight: floor is reading the weights at the rate of a copy."""
    one = function(lib, "stream_one", POINTER, POINTER, POINTER, INT, INT, INT, POINTER)
    eight = function(lib, "stream_eight", POINTER, POINTER, POINTER, INT, INT, INT, POINTER)
    blocks = torch.cuda.get_device_properties(0).multi_processor_count * 8
    for n, k in sizes:
        copies = max(2, math.ceil(512e6 / (2 * n * k)))
        w = [torch.randn(n, k, device="cuda").bfloat16() for _ in range(copies)]
        x, y = torch.randn(8, k, device="cuda"), torch.empty(8, n, device="cuda")
        for rows, run in ((1, one), (8, eight)):
            shape = f"{rows} x {n} x {k}, bf16"
            time = seconds(lambda i: run(w[i % copies], x, y, n, k, blocks, stream()), repeats)
            run(w[0], x, y, n, k, blocks, stream())
            want = x[:rows].double() @ w[0].double().T
            table.add("decode", shape, "ours", time, moved=2 * n * k, off=error(y[:rows], want))
            narrow_x = x[:rows].bfloat16()
            time = seconds(lambda i: narrow_x @ w[i % copies].T, repeats)
            table.add("decode", shape, "cuBLAS", time, moved=2 * n * k, off=error(narrow_x @ w[0].T, want))
        del w
        for name in FORMATS:  # more copies than the cache holds, of smaller weights
            run = function(lib, "stream_" + name, *[POINTER] * 4, *[INT] * 3, POINTER)
            number = copies * (4 if name == "int4" else 2)
            codes, scales, numbers, bytes = quantized(n, k, name, number)
            time = seconds(lambda i: run(codes[i % number], scales, x, y, n, k, blocks, stream()), repeats)
            run(codes[0], scales, x, y, n, k, blocks, stream())
            table.add("decode", f"1 x {n} x {k}, {name}", "ours", time, moved=bytes, off=error(y[:1], x[:1].double() @ numbers.T))


VARIANTS = ("full", "causal", "window 1024", "ALiBi", "soft cap 50", "sink", "sigmoid")


def logits(variant, dot, query, key, head):
    """A variant's scores in float64, minus infinity where a query does not see a key."""
    s = dot / math.sqrt(128)
    if variant == 3:
        s = s - torch.exp2(-0.25 * (head + 1)) * (query - key)
    if variant == 4:
        s = 50 * torch.tanh(s / 50)
    if variant > 0:
        s = s.masked_fill(key > query, -math.inf)
    if variant == 2:
        s = s.masked_fill(key <= query - 1024, -math.inf)
    return s


def weights_of(variant, scores):
    if variant == 6:
        return torch.sigmoid(scores)
    if variant == 5:  # a further score of 1, whose weight goes nowhere
        return torch.softmax(F.pad(scores, (0, 1), value=1.0), -1)[..., :-1]
    return torch.softmax(scores, -1)


def flex(variant, length):
    """The same variant for FlexAttention: a function of scores, a mask of blocks, or both."""
    from torch.nn.attention.flex_attention import create_block_mask

    def slopes(score, b, h, q, k):
        return score - torch.exp2(-0.25 * (h + 1)) * (q - k)

    def cap(score, b, h, q, k):
        return 50 * torch.tanh(score / 50)

    mask = None
    if variant:
        width = 1024 if variant == 2 else 1 << 30
        mask = create_block_mask(lambda b, h, q, k: (k <= q) & (k > q - width), None, None, length, length)
    return {3: slopes, 4: cap}.get(variant), mask


def attention(table, lib, lengths, repeats):
    run = function(lib, "attention", *[POINTER] * 4, *[INT] * 4, POINTER)
    heads, group = 32, 4
    try:
        from torch.nn.attention.flex_attention import flex_attention

        compiled = torch.compile(flex_attention)
    except ImportError:
        compiled = None
    for length in lengths:
        q = torch.randn(length, heads, 128, device="cuda").bfloat16()
        k, v = (torch.randn(length, heads // group, 128, device="cuda").bfloat16() for _ in range(2))
        o = torch.empty_like(q)
        some = torch.randint(length, (16,), device="cuda")
        as_batch = [t.transpose(0, 1)[None] for t in (q, k, v)]
        dots = torch.einsum("qhd,khd->hqk", q[some].double(), k.double().repeat_interleave(group, 1))
        places = (some[None, :, None], torch.arange(length, device="cuda"), torch.arange(heads, device="cuda")[:, None, None])
        for variant, name in enumerate(VARIANTS):
            pairs = length * length if variant == 0 else length * (length + 1) // 2
            if variant == 2 and length > 1024:
                pairs = 1024 * 1025 // 2 + (length - 1024) * 1024
            flops, shape = 4 * 128 * heads * pairs, f"{length} x {heads}/{heads // group} x 128"
            weights = weights_of(variant, logits(variant, dots, *places))
            want = torch.einsum("hqk,khd->qhd", weights, v.double().repeat_interleave(group, 1))
            time = seconds(lambda i: run(q, k, v, o, length, heads, group, variant, stream()), repeats)
            table.add(name, shape, "ours", time, flops, off=error(o[some], want))
            if variant < 2:
                call = lambda i: F.scaled_dot_product_attention(*as_batch, is_causal=variant == 1, enable_gqa=True)
                table.add(name, shape, "SDPA", seconds(call, repeats), flops, off=error(call(0)[0].transpose(0, 1)[some], want))
            if compiled and variant < 5:  # it has no weights but those of softmax
                score, mask = flex(variant, length)
                call = lambda i: compiled(*as_batch, score_mod=score, block_mask=mask, enable_gqa=True)
                table.add(name, shape, "FlexAttention", seconds(call, repeats), flops, off=error(call(0)[0].transpose(0, 1)[some], want))


# --- generated engines ---

D, F, V, KEYS = 4096, 14336, 128256, 1024  # of examples/llama3-8b.arch: widths, the vocabulary, keys and values


def checkpoint(path, layers):
    """A file with the tensors of Llama 3 8B, or of its first layers, full of random bf16. Gives the numbers of its products."""
    shapes = {"model.embed_tokens.weight": (V, D), "model.norm.weight": (D,), "lm_head.weight": (V, D)}
    for i in range(layers):
        layer = f"model.layers.{i}."
        shapes.update({layer + n + ".weight": (D,) for n in ("input_layernorm", "post_attention_layernorm")})
        shapes.update({layer + f"self_attn.{n}_proj.weight": s for n, s in zip("qkvo", ((D, D), (KEYS, D), (KEYS, D), (D, D)))})
        shapes.update({layer + f"mlp.{n}_proj.weight": s for n, s in zip(("gate", "up", "down"), ((F, D), (F, D), (D, F)))})
    header, at = {}, 0
    for name, shape in shapes.items():
        end = at + 2 * math.prod(shape)
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": (at, end)}
        at = end
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name, shape in shapes.items():
            x = torch.ones(shape) if len(shape) == 1 else torch.randn(shape, device="cuda") * 0.02
            file.write(x.bfloat16().cpu().view(torch.int16).numpy().tobytes())
    return layers * (2 * D * D + 2 * KEYS * D + 3 * F * D)


def engines(folder, capability, layers):
    """What archc build writes, as libraries: code of the first tier, that of this device, and products by cuBLASLt."""
    root, target = HERE.parents[2], pathlib.Path(folder) / "engine"
    subprocess.run(["go", "run", "./cmd/archc", "build", "examples/llama3-8b.arch", "--set", f"L={layers}", "--dtype", "bf16", "--target", "cuda",
                    "-o", str(target)], cwd=root, check=True)
    makes = {"sm_80": ["GENCODE=-gencode arch=compute_80,code=sm_80"]}
    if capability == (9, 0):
        makes["sm_90a"] = ["GENCODE=-gencode arch=compute_90a,code=sm_90a"]
    makes["cuBLASLt"] = [*list(makes.values())[-1], "CUBLASLT=1"]
    libraries = {}
    for name, more in makes.items():
        subprocess.run(["make", "-C", str(target), "clean"], check=True, stdout=subprocess.DEVNULL)
        if subprocess.run(["make", "-C", str(target), "library", *more]).returncode:
            print(f"no engine with {name}: it does not compile", flush=True)
            continue
        own = pathlib.Path(folder) / f"engine-{name}.so"
        (target / "engine.so").rename(own)
        libraries[name] = ctypes.CDLL(str(own), mode=ctypes.RTLD_LOCAL)
    return libraries


def decoder(table, folder, capability, lengths, layers, new):
    """Prompts at once, then tokens one by one, with each engine: the time of the whole call, for the host waits for it."""
    path = pathlib.Path(folder) / "model.safetensors"
    numbers = checkpoint(path, layers)
    for name, lib in engines(folder, capability, layers).items():
        lib.engine_error.restype = ctypes.c_char_p

        def check(code):
            if code:
                sys.exit(f"engine with {name}: {lib.engine_error().decode()}")

        e = POINTER()
        check(lib.engine_open(str(path).encode(), ctypes.c_long(1), ctypes.c_long(max(lengths) + new + 1), ctypes.byref(e)))

        def step(n):
            begin = time.perf_counter()
            check(lib.engine_step(e, (ctypes.c_int * n)(*(7 * i % V for i in range(n))), ctypes.c_long(n)))
            return time.perf_counter() - begin

        for n in lengths:
            times = []
            for _ in range(4):
                check(lib.engine_reset(e))
                times.append(step(n))
            table.add("prefill, Llama 3 8B", f"{n} tokens, {layers} layers", name, statistics.median(times[1:]), flops=2 * n * numbers)
        times = [step(1) for _ in range(new)]
        table.add("decode, Llama 3 8B", f"behind {lengths[-1]}, {layers} layers", name, statistics.median(times[4:]),
                  moved=2 * (numbers + V * D))
        lib.engine_close(e)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small sizes, few repeats")
    parser.add_argument("--json", help="also write the rows to this file")
    options = parser.parse_args()
    if not torch.cuda.is_available():
        sys.exit("no GPU that PyTorch knows: nothing is measured")
    torch.manual_seed(7)
    name, capability = torch.cuda.get_device_name(), torch.cuda.get_device_capability()
    print(f"{name}, compute capability {capability[0]}.{capability[1]}, PyTorch {torch.__version__}, CUDA {torch.version.cuda}")
    table, repeats = Table(), 5 if options.quick else 30
    with tempfile.TemporaryDirectory() as folder:
        libraries = build(folder, capability)
        machine(table, repeats)
        sizes = [(1024, 1024, 1024)] if options.quick else [(4096, 4096, 4096), (8192, 8192, 8192), (4096, 14336, 4096)]
        products(table, libraries["products"], libraries.get("products_sm90"), sizes, repeats)
        many_quantized(table, libraries["products"], sizes, repeats)
        sizes = [(4096, 4096)] if options.quick else [(4096, 4096), (14336, 4096), (4096, 14336), (128256, 4096)]
        decoding(table, libraries["products"], sizes, repeats)
        attention(table, libraries["attention"], [1024] if options.quick else [4096, 8192, 16384], repeats)
        torch.cuda.empty_cache()
        decoder(table, folder, capability, [512] if options.quick else [2048, 4096], 2 if options.quick else 32, 16 if options.quick else 128)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps({"device": name, "rows": table.rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
