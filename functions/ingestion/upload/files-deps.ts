import type { IngestionDeps, PartDeps } from '../ingestion-deps.ts';
import type { MessageQueue } from '../storage/send-message.ts';

/** What the operations on files work with. */
export interface FilesDeps extends IngestionDeps {
  planQueue: MessageQueue;
  openEngine: PartDeps['openEngine'];
}
