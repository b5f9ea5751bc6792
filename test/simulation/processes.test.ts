import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeQuery } from '../support/engine-database.ts';
import { openShared } from './processes/open-shared.ts';
import { writeTogether } from './processes/write-together.ts';

/** `CONTENTION_MS=20000 npx vitest run test/simulation/processes.test.ts` goes on for longer, and prints what it measured. */
const FOR_MS = Number(process.env['CONTENTION_MS'] ?? 2000);
const WRITERS = 8;

describe('writers in processes of their own', () => {
  it(
    'lose no acknowledged row, and none of them gives up',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'contention-'));
      try {
        const reports = await writeTogether(folder, WRITERS, FOR_MS);

        const acknowledged = reports.flatMap((report) => report.acknowledged);
        const database = openShared(folder, 99);
        const { hits, version } = await database.search(makeQuery({ values: [1, 0], topK: 10_000 }));
        expect(reports.flatMap(({ failures }) => failures)).toEqual([]);
        expect(hits.map(({ id }) => id).sort()).toEqual(acknowledged.sort());
        expect(Number(version)).toBe(acknowledged.length);
        expect(reports.every((report) => report.acknowledged.length > 0)).toBe(true);
        if (process.env['CONTENTION_MS'] !== undefined) {
          const sorted = reports.flatMap(({ latenciesMs }) => latenciesMs).sort((a, b) => a - b);
          const at = (share: number): number => Math.round(sorted[Math.floor(sorted.length * share)]!);
          console.log(
            `${((sorted.length / FOR_MS) * 1000).toFixed(1)} commits/s, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`,
          );
        }
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    FOR_MS * 3 + 60_000,
  );
});
