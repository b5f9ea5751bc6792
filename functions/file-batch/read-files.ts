import { BatchGetCommand } from '@aws-sdk/lib-dynamodb';
import type { File } from '../../schema/generated/types.ts';
import { readAsOf } from '../ingestion/state/expired-upload.ts';
import { type FileItem, fileKey, toFile } from '../ingestion/state/file-item.ts';
import type { DatabaseTable } from '../shared/database-item.ts';
import { mapConcurrently } from '../shared/map-concurrently.ts';
import { RequestError } from '../shared/request-error.ts';
import { waitBeforeRetry } from '../shared/retry-delay.ts';

/** A file as a parent object names it; null for what belongs to no file. */
export interface FileReference {
  databaseId?: string | null;
  fileId?: string | null;
}

/** DynamoDB's own ceiling for one batch. */
const KEYS_PER_BATCH = 100;
const CONCURRENCY = 4;
const MAX_ATTEMPTS = 6;

function nameOf({ databaseId, fileId }: FileReference): string | null {
  return databaseId && fileId ? JSON.stringify(fileKey(databaseId, fileId)) : null;
}

async function readBatch({ client, table }: DatabaseTable, names: string[]): Promise<FileItem[]> {
  const found: FileItem[] = [];
  let keys = names.map((name) => JSON.parse(name) as Record<string, unknown>);
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const answer = await client.send(new BatchGetCommand({ RequestItems: { [table]: { Keys: keys } } }));
    found.push(...((answer.Responses?.[table] ?? []) as FileItem[]));
    keys = answer.UnprocessedKeys?.[table]?.Keys ?? [];
    if (keys.length === 0) return found;
    await waitBeforeRetry(attempt);
  }
  throw new RequestError('UNAVAILABLE', 'The files could not be read in time; try again.');
}

/** Reads files, each once, in the order of the references; null for a file that is gone. */
export async function readFiles(
  table: DatabaseTable,
  references: readonly FileReference[],
  now: string,
): Promise<(File | null)[]> {
  const names = [...new Set(references.map(nameOf).filter((name) => name !== null))];
  const batches: string[][] = [];
  for (let start = 0; start < names.length; start += KEYS_PER_BATCH)
    batches.push(names.slice(start, start + KEYS_PER_BATCH));
  const items = (await mapConcurrently(batches, CONCURRENCY, (batch) => readBatch(table, batch))).flat();
  const files = new Map(
    items.map((item) => [JSON.stringify({ pk: item.pk, sk: item.sk }), toFile(readAsOf(item, now))]),
  );
  return references.map((reference) => files.get(nameOf(reference) ?? '') ?? null);
}
