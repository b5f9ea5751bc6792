import { randomInt } from 'node:crypto';

export interface GenerateSecretString {
  /** Templates write numbers either way. */
  PasswordLength?: number | string;
  ExcludeCharacters?: string;
  ExcludeLowercase?: boolean;
  ExcludeUppercase?: boolean;
  ExcludeNumbers?: boolean;
  ExcludePunctuation?: boolean;
  IncludeSpace?: boolean;
  RequireEachIncludedType?: boolean;
  SecretStringTemplate?: string;
  GenerateStringKey?: string;
}

const LOWERCASE = 'abcdefghijklmnopqrstuvwxyz';
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

/** Generates the value of a secret by the rules of its declaration. */
export function generateSecret(rules: GenerateSecretString): string {
  const password = generatePassword(rules);
  const { SecretStringTemplate: template, GenerateStringKey: key } = rules;
  if (template === undefined || key === undefined) return password;
  return JSON.stringify({ ...(JSON.parse(template) as object), [key]: password });
}

function generatePassword(rules: GenerateSecretString): string {
  const length = Number(rules.PasswordLength ?? '32');
  const alphabets = includedAlphabets(rules);
  const all = alphabets.join('');
  if (all === '') throw new Error('GenerateSecretString excludes every character');
  const characters = Array.from({ length }, () => pick(all));
  if (rules.RequireEachIncludedType !== false) {
    if (length < alphabets.length)
      throw new Error(
        `GenerateSecretString.PasswordLength is ${length}; expected at least ${alphabets.length}`,
      );
    // Each kind gets a random place of its own.
    const places = shuffle([...characters.keys()]);
    alphabets.forEach((alphabet, index) => (characters[places[index] as number] = pick(alphabet)));
  }
  return characters.join('');
}

function includedAlphabets(rules: GenerateSecretString): string[] {
  const kinds: [boolean | undefined, string][] = [
    [rules.ExcludeLowercase, LOWERCASE],
    [rules.ExcludeUppercase, LOWERCASE.toUpperCase()],
    [rules.ExcludeNumbers, '0123456789'],
    [rules.ExcludePunctuation, PUNCTUATION],
    [rules.IncludeSpace !== true, ' '],
  ];
  const excluded = rules.ExcludeCharacters ?? '';
  return kinds
    .filter(([isExcluded]) => isExcluded !== true)
    .map(([, alphabet]) =>
      alphabet.replace(/./g, (character) => (excluded.includes(character) ? '' : character)),
    )
    .filter((alphabet) => alphabet !== '');
}

const pick = (alphabet: string): string => alphabet.charAt(randomInt(alphabet.length));

function shuffle(values: number[]): number[] {
  for (let last = values.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    [values[last], values[other]] = [values[other] as number, values[last] as number];
  }
  return values;
}
