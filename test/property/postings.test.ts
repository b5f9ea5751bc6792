import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatProblem } from '../../engine/format/byte-reader.ts';
import { analyzeText } from '../../engine/index/analyze-text.ts';
import { indexTexts, type TermRows } from '../../engine/index/index-texts.ts';
import { mergeTerms } from '../../engine/index/merge-terms.ts';
import { blocksOfTerm, decodeBlockIndex } from '../../engine/index/posting-blocks.ts';
import {
  createBlockBuffer,
  decodeBlock,
  frequencyOf,
  openPostings,
} from '../../engine/index/posting-list.ts';
import { decodeDictionary, decodePostings, encodeKeywords } from '../../engine/index/postings.ts';

const ROWS = 1000;

/** Postings with gaps and frequencies of one and of several bytes. */
const postings = fc
  .uniqueArray(fc.integer({ min: 0, max: ROWS - 1 }), { minLength: 1, maxLength: 600 })
  .chain((rows) =>
    fc.record({
      rows: fc.constant(Uint32Array.from(rows).sort()),
      frequencies: fc
        .array(
          fc.oneof(
            { weight: 9, arbitrary: fc.integer({ min: 1, max: 4 }) },
            fc.integer({ min: 1, max: 100_000 }),
          ),
          {
            minLength: rows.length,
            maxLength: rows.length,
          },
        )
        .map((frequencies) => Uint32Array.from(frequencies)),
    }),
  );
const rowLengths = fc
  .array(fc.integer({ min: 1, max: 500 }), { minLength: ROWS, maxLength: ROWS })
  .map((lengths) => Uint32Array.from(lengths));

function encode(lists: Omit<TermRows, 'term'>[], lengths: Uint32Array) {
  const encoded = encodeKeywords({
    lengths,
    terms: () => lists.map((list, i) => ({ ...list, term: `term ${String(i).padStart(3, '0')}` })),
  });
  const dictionary = decodeDictionary(encoded.dictionary);
  return { ...encoded, dictionary, blockIndex: decodeBlockIndex(encoded.blocks) };
}

