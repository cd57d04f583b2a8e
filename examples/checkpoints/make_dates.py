"""Makes dates/: a very small trained Llama that turns a written date into an ISO date.

    "March 5, 1987 ="  ->  " 1987-03-05</s>"

    pip install -r requirements.txt
    python make_dates.py              trains, writes dates/, evaluates, writes dates/golden.json
    python make_dates.py --golden     rewrites dates/golden.json from the weights on disk
    python make_dates.py --evaluate   measures the weights on disk on every held-out date
    python make_dates.py --ask TEXT   prints the continuation of TEXT

On one core, training takes about four minutes and the evaluation one. Everything is drawn
from fixed seeds on one thread. Another processor or other library versions (those used are in
requirements.txt) learn the task too, but not to the same last bit.
"""

import argparse
import collections
import datetime
import json
import os
import pathlib
import random
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"

import tokenizers
import torch
import transformers
from tokenizers import decoders, models, pre_tokenizers, processors, trainers
from torch.utils._python_dispatch import TorchDispatchMode
from transformers.models.llama import modeling_llama

HERE = pathlib.Path(__file__).resolve().parent
OUT = HERE / "dates"
BOS, EOS = "<s>", "</s>"

YEARS = range(1000, 2100)
HELD_OUT = 64  # one date in so many is never trained on, in any form
STEPS, BATCH, WARMUP, PEAK = 1500, 256, 150, 4e-3

MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August",
          "September", "October", "November", "December"]
SUFFIX = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}

# The written forms. Each also comes with the month cut to three letters, and each in lower case.
SHAPES = [
    "{month} {day}, {year} =",                # March 5, 1987 =
    "{month} {day} {year} =",                 # March 5 1987 =
    "{month} {day}{th}, {year} =",            # March 5th, 1987 =
    "{day} {month} {year} =",                 # 5 March 1987 =
    "{day}{th} of {month} {year} =",          # 5th of March 1987 =
    "the {day}{th} of {month}, {year} =",     # the 5th of March, 1987 =
]
FORMS = [(shape, short, lower) for shape in SHAPES for short in (False, True) for lower in (False, True)]

GOLDEN = ["March 5, 1987 =", "5 March 1987 =", "29th of February 2000 =",
          "July 4th, 1776 =", "the 31st of dec, 1999 =", "1 Sep 2024 ="]


def prompt(form, d):
    shape, short, lower = form
    month = MONTHS[d.month - 1][:3 if short else None]
    text = shape.format(day=d.day, th=SUFFIX.get(d.day, "th"), month=month, year=d.year)
    return text.lower() if lower else text


def answer(d):
    return f" {d.year}-{d.month:02}-{d.day:02}"


def split_dates():
    """All dates of YEARS, shuffled once: (to train on, held out)."""
    first = datetime.date(YEARS.start, 1, 1).toordinal()
    last = datetime.date(YEARS.stop - 1, 12, 31).toordinal()
    dates = [datetime.date.fromordinal(n) for n in range(first, last + 1)]
    random.Random(1).shuffle(dates)
    cut = len(dates) // HELD_OUT
    return dates[cut:], dates[:cut]


def make_tokenizer():
    """Byte-level BPE with GPT-2's pattern. It sees no digits, so each digit stays one token."""
    words = [w for name in MONTHS for m in (name, name[:3]) for w in (m, m.lower())]
    text = [w for m in words for w in (m, " " + m)] + ["the", " of", " =", "st", "nd", "rd", "th"] * 4
    tok = tokenizers.Tokenizer(models.BPE())
    tok.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tok.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=352, min_frequency=2, special_tokens=[BOS, EOS],
                                  initial_alphabet=alphabet, show_progress=False)
    tok.train_from_iterator(text, trainer)
    bos = (BOS, tok.token_to_id(BOS))
    tok.post_processor = processors.TemplateProcessing(single=f"{BOS} $A", special_tokens=[bos])
    return transformers.PreTrainedTokenizerFast(tokenizer_object=tok, bos_token=BOS, eos_token=EOS,
                                                model_max_length=64, clean_up_tokenization_spaces=False)


def make_model(tok):
    return transformers.LlamaForCausalLM(transformers.LlamaConfig(
        vocab_size=len(tok), hidden_size=64, intermediate_size=112, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, head_dim=16, max_position_embeddings=64,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0}, rms_norm_eps=1e-5,
        tie_word_embeddings=True, initializer_range=0.06, bos_token_id=tok.bos_token_id,
        eos_token_id=tok.eos_token_id, use_cache=True))


def batch(tok, rng, dates):
    """BATCH examples, padded on the right; only the answer and the end token are learned."""
    picked = [rng.choice(dates) for _ in range(BATCH)]
    asked = tok([prompt(rng.choice(FORMS), d) for d in picked]).input_ids
    told = tok([answer(d) + EOS for d in picked], add_special_tokens=False).input_ids
    width = max(len(a) + len(b) for a, b in zip(asked, told))
    ids = torch.full((BATCH, width), tok.eos_token_id)
    labels = torch.full((BATCH, width), -100)
    for i, (a, b) in enumerate(zip(asked, told)):
        ids[i, :len(a) + len(b)] = torch.tensor(a + b)
        labels[i, len(a):len(a) + len(b)] = torch.tensor(b)
    return ids, labels


