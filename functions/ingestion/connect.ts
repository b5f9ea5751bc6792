import { S3Client } from '@aws-sdk/client-s3';
import type { PointerStore } from '../../engine/api.ts';
import { getDocumentClient, getQueueClient, getS3Client } from '../shared/clients.ts';
import type { DatabaseItem } from '../shared/database-item.ts';
import { type EnvironmentVariable, readEnvironment } from '../shared/environment.ts';
import { connectStores, openEngineOver } from '../shared/open-database.ts';
import type { CommitGuard, IngestionDeps, PartDeps } from './ingestion-deps.ts';
import { createProgressPublisher, type PublishProgress } from './publish/publish-progress.ts';
import type { FileBucket } from './storage/file-objects.ts';
import type { MessageQueue } from './storage/send-message.ts';

/** Returns the queue whose address a variable names. */
export function connectQueue(variable: EnvironmentVariable): MessageQueue {
  return { client: getQueueClient(), queueUrl: readEnvironment(variable) };
}

/** Returns what publishes progress with the function's own credentials. */
export function connectPublisher(): PublishProgress {
  const credentials = () => getDocumentClient().config.credentials();
  return createProgressPublisher(readEnvironment('GRAPHQL_URL'), readEnvironment('AWS_REGION'), credentials);
}

/** Returns what every stage works with, from the function's environment. */
export function connectIngestion(): IngestionDeps {
  return {
    databases: { client: getDocumentClient(), table: readEnvironment('DATABASES_TABLE') },
    files: { client: getS3Client(), bucket: readEnvironment('FILES_BUCKET') },
    vectors: { client: getS3Client(), bucket: readEnvironment('VECTORS_BUCKET') },
    maintenanceQueue: connectQueue('MAINTENANCE_QUEUE_URL'),
    publish: connectPublisher(),
    now: () => Date.now(),
  };
}

/**
 * Returns the bucket of uploads by a client for presigning. By default the SDK would sign the checksum of an empty body into the URL of a
 * part, and no part would match it.
 */
export function connectPresigner(): FileBucket {
  const client = new S3Client({
    region: readEnvironment('AWS_REGION'),
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  return { client, bucket: readEnvironment('FILES_BUCKET') };
}

/** The guard is asked after the manifest was read and before it is replaced, so a change in between loses the race. */
function guardPointer(pointer: PointerStore, guard: CommitGuard): PointerStore {
  return {
    read: () => pointer.read(),
    compareAndSet: async (expected, next) => {
      await guard();
      return await pointer.compareAndSet(expected, next);
    },
  };
}

/** Opens the engine of a database whose commits a guard may stop. */
export const openGuardedEngine: PartDeps['openEngine'] = (database: DatabaseItem, guard?: CommitGuard) => {
  const { store, pointer } = connectStores(database);
  return openEngineOver(database, { store, pointer: guard ? guardPointer(pointer, guard) : pointer });
};
