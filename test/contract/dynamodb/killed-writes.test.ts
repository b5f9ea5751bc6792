import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openDatabase } from '../../../local/dynamodb/database.ts';
import { INDEXED_TABLE } from './indexed-table.ts';
import { isLocalRuntime } from './table-server.ts';

const { TableName } = INDEXED_TABLE;
const WRITER = join(import.meta.dirname, 'write-indexes-endlessly.ts');

/** Lets a process write for so long after its first writes, then kills it. */
async function writeUntilKilled(folder: string, forMs: number): Promise<void> {
  const child = spawn(process.execPath, [WRITER, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  await new Promise((resolve) => setTimeout(resolve, forMs));
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function readEverywhere(folder: string): Promise<unknown[][]> {
  const database = await openDatabase(folder);
  const places = [undefined, 'colour', 'place', 'near'];
  const scans = places.map((IndexName) =>
    database.call('Scan', { TableName, ...(IndexName !== undefined && { IndexName }) }),
  );
  const found = await Promise.all(scans);
  await database.close();
  return found.map(({ Items }) => (Items as object[]).map((item) => JSON.stringify(item)).sort());
}

it.runIf(isLocalRuntime)(
  'keeps indexes and items alike when a kill cuts writes in two',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'killed-writes-'));
    const created = await openDatabase(folder);
    await created.call('CreateTable', INDEXED_TABLE);
    await created.activateTable(TableName);
    await created.close();

    const rounds: unknown[][][] = [];
    for (let round = 0; round < 5; round++) {
      await writeUntilKilled(folder, round);
      rounds.push(await readEverywhere(folder));
    }

    for (const [items, ...indexes] of rounds) expect(indexes).toEqual([items, items, items]);
    await rm(folder, { recursive: true });
  },
  30_000,
);
