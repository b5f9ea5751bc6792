import type { Heading } from '../section.ts';

/** Words that begin a declaration in languages without a grammar here, after words that only qualify it. */
const DECLARATION =
  /^([ \t]*)((?:(?:public|private|protected|internal|static|abstract|sealed|final|open|override|export|async|partial|data|local)[ \t]+){0,5}(?:class|interface|struct|enum|trait|object|module|namespace|def|defmodule|func|fun|fn|function|sub|procedure|protocol|extension|impl|CREATE(?:[ \t]+OR[ \t]+REPLACE)?[ \t]+(?:TABLE|VIEW|FUNCTION|PROCEDURE|TRIGGER))[ \t]+[^\s({;=][^\n]{0,200})/i;
const TAB_WIDTH = 4;
const MAX_LINE = 1_000;
const MAX_TITLE = 120;
const MAX_DECLARATIONS = 50_000;

function widthOf(indent: string): number {
  return indent.replaceAll('\t', ' '.repeat(TAB_WIDTH)).length;
}

/** Returns what looks like declarations, line by line; indentation says what lies in what. */
export function guessDeclarations(source: string): Heading[] {
  const headings: Heading[] = [];
  const indents: number[] = [];
  let offset = 0;
  for (const line of source.split('\n')) {
    const match = line.length <= MAX_LINE ? DECLARATION.exec(line) : null;
    if (match && headings.length < MAX_DECLARATIONS) {
      const indent = widthOf(match[1] ?? '');
      while ((indents.at(-1) ?? -1) >= indent) indents.pop();
      const title = (match[2] ?? '').replace(/\s*[{:]?\s*$/, '').slice(0, MAX_TITLE);
      headings.push({ offset, level: indents.length + 1, title });
      indents.push(indent);
    }
    offset += line.length + 1;
  }
  return headings;
}
