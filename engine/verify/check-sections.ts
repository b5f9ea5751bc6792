import { Bitmap } from '../format/bitmap.ts';
import type { StringList } from '../format/string-list.ts';
import { columnValue, type Column } from '../index/column.ts';
import { sketchOf } from '../index/distinct-sketch.ts';
import { hashIds } from '../index/id-hashes.ts';
import { BLOCK_POSTINGS, blocksOfTerm, type PostingBlocks } from '../index/posting-blocks.ts';
import { decodePostings } from '../index/postings.ts';
import type { LoadedSegment } from '../segment/load-segment.ts';
import { COLUMN_PREFIX, isOptional, SECTIONS } from '../segment/segment-sections.ts';

/** Checks one section against the others that it needs, all loaded; yields what is wrong. */
interface SectionCheck {
  needs: readonly string[];
  check(segment: LoadedSegment): Iterable<string>;
}

/** By section. A section that is not here has its checksums verified and nothing else. */
const CHECKS: Record<string, SectionCheck> = {
  [SECTIONS.ids]: {
    needs: [SECTIONS.ids],
    *check({ ids }) {
      yield* unsorted('ids', ids);
    },
  },
  [SECTIONS.idHashes]: {
    needs: [SECTIONS.ids, SECTIONS.idHashes],
    *check({ ids, idHashes }) {
      const expected = hashIds(ids.toArray());
      if (expected.some((hash, i) => hash !== idHashes[i])) yield 'id-hashes are not those of the ids';
    },
  },
  [SECTIONS.files]: {
    needs: [SECTIONS.files],
    *check({ files }) {
      const names = files.map(({ fileId, fileVersion }) => JSON.stringify([fileId, fileVersion]));
      if (new Set(names).size !== names.length) yield 'files names a file and version twice';
    },
  },
  [SECTIONS.fileCodes]: {
    needs: [SECTIONS.files, SECTIONS.fileCodes],
    *check({ files, fileCodes }) {
      const row = fileCodes.findIndex((code) => code >= files.length);
      if (row !== -1) yield `file-codes of row ${row} names file ${fileCodes[row]} of ${files.length}`;
    },
  },
  [SECTIONS.addresses]: {
    needs: [SECTIONS.addresses],
    *check({ addresses, rows }) {
      if (addresses.length !== rows) yield `addresses has ${addresses.length} strings for ${rows} rows`;
    },
  },
  [SECTIONS.lengths]: {
    needs: [SECTIONS.lengths],
    *check({ lengths, file: { statistics } }) {
      const words = lengths.reduce((sum, length) => sum + length, 0);
      const rows = lengths.reduce((sum, length) => sum + (length > 0 ? 1 : 0), 0);
      if (words !== statistics.words) yield `lengths has ${words} words, statistics ${statistics.words}`;
      if (rows !== statistics.keywordRows)
        yield `lengths has ${rows} rows with words, statistics ${statistics.keywordRows}`;
    },
  },
  [SECTIONS.terms]: {
    needs: [SECTIONS.terms],
    *check({ terms }) {
      yield* unsorted('terms', terms.terms);
    },
  },
  [SECTIONS.postings]: {
    needs: [SECTIONS.terms, SECTIONS.postings, SECTIONS.lengths],
    check: checkPostings,
  },
  [SECTIONS.postingBlocks]: {
    needs: [SECTIONS.terms, SECTIONS.postings, SECTIONS.postingBlocks, SECTIONS.lengths],
    check: checkPostingBlocks,
  },
};

const STEM_MARK = '\u0002';

const COLUMN_NAMES = (segment: LoadedSegment): string[] =>
  segment.file.statistics.fields.map(({ name }) => COLUMN_PREFIX + name);

/** Returns what must be loaded to check a section, or null when its content is not checked. */
export function checkOf(name: string): SectionCheck | null {
  if (name.startsWith(COLUMN_PREFIX))
    return { needs: [name], check: (segment) => checkColumn(segment, name) };
  return CHECKS[name] ?? null;
}

/** Yields what is wrong between the statistics and the sections that there are. */
export function* checkDirectory(segment: LoadedSegment): Iterable<string> {
  const { entries } = segment.file;
  const { index, records, rows8, codes, vectors, statistics } = SECTIONS;
  const ofVectors = entries.has(index) ? [records, rows8, codes] : [vectors];
  const required = [...Object.keys(CHECKS), ...ofVectors, statistics].filter((name) => !isOptional(name));
  for (const name of [...required, ...COLUMN_NAMES(segment)])
    if (!entries.has(name)) yield `it has no section ${name}`;
  const stated = new Set(COLUMN_NAMES(segment));
  for (const name of entries.keys())
    if (name.startsWith(COLUMN_PREFIX) && !stated.has(name)) yield `statistics does not name ${name}`;
}

