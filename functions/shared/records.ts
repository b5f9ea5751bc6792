import {
  BatchGetCommand,
  BatchWriteCommand,
  type BatchWriteCommandInput,
  type DynamoDBDocumentClient,
} from '@aws-sdk/lib-dynamodb';
import { mapConcurrently } from './map-concurrently.ts';
import type { RecordKey } from './record-key.ts';
import { RequestError } from './request-error.ts';
import { waitBeforeRetry } from './retry-delay.ts';

/** One item of the VectorData table. */
export interface VectorRecord extends RecordKey {
  id: string;
  databaseId: string;
  fileId: string | null;
  fileVersion: number;
  chunkIndex: number | null;
  text: string | null;
  /** A JSON string. */
  metadata: string | null;
  page: number | null;
  startOffset: number | null;
  endOffset: number | null;
  createdAt: string;
  writeId: string;
  /** Set on the record that a deletion writes: it hides the older records of its id until they are gone. */
  isDeleted?: true;
}

/** Where records are: the VectorData table and a client for it. */
export interface RecordTable {
  client: DynamoDBDocumentClient;
  table: string;
}

/** DynamoDB's own ceilings for one batch. */
const WRITES_PER_BATCH = 25;
const READS_PER_BATCH = 100;
/** Parallel batches of one request: 200 items under way, well below a new table's 4,000 writes a second. */
const BATCH_CONCURRENCY = 8;
/** With full jitter up to 1.6 s, eight attempts wait 4 s on average. */
const MAX_ATTEMPTS = 8;

type WriteRequest = NonNullable<BatchWriteCommandInput['RequestItems']>[string][number];

function splitIntoBatches<Item>(items: readonly Item[], size: number): Item[][] {
  const batches: Item[][] = [];
  for (let start = 0; start < items.length; start += size) batches.push(items.slice(start, start + size));
  return batches;
}

function stillUnprocessed(table: string, left: number): RequestError {
  return new RequestError(
    'UNAVAILABLE',
    `The table ${table} did not take ${left} items within ${MAX_ATTEMPTS} attempts; try again later.`,
  );
}

async function writeBatch({ client, table }: RecordTable, batch: WriteRequest[]): Promise<void> {
  let left = batch;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const answer = await client.send(new BatchWriteCommand({ RequestItems: { [table]: left } }));
    left = answer.UnprocessedItems?.[table] ?? [];
    if (left.length === 0) return;
    if (attempt < MAX_ATTEMPTS) await waitBeforeRetry(attempt);
  }
  throw stillUnprocessed(table, left.length);
}

async function writeAll(records: RecordTable, requests: WriteRequest[]): Promise<void> {
  const batches = splitIntoBatches(requests, WRITES_PER_BATCH);
  await mapConcurrently(batches, BATCH_CONCURRENCY, (batch) => writeBatch(records, batch));
}

/** Puts records, all of them or it fails; putting the same records again changes nothing. */
export async function putRecords(table: RecordTable, records: readonly VectorRecord[]): Promise<void> {
  await writeAll(
    table,
    records.map((Item) => ({ PutRequest: { Item } })),
  );
}

/** Deletes records; keys that are already gone are fine. */
export async function deleteRecords(table: RecordTable, keys: readonly RecordKey[]): Promise<void> {
  await writeAll(
    table,
    keys.map(({ pk, sk }) => ({ DeleteRequest: { Key: { pk, sk } } })),
  );
}

async function readBatch({ client, table }: RecordTable, keys: RecordKey[]): Promise<VectorRecord[]> {
  const found: VectorRecord[] = [];
  let left: RecordKey[] = keys.map(({ pk, sk }) => ({ pk, sk }));
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const request = { [table]: { Keys: left, ConsistentRead: true } };
    const answer = await client.send(new BatchGetCommand({ RequestItems: request }));
    found.push(...((answer.Responses?.[table] ?? []) as VectorRecord[]));
    left = (answer.UnprocessedKeys?.[table]?.Keys ?? []) as RecordKey[];
    if (left.length === 0) return found;
    if (attempt < MAX_ATTEMPTS) await waitBeforeRetry(attempt);
  }
  throw stillUnprocessed(table, left.length);
}

/** Reads records consistently, in no particular order; those that are gone are left out. */
export async function readRecords(table: RecordTable, keys: readonly RecordKey[]): Promise<VectorRecord[]> {
  const batches = splitIntoBatches(keys, READS_PER_BATCH);
  const read = await mapConcurrently(batches, BATCH_CONCURRENCY, (batch) => readBatch(table, batch));
  return read.flat();
}