describe('postings', () => {
  it('of texts are the words and stems of each row', () => {
    const texts = fc.array(
      fc.option(fc.array(fc.constantFrom('run', 'runs', 'cc', 'Ü', '東京', 'x1'), { maxLength: 8 })),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(texts, (lists) => {
        const rows = lists.map((list) => (list === null ? null : list.join(' ')));

        const { terms, lengths } = indexTexts(rows);

        const found = new Map(
          Array.from(terms(), ({ term, rows: r, frequencies: f }) => [term, [[...r], [...f]]]),
        );
        const expected = new Map<string, [number[], number[]]>();
        rows.forEach((text, row) => {
          const words = analyzeText(text ?? '');
          expect(lengths[row]).toBe(words.length);
          for (const term of words.flatMap(({ term: written, stem }) => [
            written,
            ...(stem === null ? [] : [stem]),
          ])) {
            const entry = expected.get(term) ?? [[], []];
            expected.set(term, entry);
            if (entry[0].at(-1) === row) entry[1][entry[1].length - 1]! += 1;
            else {
              entry[0].push(row);
              entry[1].push(1);
            }
          }
        });
        expect([...found.keys()]).toEqual([...expected.keys()].sort());
        expect(found).toEqual(expected);
      }),
    );
  });

  it('survive, whole and block by block', () => {
    fc.assert(
      fc.property(fc.array(postings, { minLength: 1, maxLength: 4 }), rowLengths, (lists, lengths) => {
        const { dictionary, postings: bytes, blockIndex } = encode(lists, lengths);

        lists.forEach((list, i) => {
          const own = bytes.subarray(dictionary.offsets[i], dictionary.offsets[i + 1]);
          const stored = blocksOfTerm(blockIndex, i, { byteCount: own.length, rowCount: ROWS });
          expect(stored === null).toBe(list.rows.length <= 128);
          expect(decodePostings(dictionary, bytes, i, ROWS)).toEqual(list);
          for (const opened of [openPostings(own, stored, lengths), openPostings(own, null, lengths)]) {
            const buffer = createBlockBuffer();
            const [rows, frequencies]: [number[], number[]] = [[], []];
            for (let block = 0; block < opened.blocks.lastRows.length; block++) {
              const count = decodeBlock(opened, block, buffer);
              rows.push(...buffer.rows.subarray(0, count));
              frequencies.push(...buffer.frequencies.subarray(0, count));
            }
            expect(opened.count).toBe(list.rows.length);
            expect(rows).toEqual([...list.rows]);
            expect(frequencies).toEqual([...list.frequencies]);
          }
        });
      }),
      { numRuns: 50 },
    );
  });

  it('have bounds: each posting has a pair with as many occurrences and no more words', () => {
    fc.assert(
      fc.property(postings, rowLengths, (list, lengths) => {
        const { postings: bytes, blockIndex } = encode([list], lengths);
        const stored = blocksOfTerm(blockIndex, 0, { byteCount: bytes.length, rowCount: ROWS });

        const { blocks } = openPostings(bytes, stored, lengths);

        expect(blocks).toEqual(openPostings(bytes, null, lengths).blocks);
        list.rows.forEach((row, i) => {
          const block = blocks.lastRows.findIndex((last) => last >= row);
          const [from, end] = [
            block === 0 ? 0 : blocks.frontierEnds[block - 1]!,
            blocks.frontierEnds[block]!,
          ];
          const pairs = Array.from({ length: end - from }, (_, n) => from + n);
          const isBounded = pairs.some(
            (pair) =>
              blocks.frequencies[pair]! >= list.frequencies[i]! && blocks.lengths[pair]! <= lengths[row]!,
          );
          expect(isBounded).toBe(true);
        });
      }),
      { numRuns: 50 },
    );
  });

  it('say of any row how often it has the term', () => {
    fc.assert(
      fc.property(postings, rowLengths, (list, lengths) => {
        const { postings: bytes } = encode([list], lengths);
        const opened = openPostings(bytes, null, lengths);

        for (let row = 0; row < ROWS + 5; row += 3) {
          const at = list.rows.indexOf(row);
          expect(frequencyOf(opened, row)).toBe(at === -1 ? 0 : list.frequencies[at]);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('merge as the rows do', () => {
    const source = fc.dictionary(
      fc.constantFrom('a', 'b', 'c', 'd'),
      fc.uniqueArray(fc.integer({ min: 0, max: 9 })),
    );
    fc.assert(
      fc.property(
        fc.array(source, { minLength: 1, maxLength: 4 }),
        fc.infiniteStream(fc.boolean()),
        (all, isLive) => {
          // Rows of the sources take turns, and some are left out.
          const next = isLive[Symbol.iterator]();
          const targets = all.map(() => new Int32Array(10).fill(-1));
          let target = 0;
          for (let row = 0; row < 10; row++) {
            for (const own of targets) if (next.next().value === true) own[row] = target++;
          }
          const expected = new Map<string, Map<number, number>>();
          const sources = all.map((terms, i) => {
            const names = Object.keys(terms).sort();
            const lists = names.map((name) => Uint32Array.from(terms[name]!).sort());
            names.forEach((name, n) => {
              for (const row of lists[n]!) {
                if (targets[i]![row] === -1) continue;
                expected.set(
                  name,
                  (expected.get(name) ?? new Map<number, number>()).set(targets[i]![row]!, row + 1),
                );
              }
            });
            const encoded = encodeKeywords({
              lengths: new Uint32Array(10),
              terms: () =>
                names.map((term, n) => ({
                  term,
                  rows: lists[n]!,
                  frequencies: lists[n]!.map((row) => row + 1),
                })),
            });
            const dictionary = decodeDictionary(encoded.dictionary);
            return {
              terms: dictionary.terms,
              decode: (index: number) => decodePostings(dictionary, encoded.postings, index, 10),
              targets: targets[i]!,
            };
          });

          const merged = Array.from(mergeTerms(sources, target), ({ term, rows, frequencies }) => ({
            term,
            pairs: Array.from(rows, (row, i) => [row, frequencies[i]]),
          }));

          expect(merged).toEqual(
            [...expected]
              .sort(([a], [b]) => (a < b ? -1 : 1))
              .map(([term, pairs]) => ({ term, pairs: [...pairs].sort(([a], [b]) => a - b) })),
          );
        },
      ),
    );
  });

  it('that are damaged fail, or end', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(postings, rowLengths, damage, fc.boolean(), (list, lengths, changes, inBlocks) => {
        const { postings: bytes, blocks } = encode([list], lengths);
        const target = inBlocks ? blocks : bytes;
        for (const [at, value] of changes) target[at % target.length] = value;
        const buffer = createBlockBuffer();

        try {
          const stored = blocksOfTerm(decodeBlockIndex(blocks), 0, {
            byteCount: bytes.length,
            rowCount: ROWS,
          });
          const opened = openPostings(bytes, stored, lengths);
          opened.blocks.lastRows.forEach((last, block) => {
            const count = decodeBlock(opened, block, buffer);
            expect(last).toBeLessThan(ROWS);
            for (const row of buffer.rows.subarray(0, count)) expect(row).toBeLessThan(ROWS);
          });
        } catch (error) {
          if (!(error instanceof FormatProblem) && !(error instanceof RangeError)) throw error;
        }
      }),
      { numRuns: 300 },
    );
  });
});
