import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INGESTION_LIMITS } from '../../../../functions/ingestion/limits.ts';
import { previewChunks } from '../../../../functions/preview/preview-chunks.ts';
import type { DatabaseItem } from '../../../../functions/shared/database-item.ts';
import constraints from '../../../../schema/constraints.json' with { type: 'json' };
import type { ChunkPreview, PreviewChunksInput } from '../../../../schema/generated/types.ts';
import { createZip } from '../../../support/create-zip.ts';
import { putDatabase } from '../../../support/database-item.ts';
import { createXlsx } from '../../../support/documents/create-office.ts';
import { createPdf } from '../../../support/documents/create-pdf.ts';
import { startTables, type Tables } from '../../../support/dynamodb-tables.ts';

const LIMIT = INGESTION_LIMITS.previewBytes;

let tables: Tables;
let database: DatabaseItem;

beforeAll(async () => {
  tables = await startTables();
  const embedding = { provider: 'local', model: 'lexical', dimension: 384 };
  database = await putDatabase(tables, { dimension: 384, embedding });
});
afterAll(() => tables.stop());

interface Circumstances {
  timeMs?: number;
  databaseIds?: string[] | null;
}

function preview(
  input: Partial<PreviewChunksInput>,
  { timeMs = INGESTION_LIMITS.previewMs, databaseIds = null }: Circumstances = {},
): Promise<ChunkPreview> {
  return previewChunks(
    { databases: tables.databases, timeMs },
    {
      operation: 'previewChunks',
      arguments: { input: { databaseId: database.id, name: 'tides.md', ...input } },
      caller: { kind: 'KEY', id: 'key-1', databaseIds },
      selection: [],
      requestId: 'test',
    },
  );
}

const toBase64 = (bytes: string | Uint8Array): string => Buffer.from(bytes).toString('base64');
const paragraphs = (count: number): string =>
  Array.from({ length: count }, (_, n) => `Paragraph ${n} tells of the tides.`).join('\n\n');

