import type { Commit, FieldType, Row, VectorDatabase } from '../../engine/api.ts';
import { isVectorDbError } from '../../engine/errors/vector-db-error.ts';
import { fieldTypeOf } from '../../engine/index/column.ts';
import { checkRow } from '../../engine/segment/check-row.ts';
import type { Rejection, WriteReceipt } from '../../schema/generated/types.ts';
import type { DatabaseItem } from '../shared/database-item.ts';
import { log } from '../shared/log.ts';
import { abandonWrite, beginWrite } from '../shared/pending-write.ts';
import { createWriteId, recordKey } from '../shared/record-key.ts';
import { deleteRecords, putRecords, type VectorRecord } from '../shared/records.ts';
import type { Draft } from './draft.ts';
import { followUpCommit } from './follow-up-commit.ts';
import { rejectEntry } from './rejection.ts';
import type { VectorDeps } from './vector-deps.ts';

/** Another write may register a metadata field with another type meanwhile: then the rows are checked again. */
const MAX_ATTEMPTS = 3;

interface Batch {
  drafts: Draft[];
  rejected: Rejection[];
}

function toRow(draft: Draft, writeId: string): Row {
  const { id, fileId, fileVersion, text, metadata } = draft;
  const values = draft.values as Float32Array;
  return { id, address: writeId, fileId, fileVersion, values, text, metadata };
}

function toRecord(item: DatabaseItem, draft: Draft, writeId: string, now: string): VectorRecord {
  const { id, fileId, fileVersion, text, metadata, kept } = draft;
  const hasMetadata = Object.keys(metadata).length > 0;
  return {
    ...recordKey({ databaseId: item.id, generation: item.generation }, id, writeId),
    id,
    databaseId: item.id,
    fileId,
    fileVersion,
    text,
    metadata: hasMetadata ? JSON.stringify(metadata) : null,
    ...kept,
    createdAt: kept.createdAt ?? now,
    writeId,
  };
}

function registerFields(fields: Record<string, FieldType>, { metadata }: Row): void {
  for (const [name, value] of Object.entries(metadata)) fields[name] = fieldTypeOf(value);
}

/** Rejects the drafts that the engine would refuse: wrong metadata, or a field whose type differs from the registered one. */
async function checkDrafts(engine: VectorDatabase, item: DatabaseItem, batch: Batch, writeId: string): Promise<Batch> {
  const fields = { ...(await engine.metadataFields()) };
  const drafts: Draft[] = [];
  const rejected = [...batch.rejected];
  for (const draft of batch.drafts) {
    const row = toRow(draft, writeId);
    const [problem] = checkRow(row, item, fields);
    if (problem) {
      const kind = problem.info.code === 'DIMENSION_MISMATCH' ? 'DIMENSION_MISMATCH' : 'VALIDATION';
      rejected.push(rejectEntry(draft.index, draft.id, kind, `${problem.info.field}: ${problem.message}`));
      continue;
    }
    registerFields(fields, row);
    drafts.push(draft);
  }
  return { drafts, rejected };
}

/** Waits for all, so that nothing is still writing when a failure is cleaned up. */
async function settleBoth<One>(one: Promise<One>, other: Promise<unknown>): Promise<One> {
  const [first, second] = await Promise.allSettled([one, other]);
  if (first.status === 'rejected') throw first.reason;
  if (second.status === 'rejected') throw second.reason;
  return first.value;
}

/** Removes the records of a write that will not be committed; what fails here is the sweep's to finish. */
async function undoWrite({ databases, records }: VectorDeps, written: VectorRecord[]): Promise<void> {
  const first = written[0] as VectorRecord;
  try {
    await deleteRecords(records, written);
    await abandonWrite(databases, first.databaseId, first.writeId);
  } catch (error) {
    log.error('a failed write was not undone; the sweep will', error, { writeId: first.writeId });
  }
}

/** Returns whether a commit that failed like this was certainly not made. */
function isCertainlyUncommitted(error: unknown): boolean {
  return ['InvalidInput', 'Conflict', 'NotFound', 'LimitExceeded'].some((kind) =>
    isVectorDbError(error, kind as 'Conflict'),
  );
}

interface Write {
  drafts: Draft[];
  writeId: string;
  engine: VectorDatabase;
}

async function commitDrafts(deps: VectorDeps, item: DatabaseItem, { drafts, writeId, engine }: Write): Promise<Commit> {
  const now = new Date().toISOString();
  const written = drafts.map((draft) => toRecord(item, draft, writeId, now));
  await beginWrite(deps.databases, item.id, writeId);
  let isCommitting = false;
  try {
    const rows = drafts.map((draft) => toRow(draft, writeId));
    const segment = await settleBoth(engine.writeSegment(rows), putRecords(deps.records, written));
    isCommitting = true;
    return await engine.commit({ add: [segment], removeIds: [], removeFiles: [], finishedWrites: [writeId] });
  } catch (error) {
    // A commit whose answer was lost may have been made: then its records must stay, and the sweep decides.
    if (!isCommitting || isCertainlyUncommitted(error)) await undoWrite(deps, written);
    throw error;
  }
}

/**
 * Writes the drafts that hold in one commit, and reports the others. `engine` may be one whose commits are guarded: then this
 * fails with its Conflict.
 */
export async function writeDrafts(
  deps: VectorDeps,
  item: DatabaseItem,
  batch: Batch,
  engine: VectorDatabase,
): Promise<WriteReceipt> {
  for (let attempt = 1; ; attempt++) {
    const writeId = createWriteId(Date.now());
    const { drafts, rejected } = await checkDrafts(engine, item, batch, writeId);
    rejected.sort((one, other) => one.index - other.index);
    if (drafts.length === 0) return { accepted: 0, rejected, version: item.version };
    try {
      const commit = await commitDrafts(deps, item, { drafts, writeId, engine });
      await followUpCommit(deps, item, commit);
      return { accepted: drafts.length, rejected, version: commit.version };
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || !isVectorDbError(error, 'InvalidInput')) throw error;
    }
  }
}