def train():
    torch.manual_seed(0)
    rng = random.Random(0)
    tok = make_tokenizer()
    model = make_model(tok)
    dates, _ = split_dates()
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK, betas=(0.9, 0.98), weight_decay=0.01)
    schedule = transformers.get_cosine_schedule_with_warmup(optimizer, WARMUP, STEPS)
    began = time.monotonic()
    for step in range(1, STEPS + 1):
        ids, labels = batch(tok, rng, dates)
        loss = model(input_ids=ids, labels=labels).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 100 == 0:
            print(f"step {step:5}  loss {loss.item():.6f}  {time.monotonic() - began:4.0f} s", flush=True)
    model.save_pretrained(OUT)
    tok.save_pretrained(OUT)
    (OUT / "model.safetensors").chmod(0o644)  # written for its owner only


def load():
    return (transformers.AutoTokenizer.from_pretrained(OUT),
            transformers.LlamaForCausalLM.from_pretrained(OUT, dtype="auto").eval())


@torch.no_grad()
def evaluate():
    """Greedy exact match, the end token included. Prompts of one length share a batch: no padding."""
    tok, model = load()
    groups = collections.defaultdict(list)
    for d in split_dates()[1]:
        for form in FORMS:
            ids = tok(prompt(form, d)).input_ids
            groups[len(ids)].append((form, ids, tok(answer(d) + EOS, add_special_tokens=False).input_ids))
    right, total = collections.Counter(), collections.Counter()
    for cases in groups.values():
        for at in range(0, len(cases), 1024):
            part = cases[at:at + 1024]
            new = generate(model, torch.tensor([c[1] for c in part]), len(part[0][2]))
            for (form, _, want), got in zip(part, new.tolist()):
                total[form] += 1
                right[form] += got == want
    for form in FORMS:
        example = prompt(form, datetime.date(1987, 3, 5))
        print(f"{right[form]:6} of {total[form]:6} right   {example}")
    share = right.total() / total.total()
    print(f"{right.total():6} of {total.total():6} right   {share:.4%} of all, {model.dtype}")


def generate(model, ids, steps):
    """The greedy continuation of a batch of prompts of one length, with the key-value cache."""
    new, cache = [], None
    for _ in range(steps):
        out = model(input_ids=ids, past_key_values=cache, use_cache=True)
        ids, cache = out.logits[:, -1:].argmax(-1), out.past_key_values
        new.append(ids)
    return torch.cat(new, 1)


class OnlyFloat64(TorchDispatchMode):
    """Fails on the first operation that returns a floating-point tensor of another width."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        for t in out if isinstance(out, (tuple, list)) else [out]:
            if isinstance(t, torch.Tensor) and t.is_floating_point():
                assert t.dtype == torch.float64, f"{func} returned {t.dtype}"
        return out


def in_float64(model):
    """Replaces what the Llama modules compute in float32 whatever their weights' type."""

    def norm(self, x):
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.variance_epsilon))

    def rotary(self, x, position_ids):
        half = torch.arange(0, self.config.head_dim, 2, dtype=torch.float64) / self.config.head_dim
        angle = position_ids[..., None].double() * self.config.rope_parameters["rope_theta"] ** -half
        return torch.cat((angle, angle), -1).cos(), torch.cat((angle, angle), -1).sin()

    def attention(module, q, k, v, mask, scaling, **_):
        k, v = (modeling_llama.repeat_kv(t, module.num_key_value_groups) for t in (k, v))
        weights = (q @ k.transpose(2, 3) * scaling + mask).softmax(-1)
        return (weights @ v).transpose(1, 2).contiguous(), weights

    modeling_llama.LlamaRMSNorm.forward = norm
    modeling_llama.LlamaRotaryEmbedding.forward = rotary
    modeling_llama.eager_attention_forward = attention
    model.set_attn_implementation("eager")
    return model.double()


@torch.no_grad()
def golden():
    """Six prompts with their greedy continuations, and one row of logits, all in float64."""
    tok, model = load()
    model = in_float64(model)
    cases, logits = [], None
    for text in GOLDEN:
        asked = ids = tok(text).input_ids
        while ids[-1] != tok.eos_token_id and len(ids) < 64:
            with OnlyFloat64():
                last = model(input_ids=torch.tensor([ids]), use_cache=False).logits[0, -1]
            logits = last.tolist() if logits is None else logits
            ids = ids + [int(last.argmax())]
        new = ids[len(asked):]
        cases.append({"prompt": text, "prompt_ids": asked, "continuation_ids": new,
                      "continuation": tok.decode(new, skip_special_tokens=True)})
    made = {lib.__name__: lib.__version__ for lib in (torch, transformers, tokenizers)}
    cases = ",\n".join("  " + json.dumps(case) for case in cases)
    (OUT / "golden.json").write_text(
        f'{{\n"made_with": {json.dumps(made)},\n"cases": [\n{cases}\n],\n'
        f'"last_logits_float64": {json.dumps(logits)}\n}}\n')


def ask(text):
    tok, model = load()
    with torch.no_grad():
        ids = tok(text, return_tensors="pt").input_ids
        if ids.shape[1] >= 64:
            raise SystemExit(f"the prompt has {ids.shape[1]} tokens; the model reads fewer than 64")
        new = generate(model, ids, 64 - ids.shape[1])[0].tolist()
    end = new.index(tok.eos_token_id) if tok.eos_token_id in new else len(new)
    print(text + tok.decode(new[:end]))


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    only = args.add_mutually_exclusive_group()
    only.add_argument("--golden", action="store_true")
    only.add_argument("--evaluate", action="store_true")
    only.add_argument("--ask", metavar="TEXT")
    chosen = args.parse_args()
    torch.set_num_threads(1)
    transformers.utils.logging.disable_progress_bar()
    if chosen.ask is not None:
        return ask(chosen.ask)
    if chosen.evaluate:
        return evaluate()
    if not chosen.golden:
        train()
        evaluate()
    golden()  # last: it changes the Llama modules for the rest of the process


if __name__ == "__main__":
    main()
