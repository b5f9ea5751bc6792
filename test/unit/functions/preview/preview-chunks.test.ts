import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INGESTION_LIMITS } from '../../../../functions/ingestion/limits.ts';
import { previewChunks, type PreviewDeps } from '../../../../functions/preview/preview-chunks.ts';
import type { DatabaseItem } from '../../../../functions/shared/database-item.ts';
import type { ChunkStrategy, PreviewChunksInput } from '../../../../schema/generated/types.ts';
import { putDatabase } from '../../../support/database-item.ts';
import {
  asRequest,
  ingest,
  type IngestionWorld,
  listRecords,
  putFileDatabase,
  startIngestionWorld,
} from '../../../support/ingestion-world.ts';

const samples = fileURLToPath(new URL('../../../samples/', import.meta.url));
const STRATEGIES: ChunkStrategy[] = ['RECURSIVE', 'SENTENCE', 'MARKDOWN', 'PAGE', 'RECORD', 'FIXED', 'NONE'];
const names = await readdir(samples);

let world: IngestionWorld;
let deps: PreviewDeps;
let databaseId: string;

beforeAll(async () => {
  world = await startIngestionWorld();
  deps = { databases: world.deps.databases, now: () => Date.now() };
  databaseId = (await putFileDatabase(world)).id;
});
afterAll(() => world.stop());

const preview = (input: Partial<PreviewChunksInput>, over: Partial<PreviewDeps> = {}) =>
  previewChunks({ ...deps, ...over }, asRequest({ input: { databaseId, name: 'a.txt', ...input } }));

async function storedChunks(database: DatabaseItem, name: string, content: Uint8Array) {
  const file = await ingest(world, { databaseId: database.id, name, content });
  const records = await listRecords(world, database, file.id);
  const chunks = records
    .toSorted((a, b) => (a.chunkIndex ?? 0) - (b.chunkIndex ?? 0))
    .map(({ chunkIndex, text, page, startOffset, endOffset, metadata }) => ({
      ...{ index: chunkIndex, text, page, startOffset, endOffset, metadata },
    }));
  return { chunks, contentType: file.contentType, message: file.progress.message, error: file.error };
}

