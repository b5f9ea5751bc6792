import type { IngestionDeps, PartDeps } from '../ingestion-deps.ts';
import type { FileBucket } from '../storage/file-objects.ts';
import type { MessageQueue } from '../storage/send-message.ts';

/** What the operations on files work with. */
export interface FilesDeps extends IngestionDeps {
  planQueue: MessageQueue;
  /** The bucket of uploads, by a client that signs without a checksum: nobody knows it before the bytes. */
  presigner: FileBucket;
  openEngine: PartDeps['openEngine'];
}
