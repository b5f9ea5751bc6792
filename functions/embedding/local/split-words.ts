/** Scripts that are written without spaces between words: Thai to Myanmar, Khmer, kana, bopomofo, Han. */
const UNSPACED =
  /[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u312f\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]|[\ud840-\ud8bf][\udc00-\udfff]/;
const WORD = /[\p{L}\p{N}\p{M}]+/gu;
const ASCII_WORD = /[a-z0-9]+/g;
const NOT_ASCII = /[^\u0000-\u007f]/;
const DIACRITICS = /[\u0300-\u036f]+/g;
/** A longer run of letters is data, not a word: its beginning is enough to tell it from others. */
const MAX_WORD_LENGTH = 64;

let segmenter: Intl.Segmenter | undefined;

function foldDiacritics(text: string): string {
  return text.normalize('NFKD').replace(DIACRITICS, '').normalize('NFC');
}

function segment(run: string): string[] {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'word' });
  const words: string[] = [];
  for (const { segment: word, isWordLike } of segmenter.segment(run)) if (isWordLike) words.push(word);
  return words;
}

function clip(word: string): string {
  return word.length > MAX_WORD_LENGTH ? word.slice(0, MAX_WORD_LENGTH) : word;
}

/** Returns the words of a text in their order: lower case, without diacritics, by dictionary where words are not spaced. */
export function splitWords(text: string): string[] {
  const lower = text.toLowerCase();
  if (!NOT_ASCII.test(lower)) return (lower.match(ASCII_WORD) ?? []).map(clip);
  const runs = foldDiacritics(lower).match(WORD) ?? [];
  if (!UNSPACED.test(lower)) return runs.map(clip);
  return runs.flatMap((run) => (UNSPACED.test(run) ? segment(run) : [run])).map(clip);
}
