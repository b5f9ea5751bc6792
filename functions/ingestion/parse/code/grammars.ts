import type { LRParser } from '@lezer/lr';
import { parser as cpp } from '@lezer/cpp';
import { parser as go } from '@lezer/go';
import { parser as java } from '@lezer/java';
import { parser as javascript } from '@lezer/javascript';
import { parser as php } from '@lezer/php';
import { parser as python } from '@lezer/python';
import { parser as rust } from '@lezer/rust';

const typescript = javascript.configure({ dialect: 'ts' });
const jsx = javascript.configure({ dialect: 'jsx' });
const tsx = javascript.configure({ dialect: 'jsx ts' });

const GRAMMARS: [extensions: string, grammar: LRParser][] = [
  ['js mjs cjs jsx', jsx],
  ['ts mts cts', typescript],
  ['tsx', tsx],
  ['py pyi', python],
  ['java', java],
  ['c h cc cpp cxx hpp hh', cpp],
  ['rs', rust],
  ['go', go],
  ['php', php],
];
const GRAMMAR_OF_EXTENSION = new Map(
  GRAMMARS.flatMap(([extensions, grammar]) => extensions.split(' ').map((each) => [each, grammar] as const)),
);

/** Returns the grammar of the language that a file's extension stands for. */
export function grammarOf(extension: string): LRParser | undefined {
  return GRAMMAR_OF_EXTENSION.get(extension);
}
