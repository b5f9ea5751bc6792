import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IngestionFailure } from '../../functions/ingestion/ingestion-failure.ts';
import { type Row, RowSplitter } from '../../functions/ingestion/parse/split-rows.ts';

/** Another parser of tables, with the same leniency. */
function parseElsewhere(text: string, delimiter: string): string[][] {
  return parse(text, {
    ...{ delimiter, relax_column_count: true, relax_quotes: true, skip_empty_lines: true },
  });
}

function split(blocks: readonly string[], delimiter: string): Row[] {
  const splitter = new RowSplitter({ delimiter });
  return [...blocks.flatMap((block) => splitter.push(block)), ...splitter.finish()];
}

const delimiters = fc.constantFrom(',', ';', '\t', '|');
const lineBreaks = fc.constantFrom('\n', '\r\n');
const cells = fc.string({
  unit: fc.constantFrom('a', 'b c', '1', '"', ',', ';', '\t', '\n', 'ü', '東'),
  maxLength: 8,
});

/** Any text of the marks that a table is made of, most of it no proper table. */
const anyText = fc
  .tuple(fc.array(fc.constantFrom('a', 'b', ' ', '"', '""', ',', 'BREAK'), { maxLength: 40 }), lineBreaks)
  .map(([pieces, lineBreak]) => pieces.join('').replaceAll('BREAK', lineBreak));

function cut(text: string, sizes: readonly number[]): string[] {
  const blocks: string[] = [];
  let at = 0;
  for (const size of sizes) {
    blocks.push(text.slice(at, at + size));
    at += size;
  }
  return [...blocks, text.slice(at)];
}

describe('rows', () => {
  it('that were written are read again, wherever the text is cut', () => {
    const tables = fc.array(fc.array(cells, { minLength: 2, maxLength: 4 }), { maxLength: 5 });
    fc.assert(
      fc.property(
        ...([tables, delimiters, lineBreaks, fc.array(fc.nat(9), { maxLength: 20 })] as const),
        (rows, delimiter, lineBreak, sizes) => {
          const text = rows
            .map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(delimiter) + lineBreak)
            .join('');

          expect(split(cut(text, sizes), delimiter)).toEqual(rows);
        },
      ),
    );
  });

  it('of any text are those that another parser finds, wherever the text is cut', () => {
    fc.assert(
      fc.property(anyText, fc.array(fc.nat(5), { maxLength: 20 }), (text, sizes) => {
        let expected: string[][] | null = null;
        try {
          expected = parseElsewhere(text, ',');
        } catch {
          expected = null;
        }

        const rows = split(cut(text, sizes), ',');
        const rejected = rows.filter((row) => row instanceof IngestionFailure);
        if (expected === null) expect(rejected[0]?.message).toMatch('is never closed');
        else expect(rows).toEqual(expected);
      }),
      { numRuns: 1_000 },
    );
  });

  it('behind a line that opens a quotation mark for good are read, wherever the text is cut', () => {
    const plain = fc.array(fc.constantFrom('1,2', 'a,b c', 'ü,東'), { maxLength: 6 });
    fc.assert(
      fc.property(plain, plain, fc.array(fc.nat(9), { maxLength: 20 }), (before, after, sizes) => {
        const text = [...before, 'x,"y', ...after].join('\n');

        const rows = split(cut(text, sizes), ',');

        const line = before.length + 1;
        expect(rows).toEqual([
          ...before.map((row) => row.split(',')),
          expect.objectContaining({ location: `line ${line}` }),
          ...after.map((row) => row.split(',')),
        ]);
      }),
    );
  });
});
