import { UpdateCommand, type UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import { type Commit, type Filter, isVectorDbError, type VectorDatabase } from '../../engine/index.ts';
import type { MutationDeleteVectorsArgs, WriteReceipt } from '../../schema/generated/types.ts';
import { lostChunksAttribute } from '../ingestion/state/file-store.ts';
import { type DatabaseItem, loadDatabase } from '../shared/database-item.ts';
import type { Caller } from '../shared/handle-operations.ts';
import { log } from '../shared/log.ts';
import { sendRecordDeletion, TOMBSTONE_GRACE_SECONDS } from '../shared/maintenance-message.ts';
import { mapConcurrently } from '../shared/map-concurrently.ts';
import { readFilter } from '../shared/read-filter.ts';
import {
  createWriteId,
  isStorableId,
  parseChunkId,
  recordKey,
  type RecordScope,
} from '../shared/record-key.ts';
import { deleteRecords, type VectorRecord } from '../shared/records.ts';
import { RequestError } from '../shared/request-error.ts';
import { validateFields } from '../shared/validate-arguments.ts';
import { commitWrite } from './commit-write.ts';
import { followUpCommit } from './follow-up-commit.ts';
import { rejectEntry } from './rejection.ts';
import type { VectorDeps } from './vector-deps.ts';

/** What one request may delete by a filter: its commit and its messages stay within a few seconds. */
const MAX_FILTER_DELETES = 10_000;
const UPDATE_CONCURRENCY = 8;

function requireOneWay({ ids, filter, filterJson }: MutationDeleteVectorsArgs): void {
  const given = [ids, filter, filterJson].filter((way) => way !== undefined && way !== null).length;
  if (given === 1) return;
  throw new RequestError(
    'VALIDATION',
    `${given} of ids, filter and filterJson are given; exactly one is required.`,
    {
      field: given === 0 ? 'ids' : 'filter',
      limit: 1,
      actual: given,
    },
  );
}

async function findMatching(engine: VectorDatabase, filter: Filter): Promise<string[]> {
  try {
    return await engine.findIds(filter, MAX_FILTER_DELETES);
  } catch (error) {
    if (!isVectorDbError(error, 'LimitExceeded')) throw error;
    throw new RequestError(
      'PAYLOAD_TOO_LARGE',
      `The filter matches more than ${MAX_FILTER_DELETES} vectors; one request deletes at most that many. Nothing was deleted.`,
      { field: 'filter', limit: MAX_FILTER_DELETES, hint: 'Narrow the filter and send several requests.' },
      { cause: error },
    );
  }
}

interface LostChunks {
  fileId: string;
  fileVersion: number;
  chunks: number;
}

/** Groups the chunks that a commit removed by the version of the file that they were of. */
function groupLostChunks({ removed }: Commit): LostChunks[] {
  const lost = new Map<string, LostChunks>();
  for (const { id } of removed) {
    const chunk = parseChunkId(id);
    if (!chunk) continue;
    const key = `${chunk.fileId}:${chunk.fileVersion}`;
    const entry = lost.get(key) ?? { ...chunk, chunks: 0 };
    entry.chunks++;
    lost.set(key, entry);
  }
  return [...lost.values()];
}

async function updateFile(
  { client, table }: VectorDeps['databases'],
  update: Omit<UpdateCommandInput, 'TableName'>,
): Promise<boolean> {
  try {
    await client.send(new UpdateCommand({ TableName: table, ...update }));
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return false;
    throw error;
  }
}

/**
 * Lowers the chunk count of a file. Between a version's commit and the moment its file says so, what is lost is counted beside it, and
 * subtracted then. A file that was replaced or deleted meanwhile keeps its own count.
 */
async function lowerFileCount(
  databases: VectorDeps['databases'],
  databaseId: string,
  { fileId, fileVersion, chunks }: LostChunks,
): Promise<void> {
  const Key = { pk: databaseId, sk: `FILE#${fileId}` };
  const lower = {
    Key,
    UpdateExpression: 'ADD vectorCount :less',
    ConditionExpression: 'fileVersion = :version AND vectorCount >= :chunks',
    ExpressionAttributeValues: { ':less': -chunks, ':chunks': chunks, ':version': fileVersion },
  };
  if (await updateFile(databases, lower)) return;
  const remember = {
    Key,
    UpdateExpression: 'ADD #lost :chunks',
    ConditionExpression: 'attribute_exists(#lost)',
    ExpressionAttributeNames: { '#lost': lostChunksAttribute(fileVersion) },
    ExpressionAttributeValues: { ':chunks': chunks },
  };
  // When both are refused, the file may have become READY in between.
  if (!(await updateFile(databases, remember))) await updateFile(databases, lower);
}

async function lowerFileCounts({ databases }: VectorDeps, databaseId: string, commit: Commit): Promise<void> {
  await mapConcurrently(groupLostChunks(commit), UPDATE_CONCURRENCY, async (lost) => {
    try {
      await lowerFileCount(databases, databaseId, lost);
    } catch (error) {
      log.error('the chunk count of a file was not lowered', error, { databaseId, ...lost });
    }
  });
}

/** The record that hides the older ones of its id, from the commit until they are gone. */
function toTombstone(scope: RecordScope, id: string, writeId: string): VectorRecord {
  const chunk = parseChunkId(id);
  return {
    ...recordKey(scope, id, writeId),
    id,
    databaseId: scope.databaseId,
    fileId: chunk?.fileId ?? null,
    fileVersion: chunk?.fileVersion ?? 0,
    chunkIndex: chunk?.chunkIndex ?? null,
    text: null,
    metadata: null,
    page: null,
    startOffset: null,
    endOffset: null,
    createdAt: new Date().toISOString(),
    writeId,
    isDeleted: true,
  };
}

/**
 * Tombstones of ids that were not there go at once; the others when what they hide is certainly gone: it is named beside them once more,
 * because the message before may have been lost.
 */
async function retireTombstones(
  deps: VectorDeps,
  scope: RecordScope,
  { tombstones, commit }: { tombstones: VectorRecord[]; commit: Commit },
): Promise<void> {
  const removed = new Map(commit.removed.map(({ id, address }) => [id, { id, writeId: address }]));
  try {
    const needless = tombstones.filter(({ id }) => !removed.has(id));
    await deleteRecords(deps.records, needless);
    const needed = tombstones.flatMap((tombstone) => {
      const hidden = removed.get(tombstone.id);
      return hidden ? [hidden, tombstone] : [];
    });
    await sendRecordDeletion(deps.maintenance, scope, needed, TOMBSTONE_GRACE_SECONDS);
  } catch (error) {
    log.error('tombstones were not retired; they only cost storage', error, { databaseId: scope.databaseId });
  }
}

async function remove(deps: VectorDeps, item: DatabaseItem, ids: string[]): Promise<Commit> {
  const scope = { databaseId: item.id, generation: item.generation };
  const writeId = createWriteId(Date.now());
  const tombstones = ids.map((id) => toTombstone(scope, id, writeId));
  const commit = await commitWrite(deps, {
    databaseId: item.id,
    writeId,
    records: tombstones,
    engine: await deps.openEngine(item),
    makeChange: () => Promise.resolve({ add: [], removeIds: ids, removeFiles: [] }),
  });
  await followUpCommit(deps, item, commit);
  await retireTombstones(deps, scope, { tombstones, commit });
  await lowerFileCounts(deps, item.id, commit);
  return commit;
}

async function deleteByIds(deps: VectorDeps, item: DatabaseItem, ids: string[]): Promise<WriteReceipt> {
  const commit = await remove(deps, item, [...new Set(ids.filter(isStorableId))]);
  const removed = new Set(commit.removed.map(({ id }) => id));
  const rejected = ids.flatMap((id, index) => {
    if (!removed.has(id))
      return rejectEntry(index, id, 'NOT_FOUND', `There is no vector "${id}" in the database.`);
    const isRepeated = ids.indexOf(id) !== index;
    return isRepeated ? rejectEntry(index, id, 'VALIDATION', `ids[${index}] is given more than once.`) : [];
  });
  return { accepted: removed.size, rejected, version: commit.version };
}

async function deleteByFilter(deps: VectorDeps, item: DatabaseItem, filter: Filter): Promise<WriteReceipt> {
  const engine = await deps.openEngine(item);
  const ids = await findMatching(engine, filter);
  if (ids.length === 0) return { accepted: 0, rejected: [], version: item.version };
  const commit = await remove(deps, item, ids);
  return { accepted: commit.removed.length, rejected: [], version: commit.version };
}

/** Deletes vectors by their ids or by a filter; an unknown id is reported and does no harm. */
export async function deleteVectors(
  deps: VectorDeps,
  args: MutationDeleteVectorsArgs,
  caller: Caller,
): Promise<WriteReceipt> {
  validateFields('Mutation.deleteVectors', args);
  requireOneWay(args);
  const filter = readFilter(args, '');
  const item = await loadDatabase(deps.databases, args.databaseId, caller);
  return filter
    ? await deleteByFilter(deps, item, filter)
    : await deleteByIds(deps, item, args.ids as string[]);
}
