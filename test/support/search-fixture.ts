import { afterAll, beforeAll } from 'vitest';
import type { SearchVectorsAnswer } from '../../functions/search/search-vectors.ts';
import type { DatabaseItem } from '../../functions/shared/database-item.ts';
import type { FunctionError } from '../../functions/shared/function-error.ts';
import type { SearchInput, WriteReceipt } from '../../schema/generated/types.ts';
import { putDatabase } from './database-item.ts';
import {
  callerOf,
  type CallOptions,
  type FunctionBackend,
  startFunctionBackend,
} from './function-backend.ts';

/** Files with two chunks each in the database of a search fixture. */
export const FILES = [
  '11111111-1111-4111-8111-111111111111',
  '22222222-2222-4222-8222-222222222222',
] as const;

const POEMS = [
  { id: 'p1', values: [1, 0, 0, 0], text: 'the red fox jumps', metadata: { colour: 'red', year: 2001 } },
  { id: 'p2', values: [0.99, 0.1, 0, 0], text: 'a red fox sleeps', metadata: { colour: 'red', year: 2002 } },
  { id: 'p3', values: [0.8, 0.6, 0, 0], text: 'blue whales sing', metadata: { colour: 'blue', year: 2003 } },
  { id: 'p4', values: [0, 1, 0, 0], text: 'green frogs croak', metadata: { colour: 'green', year: 2004 } },
  { id: 'p5', values: [0, 0, 1, 0] },
];

async function addChunks(backend: FunctionBackend, database: DatabaseItem): Promise<void> {
  const { openEngine } = await import('../../functions/shared/open-database.ts');
  const { recordKey } = await import('../../functions/shared/record-key.ts');
  const { putRecords } = await import('../../functions/shared/records.ts');
  const engine = await openEngine(database);
  const rows = FILES.flatMap((fileId, file) =>
    [0, 1].map((chunk) => ({
      id: `${fileId}:1:${chunk}`,
      address: '0',
      fileId,
      fileVersion: 1,
      values: Float32Array.from([0, 0, 0.2 * file + 0.1 * chunk, 1]),
      text: `chunk ${chunk} of file ${file}`,
      metadata: {},
    })),
  );
  const segment = await engine.writeSegment(rows);
  await putRecords(
    backend.tables.records,
    rows.map(({ id, fileId, text }, index) => ({
      ...recordKey({ databaseId: database.id, generation: 1 }, id, '0'),
      id,
      databaseId: database.id,
      fileId,
      fileVersion: 1,
      chunkIndex: index % 2,
      text,
      metadata: null,
      page: 1,
      startOffset: 0,
      endOffset: text.length,
      createdAt: new Date().toISOString(),
      writeId: '0',
    })),
  );
  await engine.commit({ add: [segment], removeIds: [], removeFiles: [], finishedWrites: [] });
}

/** Searches over one backend with a few vectors, shared by the tests of a file. */
export interface SearchFixture {
  backend: FunctionBackend;
  vectors: ReturnType<typeof callerOf>;
  /** Brings its own vectors of four values: five of its own and four chunks. */
  plain: DatabaseItem;
  /** Embeds the same texts. */
  embedded: DatabaseItem;
  /** Of the write of the five vectors. */
  receipt: WriteReceipt;
  ask(input: Partial<SearchInput>, options?: CallOptions): Promise<SearchVectorsAnswer>;
  refuse(input: Partial<SearchInput>, options?: CallOptions): Promise<FunctionError>;
}

/** Returns the ids of the hits in their order. */
export function idsOf({ hits }: SearchVectorsAnswer): string[] {
  return hits.map(({ id }) => id);
}

/** Registers the hooks that keep a fixture for the tests of a file. */
export function useSearchFixture(): SearchFixture {
  const fixture = {} as SearchFixture;
  let search: ReturnType<typeof callerOf>;

  beforeAll(async () => {
    const backend = await startFunctionBackend();
    const vectors = callerOf((await import('../../functions/vectors/handler.ts')).handler);
    search = callerOf((await import('../../functions/search/handler.ts')).handler);
    const plain = await putDatabase(backend.tables);
    const embedding = { provider: 'local', model: 'lexical-384', dimension: 384 };
    const embedded = await putDatabase(backend.tables, { dimension: 384, embedding });
    Object.assign(fixture, { backend, vectors, plain, embedded });
    fixture.receipt = await vectors.data('upsertVectors', { databaseId: plain.id, vectors: POEMS });
    await addChunks(backend, plain);
    const texts = POEMS.slice(0, 4).map(({ id, text, metadata }) => ({ id, text, metadata }));
    await vectors.data('upsertVectors', { databaseId: embedded.id, vectors: texts });
  });
  afterAll(() => fixture.backend.stop());

  fixture.ask = (input, options) =>
    search.data('searchVectors', { input: { databaseId: fixture.plain.id, ...input } }, options);
  fixture.refuse = (input, options) =>
    search.error('searchVectors', { input: { databaseId: fixture.plain.id, ...input } }, options);
  return fixture;
}
