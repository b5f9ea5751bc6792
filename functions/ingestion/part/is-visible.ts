import type { DatabaseItem } from '../../shared/database-item.ts';
import { formatChunkId } from '../../shared/record-key.ts';
import type { PartDeps } from '../ingestion-deps.ts';
import type { IngestionPlan } from '../state/ingestion-item.ts';
import { fileKey } from '../state/file-item.ts';
import { lostChunksAttribute, readItem } from '../state/file-store.ts';
import type { FileVersion } from '../storage/object-keys.ts';

/** Chunks that are looked for, spread over the file: some of a version's chunks may have been deleted since its commit. */
const SAMPLE = 256;

/**
 * Returns whether a version's commit was made. Its answer may have been lost, and what is searchable must not become FAILED: the version
 * it replaced is gone.
 */
export async function isVisible(
  deps: Pick<PartDeps, 'openEngine' | 'databases'>,
  { databaseId, fileId, version }: FileVersion,
  { database, plan }: { database: DatabaseItem; plan: IngestionPlan | undefined },
): Promise<boolean> {
  if (!plan) return false;
  const step = Math.ceil(plan.chunks / SAMPLE);
  const ids = Array.from({ length: Math.ceil(plan.chunks / step) }, (_, place) =>
    formatChunkId({ fileId, fileVersion: version, chunkIndex: place * step }),
  );
  const engine = await deps.openEngine(database);
  if ((await engine.readRows(ids)).length > 0) return true;
  // What was deleted by hand was visible before.
  const file: Record<string, unknown> | null = await readItem(deps.databases, fileKey(databaseId, fileId));
  return Number(file?.[lostChunksAttribute(version)] ?? 0) > 0;
}
