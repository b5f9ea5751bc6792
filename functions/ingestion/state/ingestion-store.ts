import { PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { DatabaseTable } from '../../shared/database-item.ts';
import type { FileVersion } from '../storage/object-keys.ts';
import { readItem, updateIf } from './file-store.ts';
import {
  type DeclaredUpload,
  ingestionKey,
  type IngestionItem,
  type IngestionPlan,
  ingestionPrefix,
  openIngestionKey,
  type PartItem,
  partKey,
  partPrefix,
} from './ingestion-item.ts';

const PHASE = { '#phase': 'phase' };

/** Reads the state of an ingestion; null when there is none. */
export function readIngestion(table: DatabaseTable, of: FileVersion): Promise<IngestionItem | null> {
  return readItem<IngestionItem>(table, ingestionKey(of));
}

/** Lists an ingestion as under way and writes its state; fails when its version is taken. */
export async function createIngestion(
  { client, table }: DatabaseTable,
  of: FileVersion,
  {
    upload,
    phase,
    now,
    replans = 0,
  }: { upload: DeclaredUpload; phase: IngestionItem['phase']; now: string; replans?: number },
): Promise<void> {
  const { databaseId, generation, fileId, version } = of;
  const entry = { ...openIngestionKey(of), databaseId, generation, fileId, version, createdAt: now };
  await client.send(new PutCommand({ TableName: table, Item: entry }));
  const state = { attempts: 0, drives: 0, replans, createdAt: now, updatedAt: now };
  const Item: IngestionItem = {
    ...ingestionKey(of),
    databaseId,
    generation,
    fileId,
    version,
    phase,
    upload,
    ...state,
  };
  await client.send(
    new PutCommand({ TableName: table, Item, ConditionExpression: 'attribute_not_exists(pk)' }),
  );
}

/** Begins planning; null when the ingestion is not there or is beyond planning. */
export function startPlanning(
  table: DatabaseTable,
  of: FileVersion,
  now: string,
): Promise<IngestionItem | null> {
  return updateIf<IngestionItem>(table, ingestionKey(of), {
    UpdateExpression: 'SET #phase = :planning, drives = :none, updatedAt = :now ADD attempts :one',
    ConditionExpression: '#phase IN (:awaiting, :planning)',
    ExpressionAttributeNames: PHASE,
    ExpressionAttributeValues: {
      ':awaiting': 'AWAITING_UPLOAD',
      ':planning': 'PLANNING',
      ':now': now,
      ':one': 1,
      // What waited for its turn stands still no more; the attempts bound how often that is said.
      ':none': 0,
    },
  });
}

/** Takes back the count of an attempt at planning that did not die, but could say why it failed. */
export async function forgiveAttempt(table: DatabaseTable, of: FileVersion): Promise<void> {
  await updateIf(table, ingestionKey(of), {
    UpdateExpression: 'ADD attempts :less',
    ConditionExpression: '#phase = :planning AND attempts > :none',
    ExpressionAttributeNames: PHASE,
    ExpressionAttributeValues: { ':less': -1, ':none': 0, ':planning': 'PLANNING' },
  });
}

/**
 * Notes how far planning has come when it goes on in another run: it has not died so far. Null when another delivery of the same message
 * has come as far.
 */
export function storePlannedBytes(
  table: DatabaseTable,
  of: FileVersion,
  plannedBytes: number,
  now: string,
): Promise<IngestionItem | null> {
  return updateIf<IngestionItem>(table, ingestionKey(of), {
    UpdateExpression: 'SET plannedBytes = :bytes, attempts = :none, drives = :none, updatedAt = :now',
    ConditionExpression:
      '#phase = :planning AND (attribute_not_exists(plannedBytes) OR plannedBytes < :bytes)',
    ExpressionAttributeNames: PHASE,
    ExpressionAttributeValues: { ':planning': 'PLANNING', ':bytes': plannedBytes, ':none': 0, ':now': now },
  });
}

/** Ends planning; null when another delivery of the same message was faster. */
export function storePlan(
  table: DatabaseTable,
  of: FileVersion,
  plan: IngestionPlan,
  now: string,
): Promise<IngestionItem | null> {
  return updateIf<IngestionItem>(table, ingestionKey(of), {
    UpdateExpression:
      'SET #phase = :embedding, #plan = :plan, plannedAt = :now, drives = :none, updatedAt = :now',
    ConditionExpression: '#phase = :planning',
    ExpressionAttributeNames: { ...PHASE, '#plan': 'plan' },
    ExpressionAttributeValues: {
      ':embedding': 'EMBEDDING',
      ':planning': 'PLANNING',
      ':plan': plan,
      ':none': 0,
      ':now': now,
    },
  });
}

/** Notes that every part has its message. */
export async function markDispatched(table: DatabaseTable, of: FileVersion, now: string): Promise<void> {
  await updateIf(table, ingestionKey(of), {
    UpdateExpression: 'SET isDispatched = :true, updatedAt = :now',
    ConditionExpression: '#phase = :embedding',
    ExpressionAttributeNames: PHASE,
    ExpressionAttributeValues: { ':true': true, ':now': now, ':embedding': 'EMBEDDING' },
  });
}

/** Reads the result of a part; null when it is not done. */
export function readPart(table: DatabaseTable, of: FileVersion, part: number): Promise<PartItem | null> {
  return readItem<PartItem>(table, partKey(of, part));
}

/** Writes the result of a part. */
export async function storePart(
  { client, table }: DatabaseTable,
  of: FileVersion,
  result: Omit<PartItem, 'pk' | 'sk'>,
): Promise<void> {
  await client.send(new PutCommand({ TableName: table, Item: { ...partKey(of, result.part), ...result } }));
}

/** Counts a part as done, once however often it is called; null when the ingestion is over. */
export function countPart(
  table: DatabaseTable,
  of: FileVersion,
  part: number,
  now: string,
): Promise<IngestionItem | null> {
  return updateIf<IngestionItem>(table, ingestionKey(of), {
    UpdateExpression: 'SET updatedAt = :now ADD doneParts :part',
    ConditionExpression: '#phase = :embedding',
    ExpressionAttributeNames: PHASE,
    ExpressionAttributeValues: { ':now': now, ':part': new Set([part]), ':embedding': 'EMBEDDING' },
  });
}

async function listItems<Item>(
  { client, table }: DatabaseTable,
  pk: string,
  prefix: string,
): Promise<Item[]> {
  const items: Item[] = [];
  let startKey: Record<string, unknown> | undefined;
  do {
    const page = await client.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: { ':pk': pk, ':prefix': prefix },
        ConsistentRead: true,
        ExclusiveStartKey: startKey,
      }),
    );
    items.push(...((page.Items ?? []) as Item[]));
    startKey = page.LastEvaluatedKey;
  } while (startKey !== undefined);
  return items;
}

