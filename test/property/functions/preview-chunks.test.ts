import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { IngestionFailure } from '../../../functions/ingestion/ingestion-failure.ts';
import { INGESTION_LIMITS } from '../../../functions/ingestion/limits.ts';
import { previewChunks } from '../../../functions/preview/preview-chunks.ts';
import type { DatabaseItem } from '../../../functions/shared/database-item.ts';
import { RequestError } from '../../../functions/shared/request-error.ts';
import type { ChunkingInput, ChunkStrategy } from '../../../schema/generated/types.ts';
import { createZip } from '../../support/create-zip.ts';
import { createPptx, createXlsx } from '../../support/documents/create-office.ts';
import { createFvecs } from '../../support/documents/create-vectors.ts';
import {
  asRequest,
  forgetAll,
  ingest,
  type IngestionWorld,
  listRecords,
  putFileDatabase,
  readDatabaseItem,
  startIngestionWorld,
} from '../../support/ingestion-world.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const samples = join(root, 'test/samples');
const documents = join(root, '../shared/data/files');

const STRATEGIES: ChunkStrategy[] = ['RECURSIVE', 'SENTENCE', 'MARKDOWN', 'PAGE', 'RECORD', 'FIXED', 'NONE'];
const MOST_CHUNKS = 200;

interface Sample {
  name: string;
  content: Uint8Array;
  chunking: ChunkingInput;
}

let world: IngestionWorld;

beforeAll(async () => {
  world = await startIngestionWorld();
});
afterEach(() => forgetAll(world));
afterAll(() => world.stop());

/** Large documents take long, and have no kind of their own. */
const LARGEST_DOCUMENT_BYTES = 60_000;

const isSmall = (path: string): boolean => {
  const { size } = statSync(path);
  return size > 0 && size <= LARGEST_DOCUMENT_BYTES;
};

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What a preview tells, or the reason of its error. */
async function preview(database: DatabaseItem, { name, content, chunking }: Sample) {
  const contentBase64 = Buffer.from(content).toString('base64');
  const input = { databaseId: database.id, name, contentBase64, chunking, limit: MOST_CHUNKS };
  const deps = { databases: world.deps.databases, timeMs: INGESTION_LIMITS.previewMs };
  try {
    return { ready: await previewChunks(deps, asRequest({ input })), reason: null };
  } catch (error) {
    if (!(error instanceof RequestError && error.cause instanceof IngestionFailure)) throw error;
    const { kind, message, info } = error;
    const { location = null, retryable } = info;
    return { ready: null, reason: { kind, message, location, retryable } };
  }
}

/** Previews a sample, then ingests it, and expects the one to have told all of the other. */
async function expectSame(database: DatabaseItem, sample: Sample): Promise<'READY' | 'FAILED'> {
  const { ready, reason } = await preview(database, sample);
  const file = await ingest(world, { databaseId: database.id, ...sample });
  if (!ready) {
    expect(file).toMatchObject({ status: 'FAILED', error: reason });
    return 'FAILED';
  }
  const { chunks, chunksTotal, contentType, message, error } = ready;
  const records = (await listRecords(world, database, file.id)).sort(
    (a, b) => (a.chunkIndex ?? 0) - (b.chunkIndex ?? 0),
  );
  expect(file).toMatchObject({ status: 'READY', vectorCount: chunksTotal, contentType, error });
  expect(file.progress.message).toBe(message);
  expect(chunks).toHaveLength(Math.min(chunksTotal, MOST_CHUNKS));
  expect(
    chunks.map(({ index, text, page, startOffset, endOffset, metadata }) => ({
      ...{ chunkIndex: index, text, page, startOffset, endOffset, metadata },
    })),
  ).toEqual(
    records.slice(0, MOST_CHUNKS).map(({ chunkIndex, text, page, startOffset, endOffset, metadata }) => ({
      ...{ chunkIndex, text, page, startOffset, endOffset, metadata },
    })),
  );
  const { metadataFields } = await readDatabaseItem(world, database.id);
  for (const { name, type } of ready.metadataFields)
    expect(metadataFields.filter((field) => field.name === name)).toMatchObject([{ name, type }]);
  return 'READY';
}

describe('a preview', () => {
  it.each(readdirSync(samples))(
    'of %s tells the chunks that ingestion stores, however it is cut',
    async (name) => {
      const content = readFileSync(join(samples, name));
      const database = await putFileDatabase(world);

      for (const strategy of STRATEGIES)
        await expectSame(database, {
          name,
          content,
          chunking: { strategy, maxTokens: 64, overlapTokens: 16 },
        });
    },
  );

  it.each([
    ['deck.pptx', createPptx([{ title: 'Tides' }, { title: 'Harbours', lines: ['Genoa is deep.'] }])],
    [
      'sheet.xlsx',
      createXlsx({
        S: [
          ['name', 'depth'],
          ['Genoa', 12],
          ['Kiel', 14],
        ],
      }),
    ],
    ['all.zip', createZip({ 'a.md': '# Tides\n\nThey rise.', 'b.csv': 'n,d\na,1\nb,2' })],
    [
      'letter.eml',
      encode('From: a@example.org\nSubject: Tides\nDate: Mon, 1 Jan 2024 10:00:00 +0000\n\nThey rise.'),
    ],
    ['harbour.py', encode('def depth(name):\n    """Metres."""\n    return 12\n\n\nclass Port:\n    pass\n')],
  ])('of %s, which is read in a thread of its own, tells them, too', async (name, content) => {
    const database = await putFileDatabase(world);

    expect(await expectSame(database, { name, content, chunking: {} })).toBe('READY');
  });

  it('of vectors tells the records that bring them', async () => {
    const database = await putFileDatabase(world, { dimension: 2, embedding: null });
    const content = createFvecs([
      [1, 0],
      [0, 1],
    ]);

    expect(await expectSame(database, { name: 'a.fvecs', content, chunking: {} })).toBe('READY');
    const { ready } = await preview(database, { name: 'a.fvecs', content, chunking: {} });
    expect(ready?.chunks.map(({ hasOwnVector }) => hasOwnVector)).toEqual([true, true]);
  });

  it.each(readdirSync(samples))(
    'of the first half of %s fails, or does not, as ingestion does',
    async (name) => {
      const bytes = readFileSync(join(samples, name));
      const content = bytes.subarray(0, Math.floor(bytes.length / 2));
      const database = await putFileDatabase(world);

      await expectSame(database, { name, content, chunking: {} });
    },
  );
});

describe.runIf(existsSync(documents))('a preview of a real document', () => {
  const names = existsSync(documents)
    ? readdirSync(documents).filter((name) => isSmall(join(documents, name)))
    : [];

  it.each(names.map((name, index) => [name, STRATEGIES[index % STRATEGIES.length]] as const))(
    'tells what ingestion makes of %s with %s',
    async (name, strategy) => {
      const content = readFileSync(join(documents, name));
      const database = await putFileDatabase(world);

      await expectSame(database, { name, content, chunking: { strategy } });
    },
  );
});
