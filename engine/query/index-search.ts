import type { Metric } from '../api.ts';
import { row8Bytes } from '../index/place-rotated.ts';
import { bytesOf } from '../format/byte-writer.ts';
import { blockBytes, BLOCK_SLOTS } from '../index/encode-list.ts';
import { WINDOW_BYTES } from '../kernels/kernels.ts';
import type { IndexHeader } from '../segment/index-section.ts';
import { fillLists, readLists } from '../segment/read-lists.ts';
import { isComplete, warmAreas, withSegmentAreas, type SegmentAreas } from '../segment/segment-areas.ts';
import type { SegmentFile } from '../segment/segment-file.ts';
import { readIndexHeader } from '../segment/segment-index.ts';
import type { VectorIo } from '../segment/vector-io.ts';
import type { AllowedRows } from './allowed-rows.ts';
import { chooseLists, wholeReach } from './choose-lists.ts';
import { planProbes, type ProbePlan } from './plan-probes.ts';
import { ProbeScratch } from './probe-scratch.ts';
import { scoreRecords, type ScoredRow } from './score-records.ts';

/** A query of one segment's index. */
export interface IndexQuery {
  values: Float32Array;
  metric: Metric;
  k: number;
  effort: number;
  allowed: AllowedRows;
}

/** A row with the score that its one-bit code lets expect; such scores compare across segments. */
export interface GuessedRow {
  row: number;
  estimate: number;
}

/** What the index found, and how many codes were compared. */
interface IndexAnswer {
  /** The best rows, where the codes could be told apart by what is resident. */
  rows: ScoredRow[];
  /** Otherwise the rows whose values would have to be read, best first: those of all segments together are cut before that. */
  guesses: GuessedRow[];
  scanned: number;
}

/** Searches of a segment that had to read before the rest of it is read along: a cold process answers its first queries soonest. */
const WARM_AFTER = 3;
/** Bytes that one search reads along. */
const WARM_BYTES = 32 << 20;

/** Searches that had to read, by index. */
const coldSearches = new WeakMap<IndexHeader, number>();

/** Allowed rows, by the root of all rows, up to which they are all compared: measured with 150,000 and a million rows. */
const NARROW = 12;

/** Candidates for the answer, how many codes or rows were compared to find them, and whether anything had to be read. */
interface Found {
  /** Best first by the estimates in `scores`, where there are any. */
  ids: Uint32Array;
  scores: Float32Array;
  scanned: number;
  hasRead: boolean;
}

/** What the steps of one search share. */
interface Search {
  io: VectorIo;
  file: SegmentFile;
  header: IndexHeader;
  areas: SegmentAreas;
  scratch: ProbeScratch;
  query: IndexQuery;
  plan: ProbePlan;
}

/**
 * Finds about the best `k` allowed rows of an indexed segment: the lists of the nearest centroids by one-bit codes, the best of
 * these by int8 where that is resident, and the best of those by their f32 values. Scores are exact.
 */
export async function searchIndex(io: VectorIo, file: SegmentFile, query: IndexQuery): Promise<IndexAnswer> {
  const header = await readIndexHeader(io, file);
  const reads = coldSearches.get(header) ?? 0;
  const isWarm = reads >= WARM_AFTER;
  return withSegmentAreas(io, { file, header, isWarm }, async (areas) => {
    const plan = planProbes(query, { lists: header.listBlocks.length, rows: file.statistics.rows });
    const isL2 = query.metric === 'EUCLIDEAN';
    const scratch = new ProbeScratch(io.kernels, { header, values: query.values, isL2 });
    const search: Search = { io, file, header, areas, scratch, query, plan };
    const found = isNarrow(search) ? allAllowed(query) : await scanNearest(search);
    const answer = await answerFrom(search, found);
    if (found.hasRead || answer.hasRead) coldSearches.set(header, reads + 1);
    if (isWarm) await warm(search);
    return { rows: answer.rows, guesses: answer.guesses, scanned: found.scanned };
  });
}

/** Compares what was found by value where 8-bit rows say what is worth it, else leaves that to the caller. */
async function answerFrom(
  { io, file, header, areas, scratch, query, plan }: Search,
  { ids, scores }: Found,
): Promise<Pick<IndexAnswer, 'rows' | 'guesses'> & { hasRead: boolean }> {
  if (!isComplete(areas.rows8)) {
    const some = Array.from(ids.subarray(0, plan.read));
    return { rows: [], guesses: some.map((row, i) => ({ row, estimate: scores[i]! })), hasRead: true };
  }
  const stride = row8Bytes(header.rotation.dimension, query.metric);
  const rows =
    ids.length <= plan.reranked
      ? ids
      : scratch.best8(areas.rows8!.address, { stride, rows: ids, k: plan.reranked });
  const source = { file, recordBytes: header.recordBytes, area: areas.records };
  const scored = await scoreRecords(io, source, { rows, scratch });
  return { rows: bestRows(scored.rows, query.k), guesses: [], hasRead: scored.hasRead };
}

