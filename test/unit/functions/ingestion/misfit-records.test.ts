import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ingest,
  type IngestionWorld,
  listRecords,
  putFileDatabase,
  startIngestionWorld,
} from '../../../support/ingestion-world.ts';

let world: IngestionWorld;

beforeAll(async () => {
  world = await startIngestionWorld();
});
afterAll(() => world.stop());

const DIMENSION = 4;
const RECORDS = 200;

function write(change: (n: number, record: Record<string, unknown>) => Record<string, unknown>): string {
  return Array.from({ length: RECORDS }, (_, n) =>
    JSON.stringify(change(n, { values: [n + 1, 1, 1, 1], text: `lighthouse ${n}` })),
  ).join('\n');
}

describe('records that do not fit the database', () => {
  it('are left out when they are few: those whose vector has another dimension', async () => {
    const database = await putFileDatabase(world, { dimension: DIMENSION, embedding: null });
    const content = write((n, record) => (n === 41 ? { ...record, values: [1, 2] } : record));

    const file = await ingest(world, { databaseId: database.id, name: 'a.jsonl', content });

    expect(file).toMatchObject({ status: 'READY', vectorCount: RECORDS - 1 });
    expect(file.error).toEqual({
      kind: 'DIMENSION_MISMATCH',
      message:
        '1 of 200 records could not be read and were left out: The record of chunk 42 brings a vector of 2 values; the database has dimension 4.',
      location: 'chunk 42',
      retryable: false,
    });
    expect((await listRecords(world, database, file.id)).map(({ text }) => text)).not.toContain(
      'lighthouse 41',
    );
  });

  it('are left out when they are few: those without the vector that the database needs', async () => {
    const { id } = await putFileDatabase(world, { dimension: DIMENSION, embedding: null });
    const content = write((n, { text, ...record }) => (n === 41 ? { text } : { ...record, text }));

    const file = await ingest(world, { databaseId: id, name: 'a.jsonl', content });

    expect(file).toMatchObject({ status: 'READY', vectorCount: RECORDS - 1, error: { kind: 'VALIDATION' } });
  });

  it('fail their file when they are many', async () => {
    const { id } = await putFileDatabase(world, { dimension: DIMENSION, embedding: null });
    const content = write((n, record) => (n % 50 === 1 ? { ...record, values: [1, 2] } : record));

    const file = await ingest(world, { databaseId: id, name: 'a.jsonl', content });

    expect(file).toMatchObject({
      status: 'FAILED',
      vectorCount: 0,
      error: { kind: 'DIMENSION_MISMATCH', location: 'chunk 2' },
    });
  });
});

describe('a record with a great many properties', () => {
  it.each([
    ['of one type', (n: number) => `value ${n} ${'x'.repeat(200)}`],
    ['of numbers', (n: number) => n],
  ])('is stored with its text: %s', async (_, valueOf) => {
    const { id } = await putFileDatabase(world);
    const wide = Object.fromEntries(
      Array.from({ length: 5_000 }, (_unused, n) => [`property ${n}`, valueOf(n)]),
    );
    const content = [JSON.stringify(wide), JSON.stringify({ text: 'lighthouse' })].join('\n');

    const file = await ingest(world, { databaseId: id, name: 'a.jsonl', content });

    expect(file).toMatchObject({ status: 'READY', error: null });
  });
});
