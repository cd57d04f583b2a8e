// The texts that both tokenizers get: lines of real text, and strings made to meet every rule's edge.
import fs from 'node:fs';
import path from 'node:path';

// mulberry32: a small seeded generator, so that a mismatch comes again in the next run.
export function random(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

// The lines of every file of DATA/text, each once.
export function lines(data) {
  const dir = path.join(data, 'text');
  const all = new Set();
  for (const name of fs.readdirSync(dir).sort()) {
    for (const line of fs.readFileSync(path.join(dir, name), 'utf8').split('\n')) all.add(line);
  }
  return [...all];
}

const range = (lo, hi) => (r) => String.fromCodePoint(lo + Math.floor(r() * (hi - lo + 1)));
const among = (list) => (r) => list[Math.floor(r() * list.length)];

// Pools of characters and snippets; a string draws from one to four of them.
const pools = [
  range(0x20, 0x7e),
  range(0x61, 0x7a),
  range(0x30, 0x39),
  range(0x00, 0x1f),
  range(0x80, 0xff),
  range(0x100, 0x17f),
  among([
    ' ',
    '  ',
    '\n',
    '\r\n',
    '\t',
    '\r',
    '\u00a0',
    '\u1680',
    '\u2003',
    '\u2028',
    '\u3000',
    '\u0085',
    '\v',
    '\f',
  ]),
  among([
    "'s",
    "'S",
    "'ſ",
    "'t",
    "'re",
    "'RE",
    "'ve",
    "'Ve",
    "'m",
    "'ll",
    "'lL",
    "'d",
    "'",
    "''",
    '’s',
    "'l",
    "'r",
  ]),
  range(0x300, 0x36f),
  range(0x370, 0x5ff),
  range(0x600, 0x8ff),
  range(0x900, 0xdff),
  range(0xe00, 0x10ff),
  range(0x1100, 0x11ff),
  range(0xac00, 0xd7a3),
  range(0x1e00, 0x1fff),
  range(0x2000, 0x206f),
  range(0x2070, 0x2bff),
  range(0x3040, 0x30ff),
  range(0x4e00, 0x9fff),
  range(0xf900, 0xfaff),
  range(0xfb00, 0xffff),
  range(0xe000, 0xf8ff),
  range(0x1f300, 0x1faff),
  range(0x1d100, 0x1d7ff),
  range(0x10000, 0x13fff),
  range(0x16000, 0x1efff),
  range(0x20000, 0x3ffff),
  range(0xe0000, 0x10ffff),
  among([
    '\u0338',
    '\u0345',
    '\u0327',
    '\u0323',
    '\u0301',
    '\u0315',
    '\u3099',
    '\u0f71',
    '\u0f72',
    '\u0f74',
    '\u1100',
    '\u1161',
    '\u11a8',
    '\u212b',
    '\u2126',
    '\u0958',
    '\ufb2c',
    '\u1e9b\u0323',
    '\u0344',
    '\u2adc',
    '\u1d165',
  ]),
  among([
    '▁',
    '<0x41>',
    '<0x0A>',
    'Ġ',
    'Ċ',
    'ģ',
    '\ufeff',
    '\ufffd',
    '\u200d',
    '\u200b',
    '\ufe0f',
    '½',
    '٣',
    'Ⅷ',
  ]),
  among([
    'hello',
    ' world',
    'The',
    ' don',
    "'t",
    '12345',
    '3.14',
    ' 1,000',
    '...',
    '!!!',
    '__',
    '====',
    'aaaa',
    ' the ',
  ]),
];

// strings makes n random strings; snippets are drawn too: a tokenizer's added tokens.
export function strings(n, seed, snippets) {
  const r = random(seed);
  const own = snippets.length ? [...pools, among(snippets), among(snippets)] : pools;
  const out = [''];
  while (out.length < n) {
    const few = Array.from({ length: 1 + Math.floor(r() * 4) }, () => among(own)(r));
    let s = '';
    for (let k = Math.floor(r() * r() * 80); k >= 0; k--) s += among(few)(r)(r);
    out.push(s);
  }
  // Halves of pairs can meet when pools cut characters; text is Unicode, so there are none in it.
  return out.map((s) => s.toWellFormed());
}
