"""Makes the cases of the oracle, or checks the committed ones.

    python run.py                    makes all
    python run.py llama bert         makes the families named
    python run.py --check [FAMILY]   makes them in memory and compares with what is committed
"""

import argparse
import importlib
import os
import sys

sys.dont_write_bytecode = True
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import torch  # noqa: E402

import hashing  # noqa: E402

FAMILIES = (
    "gpt2",
    "llama",
    "mistral",
    "qwen2",
    "qwen3",
    "gemma",
    "gemma2",
    "bert",
    "roberta",
    "deepseek_v2",
    "deepseek_v3",
    "t5",
    "bloom",
    "mpt",
    "mixtral",
    "switch_transformers",
    "qwen3_moe",
    "longformer",
    "big_bird",
    "vision",
    "recurrent",
    "convolutional",
    "distributions",
    "alignments",
    "nnlm",
    "seq2seq",
    "convolutional_translation",
    "recurrent_translation",
    "mixtures",
    "routing", "gshard",
    "deepseek_moe",
    "transformer",
    "transformer_xl",
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("families", nargs="*", metavar="FAMILY", help=", ".join(FAMILIES))
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    args = parser.parse_args()
    if unknown := set(args.families) - set(FAMILIES):
        parser.error(f"no family {', '.join(sorted(unknown))}")
    torch.set_num_threads(1)
    hashing.verify()
    bad = 0
    for family in args.families or FAMILIES:
        for case in importlib.import_module(f"families.{family}").cases():
            bad += report(case, args.check)
    return 1 if bad else 0


def report(case, check: bool) -> int:
    """Writes or compares one case, prints a line, and returns how many differences there are."""
    if not check:
        print(f"{case.name:32} {case.write():8} bytes")
        return 0
    found = case.differences()
    print(f"{case.name:32} {'same' if not found else '; '.join(found)}")
    return len(found)


if __name__ == "__main__":
    sys.exit(main())
