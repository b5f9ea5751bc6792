import type { Change, Commit, FieldType, SegmentReference } from '../api.ts';
import { invalidInput, VectorDbError } from '../errors/vector-db-error.ts';
import { mergeSketches } from '../index/distinct-sketch.ts';
import { ROW_LIMITS, typeConflictMessage } from '../segment/check-row.ts';
import { loadSegment, type LoadedSegment } from '../segment/load-segment.ts';
import { openSegment, statedTail } from '../segment/segment-file.ts';
import { SECTIONS } from '../segment/segment-sections.ts';
import { mapLimited } from '../storage/map-limited.ts';
import type { StoreIo } from '../storage/store-io.ts';
import { confirmStored, readAdded, type ConfirmedSegments } from './confirm-segments.ts';
import { IdSet, summarizeIds } from './id-summary.ts';
import type { ManifestContent, ManifestField, SegmentEntry } from './manifest.ts';
import { openEntry } from './open-entry.ts';
import {
  deadWith,
  filesWithLiveRows,
  findFileRows,
  findLiveRows,
  SEGMENT_CONCURRENCY,
} from './segment-index.ts';
import { withDeadRows } from './tombstones.ts';
import type { ManifestIo } from './update-manifest.ts';

type RemovedRow = Commit['removed'][number];

/** What a change makes of a manifest. */
interface Applied {
  manifest: ManifestContent;
  removed: RemovedRow[];
}

/**
 * Computes what a change makes of a manifest. Removals come first; then each added row replaces the live row with its id, and
 * of two added segments the later one wins. Applying a change twice gives the same rows as applying it once.
 */
export async function applyChange(
  io: ManifestIo,
  manifest: ManifestContent,
  change: Change,
  confirmed: ConfirmedSegments,
): Promise<Applied> {
  const added = await openAdded(io, manifest, change.add, confirmed);
  const owners = ownersOf(added);
  const outcomes = await removeFromKept(io, manifest.segments, { change, owners });
  const addedOutcomes = added.map((segment, i) => removeSuperseded(segment, i, owners));
  const segments = [...outcomes, ...addedOutcomes].map(({ entry }) => entry).filter(({ live }) => live > 0);
  const addressOf = addedAddress(added, owners);
  const removed = [...outcomes, ...addedOutcomes]
    .flatMap((outcome) => outcome.removed)
    .filter(({ id, address }) => addressOf(id) !== address);
  const touchedFiles = new Set([
    ...removedFileIds(outcomes),
    ...added.flatMap(({ files }) => files.flatMap(({ fileId }) => fileId ?? [])),
  ]);
  return {
    manifest: {
      ...manifest,
      segments,
      fields: mergeFields(manifest.fields, added),
      vectorCount: segments.reduce((sum, { live }) => sum + live, 0),
      fileCount: await recountFiles(io, manifest, { segments, touchedFiles }),
      storageBytes: segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    },
    removed,
  };
}

async function openAdded(
  io: ManifestIo,
  manifest: ManifestContent,
  add: SegmentReference[],
  confirmed: ConfirmedSegments,
): Promise<LoadedSegment[]> {
  const { config } = io;
  const keys = [...new Set(add.map(({ key }) => key).reverse())].reverse();
  return mapLimited(keys, SEGMENT_CONCURRENCY, async (key) => {
    if (!key.startsWith(`${config.prefix}segments/`)) {
      throw invalidInput(`Segment ${key} does not belong to the database at ${config.prefix}.`, {
        field: 'add',
      });
    }
    const [file] = await Promise.all([
      readAdded(key, () => openSegment(io, key)),
      confirmStored(io, manifest, [key], confirmed),
    ]);
    const { dimension, metric } = file.statistics;
    if (dimension !== config.dimension || metric !== config.metric) {
      const message = `Segment ${key} has ${dimension} dimensions and metric ${metric}; the database has ${config.dimension} and ${config.metric}.`;
      throw invalidInput(message, { field: 'add', code: 'DIMENSION_MISMATCH' });
    }
    return loadSegment(io, file, [SECTIONS.ids, SECTIONS.addresses, SECTIONS.files, SECTIONS.fileCodes]);
  });
}

/** Returns for every added id the index of the segment whose row stays. */
function ownersOf(added: readonly LoadedSegment[]): Map<string, number> {
  const owners = new Map<string, number>();
  added.forEach(({ ids, rows }, i) => {
    for (let row = 0; row < rows; row++) owners.set(ids.get(row), i);
  });
  return owners;
}