/** Reads the results of all parts, in their order. */
export function listParts(table: DatabaseTable, of: FileVersion): Promise<PartItem[]> {
  return listItems(table, of.databaseId, partPrefix(of));
}

/** Reads the states of all versions of a file, in their order. */
export function listIngestions(
  table: DatabaseTable,
  databaseId: string,
  fileId: string,
): Promise<IngestionItem[]> {
  return listItems(table, databaseId, ingestionPrefix(fileId));
}

/** Ends an ingestion; one that is DONE stays so. */
export async function endIngestion(
  table: DatabaseTable,
  of: FileVersion,
  phase: 'DONE' | 'FAILED',
  now: string,
): Promise<void> {
  await updateIf(table, ingestionKey(of), {
    UpdateExpression: 'SET #phase = :phase, updatedAt = :now',
    ConditionExpression: 'attribute_exists(pk) AND #phase <> :done',
    ExpressionAttributeNames: PHASE,
    ExpressionAttributeValues: { ':phase': phase, ':now': now, ':done': 'DONE' },
  });
}

/** Counts a drive by the schedule; null when the ingestion has moved since `seenAt`. */
export function countDrive(
  table: DatabaseTable,
  of: FileVersion,
  seenAt: string,
  now: string,
): Promise<IngestionItem | null> {
  return updateIf<IngestionItem>(table, ingestionKey(of), {
    UpdateExpression: 'SET updatedAt = :now ADD drives :one',
    ConditionExpression: 'updatedAt = :seen',
    ExpressionAttributeValues: { ':now': now, ':one': 1, ':seen': seenAt },
  });
}