describe('a preview', () => {
  it.each(STRATEGIES)('shows what ingestion stores of every sample, cut by %s', async (strategy) => {
    const chunking = { strategy, maxTokens: 16, overlapTokens: 4 };
    for (const name of names) {
      const content = await readFile(samples + name);
      const database = await putFileDatabase(world, { chunking });

      const shown = await preview({
        databaseId: database.id,
        name,
        contentBase64: content.toString('base64'),
      });
      const stored = await storedChunks(database, name, content);

      const chunks = shown.chunks.map(({ index, text, page, startOffset, endOffset, metadata }) => ({
        ...{ index, text, page, startOffset, endOffset, metadata },
      }));
      const { contentType, message, error } = shown;
      expect({ name, chunks, contentType, message, error }).toEqual({ name, ...stored });
      expect(shown.chunksTotal).toBe(stored.chunks.length);
    }
  });

  it('stores nothing', async () => {
    const before = await world.deps.databases.client.send(
      new (await import('@aws-sdk/lib-dynamodb')).ScanCommand({ TableName: 'Databases' }),
    );

    await preview({ text: 'One.' });

    const after = await world.deps.databases.client.send(
      new (await import('@aws-sdk/lib-dynamodb')).ScanCommand({ TableName: 'Databases' }),
    );
    expect(after.Items).toEqual(before.Items);
  });

  it('cuts by the given rules, and says which they were', async () => {
    const text = 'The lighthouse stands on the cliff. '.repeat(20);

    const shown = await preview({ text, chunking: { maxTokens: 16, overlapTokens: 0 } });

    expect(shown.chunking).toEqual({ strategy: 'RECURSIVE', maxTokens: 16, overlapTokens: 0 });
    expect(shown.chunks.length).toBe(shown.chunksTotal);
    for (const { tokens, text: piece, startOffset, endOffset } of shown.chunks) {
      expect(tokens).toBeLessThanOrEqual(16);
      expect(piece).toBe(text.trim().slice(startOffset, endOffset));
    }
  });

  it('shows headings, typed fields and own vectors', async () => {
    const values = Array.from({ length: 384 }, () => 0.5);
    const records = [
      { values, metadata: { year: 1999, title: 'A' } },
      { text: 'b', metadata: { year: 2000 } },
    ];

    const shown = await preview({ name: 'a.json', text: JSON.stringify(records) });
    const titled = await preview({ name: 'a.md', text: '# Harbour\n\nThe boats.\n' });

    expect(shown.chunks.map(({ hasOwnVector }) => hasOwnVector)).toEqual([true, false]);
    expect(shown.metadataFields).toContainEqual({ name: 'metadata.year', type: 'NUMBER', distinct: null });
    expect(titled.chunks[0]).toMatchObject({ index: 0, page: null });
  });

  it('answers the first chunks, and counts all', async () => {
    const text = Array.from({ length: 300 }, (_, n) => JSON.stringify({ text: `log ${n}` })).join('\n');

    const shown = await preview({ name: 'log.jsonl', text, limit: 3 });
    const most = await preview({ name: 'log.jsonl', text, limit: 200 });

    expect(shown.chunks.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(shown.chunksTotal).toBe(300);
    expect(most.chunks).toHaveLength(200);
  });

  it('answers no more text than AppSync takes', async () => {
    const record = JSON.stringify({ text: 'word '.repeat(1_500) });
    const text = Array.from({ length: 60 }, () => record).join('\n');

    const { chunks, chunksTotal } = await preview({ name: 'a.jsonl', text, chunking: { strategy: 'NONE' } });

    expect(chunksTotal).toBe(60);
    expect(chunks.reduce((sum, chunk) => sum + chunk.text.length, 0)).toBeLessThanOrEqual(1_000_000);
    expect(chunks.length).toBeGreaterThan(10);
  });

  it('tells what would be left out', async () => {
    const lines = Array.from({ length: 200 }, (_, n) => JSON.stringify({ text: `log ${n}` }));
    lines[7] = '{"text": broken';

    const { error, chunksTotal } = await preview({ name: 'log.jsonl', text: lines.join('\n') });

    expect(chunksTotal).toBe(199);
    expect(error).toMatchObject({
      kind: 'VALIDATION',
      location: expect.stringContaining('line 8') as string,
    });
  });
});

describe('a preview is refused', () => {
  it.each([
    ['nothing to see', {}, 'VALIDATION', 'input.text'],
    ['both kinds of content', { text: 'a', contentBase64: 'YQ==' }, 'VALIDATION', 'input.contentBase64'],
    ['an empty text', { text: '' }, 'VALIDATION', 'input.text'],
    ['what is no base64', { contentBase64: 'not base64!' }, 'VALIDATION', 'input.contentBase64'],
    ['a name with a slash', { name: 'a/b.txt', text: 'a' }, 'VALIDATION', 'input.name'],
    ['a limit of none', { text: 'a', limit: 0 }, 'VALIDATION', 'input.limit'],
    [
      'chunks that are too small',
      { text: 'a', chunking: { maxTokens: 2 } },
      'VALIDATION',
      'input.chunking.maxTokens',
    ],
    ['an unknown database', { databaseId: 'nothing', text: 'a' }, 'NOT_FOUND', 'input.databaseId'],
    ['a text that is too large', { text: 'a'.repeat(512 * 1024 + 1) }, 'VALIDATION', 'input.text'],
    ['a text of two-byte letters', { text: 'é'.repeat(300_000) }, 'PAYLOAD_TOO_LARGE', 'input.text'],
    ['a file without text', { text: ' \n ' }, 'VALIDATION', 'input'],
    ['an unknown format', { contentBase64: gzipSync('x').toString('base64') }, 'UNSUPPORTED_FILE', 'input'],
    ['a damaged file', { name: 'a.pdf', text: '%PDF-1.7 nothing' }, 'CORRUPT_DATA', 'input'],
  ])('for %s, by name', async (_title, input, kind, field) => {
    await expect(preview(input)).rejects.toMatchObject({ kind, info: { field } });
  });

  it('where a record fails a file, with its place', async () => {
    const text = '{"text":"a"}\n[1,\n';

    await expect(preview({ name: 'a.jsonl', text })).rejects.toMatchObject({
      kind: 'VALIDATION',
      info: { hint: expect.stringContaining('line 2') as string },
    });
  });

  it('for a database whose callers bring vectors, when the file has none', async () => {
    const { id } = await putDatabase(world.tables);

    await expect(preview({ databaseId: id, text: 'a' })).rejects.toMatchObject({
      kind: 'VALIDATION',
      message: expect.stringContaining('no embedding') as string,
    });
  });

  it('for a database that is not the caller’s', async () => {
    const request = asRequest({ input: { databaseId, name: 'a.txt', text: 'a' } });
    const stranger = { kind: 'KEY' as const, id: 'k', databaseIds: ['other'] };

    await expect(previewChunks(deps, { ...request, caller: stranger })).rejects.toMatchObject({
      kind: 'NOT_FOUND',
    });
  });

  it('when it takes too long', async () => {
    let time = 0;
    const text = 'The lighthouse. '.repeat(2_000);

    await expect(preview({ text }, { now: () => (time += 10_000) })).rejects.toMatchObject({
      kind: 'PAYLOAD_TOO_LARGE',
      info: { field: 'input' },
    });
  });

  it('before AppSync gives up: the last step of a parser fits', () => {
    expect(INGESTION_LIMITS.previewStepMs + 14_000).toBeLessThan(29_000);
  });
});
