// Tokenizers made from the real ones by changing a part, so that every implemented component is compared, and not
// only the combinations that the real ones happen to use.
const replace = (from, content) => ({ type: 'Replace', pattern: { String: from }, content });
const seq = (key, ...list) => ({ type: 'Sequence', [key]: list });
const metaspace = (prepend_scheme, split) => ({
  type: 'Metaspace',
  replacement: '▁',
  prepend_scheme,
  split,
});
const bytes = (add_prefix_space, use_regex) => ({
  type: 'ByteLevel',
  add_prefix_space,
  trim_offsets: true,
  use_regex,
});
const split = (pattern, behavior, invert) => ({ type: 'Split', pattern, behavior, invert });
const clsSep = (type, more) => ({ type, sep: ['</s>', 2], cls: ['<s>', 1], ...more });

const cut = (pattern, behavior, invert) => ({
  pre_tokenizer: seq('pretokenizers', split(pattern, behavior, invert), bytes(false, false)),
});

const behaviors = ['Isolated', 'Removed', 'Contiguous', 'MergedWithPrevious', 'MergedWithNext'];

// token adds an added token that is looked for in normalized text.
const token = (tok, content, flags) => {
  const known = tok.model.vocab[content];
  const next =
    Object.keys(tok.model.vocab).length +
    tok.added_tokens.filter((a) => !(a.content in tok.model.vocab)).length;
  tok.added_tokens.push({
    id: known ?? next,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: false,
    ...flags,
  });
};

const gpt2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

// visible puts a space before every piece, so that a cut in a wrong place shows even where no merge crosses.
const visible = (pattern) => ({
  pre_tokenizer: seq('pretokenizers', split(pattern, 'Isolated', false), bytes(true, false)),
});

// [name, base, change]
export const variants = [
  ['visible-gpt2', 'tokenizers/gpt2', visible({ Regex: gpt2 })],
  ['visible-llama3', 'tokenizers/llama3', (t) => visible(t.pre_tokenizer.pretokenizers[0].pattern)],
  ['visible-qwen2_5', 'tokenizers/qwen2_5', (t) => visible(t.pre_tokenizer.pretokenizers[0].pattern)],
  [
    'metaspace-always',
    'stories260k',
    { normalizer: null, pre_tokenizer: metaspace('always', true), decoder: metaspace('always', true) },
  ],
  [
    'metaspace-first',
    'stories260k',
    { normalizer: null, pre_tokenizer: metaspace('first', false), decoder: metaspace('first', false) },
  ],
  [
    'metaspace-never',
    'stories260k',
    { normalizer: null, pre_tokenizer: metaspace('never', true), decoder: metaspace('never', true) },
  ],
  ['no-decoder', 'stories260k', { decoder: null }],
  [
    'roberta',
    'stories260k',
    { post_processor: clsSep('RobertaProcessing', { trim_offsets: true, add_prefix_space: true }) },
  ],
  [
    'bert-ends',
    'stories260k',
    { post_processor: seq('processors', bytes(true, true), clsSep('BertProcessing')) },
  ],
  [
    'no-fuse-unk',
    'stories260k',
    (t) => {
      t.model.byte_fallback = false;
      t.model.fuse_unk = false;
    },
  ],
  [
    'fuse-unk',
    'stories260k',
    (t) => {
      t.model.byte_fallback = false;
      t.model.fuse_unk = true;
    },
  ],
  [
    'few-bytes',
    'stories260k',
    (t) => {
      // characters with a byte above 0x8F fall to <unk>, others to bytes
      const vocab = {};
      for (const [k, v] of Object.entries(t.model.vocab))
        vocab[/^<0x[9A-F]/.test(k) ? 'gone' + v : k] = v;
      t.model.vocab = vocab;
      t.model.fuse_unk = false;
    },
  ],
  [
    'strip-each',
    'stories260k',
    { decoder: seq('decoders', replace('▁', ' '), { type: 'Strip', content: ' ', start: 1, stop: 0 }) },
  ],
  [
    'added',
    'stories260k',
    (t) => {
      token(t, '[left]', { lstrip: true });
      token(t, '[right]', { rstrip: true });
      token(t, '[both]', { lstrip: true, rstrip: true, special: true });
      token(t, 'the', { normalized: true });
      token(t, '[n]', { normalized: true });
      token(t, '[n', {});
      token(t, '  ', {});
    },
  ],
  ['prefix-space', 'tokenizers/gpt2', { pre_tokenizer: bytes(true, true) }],
  ['no-regex', 'tokenizers/gpt2', { pre_tokenizer: bytes(false, false) }],
  ['nfd', 'tokenizers/gpt2', { normalizer: seq('normalizers', { type: 'NFD' }, replace('e', 'é')) }],
  [
    'digits',
    'tokenizers/gpt2',
    {
      pre_tokenizer: seq(
        'pretokenizers',
        { type: 'Digits', individual_digits: true },
        bytes(false, true),
      ),
    },
  ],
  [
    'numbers',
    'tokenizers/gpt2',
    {
      pre_tokenizer: seq(
        'pretokenizers',
        { type: 'Digits', individual_digits: false },
        bytes(false, true),
      ),
    },
  ],
  [
    'punctuation',
    'tokenizers/gpt2',
    {
      pre_tokenizer: seq(
        'pretokenizers',
        { type: 'Punctuation', behavior: 'Contiguous' },
        bytes(false, false),
      ),
    },
  ],
  [
    'white',
    'tokenizers/gpt2',
    { pre_tokenizer: seq('pretokenizers', { type: 'WhitespaceSplit' }, bytes(true, false)) },
  ],
  [
    'ignore-merges',
    'tokenizers/gpt2',
    (t) => {
      t.model.ignore_merges = true;
      t.model.merges = t.model.merges.slice(0, 5000);
    },
  ],
  [
    'bert-cased',
    'tokenizers/bert',
    {
      normalizer: {
        type: 'BertNormalizer',
        clean_text: true,
        handle_chinese_chars: false,
        strip_accents: null,
        lowercase: false,
      },
    },
  ],
  [
    'bert-raw',
    'tokenizers/bert',
    {
      normalizer: {
        type: 'BertNormalizer',
        clean_text: false,
        handle_chinese_chars: true,
        strip_accents: false,
        lowercase: true,
      },
      decoder: { type: 'WordPiece', prefix: '##', cleanup: false },
    },
  ],
  ...behaviors.flatMap((b) => [
    [
      `words-${b}`,
      'tokenizers/llama3',
      (t) => ({ ...cut(t.pre_tokenizer.pretokenizers[0].pattern, b, false) }),
    ],
    [
      `words-${b}-inverted`,
      'tokenizers/llama3',
      (t) => ({ ...cut(t.pre_tokenizer.pretokenizers[0].pattern, b, true) }),
    ],
    [`space-${b}`, 'tokenizers/gpt2', cut({ String: ' ' }, b, false)],
    [`space-${b}-inverted`, 'tokenizers/gpt2', cut({ String: ' ' }, b, true)],
  ]),
];

// apply makes a variant of a parsed tokenizer.json.
export function apply(base, change) {
  const tok = structuredClone(base);
  const fields = typeof change === 'function' ? change(tok) : change;
  return Object.assign(tok, fields ?? {});
}
