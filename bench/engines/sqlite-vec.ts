import { join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { bucketOf, type DatasetPlan } from '../datasets/dataset-plan.ts';
import { rowOf, secondsSince, type MeasuredEngine, type OpenIndex } from './measured-engine.ts';
import { installedVersion, loadPeer } from './peer-package.ts';

/** sqlite-vec in the SQLite of Node.js: it compares with every row, and filters by a metadata column. */
export const sqliteVecEngine: MeasuredEngine = {
  name: 'sqlite-vec',
  title: 'sqlite-vec',
  settings: 'vec0 table, float[n], metadata column; exhaustive',
  version: () => installedVersion('sqlite-vec'),
  build: async ({ plan, base, folder }) => {
    const startedAt = performance.now();
    const database = await openFile(join(folder, 'vectors.db'));
    const metric = plan.metric === 'COSINE' ? 'cosine' : 'l2';
    database.exec(
      `create virtual table vectors using vec0(embedding float[${plan.dimension}] distance_metric=${metric}, bucket integer)`,
    );
    const insert = database.prepare('insert into vectors(rowid, embedding, bucket) values (?, ?, ?)');
    database.exec('begin');
    for (let n = 0; n < plan.rows; n++) {
      insert.run(BigInt(n), bytesOf(rowOf(base, plan.dimension, n)), BigInt(bucketOf(n)));
    }
    database.exec('commit');
    const seconds = secondsSince(startedAt);
    database.close();
    return { seconds, indexSeconds: null };
  },
  open: async (_plan: DatasetPlan, folder) => openIndex(await openFile(join(folder, 'vectors.db'))),
};

function openIndex(database: DatabaseSync): OpenIndex {
  const search = database.prepare('select rowid from vectors where embedding match ? and k = ?');
  const below = database.prepare(
    'select rowid from vectors where embedding match ? and k = ? and bucket < ?',
  );
  const remove = database.prepare('delete from vectors where rowid = ?');
  const insert = database.prepare('insert into vectors(rowid, embedding, bucket) values (?, ?, ?)');
  return {
    parameters: ['exhaustive'],
    use: () => undefined,
    search: (query, k) => rowNumbers(search, bytesOf(query), BigInt(k)),
    searchBelow: (query, k, limit) => rowNumbers(below, bytesOf(query), BigInt(k), BigInt(limit)),
    upsert: (row, values) => {
      database.exec('begin');
      remove.run(BigInt(row));
      insert.run(BigInt(row), bytesOf(values), BigInt(bucketOf(row)));
      database.exec('commit');
    },
  };
}

function rowNumbers(statement: StatementSync, ...parameters: (Uint8Array | bigint)[]): number[] {
  return statement.all(...parameters).map((row) => Number(row['rowid']));
}

async function openFile(path: string): Promise<DatabaseSync> {
  const sqlite = await import('node:sqlite');
  const extension = loadPeer('sqlite-vec') as { getLoadablePath(): string };
  const database = new sqlite.DatabaseSync(path, { allowExtension: true });
  database.loadExtension(extension.getLoadablePath());
  // SQLite reads through the page cache of the system, as much of the file as there is.
  database.exec('pragma journal_mode = wal; pragma mmap_size = 4294967296');
  return database;
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