interface Outcome {
  entry: SegmentEntry;
  removed: RemovedRow[];
}

async function removeFromKept(
  io: StoreIo,
  kept: readonly SegmentEntry[],
  { change, owners }: { change: Change; owners: Map<string, number> },
): Promise<Outcome[]> {
  const ids = new IdSet([...change.removeIds, ...owners.keys()]);
  return mapLimited(kept, SEGMENT_CONCURRENCY, async (entry) => {
    const byId = await findLiveRows(io, entry, ids);
    const byFile = await findFileRows(io, entry, change.removeFiles);
    const rows = [...new Set([...byId, ...byFile])].sort((a, b) => a - b);
    if (rows.length === 0) return { entry, removed: [] };
    const file = await openEntry(io, entry);
    const names = [SECTIONS.ids, SECTIONS.addresses, SECTIONS.files, SECTIONS.fileCodes];
    const segment = await loadSegment(io, file, names);
    return {
      entry: withDeadRows(entry, deadWith(entry, rows)),
      removed: rows.map((row) => describe(segment, row)),
    };
  });
}

function removeSuperseded(segment: LoadedSegment, index: number, owners: Map<string, number>): Outcome {
  const { key, sizeBytes, directoryChecksum: directory } = segment.file;
  const { rows, ids } = segment;
  const tail = statedTail(segment.file);
  const entry = {
    key,
    rows,
    live: rows,
    sizeBytes,
    directory,
    ...tail,
    tombstones: null,
    ids: summarizeIds(ids),
  };
  const superseded: number[] = [];
  for (let row = 0; row < segment.rows; row++) {
    if (owners.get(segment.ids.get(row)) !== index) superseded.push(row);
  }
  if (superseded.length === 0) return { entry, removed: [] };
  return {
    entry: withDeadRows(entry, deadWith(entry, superseded)),
    removed: superseded.map((row) => describe(segment, row)),
  };
}

function describe(segment: LoadedSegment, row: number): RemovedRow {
  return {
    id: segment.ids.get(row),
    address: segment.addresses.get(row),
    fileId: segment.fileOf(row).fileId,
  };
}

/** Returns a look-up of the address of an added row: a record that it still names must not be reported as removed. */
function addedAddress(
  added: readonly LoadedSegment[],
  owners: Map<string, number>,
): (id: string) => string | null {
  return (id) => {
    const segment = added[owners.get(id) ?? -1];
    return segment === undefined ? null : segment.addresses.get(segment.ids.indexOf(id));
  };
}

function removedFileIds(outcomes: readonly Outcome[]): string[] {
  return outcomes.flatMap(({ removed }) => removed.flatMap(({ fileId }) => fileId ?? []));
}

async function recountFiles(
  io: StoreIo,
  manifest: ManifestContent,
  { segments, touchedFiles }: { segments: SegmentEntry[]; touchedFiles: Set<string> },
): Promise<number> {
  const before = await filesWithLiveRows(io, manifest.segments, touchedFiles);
  const after = await filesWithLiveRows(io, segments, touchedFiles);
  return manifest.fileCount - before.size + after.size;
}

/** Adds the fields of added segments to the registry; a field keeps its first type. */
function mergeFields(registered: readonly ManifestField[], added: readonly LoadedSegment[]): ManifestField[] {
  const fields = new Map(registered.map((field) => [field.name, field]));
  for (const { name, type, sketch } of added.flatMap(({ file }) => file.statistics.fields)) {
    const known = fields.get(name);
    if (known !== undefined && known.type !== type) throw fieldConflict(name, known.type, type);
    fields.set(name, {
      name,
      type,
      sketch: known === undefined ? sketch : mergeSketches(known.sketch, sketch),
    });
  }
  if (fields.size > ROW_LIMITS.fields) throw tooManyFields(fields.size);
  return [...fields.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function fieldConflict(name: string, registered: FieldType, given: FieldType): VectorDbError {
  const message = typeConflictMessage(name, registered, given);
  return invalidInput(message.replace(/^m/, 'M'), {
    field: `metadata.${name}`,
    actual: given,
    limit: registered,
  });
}

function tooManyFields(count: number): VectorDbError {
  const message = `The database would have ${count} metadata fields; at most ${ROW_LIMITS.fields} are allowed.`;
  return new VectorDbError('LimitExceeded', message, {
    field: 'metadata',
    actual: count,
    limit: ROW_LIMITS.fields,
  });
}