describe('a preview', () => {
  it('cuts a text as the database says', async () => {
    const text = `# Tides\n\n${paragraphs(200)}`;

    const answer = await preview({ text });

    const { chunks, chunksTotal, tokensTotal } = answer;
    expect(answer).toMatchObject({ contentType: 'text/markdown', message: null, error: null });
    expect(answer.chunking).toEqual({ strategy: 'RECURSIVE', maxTokens: 512, overlapTokens: 64 });
    expect(chunksTotal).toBeGreaterThan(2);
    expect(chunks.map(({ index }) => index)).toEqual(Array.from({ length: chunksTotal }, (_, n) => n));
    expect(chunks.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(tokensTotal);
    for (const { text: part, startOffset, endOffset, tokens } of chunks) {
      expect(text.slice(startOffset, endOffset)).toBe(part);
      expect(tokens).toBeLessThanOrEqual(512);
    }
  });

  it('cuts it as the input says, with the overlap that fits', async () => {
    const answer = await preview({
      text: '# A\n\nOne.\n\n## B\n\nTwo.',
      chunking: { strategy: 'MARKDOWN', maxTokens: 32 },
    });

    expect(answer.chunking).toEqual({ strategy: 'MARKDOWN', maxTokens: 32, overlapTokens: 16 });
    expect(answer.chunks.map(({ text, headings, metadata }) => ({ text, headings, metadata }))).toEqual([
      { text: '# A\n\nOne.', headings: [], metadata: null },
      { text: '## B\n\nTwo.', headings: ['A'], metadata: '{"headings":["A"]}' },
    ]);
    expect(answer.metadataFields).toEqual([{ name: 'headings', type: 'STRING_LIST', distinct: null }]);
  });

  it('types the fields of records', async () => {
    const text = 'name,depth,open\nGenoa,12,true\nKiel,,false\n';

    const { chunks, metadataFields } = await preview({ name: 'ports.csv', text });

    expect(chunks.map(({ metadata }) => JSON.parse(String(metadata)) as unknown)).toEqual([
      { name: 'Genoa', depth: 12, open: true },
      { name: 'Kiel', open: false },
    ]);
    expect(metadataFields.map(({ name, type }) => [name, type])).toEqual([
      ['name', 'STRING'],
      ['depth', 'NUMBER'],
      ['open', 'BOOLEAN'],
    ]);
  });

  it('tells the types of a database that knows the fields already', async () => {
    const metadataFields = [{ name: 'depth', type: 'STRING', distinct: null }];
    const { id } = await putDatabase(tables, { ...database, pk: 'typed', id: 'typed', metadataFields });

    const answer = await preview({ databaseId: id, name: 'ports.csv', text: 'name,depth\nGenoa,12\n' });

    expect(answer.chunks[0]?.metadata).toBe('{"name":"Genoa","depth":"12"}');
  });

  it('answers at most 50 chunks, or as many as are asked for, and counts all', async () => {
    const text = Array.from({ length: 300 }, (_, n) => `{"n":${n}}`).join('\n');

    const byDefault = await preview({ name: 'a.jsonl', text });
    const one = await preview({ name: 'a.jsonl', text, limit: 1 });

    expect([byDefault.chunks.length, byDefault.chunksTotal]).toEqual([50, 300]);
    expect([one.chunks.length, one.chunksTotal, one.tokensTotal]).toEqual([1, 300, byDefault.tokensTotal]);
  });

  it('answers fewer chunks rather than more than an answer may hold, and cuts no text', async () => {
    const record = `{"text":"${'lighthouse '.repeat(3_000)}"}`;
    const contentBase64 = toBase64(createZip({ 'a.jsonl': `${record}\n`.repeat(190) }));

    const { chunks, chunksTotal } = await preview({
      ...{ name: 'a.zip', contentBase64, limit: 200 },
      chunking: { strategy: 'NONE', maxTokens: 8192 },
    });

    expect(chunksTotal).toBe(190);
    expect(chunks.length).toBeGreaterThan(100);
    expect(chunks.length).toBeLessThan(190);
    expect(Buffer.byteLength(JSON.stringify(chunks))).toBeLessThan(4_100_000);
    expect(new Set(chunks.map(({ text }) => text.length)).size).toBe(1);
  });

  it('tells what a READY file would tell: how it was read, and what it is without', async () => {
    const records = Array.from({ length: 200 }, (_, n) => (n === 7 ? '{"n":' : `{"n":${n}}`)).join('\n');

    const pdf = createPdf({ pages: [[{ x: 9, y: 9, text: 'Tides' }]] });

    const other = await preview({ name: 'a.txt', contentBase64: toBase64(pdf) });
    const leftOut = await preview({ name: 'a.jsonl', text: records });

    expect(other.message).toBe('The file is called "a.txt", but its bytes are pdf; it was read as that.');
    expect(leftOut).toMatchObject({ chunksTotal: 199, error: { kind: 'VALIDATION', location: 'line 8' } });
    expect(leftOut.message).toContain('1 of 200 records could not be read');
  });

  it('says which records bring a vector of their own', async () => {
    const { id } = await putDatabase(tables, { dimension: 2 });
    const text = '{"values":[1,0],"text":"a"}\n{"values":[0,1]}';

    const { chunks } = await preview({ databaseId: id, name: 'a.jsonl', text });

    expect(chunks).toMatchObject([
      { hasOwnVector: true, text: 'a', tokens: 1 },
      { hasOwnVector: true, text: '', tokens: 0 },
    ]);
  });

  it('takes the media type that an upload would declare', async () => {
    const text = 'name,depth\nGenoa,12\n';

    expect(await preview({ name: 'ports', text })).toMatchObject({ contentType: 'text/plain' });
    expect(await preview({ name: 'ports', text, contentType: 'text/csv' })).toMatchObject({
      contentType: 'text/csv',
    });
  });

  it('takes 512 KiB, as text and as bytes', async () => {
    const text = 'tide '.repeat(LIMIT).slice(0, LIMIT);

    const [ofText, ofBytes] = [await preview({ text }), await preview({ contentBase64: toBase64(text) })];

    expect(ofText.chunksTotal).toBeGreaterThan(100);
    expect(ofBytes).toEqual(ofText);
  });
});

describe('the input of a preview', () => {
  it.each<[string, Partial<PreviewChunksInput>, object]>([
    ['nothing', {}, { field: 'input.text' }],
    ['both contents', { text: 'a', contentBase64: 'YQ==' }, { field: 'input.contentBase64' }],
    ['an empty text', { text: '' }, { field: 'input.text', actual: 0 }],
    ['no bytes', { contentBase64: '' }, { field: 'input.contentBase64', actual: 0 }],
    ['half a character', { text: 'a\ud800b' }, { field: 'input.text' }],
    ['a sign that is not of base64', { contentBase64: 'YWJj-WJj' }, { actual: '-WJj' }],
    ['a line break in base64', { contentBase64: 'YWJj\nYWJj' }, { actual: '\nYWJj' }],
    ['base64 without padding', { contentBase64: 'YQ' }, { actual: 'YQ' }],
    ['bits beyond the last byte', { contentBase64: 'YR==' }, { actual: 'YR==' }],
    ['nothing but padding', { contentBase64: '====' }, { actual: '====' }],
    ['a path', { text: 'a', name: 'a/b.txt' }, { field: 'input.name' }],
    ['no name', { text: 'a', name: '' }, { field: 'input.name' }],
    ['a media type that is none', { text: 'a', contentType: 'csv' }, { field: 'input.contentType' }],
    ['no chunk at all', { text: 'a', limit: 0 }, { field: 'input.limit', limit: 1, actual: 0 }],
    ['too many chunks', { text: 'a', limit: 201 }, { field: 'input.limit', limit: 200, actual: 201 }],
    [
      'tiny chunks',
      { text: 'a', chunking: { maxTokens: 1 } },
      { field: 'input.chunking.maxTokens', limit: 16 },
    ],
    [
      'more overlap than half',
      { text: 'a', chunking: { maxTokens: 20, overlapTokens: 11 } },
      { field: 'input.chunking.overlapTokens', limit: 10 },
    ],
  ])('that is %s is refused with its field', async (_what, input, info) => {
    await expect(preview(input)).rejects.toMatchObject({ kind: 'VALIDATION', info });
  });

  it('that is too large is refused with the limit', async () => {
    const tooMuch = 'ä'.repeat(LIMIT / 2) + 'a';
    const info = { limit: LIMIT, actual: LIMIT + 1 };

    await expect(preview({ text: tooMuch })).rejects.toMatchObject({
      kind: 'PAYLOAD_TOO_LARGE',
      info: { ...info, field: 'input.text' },
    });
    await expect(preview({ contentBase64: toBase64(tooMuch) })).rejects.toMatchObject({
      kind: 'PAYLOAD_TOO_LARGE',
      info: { ...info, field: 'input.contentBase64' },
    });
  });

  it('has the same ceilings in the constraints that forms read', () => {
    const { text, contentBase64 } = constraints.PreviewChunksInput;

    expect(text.maxLength).toBe(LIMIT);
    expect(contentBase64.maxLength).toBe(toBase64(new Uint8Array(LIMIT)).length);
  });

  it('names a database that is there, and that the key may know of', async () => {
    const message = `There is no database "${database.id}".`;

    await expect(preview({ text: 'a', databaseId: 'none' })).rejects.toMatchObject({ kind: 'NOT_FOUND' });
    await expect(preview({ text: 'a' }, { databaseIds: ['other'] })).rejects.toMatchObject({
      ...{ kind: 'NOT_FOUND', message },
      info: { field: 'input.databaseId' },
    });
  });

  it('is a file that the database takes', async () => {
    const { id } = await putDatabase(tables);

    await expect(preview({ databaseId: id, text: 'a' })).rejects.toMatchObject({
      kind: 'VALIDATION',
      info: { field: 'input.databaseId' },
    });
  });
});

describe('a file that would become FAILED', () => {
  it.each<[string, Partial<PreviewChunksInput>, object]>([
    ['of no known format', { contentBase64: toBase64(randomBytes(900)) }, { kind: 'UNSUPPORTED_FILE' }],
    ['that is damaged', { name: 'a.pdf', text: '%PDF-1.7\nnothing' }, { kind: 'CORRUPT_DATA' }],
    ['without text', { text: ' \n ' }, { kind: 'VALIDATION' }],
    ['nested too deeply', { name: 'a.html', text: '<div>'.repeat(5_000) }, { kind: 'VALIDATION' }],
    [
      'with a record that is none',
      { name: 'a.jsonl', text: '{"n":1}\n{"n":' },
      { kind: 'VALIDATION', info: { location: 'line 2' } },
    ],
    [
      'whose vectors have another dimension',
      { name: 'a.jsonl', text: '{"values":[1,2]}' },
      { kind: 'DIMENSION_MISMATCH', info: { location: 'chunk 1' } },
    ],
  ])('%s is an error of its kind', async (_what, input, error) => {
    const field = input.text === undefined ? 'input.contentBase64' : 'input.text';

    await expect(preview(input)).rejects.toMatchObject(error);
    await expect(preview(input)).rejects.toMatchObject({ info: { field, retryable: false } });
  });
});

describe('a preview that takes too long', () => {
  const tooLong = {
    kind: 'PAYLOAD_TOO_LARGE',
    message: expect.stringMatching(/preview less of it/) as string,
  };

  it('is ended between two chunks', async () => {
    const text = paragraphs(5_000);

    await expect(preview({ text }, { timeMs: 0 })).rejects.toMatchObject({
      ...tooLong,
      info: { field: 'input.text', location: 'chunk 1', retryable: false },
    });
  });

  it('is ended while a parser is at work in its thread, and the next one is answered', async () => {
    const rows = Array.from({ length: 20_000 }, (_, row) => [`${row}`.padEnd(60, 'x'), row]);
    const contentBase64 = toBase64(createXlsx({ S: [['a', 'b'], ...rows] }));
    const input = { name: 'a.xlsx', contentBase64, limit: 1 };

    await expect(preview(input, { timeMs: 50 })).rejects.toMatchObject(tooLong);

    expect((await preview(input)).chunksTotal).toBe(20_000);
  });
});