function* unsorted(what: string, list: StringList): Iterable<string> {
  let previous: string | null = null;
  for (let i = 0; i < list.length; i++) {
    const one = list.get(i);
    if (previous !== null && one <= previous) {
      yield `${what} are not ascending at ${i}`;
      return;
    }
    previous = one;
  }
}

function* checkPostings(segment: LoadedSegment): Iterable<string> {
  const { terms, postings, lengths, rows } = segment;
  const found = new Float64Array(rows);
  for (let i = 0; i < terms.terms.length; i++) {
    const list = decodePostings(terms, postings, i, rows);
    if (list.rows.length === 0) yield `term ${i} has no postings`;
    // A stem stands beside its word: lengths do not count it.
    if (terms.terms.get(i).startsWith(STEM_MARK)) continue;
    list.rows.forEach((row, n) => {
      found[row]! += list.frequencies[n]!;
    });
  }
  const wrong = found.findIndex((words, row) => words !== lengths[row]);
  if (wrong !== -1) yield `postings have ${found[wrong]} words of row ${wrong}, lengths ${lengths[wrong]}`;
}

/** A bound that is too low would keep rows from a search. */
function* checkPostingBlocks({
  terms,
  postings,
  blockIndex,
  lengths,
  rows,
}: LoadedSegment): Iterable<string> {
  if (blockIndex === null) return;
  for (let i = 0; i < terms.terms.length; i++) {
    const byteCount = terms.offsets[i + 1]! - terms.offsets[i]!;
    const blocks = blocksOfTerm(blockIndex, i, { byteCount, rowCount: rows });
    const list = decodePostings(terms, postings, i, rows);
    const expected = list.rows.length > BLOCK_POSTINGS ? Math.ceil(list.rows.length / BLOCK_POSTINGS) : 0;
    if ((blocks?.lastRows.length ?? 0) !== expected) {
      yield `term ${i} has ${blocks?.lastRows.length ?? 0} posting-blocks of ${expected}`;
    } else if (blocks !== null) {
      const wrong = list.rows.findIndex(
        (row, n) => !isBounded(blocks, n, { row, frequency: list.frequencies[n]!, length: lengths[row]! }),
      );
      if (wrong !== -1) yield `posting-blocks do not bound posting ${wrong} of term ${i}`;
    }
  }
}

function isBounded(
  { lastRows, frontierEnds, frequencies, lengths }: PostingBlocks,
  posting: number,
  { row, frequency, length }: { row: number; frequency: number; length: number },
): boolean {
  const block = Math.floor(posting / BLOCK_POSTINGS);
  if (row > lastRows[block]! || (block > 0 && row <= lastRows[block - 1]!)) return false;
  for (let pair = block === 0 ? 0 : frontierEnds[block - 1]!; pair < frontierEnds[block]!; pair++) {
    if (frequencies[pair]! >= frequency && lengths[pair]! <= length) return true;
  }
  return false;
}

function* checkColumn(segment: LoadedSegment, name: string): Iterable<string> {
  const field = name.slice(COLUMN_PREFIX.length);
  const stated = segment.file.statistics.fields.find((one) => one.name === field);
  const column = segment.column(field);
  if (stated === undefined || column === null) return;
  if (column.type !== stated.type) yield `${name} has type ${column.type}, statistics ${stated.type}`;
  const present = column.present.count();
  if (present !== stated.present) yield `${name} has ${present} values, statistics ${stated.present}`;
  if (!Bitmap.full(segment.rows).contains(column.present)) yield `${name} names rows that there are not`;
  yield* checkValues(name, column);
  const values = Array.from(column.present.rows(), (row) => columnValue(column, row)!);
  if (sketchOf(values).join() !== stated.sketch.join()) yield `${name} has other values than statistics`;
}

function* checkValues(name: string, column: Column): Iterable<string> {
  if (column.type === 'NUMBER') {
    const row = column.present.rows().find((one) => !Number.isFinite(column.numbers[one]));
    if (row !== undefined) yield `${name} has ${column.numbers[row]} in row ${row}`;
  } else if (column.type === 'BOOLEAN') {
    if (!column.present.contains(column.truths)) yield `${name} is true in rows that do not have it`;
  } else {
    yield* unsorted(`the values of ${name}`, column.dictionary);
  }
}
