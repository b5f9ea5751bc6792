import type { RowDialect } from './split-rows.ts';

const QUOTED = /\\"(.?)|[^,;\t|\r\n"]""[^,;\t|\r\n"]/gs;

/**
 * Whether quotation marks within cells have a backslash before them, as databases write them, instead of being doubled. A backslash at the
 * end of a cell is that of a path.
 */
function hasEscapedQuotes(sample: string, delimiter: string): boolean {
  let isEscaped = false;
  for (const [mark, next = ''] of sample.matchAll(QUOTED)) {
    if (!mark.startsWith('\\')) return false;
    isEscaped ||= next !== '' && next !== delimiter && !'\r\n'.includes(next);
  }
  return isEscaped;
}

function hasSpacedQuotes(sample: string, delimiter: string): boolean {
  for (let at = sample.indexOf(`${delimiter} `); at !== -1; at = sample.indexOf(`${delimiter} `, at + 1)) {
    let next = at + 1;
    while (sample[next] === ' ') next++;
    if (sample[next] === '"') return true;
    at = next - 1;
  }
  return false;
}

/** Finds how a table's cells are quoted, where that differs from the standard. */
export function detectQuoting(sample: string, delimiter: string): Omit<RowDialect, 'delimiter'> {
  return {
    isEscaped: hasEscapedQuotes(sample, delimiter),
    isSpaced: hasSpacedQuotes(sample, delimiter),
  };
}
