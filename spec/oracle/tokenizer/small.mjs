// Writes backends/host/tokenizer/testdata/small.json: toy tokenizers with the reference's answers, so that a
// clone without the real tokenizers still tests every component.
import fs from 'node:fs';
import path from 'node:path';
import reference from 'tokenizers';
import { apply, variants } from './variants.mjs';

const real = { gpt2: 'tokenizers/gpt2', bert: 'tokenizers/bert', stories: 'stories260k' };
const data = process.env.ARCHC_TESTDATA;
const parts = (name) =>
  JSON.parse(
    fs.readFileSync(path.join(data, real[name] ?? 'tokenizers/' + name, 'tokenizer.json'), 'utf8'),
  );

// bpe gives each word's tokens and merges: the word grows letter by letter.
function bpe(first, words) {
  const vocab = Object.fromEntries(first.map((t, i) => [t, i]));
  const merges = [];
  for (const word of words) {
    const letters = [...word];
    for (let i = 1, left = letters[0]; i < letters.length; i++) {
      const whole = left + letters[i];
      if (!(whole in vocab)) {
        vocab[whole] = Object.keys(vocab).length;
        merges.push([left, letters[i]]);
      }
      left = whole;
    }
  }
  return { vocab, merges };
}

const hex = (b) => `<0x${b.toString(16).toUpperCase().padStart(2, '0')}>`;
const bytes = Array.from({ length: 256 }, (_, b) => hex(b));
const letters = [...'abcdefghijklmnopqrstuvwxyz'];
const special = (id, content) => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
});

// The parts around the model are the real tokenizers'; the models are small.
function bases() {
  const out = {};
  const alphabet = reference.byteLevelAlphabet().sort();
  const words = ['Ġthe', 'Ġhello', 'hello', 'ing', 'Ã©', 'ðŁĺ', 'ĠĠ', 'ĊĊ'];
  const gpt2 = parts('gpt2');
  Object.assign(gpt2.model, bpe(alphabet, words));
  gpt2.added_tokens = [special(Object.keys(gpt2.model.vocab).length, '<|endoftext|>')];
  out[real.gpt2] = gpt2;
  const tok = parts('stories');
  Object.assign(
    tok.model,
    bpe(['<unk>', '<s>', '</s>', ...bytes, '▁', ...letters], ['▁the', '▁hello', 'ing', '▁a']),
  );
  out[real.stories] = tok;
  const bert = parts('bert');
  const pieces = [
    '[PAD]',
    '[UNK]',
    '[CLS]',
    '[SEP]',
    ...letters,
    ...letters.map((c) => '##' + c),
    'the',
    'hell',
    '##llo',
    ',',
    '.',
    '!',
    "'",
    '中',
    'é',
    'É',
  ];
  bert.model.vocab = Object.fromEntries(pieces.map((t, i) => [t, i]));
  bert.added_tokens = [
    special(0, '[PAD]'),
    special(1, '[UNK]'),
    special(2, '[CLS]'),
    special(3, '[SEP]'),
  ];
  Object.assign(bert.post_processor.special_tokens['[CLS]'], { ids: [2] });
  Object.assign(bert.post_processor.special_tokens['[SEP]'], { ids: [3] });
  out[real.bert] = bert;
  return out;
}

const texts = [
  '',
  '  the\n\n hello!',
  "Don't, they'LL 1234",
  'é e\u0301 \u4e2d \u{1f600}',
  'x <s> [left]  [right] the',
  '[CLS]3<|endoftext|>',
  "'ſ½٣\r\n\r\n a",
];
const shown =
  `metaspace-always metaspace-first metaspace-never no-decoder roberta no-fuse-unk fuse-unk added
  prefix-space nfd digits punctuation bert-cased visible-gpt2 space-MergedWithPrevious space-MergedWithNext
  space-Contiguous`.split(
    /\s+/,
  );
const { pre_tokenizer } = parts('llama3');
const own = [
  ...Object.values(real).map((name) => [name, name, {}]),
  ...variants.filter(([name]) => shown.includes(name)),
  ['llama3', real.gpt2, { normalizer: { type: 'NFC' }, pre_tokenizer }],
];

// changes are the members of b that differ from a's.
const changes = (a, b) =>
  Object.fromEntries(Object.entries(b).filter(([k, v]) => JSON.stringify(v) !== JSON.stringify(a[k])));

const start = bases();
const rows = [];
for (const [name, base, change] of own) {
  const whole = apply(start[base], change);
  const tok = reference.Tokenizer.fromString(JSON.stringify(whole));
  const special = (await tok.encodeBatch(texts)).map((e) => e.getIds());
  const set = changes(start[base], whole);
  if (set.model) set.model = changes(start[base].model, whole.model);
  rows.push({ name, base, set, ids: special, text: await tok.decodeBatch(special, false) });
}
const row = (r) => '    ' + JSON.stringify(r);
const text = `{
  "from": "tokenizers 0.23.2, by spec/oracle/tokenizer/small.mjs",
  "texts": ${JSON.stringify(texts)},
  "bases": {
${Object.entries(start)
  .map(([k, v]) => `    ${JSON.stringify(k)}: ${JSON.stringify(v)}`)
  .join(',\n')}
  },
  "rows": [
${rows.map(row).join(',\n')}
  ]
}
`;
const file = path.resolve(import.meta.dirname, '../../../backends/host/tokenizer/testdata/small.json');
fs.mkdirSync(path.dirname(file), { recursive: true });
fs.writeFileSync(file, text);
console.log(`${file}: ${rows.length} tokenizers, ${texts.length} texts, ${text.length} bytes`);
