import { corruptData } from '../errors/vector-db-error.ts';
import { invariant } from '../errors/invariant.ts';
import { Bitmap } from '../format/bitmap.ts';
import { ByteReader, FormatProblem } from '../format/byte-reader.ts';
import { parseJson } from '../format/segment-directory.ts';
import { readStringList, type StringList } from '../format/string-list.ts';
import { decodeColumn, type Column } from '../index/column.ts';
import { decodeBlockIndex, type BlockIndex } from '../index/posting-blocks.ts';
import { decodeDictionary, type TermDictionary } from '../index/postings.ts';
import type { StoreIo } from '../storage/store-io.ts';
import { guardFormat, readSections, type SegmentFile } from './segment-file.ts';
import { COLUMN_PREFIX, isOptional, SECTIONS } from './segment-sections.ts';

/** A file and version that rows of a segment belong to; `fileId` is null for rows without a file. */
interface FileVersion {
  fileId: string | null;
  fileVersion: number;
}

/** Sections of one segment that were asked for, parsed. */
export class LoadedSegment {
  readonly file: SegmentFile;
  private readonly parsed: Map<string, unknown>;

  constructor(file: SegmentFile, parsed: Map<string, unknown>) {
    this.file = file;
    this.parsed = parsed;
  }

  get rows(): number {
    return this.file.statistics.rows;
  }
  get ids(): StringList {
    return this.section(SECTIONS.ids);
  }
  get addresses(): StringList {
    return this.section(SECTIONS.addresses);
  }
  get idHashes(): Uint32Array {
    return this.section(SECTIONS.idHashes);
  }
  get fileCodes(): Uint32Array {
    return this.section(SECTIONS.fileCodes);
  }
  get files(): FileVersion[] {
    return this.section(SECTIONS.files);
  }
  get lengths(): Uint32Array {
    return this.section(SECTIONS.lengths);
  }
  get terms(): TermDictionary {
    return this.section(SECTIONS.terms);
  }
  get postings(): Uint8Array {
    return this.section(SECTIONS.postings);
  }
  /** The blocks of postings; null in a segment of version 1.0. */
  get blockIndex(): BlockIndex | null {
    return this.optional(SECTIONS.postingBlocks);
  }
  /** Rows without stems in a segment that has stems; null when there are none. */
  get plainRows(): Bitmap | null {
    return this.optional(SECTIONS.plainRows);
  }
  get vectors(): Float32Array {
    return this.section(SECTIONS.vectors);
  }

  /** Returns the column of a field, or null when no row of the segment has it. */
  column(field: string): Column | null {
    const name = COLUMN_PREFIX + field;
    return this.optional(name);
  }

  fileOf(row: number): FileVersion {
    const found = this.files[this.fileCodes[row]!];
    if (found === undefined)
      throw corruptData(this.file.key, `row ${row} names a file that is not in its dictionary`);
    return found;
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- a section's name fixes its type.
  private optional<Value>(name: string): Value | null {
    return this.file.entries.has(name) ? this.section<Value>(name) : null;
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- a section's name fixes its type.
  private section<Value>(name: string): Value {
    const value = this.parsed.get(name);
    invariant(value !== undefined, `section ${name} of ${this.file.key} was loaded before`);
    return value as Value;
  }
}

/** Loads sections from the cache or the store; optional ones that the segment does not have are left out. */
export async function loadSegment(
  io: StoreIo,
  file: SegmentFile,
  names: readonly string[],
): Promise<LoadedSegment> {
  const wanted = names.filter((name) => file.entries.has(name) || !isOptional(name));
  const parsed = new Map<string, unknown>();
  const missing: string[] = [];
  for (const name of wanted) {
    const value = io.cache.get(cacheKey(file, name));
    if (value === undefined) missing.push(name);
    else parsed.set(name, value);
  }
  if (missing.length === 0) return new LoadedSegment(file, parsed);
  await Promise.all(
    fetchMissing(io, file, missing).map(async ([name, value]) => parsed.set(name, await value)),
  );
  return new LoadedSegment(file, parsed);
}

function cacheKey(file: SegmentFile, name: string): string {
  return `${file.key}#${name}`;
}

/** Starts one read for all sections that nobody is reading yet, and joins the reads of the others. */
function fetchMissing(io: StoreIo, file: SegmentFile, names: string[]): [string, Promise<unknown>][] {
  const own: string[] = [];
  let batch: Promise<Uint8Array[]> | undefined;
  const joined = names.map((name): [string, Promise<unknown>] => {
    const value = io.cache.once(cacheKey(file, name), async () => {
      own.push(name);
      // The batch starts after all names have had their turn to join it.
      await Promise.resolve();
      batch ??= readSections(io, file, own);
      const bytes = (await batch)[own.indexOf(name)]!;
      const parsed = guardFormat(file.key, () => parseSection(file, name, bytes));
      io.cache.set(cacheKey(file, name), parsed, bytes.length);
      return parsed;
    });
    return [name, value];
  });
  return joined;
}

function parseSection(file: SegmentFile, name: string, bytes: Uint8Array): unknown {
  const { rows, dimension } = file.statistics;
  const words = (rows + 31) >>> 5;
  switch (name) {
    case SECTIONS.ids:
    case SECTIONS.addresses:
      return stringsOf(bytes, rows);
    case SECTIONS.idHashes:
    case SECTIONS.fileCodes:
    case SECTIONS.lengths:
      return new ByteReader(sized(bytes, rows * 4)).u32Array(rows);
    case SECTIONS.files:
      return parseFiles(parseJson(bytes));
    case SECTIONS.terms:
      return decodeDictionary(bytes);
    case SECTIONS.postings:
      return bytes;
    case SECTIONS.postingBlocks:
      return decodeBlockIndex(bytes);
    case SECTIONS.plainRows:
      return new Bitmap(rows, new ByteReader(sized(bytes, words * 4)).u32Array(words));
    case SECTIONS.vectors:
      return new Float32Array(sized(bytes, rows * dimension * 4).buffer, bytes.byteOffset, rows * dimension);
    default:
      if (name.startsWith(COLUMN_PREFIX)) return decodeColumn(bytes, rows);
      throw corruptData(file.key, `section ${name} is not known`);
  }
}

function sized(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length !== length) throw new FormatProblem(`a section has ${bytes.length} bytes of ${length}`);
  return bytes;
}

function stringsOf(bytes: Uint8Array, rows: number): StringList {
  const list = readStringList(new ByteReader(bytes));
  if (list.length !== rows) throw new FormatProblem(`a section has ${list.length} strings for ${rows} rows`);
  return list;
}

function parseFiles(parsed: unknown): FileVersion[] {
  if (!Array.isArray(parsed)) throw new FormatProblem('its dictionary of files is malformed');
  return parsed.map((raw: unknown) => {
    const [fileId, fileVersion] = Array.isArray(raw) ? (raw as unknown[]) : [];
    if ((fileId !== null && typeof fileId !== 'string') || typeof fileVersion !== 'number') {
      throw new FormatProblem('its dictionary of files is malformed');
    }
    return { fileId, fileVersion };
  });
}
