import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { mapConcurrently } from './map-concurrently.ts';
import type { RecordScope } from './record-key.ts';

/** Superseded and deleted records stay this long, so that a search that started before can still hydrate. */
export const RECORD_GRACE_SECONDS = 60;

/** A deletion's own record outlives those that it hides: the longest delay that the queue knows. */
export const TOMBSTONE_GRACE_SECONDS = 900;

/** A record by its id and the write that made it: `recordKey` returns its key. */
export interface RecordReference {
  id: string;
  writeId: string;
}

/** What the maintenance function is asked to do. */
export type MaintenanceMessage =
  | ({ operation: 'compact' } & RecordScope)
  | ({ operation: 'deleteRecords'; records: RecordReference[] } & RecordScope)
  | ({ operation: 'deleteDatabase' } & RecordScope)
  /** The records, uploads and staged chunks of a file below a version; null: of all its versions. */
  | ({ operation: 'deleteFile'; fileId: string; beforeVersion: number | null } & RecordScope)
  | { operation: 'sweep' };

export interface MaintenanceQueue {
  client: SQSClient;
  queueUrl: string;
}

/** A message holds 256 KB at most; the rest is room for the envelope. */
const MAX_RECORDS_BYTES = 200_000;
const MAX_RECORDS = 1_000;
const SEND_CONCURRENCY = 4;

/** Sends one message, which becomes visible after `delaySeconds` (at most 900). */
export async function sendMaintenance(
  { client, queueUrl }: MaintenanceQueue,
  message: MaintenanceMessage,
  delaySeconds = 0,
): Promise<void> {
  await client.send(
    new SendMessageCommand({
      QueueUrl: queueUrl,
      MessageBody: JSON.stringify(message),
      DelaySeconds: delaySeconds,
    }),
  );
}

function splitRecords(records: readonly RecordReference[]): RecordReference[][] {
  const groups: RecordReference[][] = [];
  let group: RecordReference[] = [];
  let groupBytes = 0;
  for (const { id, writeId } of records) {
    const record = { id, writeId };
    const bytes = Buffer.byteLength(JSON.stringify(record)) + 1;
    if (group.length === MAX_RECORDS || groupBytes + bytes > MAX_RECORDS_BYTES) {
      groups.push(group);
      group = [];
      groupBytes = 0;
    }
    group.push(record);
    groupBytes += bytes;
  }
  if (group.length > 0) groups.push(group);
  return groups;
}

/** Asks for the deletion of records after a delay, in as many messages as they need. */
export async function sendRecordDeletion(
  queue: MaintenanceQueue,
  { databaseId, generation }: RecordScope,
  records: readonly RecordReference[],
  delaySeconds = RECORD_GRACE_SECONDS,
): Promise<void> {
  await mapConcurrently(splitRecords(records), SEND_CONCURRENCY, (group) =>
    sendMaintenance(
      queue,
      { operation: 'deleteRecords', databaseId, generation, records: group },
      delaySeconds,
    ),
  );
}