/** Indexes of which some part could not be read along: they are not tried again. */
const unreadable = new WeakSet<IndexHeader>();

/** Reads more of the segment along, one segment at a time. */
async function warm({ io, file, header, areas }: Search): Promise<void> {
  if (io.vectors.isWarming || unreadable.has(header) || isComplete(areas.records)) return;
  io.vectors.isWarming = true;
  try {
    await warmAreas(io, { file, header }, { areas, maxBytes: WARM_BYTES });
  } catch {
    // The answer is there already. A search that needs what cannot be read fails with the reason.
    unreadable.add(header);
  } finally {
    io.vectors.isWarming = false;
  }
}

/** Returns whether all records of a segment are resident. */
export function areRecordsResident(io: VectorIo, file: SegmentFile): boolean {
  return isComplete(io.vectors.find(file.partKeys.records));
}

/** Scores all allowed rows of an indexed segment one by one and returns the best `k`: for few allowed rows. */
export async function searchRows(io: VectorIo, file: SegmentFile, query: IndexQuery): Promise<ScoredRow[]> {
  return bestRows(await scoreRows(io, file, query, query.allowed.rows.rows()), query.k);
}

/** Scores some rows of an indexed segment by their values. */
export async function scoreRows(
  io: VectorIo,
  file: SegmentFile,
  { values, metric }: Pick<IndexQuery, 'values' | 'metric'>,
  rows: Uint32Array,
): Promise<ScoredRow[]> {
  const header = await readIndexHeader(io, file);
  const area = io.vectors.find(file.partKeys.records);
  const scratch = new ProbeScratch(io.kernels, { header, values, isL2: metric === 'EUCLIDEAN' });
  const source = { file, recordBytes: header.recordBytes, area };
  if (area !== null) area.pins += 1;
  try {
    return (await scoreRecords(io, source, { rows, scratch })).rows;
  } finally {
    if (area !== null) area.pins -= 1;
  }
}

function bestRows(rows: ScoredRow[], k: number): ScoredRow[] {
  return rows.sort((a, b) => b.raw - a.raw || a.row - b.row).slice(0, k);
}

/** Whether comparing all allowed rows by int8 costs less than scanning lists that hold few of them. */
function isNarrow({ areas, query, file }: Search): boolean {
  return query.allowed.count <= NARROW * Math.sqrt(file.statistics.rows) && isComplete(areas.rows8);
}

function allAllowed({ allowed }: IndexQuery): Found {
  return { ids: allowed.rows.rows(), scores: new Float32Array(0), scanned: allowed.count, hasRead: false };
}

/** Scans the lists within reach, then more in waves until they held as many allowed rows as a search without a filter meets. */
async function scanNearest(search: Search): Promise<Found> {
  const { io, file, header, scratch, plan } = search;
  const nearest = chooseLists(io, { file, header }, { scratch, reach: plan.reach });
  const waves = [await scanWave(search, nearest)];
  let { met, hasRead } = waves[0]!;
  let found = waves[0]!.ids.length;
  const target = plan.targetPerList * nearest.length;
  const isEnough = (): boolean => met >= target && found >= plan.wanted;
  if (!isEnough()) {
    const all = chooseLists(io, { file, header }, { scratch, reach: wholeReach(header.listBlocks.length) });
    const others = all.subarray(nearest.length);
    for (let done = 0, size = nearest.length; done < others.length && !isEnough(); done += size, size *= 2) {
      const wave = await scanWave(search, others.subarray(done, done + size));
      waves.push(wave);
      met += wave.met;
      found += wave.ids.length;
      hasRead ||= wave.hasRead;
    }
  }
  const scanned = waves.reduce((sum, wave) => sum + wave.scanned, 0);
  return { ...mergeWaves(waves, plan.candidates), scanned, hasRead };
}

/** The best ids of some lists by their estimates. */
interface WaveScan {
  ids: Uint32Array;
  scores: Float32Array;
  /** Codes that were compared, and how many of them the filter let through. */
  scanned: number;
  met: number;
  hasRead: boolean;
}

