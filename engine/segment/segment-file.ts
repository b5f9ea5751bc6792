import { corruptData, VectorDbError } from '../errors/vector-db-error.ts';
import { FormatProblem } from '../format/byte-reader.ts';
import { checksumOf } from '../format/checksum.ts';
import {
  parseDirectory,
  parseFooter,
  parseJson,
  UnknownVersion,
  type Footer,
} from '../format/segment-directory.ts';
import { FOOTER_BYTES, type SectionEntry } from '../format/segment-layout.ts';
import type { StoreIo } from '../storage/store-io.ts';
import { parseStatistics } from './parse-statistics.ts';
import { SECTIONS, type SegmentStatistics } from './segment-sections.ts';

/** Brings directory and statistics of most segments, and small segments whole, in one read. */
const TAIL_BYTES = 65_536;
/** Sections whose gap is below this are read together: a request costs more time than the bytes. */
const COALESCE_GAP_BYTES = 65_536;

/** An opened segment: where its sections are, and what its statistics say. */
export interface SegmentFile {
  key: string;
  sizeBytes: number;
  /** CRC-32 of the directory. */
  directoryChecksum: number;
  entries: Map<string, SectionEntry>;
  statistics: SegmentStatistics;
  /** The end of the object that opening it brought: bytes from `tailOffset`. */
  tail: Uint8Array;
  tailOffset: number;
  /** Names of its parts in the caches, made once: joining and hashing them costs as much as a look-up. */
  partKeys: Record<PartName, string>;
}

/** Parts of an index that have a place of their own in memory. */
type PartName = 'index' | 'codes' | 'rows8' | 'records';

function partKeysOf(key: string): SegmentFile['partKeys'] {
  const { index, codes, rows8, records } = SECTIONS;
  return {
    index: `${key}#${index}`,
    codes: `${key}#${codes}`,
    rows8: `${key}#${rows8}`,
    records: `${key}#${records}`,
  };
}

/** Says how much of an indexed segment's end a search reads first; nothing for others. */
export function statedTail({ entries, sizeBytes }: SegmentFile): { tailBytes?: number } {
  const index = entries.get(SECTIONS.index);
  return index === undefined ? {} : { tailBytes: sizeBytes - index.offset };
}

/** Opens a segment: one read, or two when its directory is large. `tailBytes` is what its manifest says. */
export function openSegment(io: StoreIo, key: string, tailBytes = 0): Promise<SegmentFile> {
  return io.cache.once(key, async () => {
    const { bytes, sizeBytes } = await io.store.getTail(key, Math.max(TAIL_BYTES, tailBytes));
    const footer = guardFormat(key, () => parseFooter(bytes, sizeBytes));
    const { tail, tailOffset } = await extendTail(io, key, { bytes, sizeBytes, footer });
    const file = guardFormat(key, () => readFile(key, { tail, tailOffset, sizeBytes, footer }));
    const resident = await readStatistics(io, file);
    io.cache.set(key, resident, resident.tail.length + resident.entries.size * 128);
    return resident;
  });
}

/** A segment whose statistics were not read yet. */
type Unopened = Omit<SegmentFile, 'statistics' | 'partKeys'>;

async function extendTail(
  io: StoreIo,
  key: string,
  { bytes, sizeBytes, footer }: { bytes: Uint8Array; sizeBytes: number; footer: Footer },
): Promise<{ tail: Uint8Array; tailOffset: number }> {
  const tailOffset = sizeBytes - bytes.length;
  if (footer.directoryOffset >= tailOffset) return { tail: bytes, tailOffset };
  const length = sizeBytes - footer.directoryOffset;
  const tail = await readExactly(io, key, { offset: footer.directoryOffset, length });
  return { tail, tailOffset: footer.directoryOffset };
}

function readFile(
  key: string,
  {
    tail,
    tailOffset,
    sizeBytes,
    footer,
  }: { tail: Uint8Array; tailOffset: number; sizeBytes: number; footer: Footer },
): Unopened {
  const directory = tail.subarray(footer.directoryOffset - tailOffset, tail.length - FOOTER_BYTES);
  const sections = new Uint8Array(tail.subarray(0, footer.directoryOffset - tailOffset));
  const { directoryChecksum } = footer;
  const entries = parseDirectory(directory, footer);
  return { key, sizeBytes, directoryChecksum, entries, tail: sections, tailOffset };
}

async function readStatistics(io: StoreIo, file: Unopened): Promise<SegmentFile> {
  const [bytes] = await readSections(io, file, [SECTIONS.statistics]);
  const statistics = guardFormat(file.key, () => parseStatistics(parseJson(bytes!)));
  return { ...file, statistics, partKeys: partKeysOf(file.key) };
}

type Located = Pick<SegmentFile, 'key' | 'sizeBytes' | 'entries' | 'tail' | 'tailOffset'>;

