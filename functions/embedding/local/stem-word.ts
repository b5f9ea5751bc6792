/** Endings that change a word's form more often than its meaning, longest first. */
const ENDINGS = [
  'isations',
  'izations',
  'isational',
  'izational',
  'isation',
  'ization',
  'ations',
  'ation',
  'ments',
  'ness',
  'ment',
  'ings',
  'edly',
  'ing',
  'ies',
  'ied',
  'ers',
  'est',
  'ely',
  'ed',
  'er',
  'es',
  'en',
  'ly',
  's',
  'y',
  'e',
];
const SHORTEST_STEM = 3;
const DOUBLED = /([b-df-hj-np-rtv-z])\1$/;

/** Returns what is left of a word without its ending, so that forms of one word meet: a light rule, right for English more than for others. */
export function stemWord(word: string): string {
  const ending = ENDINGS.find((each) => word.length - each.length >= SHORTEST_STEM && word.endsWith(each));
  if (ending === undefined) return word;
  return word.slice(0, -ending.length).replace(DOUBLED, '$1');
}