function mergeWaves(waves: readonly WaveScan[], wanted: number): Pick<Found, 'ids' | 'scores'> {
  if (waves.length === 1) {
    const { ids, scores } = waves[0]!;
    return { ids: ids.subarray(0, wanted), scores: scores.subarray(0, wanted) };
  }
  const best = new Map<number, number>();
  for (const { ids, scores } of waves) {
    ids.forEach((id, i) => best.set(id, Math.max(scores[i]!, best.get(id) ?? -Infinity)));
  }
  const ranked = [...best].sort(([idA, a], [idB, b]) => b - a || idA - idB).slice(0, wanted);
  return {
    ids: Uint32Array.from(ranked, ([id]) => id),
    scores: Float32Array.from(ranked, ([, score]) => score),
  };
}

async function scanWave(search: Search, chosen: Uint32Array): Promise<WaveScan> {
  const { io, file, header, areas } = search;
  const { codes } = areas;
  const lists = Array.from(chosen);
  if (codes !== null) {
    const hasRead = !lists.every((list) => codes.filled.has(list));
    if (hasRead) await fillLists(io, { file, header, lists }, codes);
    const at = lists.map((list) => ({
      address: codes.address + header.listOffsets[list]!,
      blocks: header.listBlocks[list]!,
    }));
    return { ...scanResident(search, at), hasRead };
  }
  const read = new Map<number, Uint8Array>();
  await readLists(io, { file, header, lists }, (list, bytes) => read.set(list, bytes));
  return { ...scanThroughWindow(search, [...read.values()]), hasRead: true };
}

type Scanned = Omit<WaveScan, 'hasRead'>;

/** Scans lists that stand in the kernels' memory. */
function scanResident(search: Search, lists: { address: number; blocks: number }[]): Scanned {
  const { io, header, scratch, plan, query } = search;
  const { dimension } = header.rotation;
  const allowed = placeAllowed(search);
  const entries = lists.map(({ address, blocks }) => ({
    centroid: address,
    address: address + dimension * 4,
    blocks,
  }));
  const size = scratch.scan(entries, { allowed: allowed.address, heapSize: 0, k: plan.heap });
  const { countAllowed } = io.kernels.functions;
  const met = isFiltered(query)
    ? entries.reduce(
        (sum, { address, blocks }) => sum + countAllowed(address, blocks, dimension, allowed.address),
        0,
      )
    : Infinity;
  const scanned = entries.reduce((sum, { blocks }) => sum + blocks * BLOCK_SLOTS, 0);
  return { ...scratch.takeHeap(size), scanned, met };
}

/** Scans lists that have no place in the kernels' memory: some blocks at a time. */
function scanThroughWindow(search: Search, lists: readonly Uint8Array[]): Scanned {
  const { io, header, scratch, plan, query } = search;
  const { dimension } = header.rotation;
  const { countAllowed } = io.kernels.functions;
  const size = blockBytes(dimension);
  const allowed = placeAllowed(search);
  const blocksAtOnce = Math.max(1, Math.floor((WINDOW_BYTES - allowed.end - dimension * 4) / size));
  let [heapSize, scanned, met] = [0, 0, isFiltered(query) ? 0 : Infinity];
  for (const list of lists) {
    const centroid = scratch.placeInWindow(list.subarray(0, dimension * 4), allowed.end);
    for (let at = dimension * 4; at < list.length; at += blocksAtOnce * size) {
      const bytes = list.subarray(at, at + blocksAtOnce * size);
      const address = scratch.placeInWindow(bytes, allowed.end + dimension * 4);
      const entry = { centroid, address, blocks: bytes.length / size };
      heapSize = scratch.scan([entry], { allowed: allowed.address, heapSize, k: plan.heap });
      if (isFiltered(query)) met += countAllowed(address, entry.blocks, dimension, allowed.address);
      scanned += entry.blocks * BLOCK_SLOTS;
    }
  }
  return { ...scratch.takeHeap(heapSize), scanned, met };
}

function isFiltered({ allowed }: IndexQuery): boolean {
  return allowed.count < allowed.rows.size;
}

/** Places the bitmap of allowed rows at the start of the window; address 0 lets every row through. */
function placeAllowed({ query, scratch }: Search): { address: number; end: number } {
  if (!isFiltered(query)) return { address: 0, end: 0 };
  const { words } = query.allowed.rows;
  return { address: scratch.placeInWindow(bytesOf(words), 0), end: Math.ceil(words.byteLength / 64) * 64 };
}
