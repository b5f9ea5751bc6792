import { fieldTypeOf } from '../../engine/index/column.ts';
import {
  checkRow,
  type FieldType,
  isVectorDbError,
  type Row,
  type VectorDatabase,
} from '../../engine/index.ts';
import type { Rejection, WriteReceipt } from '../../schema/generated/types.ts';
import type { DatabaseItem } from '../shared/database-item.ts';
import { createWriteId, recordKey } from '../shared/record-key.ts';
import type { VectorRecord } from '../shared/records.ts';
import { commitWrite } from './commit-write.ts';
import type { Draft } from './draft.ts';
import { followUpCommit } from './follow-up-commit.ts';
import { rejectEntry } from './rejection.ts';
import type { VectorDeps } from './vector-deps.ts';

/** Another write may register a metadata field with another type meanwhile: then the rows are checked again. */
const MAX_ATTEMPTS = 3;

interface DraftWrite {
  drafts: Draft[];
  writeId: string;
  engine: VectorDatabase;
}

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
async function checkDrafts(
  engine: VectorDatabase,
  item: DatabaseItem,
  batch: Batch,
  writeId: string,
): Promise<Batch> {
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

async function commitDrafts(deps: VectorDeps, item: DatabaseItem, { drafts, writeId, engine }: DraftWrite) {
  const now = new Date().toISOString();
  const records = drafts.map((draft) => toRecord(item, draft, writeId, now));
  const makeChange = async () => {
    const segment = await engine.writeSegment(drafts.map((draft) => toRow(draft, writeId)));
    return { add: [segment], removeIds: [], removeFiles: [] };
  };
  return await commitWrite(deps, { databaseId: item.id, writeId, records, engine, makeChange });
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
