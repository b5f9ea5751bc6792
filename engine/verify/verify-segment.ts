import { createHash } from 'node:crypto';
import type { StoreIo } from '../storage/store-io.ts';
import { FormatProblem } from '../format/byte-reader.ts';
import type { SegmentEntry } from '../manifest/manifest.ts';
import { summarizeIds } from '../manifest/id-summary.ts';
import { loadSegment, type LoadedSegment } from '../segment/load-segment.ts';
import { openSegment, type SegmentFile } from '../segment/segment-file.ts';
import { SECTIONS } from '../segment/segment-sections.ts';
import { checkDirectory, checkOf } from './check-sections.ts';
import { errorAt, findingOf, type Finding } from './finding.ts';
import { readPieces } from './read-pieces.ts';
import { verifyLists, verifyRecords, verifyRows } from './verify-vectors.ts';

/** Whole blocks of every section size; small enough that several verifications run beside a server. */
const PIECE_BYTES = 8 << 20;
/** Sections that are verified piece by piece instead of being loaded. */
const VECTOR_SECTIONS: Record<string, (io: StoreIo, file: SegmentFile) => Promise<string[]>> = {
  [SECTIONS.vectors]: verifyRows,
  [SECTIONS.records]: verifyRecords,
  [SECTIONS.codes]: verifyLists,
};

/** Reads a segment from its first byte to its last and compares everything in it; returns it opened when it can be read at all. */
export async function* verifySegment(
  io: StoreIo,
  entry: SegmentEntry,
): AsyncGenerator<Finding, SegmentFile | null> {
  const { key } = entry;
  let file: SegmentFile;
  try {
    yield* checkHash(key, await hashObject(io, entry));
    file = await openSegment(io, key);
  } catch (error) {
    yield findingOf(key, error);
    return null;
  }
  yield* checkEntry(file, entry);
  for (const problem of checkDirectory(await loadSegment(io, file, []))) yield errorAt(key, problem);
  for (const name of file.entries.keys()) yield* verifySection(io, file, name);
  yield* verifySummary(io, file, entry);
  return file;
}

function* checkHash(key: string, hash: string): Iterable<Finding> {
  if (!key.endsWith(`/${hash}.seg`)) yield errorAt(key, `its SHA-256 is ${hash}, which is not its name`);
}

async function hashObject({ store }: StoreIo, { key, sizeBytes }: SegmentEntry): Promise<string> {
  const { sizeBytes: stored } = await store.getTail(key, 1);
  if (stored !== sizeBytes) throw new FormatProblem(`it has ${stored} bytes; the manifest says ${sizeBytes}`);
  const hash = createHash('sha256');
  for (let offset = 0; offset < stored; offset += PIECE_BYTES) {
    hash.update(await store.get(key, { offset, length: Math.min(PIECE_BYTES, stored - offset) }));
  }
  return hash.digest('hex');
}

function* checkEntry({ key, statistics }: SegmentFile, { rows }: SegmentEntry): Iterable<Finding> {
  if (statistics.rows !== rows)
    yield errorAt(key, `it has ${statistics.rows} rows; the manifest says ${rows}`);
}

async function* verifySection(io: StoreIo, file: SegmentFile, name: string): AsyncGenerator<Finding> {
  const { key } = file;
  try {
    const verify = VECTOR_SECTIONS[name];
    if (verify === undefined) await readPieces(io, file, name, () => undefined);
    else for (const problem of await verify(io, file)) yield errorAt(key, problem);
    const check = checkOf(name);
    if (check === null || check.needs.some((needed) => !file.entries.has(needed))) return;
    for (const problem of check.check(await loadSegment(io, file, check.needs))) yield errorAt(key, problem);
  } catch (error) {
    yield findingOf(key, error);
  }
}

/** A summary that is too narrow would hide rows from writes and reads by id. */
async function* verifySummary(
  io: StoreIo,
  file: SegmentFile,
  { ids: stated }: SegmentEntry,
): AsyncGenerator<Finding> {
  if (stated === undefined || file.statistics.rows === 0) return;
  let segment: LoadedSegment;
  try {
    segment = await loadSegment(io, file, [SECTIONS.ids]);
  } catch {
    // That the ids cannot be read was found with their section.
    return;
  }
  const { least, most, hashes } = summarizeIds(segment.ids);
  if (stated.least !== least || stated.most !== most || stated.hashes !== hashes)
    yield errorAt(file.key, 'the manifest bounds its ids wrongly');
}
