"""Products beside OpenBLAS, in alternation and in one run: python spec/bench/openblas.py [ROUNDS]

Needs numpy and threadpoolctl (their wheels bring OpenBLAS) and Go. Each round runs some products of ours and as many
of OpenBLAS, with a pause so that the threads of one have gone to sleep before the other begins; medians are printed.
"""

import math
import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import threadpoolctl

SHAPES = [(512, 5632, 2048), (512, 2048, 5632), (512, 2048, 2048), (64, 2048, 2048), (8, 5632, 2048), (1, 5632, 2048)]
SAMPLE = 2e10  # operations of a sample: what waking the threads costs is small beside them
PAUSE = 0.3  # seconds: a thread of OpenBLAS spins for a while behind its last product, and would take a core from ours


def pattern(rows, cols, step):
    i, j = np.arange(rows)[:, None], np.arange(cols)[None, :]
    return (((i * step + j * j) % 127 - 63) / 64).astype(np.float32)


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 21
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    ours = os.path.join(tempfile.mkdtemp(), "products")
    subprocess.run(["go", "build", "-o", ours, "./spec/bench/products"], cwd=root, check=True)
    blas = threadpoolctl.threadpool_info()[0]
    print(f"OpenBLAS {blas['version']} ({blas['architecture']}), numpy {np.__version__}, {rounds} rounds")
    print("threads | rows x N x K | products a sample | ours GFLOP/s | OpenBLAS GFLOP/s | ours / OpenBLAS (median of rounds)")
    for threads in (1, 2):
        for rows, n, k in SHAPES:
            w, x = pattern(n, k, 31), pattern(rows, k, 17)
            out = np.empty((rows, n), np.float32)
            times_a_sample = max(2, math.ceil(SAMPLE / (2 * rows * n * k)))
            p = subprocess.Popen([ours, f"-rows={rows}", f"-n={n}", f"-k={k}", f"-workers={threads}",
                                  f"-times={times_a_sample}"],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
            p.stdout.readline()
            times, ratios = ([], []), []
            with threadpoolctl.threadpool_limits(threads):
                for r in range(rounds + 2):
                    p.stdin.write("\n")
                    a, check = map(float, p.stdout.readline().split())
                    time.sleep(PAUSE)
                    start = time.perf_counter()
                    for _ in range(times_a_sample):
                        np.matmul(x, w.T, out=out)
                    b = (time.perf_counter() - start) / times_a_sample
                    time.sleep(PAUSE)
                    if r == 0:
                        weights = np.arange(rows * n) % 7 - 3.0
                        want = float(out.ravel().astype(np.float64) @ weights)
                        size = float(np.abs(out.ravel()).astype(np.float64) @ np.abs(weights))
                        if abs(want - check) > 1e-5 * size:
                            sys.exit(f"results differ: {check} and {want}")
                    if r >= 2:
                        times[0].append(a)
                        times[1].append(b)
                        ratios.append(b / a)
            p.stdin.close()
            p.wait()
            flop = 2e-9 * rows * n * k
            print(f"{threads} | {rows}x{n}x{k} | {times_a_sample} | {flop / statistics.median(times[0]):.1f} | "
                  f"{flop / statistics.median(times[1]):.1f} | {statistics.median(ratios):.2f}")


main()