/** Returns the entry of a section, or fails with CorruptData. */
export function sectionEntry(file: Located, name: string): SectionEntry {
  const entry = file.entries.get(name);
  if (entry === undefined) throw corruptData(file.key, `it has no section ${name}`);
  return entry;
}

/** Reads and verifies whole sections, neighbours in one read. The bytes are copies aligned to 8. */
export async function readSections(
  io: StoreIo,
  file: Located,
  names: readonly string[],
): Promise<Uint8Array[]> {
  const wanted = names.map((name) => sectionEntry(file, name));
  const outside = wanted.filter((entry) => !isInTail(file, entry));
  const spans = coalesce(outside);
  const parts = await Promise.all(spans.map((span) => readExactly(io, file.key, span)));
  return wanted.map((entry) => {
    if (isInTail(file, entry))
      return verified(file, entry, file.tail.subarray(entry.offset - file.tailOffset));
    const at = spans.findLastIndex((span) => span.offset <= entry.offset);
    return verified(file, entry, parts[at]!.subarray(entry.offset - spans[at]!.offset));
  });
}

function isInTail(file: Located, entry: SectionEntry): boolean {
  return entry.offset >= file.tailOffset;
}

/** Joins sections into the ranges that are worth one read each, ascending. */
export function coalesce(entries: readonly SectionEntry[]): { offset: number; length: number }[] {
  const spans: { offset: number; length: number }[] = [];
  for (const { offset, length } of [...entries].sort((a, b) => a.offset - b.offset)) {
    const last = spans.at(-1);
    if (last !== undefined && offset - (last.offset + last.length) <= COALESCE_GAP_BYTES) {
      last.length = Math.max(last.length, offset + length - last.offset);
    } else {
      spans.push({ offset, length });
    }
  }
  return spans;
}

function verified(file: Located, entry: SectionEntry, from: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(from.subarray(0, entry.length));
  verifyBlocks(file, entry, { bytes, firstBlock: 0 });
  return bytes;
}

function verifyBlocks(
  { key }: Located,
  entry: SectionEntry,
  { bytes, firstBlock }: { bytes: Uint8Array; firstBlock: number },
): void {
  const blocks = Math.ceil(bytes.length / entry.blockBytes);
  for (let i = 0; i < blocks; i++) {
    const block = bytes.subarray(i * entry.blockBytes, (i + 1) * entry.blockBytes);
    if (checksumOf(block) !== entry.checksums[firstBlock + i]) {
      throw corruptData(key, `block ${firstBlock + i} of section ${entry.name} has a wrong checksum`);
    }
  }
}

/** Reads a part of a section: the blocks around it are read and verified. */
export async function readSectionPart(
  io: StoreIo,
  file: Located,
  name: string,
  { offset, length }: { offset: number; length: number },
): Promise<Uint8Array> {
  const entry = sectionEntry(file, name);
  if (isInTail(file, entry)) {
    const [bytes] = await readSections(io, file, [name]);
    return bytes!.subarray(offset, offset + length);
  }
  const firstBlock = Math.floor(offset / entry.blockBytes);
  const start = firstBlock * entry.blockBytes;
  const end = Math.min(entry.length, Math.ceil((offset + length) / entry.blockBytes) * entry.blockBytes);
  const bytes = await readExactly(io, file.key, { offset: entry.offset + start, length: end - start });
  verifyBlocks(file, entry, { bytes, firstBlock });
  return new Uint8Array(bytes.subarray(offset - start, offset - start + length));
}

/** Reads a range of a segment, from what opening it brought where that has it. What is read has to be verified by the caller. */
export function readRange(
  io: StoreIo,
  { key, tail, tailOffset }: SegmentFile,
  range: { offset: number; length: number },
): Promise<Uint8Array> {
  const at = range.offset - tailOffset;
  if (at < 0 || at + range.length > tail.length) return readExactly(io, key, range);
  return Promise.resolve(tail.subarray(at, at + range.length));
}

async function readExactly(
  io: StoreIo,
  key: string,
  range: { offset: number; length: number },
): Promise<Uint8Array> {
  if (range.length === 0) return new Uint8Array(0);
  const bytes = await io.store.get(key, range);
  if (bytes.length !== range.length) {
    throw corruptData(key, `it has ${bytes.length} of the ${range.length} bytes at ${range.offset}`);
  }
  return bytes;
}

/** Turns problems of stored bytes into CorruptData about the object `key`. */
export function guardFormat<Value>(key: string, parse: () => Value): Value {
  try {
    return parse();
  } catch (error) {
    if (error instanceof UnknownVersion) {
      const info = {
        field: key,
        code: 'UNSUPPORTED_FORMAT' as const,
        hint: 'read it with a newer version of the software',
      };
      throw new VectorDbError(
        'CorruptData',
        `The stored object ${key} cannot be read: ${error.message}.`,
        info,
        error,
      );
    }
    // A RangeError is a typed array that would not fit into the bytes.
    if (error instanceof FormatProblem || error instanceof RangeError)
      throw corruptData(key, error.message, error);
    throw error;
  }
}
