import type { DatabaseItem } from '../../functions/shared/database-item.ts';
import type { VectorRecord } from '../../functions/shared/records.ts';
import { findFile, findText, type IngestionWorld, listItems, listKeys } from './ingestion-world.ts';

async function describeFile(world: IngestionWorld, databaseId: string, fileId: string) {
  const file = await findFile(world, databaseId, fileId);
  if (!file) return null;
  const { status, vectorCount, fileVersion, nextVersion, sha256, error, progress } = file;
  const { percent, chunksDone, chunksTotal, message } = progress;
  return {
    ...{ status, vectorCount, fileVersion, nextVersion, sha256, error, attributes: Object.keys(file).sort() },
    ...{ percent, chunksDone, chunksTotal, message },
  };
}

async function describeSearch(world: IngestionWorld, database: DatabaseItem, records: VectorRecord[]) {
  const engine = await world.deps.openEngine(database);
  const rows = await engine.readRows(records.map(({ id }) => id));
  const hits = await findText(world, database, 'Lighthouse', 100);
  return {
    vectorCount: database.vectorCount,
    fileCount: database.fileCount,
    fields: database.metadataFields,
    pendingWrites: [...(database.pendingWrites ?? [])],
    rows: rows.map(({ id, values }) => [id, [...values]] as const),
    hits: hits.map(({ id }) => id),
  };
}

/** Describes all that a user and an operator can see of a database and one of its files, without what is new each time. */
export async function describeIngestion(world: IngestionWorld, databaseId: string, fileId: string) {
  const items = await listItems<{ pk: string; sk: string }>(world, 'Databases');
  const own = items.filter(({ pk, sk }) => (pk + sk).includes(databaseId));
  const records = (await listItems<VectorRecord>(world, 'VectorData')).filter(({ pk }) =>
    pk.startsWith(databaseId),
  );
  const database = own.find(({ sk }) => sk === 'DATABASE') as DatabaseItem | undefined;
  const objects = await listKeys(world, 'vectors', `databases/${databaseId}/`);
  const state = {
    file: await describeFile(world, databaseId, fileId),
    search: database ? await describeSearch(world, database, records) : null,
    records: records.map(({ id, text, metadata }) => [id, text, metadata]),
    items: own.map(({ pk, sk }) => `${pk} ${sk}`),
    uploads: await listKeys(world, 'files', `databases/${databaseId}/`),
    // Segments and manifests that nothing names any more are swept by their age; those of a database that is gone go with it.
    objects: database ? objects.filter((key) => key.includes('/embeddings/')) : objects,
  };
  const plain = JSON.stringify(state).replaceAll(databaseId, 'DB').replaceAll(fileId, 'FILE');
  return sortLists(JSON.parse(plain) as typeof state);
}

/** None of the lists has an order that a user could rely on. */
function sortLists<State extends Record<string, unknown>>(state: State): State {
  const sorted = Object.entries(state).map(([name, value]) => {
    if (Array.isArray(value)) return [name, sortByText(value)];
    const isObject = name === 'search' && typeof value === 'object' && value !== null;
    return [name, isObject ? sortLists(value as Record<string, unknown>) : value];
  });
  return Object.fromEntries(sorted) as State;
}

function sortByText(list: unknown[]): unknown[] {
  return list.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
