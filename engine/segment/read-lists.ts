import { corruptData } from '../errors/vector-db-error.ts';
import { checksumOf } from '../format/checksum.ts';
import { mapLimited } from '../storage/map-limited.ts';
import type { StoreIo } from '../storage/store-io.ts';
import { checkIds, type IndexHeader } from './index-section.ts';
import { guardFormat, readRange, sectionEntry, type SegmentFile } from './segment-file.ts';
import { SECTIONS } from './segment-sections.ts';
import type { ResidentArea } from './vector-residency.ts';
import type { VectorIo } from './vector-io.ts';

/** Reads of one segment under way at a time. */
const CONCURRENCY = 128;
/** Lists whose gap is below this are read together: a request takes about as long. */
const GAP_BYTES = 8192;
/**
 * A database of many small segments costs a search many requests, each a millisecond of the processor: there whole lists that nobody asked
 * for cost less than a request.
 */
const SMALL_SECTION = { bytes: 8 << 20, gapBytes: 65_536 };
/** The longest single read. */
const MAX_RANGE_BYTES = 8 << 20;

/** Lists of a segment and the bytes of each; `visit` gets them in any order. */
interface ListRead {
  file: SegmentFile;
  header: IndexHeader;
  lists: readonly number[];
}

/** Fills the lists that an area lacks, neighbours in one read each. */
export async function fillLists(io: VectorIo, read: ListRead, area: ResidentArea): Promise<void> {
  const lists = read.lists.filter((list) => !area.filled.has(list));
  if (lists.length === 0) return;
  await readLists(io, { ...read, lists }, (list, bytes) => {
    const at = area.address + read.header.listOffsets[list]!;
    new Uint8Array(io.kernels.arena.memory.buffer(), at, bytes.length).set(bytes);
    area.filled.add(list);
  });
}

/** Reads and verifies lists. */
export async function readLists(
  io: StoreIo,
  { file, header, lists }: ListRead,
  visit: (list: number, bytes: Uint8Array) => void,
): Promise<void> {
  const { offset: sectionAt, length: sectionBytes } = sectionEntry(file, SECTIONS.codes);
  const { listOffsets } = header;
  const gapBytes = sectionBytes <= SMALL_SECTION.bytes ? SMALL_SECTION.gapBytes : GAP_BYTES;
  const spans = spansOf(lists, { offsets: listOffsets, gapBytes });
  await mapLimited(spans, CONCURRENCY, async (span) => {
    const start = listOffsets[span[0]!]!;
    const length = listOffsets[span.at(-1)! + 1]! - start;
    const bytes = await readRange(io, file, { offset: sectionAt + start, length });
    for (const list of span) {
      const part = bytes.subarray(listOffsets[list]! - start, listOffsets[list + 1]! - start);
      verifyList(file, header, { list, bytes: part });
      visit(list, part);
    }
  });
}

function verifyList(
  file: SegmentFile,
  { listChecksums, rotation }: IndexHeader,
  { list, bytes }: { list: number; bytes: Uint8Array },
): void {
  if (checksumOf(bytes) !== listChecksums[list])
    throw corruptData(file.key, `list ${list} has a wrong checksum`);
  const { dimension } = rotation;
  const blocks = bytes.subarray(dimension * 4);
  guardFormat(file.key, () => {
    checkIds(blocks, { dimension, limit: file.statistics.rows });
  });
}

/** Groups lists (ascending) that are worth one read. */
function spansOf(
  lists: readonly number[],
  { offsets, gapBytes }: { offsets: Float64Array; gapBytes: number },
): number[][] {
  const spans: number[][] = [];
  for (const list of [...lists].sort((a, b) => a - b)) {
    const last = spans.at(-1);
    const isNear = last !== undefined && offsets[list]! - offsets[last.at(-1)! + 1]! <= gapBytes;
    if (isNear && offsets[list + 1]! - offsets[last[0]!]! <= MAX_RANGE_BYTES) last.push(list);
    else spans.push([list]);
  }
  return spans;
}
