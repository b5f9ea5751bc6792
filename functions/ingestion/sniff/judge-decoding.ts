import { createDecoder } from './text-decoder.ts';

/** A lead byte beyond these stands for the rarer half of an encoding's characters: a few of a hundred in any text. */
const RARE_FROM: Record<string, number> = {
  big5: 0xc9,
  gb18030: 0xd8,
  'euc-kr': 0xca,
  shift_jis: 0x99,
  'euc-jp': 0xd0,
};
/** Rarer characters than this share are a sign that the text is in another encoding. */
const USUAL_RARE_SHARE = 0.1;
/** Wrong signs at most count so often: what cannot be decoded at all weighs more than what is only unusual. */
const BROKEN_WEIGHT = 4;

/** What no text has: no character, a control, or one that nobody has assigned. */
const BROKEN = /[\ufffd\u0080-\u0084\u0086-\u009f\ue000-\uf8ff\p{Cn}]/gu;
/** Capitals within a word, letters of two scripts in one, signs in words or at their wrong end, and lines of boxes at letters. */
const UNUSUAL = new RegExp(
  [
    /(?<=\p{Ll})(?![A-Z])\p{Lu}/u,
    /(?<=\p{L})[^\P{S}$+<=>^`|~](?=\p{L})/u,
    /(?<=\p{Script=Latin})[\p{Script=Cyrillic}\p{Script=Greek}]/u,
    /(?<=[\p{Script=Cyrillic}\p{Script=Greek}])\p{Script=Latin}/u,
    /(?<=\p{L})[\u00a4-\u00a6\u00a8\u00ab\u00ac\u00af\u2500-\u259f]/u,
    /[\u00a4-\u00a6\u00a8\u00ac\u00af\u2500-\u259f](?=\p{L})/u,
    // Small digits, fractions and quotes within a word, and a sign of money that nobody writes.
    /(?<=\p{L})[\u00b3\u00b5\u00b9-\u00be](?=\p{L})/u,
    /\u00a4/u,
  ]
    .map(({ source }) => source)
    .join('|'),
  'gu',
);
/** Letters that stand for others where a language of Latin letters was decoded as Western: its own letters beyond ASCII show which it is. */
const MISREAD: { own: RegExp; misread: RegExp; witnesses: RegExp[] }[] = [
  // Hungarian: ő and ű read as Portuguese õ and French û.
  { own: /[áéíóöúü]/giu, misread: /[õû]/giu, witnesses: [/á/iu, /é/iu] },
  // Turkish: ı, ş and ğ read as Icelandic ý, þ and ð.
  { own: /[çöüâîû]/giu, misread: /[ýþð]/giu, witnesses: [/ü/iu, /[çö]/iu] },
];
/** Names and quotations bring a few letters of other languages. */
const MOSTLY = 0.97;
const LETTERS_BEYOND_ASCII = /(?!\p{ASCII})\p{L}/gu;
/** Languages of Latin letters hardly ever have three accented ones in a row. */
const ACCENTED_RUN = /[\u00aa\u00b5\u00ba\u00c0-\u024f]{3,}/g;
const BEYOND_ASCII = /[^\p{ASCII}]/gu;

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

function countAccentedRuns(text: string): number {
  let characters = 0;
  for (const [run] of text.matchAll(ACCENTED_RUN)) characters += run.length;
  return characters;
}

function countMisread(text: string): number {
  const letters = count(text, LETTERS_BEYOND_ASCII);
  const counts = MISREAD.map(({ own, misread, witnesses }) => {
    const wrong = count(text, misread);
    const isLanguage = witnesses.every((witness) => witness.test(text));
    return isLanguage && count(text, own) + wrong >= letters * MOSTLY ? wrong : 0;
  });
  return Math.max(...counts);
}

/** Returns the share of rare characters beyond what is usual, of an encoding with two bytes for a character. */
function judgeRareness(bytes: Uint8Array, encoding: string): number {
  const from = RARE_FROM[encoding];
  if (from === undefined) return 0;
  let pairs = 0;
  let rare = 0;
  for (let at = 0; at < bytes.length; at++) {
    const lead = bytes[at] ?? 0;
    if (lead < 0x81 || (encoding === 'shift_jis' && lead >= 0xa0 && lead < 0xe0)) continue;
    pairs++;
    if (lead >= from) rare++;
    at++;
  }
  return pairs === 0 ? 0 : Math.max(0, rare / pairs - USUAL_RARE_SHARE);
}

/** Returns how little sense bytes make in an encoding: 0 for what could be a text, 1 and more for what cannot. */
export function judgeDecoding(bytes: Uint8Array, encoding: string): number {
  const text = createDecoder(encoding).decode(bytes, { stream: true });
  const characters = Math.max(1, count(text, BEYOND_ASCII));
  const strange = count(text, UNUSUAL) + countAccentedRuns(text) + countMisread(text);
  const wrong = count(text, BROKEN) * BROKEN_WEIGHT + strange;
  return wrong / characters + judgeRareness(bytes, encoding);
}
