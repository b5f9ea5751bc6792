import type { VectorDatabase } from '../../engine/api.ts';
import type { EmbeddingProvider } from '../embedding/embedding-provider.ts';
import type { DatabaseItem, DatabaseTable } from '../shared/database-item.ts';
import type { RecordTable } from '../shared/records.ts';
import type { PublishProgress } from './publish/publish-progress.ts';
import type { FileBucket } from './storage/file-objects.ts';
import type { MessageQueue } from './storage/send-message.ts';

/** Decides right before a commit whether it may still happen; it throws when not. */
export type CommitGuard = () => Promise<void>;

/** What every stage works with. */
export interface IngestionDeps {
  databases: DatabaseTable;
  files: FileBucket;
  /** The bucket of segments, manifests and kept embeddings. */
  vectors: FileBucket;
  maintenanceQueue: MessageQueue;
  publish: PublishProgress;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** What planning needs besides. */
export interface PlanDeps extends IngestionDeps {
  planQueue: MessageQueue;
  partsQueue: MessageQueue;
}

/** What parts and their commit need besides. */
export interface PartDeps extends IngestionDeps {
  records: RecordTable;
  openEngine(database: DatabaseItem, guard?: CommitGuard): Promise<VectorDatabase>;
  /** Returns null when the callers of a database bring the vectors. */
  openEmbedder(database: DatabaseItem): EmbeddingProvider | null;
}

/** Returns the time as items have it. */
export function timestamp({ now }: Pick<IngestionDeps, 'now'>): string {
  return new Date(now()).toISOString();
}
