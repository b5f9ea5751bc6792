/** A language of Latin script whose words are stemmed by its own rules. */
export type LatinLanguage =
  'en' | 'de' | 'fr' | 'es' | 'it' | 'pt' | 'nl' | 'sv' | 'da' | 'no' | 'fi' | 'hu' | 'ro' | 'tr';

/**
 * Frequent function words of each language, folded as terms are. They make up about half of running text, so that a sentence is
 * enough. Words that several languages share count for each of them.
 */
const FUNCTION_WORDS: Record<LatinLanguage, string> = {
  en: 'the a an of and to in is i it that for with as was on are be this by at from or have not but which you they his her were their has had been will would there what when who how all can if we he she do does my your our than then these those me no so up out about into its may more some only other such through where after between',
  de: 'der die das und ist in zu den mit von fur auf dem des sich nicht ein eine einer eines einem einen auch es an als wie er sie wir ihr ich du im am bei nach aus oder aber wenn werden wird wurde war sind hat haben kann uber durch um so nur noch vor zum zur dass unter bis mehr',
  fr: "le la les de des du et un une en est que qui dans pour pas par sur au aux ce cette ces il elle on nous vous ils elles je tu ne se son sa ses plus avec sont ont ete etre avoir fait mais ou comme leur leurs sans c'est n'est d'un d'une qu'il qu'elle s'est",
  es: 'el la los las de del y en un una que es por con para no se su sus lo al como mas pero o este esta estos estas son fue ha han ser entre sobre sin ya muy cuando donde porque tambien yo tu nos le les me te hay desde hasta todo',
  it: "il lo la i gli le di del della dei delle dello degli e un una uno in che per non con si da dal dalla nel nella sono come piu ma anche questo questa questi ha hanno ho essere al alla ai alle su sul sulla tra fra io noi loro c'e dell'",
  pt: 'o a os as de do da dos das e em um uma que para com nao por se no na nos nas ao aos mais como mas foi sao ser tem ou seu sua seus suas pelo pela este esta isso eu voce ele ela eles muito ja tambem entre quando sobre',
  nl: 'de het een en van in is dat op te zijn voor met niet aan er om ook als bij maar uit door naar dan nog over wordt werd was heeft hebben had deze die dit ik je hij zij we wij ze kan zal zou of geen meer veel onder tot',
  sv: 'och i att det som en pa ar av for med till den har de inte om ett han hon men var jag sig fran vi sa kan nar ska skulle efter eller mycket ocksa bara detta denna vid mot nagra hur dem sin sina blev bli',
  da: 'og i at det er en til af for pa med der som den de har ikke om et han hun men var jeg sig fra vi sa kan nar skal skulle efter eller meget ogsa kun dette denne ved mod nogle hvor hvad blev blive af',
  no: 'og i a det er en til av for pa med som den de har ikke om et han hun men var jeg seg fra vi sa kan nar skal skulle etter eller mye ogsa bare dette denne ved mot noen hvor hva ble bli ei',
  fi: 'ja on ei se etta han oli mutta ovat kun myos kuin niin joka jotka tai voi sen ole olen minun mina sina me te he nyt vain jos mita miten kuten hanen ollut sita tama taman nama',
  hu: 'a az es hogy nem is egy meg ez van volt de csak ha mint azt el mar ki vagy lehet kell lesz volna mert ezt fel minden azok nagyon igen hogyan ami aki',
  ro: 'si de la in un o cu este pe nu din ce se care mai pentru sau sunt fost lui ca dar sa va au al ale fi prin dupa despre acest aceasta cele cei era',
  tr: 've bir bu da de icin ile cok ne daha gibi ama o var olan olarak kadar sonra ya mi en her ben sen biz siz onlar degil olan ise veya hem cunku',
};

/** Letters that point to a language; each word with one counts as much as a function word. */
const LETTERS: Partial<Record<LatinLanguage, RegExp>> = {
  de: /[äöüß]/i,
  fr: /[àâçèéêëîïôùûœ]/i,
  es: /[áéíñóú]/i,
  it: /[àèìòù]/i,
  pt: /[ãâçêõó]/i,
  sv: /[äåö]/i,
  da: /[æøå]/i,
  no: /[æøå]/i,
  fi: /[äö]/i,
  hu: /[áéíóöőúüű]/i,
  ro: /[ăâîșşțţ]/i,
  tr: /[çğıöşü]/i,
};

/** All of them, in the order in which they win when the evidence is equal. */
export const LATIN_LANGUAGES = Object.keys(FUNCTION_WORDS) as LatinLanguage[];

let languagesByWord: Map<string, number[]> | undefined;

/** Returns by function word the languages that have it, as indexes into `LATIN_LANGUAGES`; made at the first text. */
function functionWords(): Map<string, number[]> {
  if (languagesByWord !== undefined) return languagesByWord;
  const words = new Map<string, number[]>();
  LATIN_LANGUAGES.forEach((language, index) => {
    for (const word of new Set(FUNCTION_WORDS[language].split(' '))) {
      words.set(word, [...(words.get(word) ?? []), index]);
    }
  });
  languagesByWord = words;
  return words;
}

/** No more words are looked at: a longer text is decided by then. */
const MAX_WORDS = 500;
const isAscii = /^[\x21-\x7e]*$/;
const NO_LANGUAGES: readonly number[] = [];

/** Returns the languages that a term is a function word of, as indexes into `LATIN_LANGUAGES`. */
export function languagesOf(term: string): readonly number[] {
  return functionWords().get(term) ?? NO_LANGUAGES;
}

/**
 * Returns the language of a text's Latin words: the one that most of its function words and letters point to. Without any
 * evidence it is English. It depends on the text alone.
 */
export function detectLanguage(words: readonly { term: string; word: string }[]): LatinLanguage {
  const votes = new Uint32Array(LATIN_LANGUAGES.length);
  for (const { term, word } of words.slice(0, MAX_WORDS)) {
    for (const index of languagesOf(term)) votes[index]! += 1;
    if (!isAscii.test(word)) voteByLetters(votes, word);
  }
  return mostVoted(votes);
}

/** Returns the same of words without other letters than those of ASCII, by the languages that each is a function word of. */
export function detectPlainLanguage(words: readonly { languages: readonly number[] }[]): LatinLanguage {
  const votes = new Uint32Array(LATIN_LANGUAGES.length);
  const end = Math.min(words.length, MAX_WORDS);
  for (let at = 0; at < end; at++) for (const index of words[at]!.languages) votes[index]! += 1;
  return mostVoted(votes);
}

function mostVoted(votes: Uint32Array): LatinLanguage {
  let best = 0;
  votes.forEach((count, index) => {
    if (count > votes[best]!) best = index;
  });
  return LATIN_LANGUAGES[best]!;
}

function voteByLetters(votes: Uint32Array, word: string): void {
  const composed = word.normalize('NFC');
  LATIN_LANGUAGES.forEach((language, index) => {
    if (LETTERS[language]?.test(composed) === true) votes[index]! += 1;
  });
}
