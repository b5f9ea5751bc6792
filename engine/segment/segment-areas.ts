import type { IndexHeader } from './index-section.ts';
import { fillLists } from './read-lists.ts';
import { fillRecords } from './read-records.ts';
import { mapLimited } from '../storage/map-limited.ts';
import { readSectionPart, sectionEntry, type SegmentFile } from './segment-file.ts';
import { SECTIONS } from './segment-sections.ts';
import type { ResidentArea } from './vector-residency.ts';
import type { VectorIo } from './vector-io.ts';

/** What of an indexed segment may be resident; null where the budget has no room. */
export interface SegmentAreas {
  codes: ResidentArea | null;
  rows8: ResidentArea | null;
  records: ResidentArea | null;
}

/** Reads under way at a time when more is read than a search needs. */
const WARM_READS = 8;
/** Bytes of int8 rows that are read, and are resident, at a time. */
const ROWS8_UNIT_BYTES = 1 << 20;

/** Reserves the areas of a segment, and pins them until `use` has ended. Without `isWarm` no 8-bit rows: nothing reads single ones. */
export async function withSegmentAreas<Result>(
  io: VectorIo,
  { file, header, isWarm }: { file: SegmentFile; header: IndexHeader; isWarm: boolean },
  use: (areas: SegmentAreas) => Promise<Result>,
): Promise<Result> {
  const pinned: ResidentArea[] = [];
  const reserve = (
    section: 'codes' | 'rows8' | 'records',
    units: number,
    isSpare = true,
  ): ResidentArea | null => {
    const bytes = sectionEntry(file, section).length;
    const area = io.vectors.reserve(file.partKeys[section], { bytes, units, isSpare });
    if (area === null) return null;
    area.pins += 1;
    pinned.push(area);
    return area;
  };
  try {
    const rows8Units = Math.ceil(sectionEntry(file, SECTIONS.rows8).length / ROWS8_UNIT_BYTES);
    return await use({
      codes: reserve('codes', header.listBlocks.length, false),
      rows8: isWarm ? reserve('rows8', rows8Units) : null,
      records: reserve('records', file.statistics.rows),
    });
  } finally {
    for (const area of pinned) area.pins -= 1;
  }
}

/** Returns whether every unit of an area is filled. */
export function isComplete(area: ResidentArea | null): boolean {
  if (area === null) return false;
  area.isComplete ||= area.filled.isFull();
  return area.isComplete;
}

/** Fills what the areas lack, at most about `maxBytes`: codes first, then int8 rows, then records. Returns the bytes. */
export async function warmAreas(
  io: VectorIo,
  { file, header }: { file: SegmentFile; header: IndexHeader },
  { areas, maxBytes }: { areas: SegmentAreas; maxBytes: number },
): Promise<number> {
  let room = maxBytes;
  const { codes, rows8, records } = areas;
  if (codes !== null) {
    const lists = take(
      codes,
      (list) => (room -= header.listOffsets[list + 1]! - header.listOffsets[list]!) > 0,
    );
    await fillLists(io, { file, header, lists }, codes);
  }
  if (rows8 !== null && room > 0) {
    const units = take(rows8, () => (room -= ROWS8_UNIT_BYTES) > 0);
    await mapLimited(units, WARM_READS, (unit) => fillRows8(io, { file, unit }, rows8));
  }
  if (records !== null && room > 0) {
    const { recordBytes } = header;
    const rows = take(records, () => (room -= recordBytes) > 0);
    await fillRecords(io, { file, recordBytes, rows }, records);
  }
  return maxBytes - room;
}

/** Returns units that are not filled, until `wantsMore` says no. */
function take(area: ResidentArea, wantsMore: (unit: number) => boolean): number[] {
  const units: number[] = [];
  if (isComplete(area)) return units;
  const { filled } = area;
  for (let unit = 0; unit < filled.size; unit++) {
    if (filled.has(unit)) continue;
    units.push(unit);
    if (!wantsMore(unit)) break;
  }
  return units;
}

async function fillRows8(
  io: VectorIo,
  { file, unit }: { file: SegmentFile; unit: number },
  area: ResidentArea,
): Promise<void> {
  const offset = unit * ROWS8_UNIT_BYTES;
  const length = Math.min(ROWS8_UNIT_BYTES, area.bytes - offset);
  const bytes = await readSectionPart(io, file, SECTIONS.rows8, { offset, length });
  new Uint8Array(io.kernels.arena.memory.buffer(), area.address + offset, length).set(bytes);
  area.filled.add(unit);
}
