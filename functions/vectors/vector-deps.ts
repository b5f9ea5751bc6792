import type { VectorDatabase } from '../../engine/api.ts';
import type { DatabaseItem, DatabaseTable } from '../shared/database-item.ts';
import type { EmbeddingProvider } from '../embedding/embedding-provider.ts';
import type { ExpectedRow } from '../shared/guard-commit.ts';
import type { MaintenanceQueue } from '../shared/maintenance-message.ts';
import type { RecordTable } from '../shared/records.ts';

/** What the operations on vectors work with. */
export interface VectorDeps {
  databases: DatabaseTable;
  records: RecordTable;
  maintenance: MaintenanceQueue;
  openEngine(item: DatabaseItem): Promise<VectorDatabase>;
  /** Opens an engine whose commits fail with Conflict unless the expected rows are live and unchanged. */
  openGuarded(item: DatabaseItem, expected: readonly ExpectedRow[]): Promise<VectorDatabase>;
  /** Returns null when the caller brings the vectors. */
  openEmbedder(item: DatabaseItem): EmbeddingProvider | null;
}
