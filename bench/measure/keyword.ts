import { join } from 'node:path';
import { zipfChunks, zipfQueries } from '../datasets/zipf-text.ts';
import { secondsSince } from '../engines/measured-engine.ts';
import { createDatabaseIn, plainRow, vectorQuery, writeRows } from '../engines/ours.ts';
import { percentile } from './statistics.ts';

/** Keyword search over generated chunks. */
export interface KeywordResult {
  chunks: number;
  buildSeconds: number;
  p50Ms: number;
  p99Ms: number;
  /** The nearest chunks of every query, to compare engines by. */
  answers: number[][];
}

interface KeywordIndex {
  buildSeconds: number;
  search: (words: string[]) => Promise<number[]>;
}

const queryCount = 300;
const topK = 10;
const chunkSeed = 11;

/** Builds and searches the chunks by BM25 with one of the engines that have it. */
export async function measureKeyword(engine: string, folder: string, chunks: number): Promise<KeywordResult> {
  const build = engine === 'ours' ? buildOurs : buildFts5;
  const { buildSeconds, search } = await build(folder, chunks);
  const queries = zipfQueries(5, queryCount);
  for (const query of queries) await search(query);
  const latenciesMs: number[] = [];
  const answers: number[][] = [];
  for (const query of queries) {
    const startedAt = performance.now();
    answers.push(await search(query));
    latenciesMs.push(performance.now() - startedAt);
  }
  return {
    chunks,
    buildSeconds,
    p50Ms: percentile(latenciesMs, 0.5),
    p99Ms: percentile(latenciesMs, 0.99),
    answers,
  };
}

async function buildOurs(folder: string, chunks: number): Promise<KeywordIndex> {
  const startedAt = performance.now();
  // Vectors are required, but not searched here.
  const { database } = await createDatabaseIn(folder, { dimension: 1, metric: 'EUCLIDEAN' });
  const nextChunk = zipfChunks(chunkSeed);
  await writeRows(database, chunks, (n) => plainRow(n, Float32Array.of(n % 7), nextChunk()));
  return {
    buildSeconds: secondsSince(startedAt),
    search: async (words) => {
      const query = vectorQuery(new Float32Array(0), topK, {
        mode: 'KEYWORD',
        values: null,
        text: words.join(' '),
      });
      const { hits } = await database.search(query);
      return hits.map((hit) => Number(hit.id));
    },
  };
}

async function buildFts5(folder: string, chunks: number): Promise<KeywordIndex> {
  const startedAt = performance.now();
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(join(folder, 'keywords.db'));
  database.exec("create virtual table chunks using fts5(text, content='', tokenize='unicode61')");
  const insert = database.prepare('insert into chunks(rowid, text) values (?, ?)');
  const nextChunk = zipfChunks(chunkSeed);
  database.exec('begin');
  for (let n = 0; n < chunks; n++) insert.run(BigInt(n), nextChunk());
  database.exec('commit');
  database.exec("insert into chunks(chunks) values ('optimize')");
  const buildSeconds = secondsSince(startedAt);
  const search = database.prepare(
    `select rowid from chunks where chunks match ? order by rank limit ${topK}`,
  );
  return {
    buildSeconds,
    search: (words) => Promise.resolve(search.all(words.join(' OR ')).map((row) => Number(row['rowid']))),
  };
}
