// Compares archc's tokenizer with the reference implementation. See README.md.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import reference from 'tokenizers';
import { lines, random, strings } from './corpus.mjs';
import { apply, variants } from './variants.mjs';

const { values: opt } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.ARCHC_TESTDATA ?? '' },
    strings: { type: 'string', default: '20000' }, // random strings for each real tokenizer
    few: { type: 'string', default: '3000' }, // and for each variant
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' }, // a regular expression on the names of the tokenizers
    show: { type: 'string', default: '3' }, // mismatches to print for each tokenizer
  },
});
if (!opt.data) throw new Error('set ARCHC_TESTDATA or --data to the folder with tokenizers/ and text/');
const real = [
  'tokenizers/gpt2',
  'tokenizers/qwen2_5',
  'tokenizers/llama3',
  'tokenizers/bert',
  'stories260k',
];
const temp = fs.mkdtempSync(path.join(os.tmpdir(), 'tokenizer-oracle-'));
const read = (name) => JSON.parse(fs.readFileSync(path.join(opt.data, name, 'tokenizer.json'), 'utf8'));

function job(name, file, tok, texts) {
  const r = random(7);
  const ids = [...Object.values(tok.model.vocab), ...tok.added_tokens.map((a) => a.id)];
  const draw = () =>
    Array.from({ length: Math.floor(r() * 30) }, () => ids[Math.floor(r() * ids.length)]);
  return { name, tokenizer: file, texts, ids: Array.from({ length: 2000 }, draw) };
}

function jobs() {
  const text = lines(opt.data);
  const out = [];
  const bases = {};
  for (const name of real) {
    const tok = (bases[name] = read(name));
    const own = strings(
      +opt.strings,
      +opt.seed,
      tok.added_tokens.map((a) => a.content),
    );
    out.push(job(name, path.join(opt.data, name, 'tokenizer.json'), tok, [...text, ...own]));
  }
  for (const [name, base, change] of variants) {
    const tok = apply(bases[base], change);
    const file = path.join(temp, name + '.json');
    fs.writeFileSync(file, JSON.stringify(tok));
    const own = strings(
      +opt.few,
      +opt.seed + 1,
      tok.added_tokens.map((a) => a.content),
    );
    out.push(job(name, file, tok, [...text.slice(0, 2000), ...own]));
  }
  return out;
}

function ours(list) {
  const file = path.join(temp, 'jobs.json');
  fs.writeFileSync(file, JSON.stringify(list));
  const root = path.resolve(import.meta.dirname, '../../..');
  execFileSync(
    'go',
    ['test', '-count=1', '-run', '^TestDump$', './backends/host/tokenizer', '-args', '-dump', file],
    { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  return JSON.parse(fs.readFileSync(file + '.ours', 'utf8'));
}

async function theirs({ tokenizer, texts, ids }) {
  const tok = reference.Tokenizer.fromString(fs.readFileSync(tokenizer, 'utf8'));
  const encode = async (addSpecialTokens) =>
    (await tok.encodeBatch(texts, { addSpecialTokens })).map((e) => e.getIds());
  const special = await encode(true);
  return {
    ids: await encode(false),
    special,
    text: await tok.decodeBatch(special, true),
    all: await tok.decodeBatch(special, false),
    random: await tok.decodeBatch(ids, false),
  };
}

const list = jobs().filter((j) => new RegExp(opt.only).test(j.name));
const mine = ours(list);
let failed = false;
let checks = 0;
for (const [i, j] of list.entries()) {
  const want = await theirs(j);
  const bad = Object.fromEntries(Object.keys(want).map((k) => [k, 0]));
  let shown = 0;
  if (mine[i].error) console.log(`${j.name}: ${mine[i].error}`);
  for (const kind of Object.keys(want)) {
    for (const [k, w] of want[kind].entries()) {
      checks++;
      const got = mine[i][kind]?.[k];
      if (JSON.stringify(got ?? []) === JSON.stringify(w) || got === w) continue;
      bad[kind]++;
      if (shown++ < +opt.show) {
        const input = kind === 'random' ? j.ids[k] : j.texts[k];
        console.log(
          `${j.name} ${kind} ${JSON.stringify(input)}\n` +
            `  got  ${JSON.stringify(got)}\n  want ${JSON.stringify(w)}`,
        );
      }
    }
  }
  const sum = Object.values(bad).reduce((a, b) => a + b);
  failed ||= sum > 0;
  console.log(
    `${j.name}: ${j.texts.length} texts, ${j.ids.length} id lists; mismatches ${JSON.stringify(bad)}`,
  );
}
console.log(`${checks} comparisons, ${failed ? 'MISMATCHES' : 'all equal'}`);
fs.rmSync(temp, { recursive: true });
process.exitCode = failed ? 1 : 0;
