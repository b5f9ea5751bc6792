import { spawn } from 'node:child_process';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { request } from '../support/graphql-client.ts';
import { type LocalRuntime, startLocalRuntime } from '../support/local-runtime.ts';
import { createDatabase } from '../support/upload.ts';

const script = fileURLToPath(new URL('../../scripts/verify-database.ts', import.meta.url));
const DIMENSION = 64;

async function verify(...options: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [script, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output: output.join('') };
}

/** Returns the largest stored file: a segment, because its vectors outweigh all else. */
async function largestBlob(dataFolder: string): Promise<string> {
  const folder = join(dataFolder, 's3', 'blobs');
  const names = await readdir(folder, { recursive: true });
  const sizes = await Promise.all(
    names.map(async (name) => ({ name, size: (await stat(join(folder, name))).size })),
  );
  const files = sizes.filter(({ name }) => /[0-9a-f]{32}$/.test(name)).sort((a, b) => b.size - a.size);
  return join(folder, files[0]!.name);
}

describe('npm run verify', () => {
  let runtime: LocalRuntime;
  let databaseId: string;

  beforeAll(async () => {
    runtime = await startLocalRuntime();
    ({ id: databaseId } = await createDatabase(runtime, { name: 'Verified', dimension: DIMENSION }));
    const vectors = Array.from({ length: 100 }, (_, i) => ({
      id: `v${i}`,
      values: Array.from({ length: DIMENSION }, (_unused, n) => Math.sin(i * DIMENSION + n)),
    }));
    await request(
      runtime.endpoints,
      runtime.endpoints.adminToken,
      'mutation ($databaseId: ID!, $vectors: [VectorInput!]!) { upsertVectors(databaseId: $databaseId, vectors: $vectors) { accepted } }',
      { databaseId, vectors },
    );
  });

  afterAll(async () => {
    await runtime.stop();
  });

  it('says that a server must be stopped first', async () => {
    const { code, output } = await verify('--data', runtime.dataFolder);

    expect([code, output]).toEqual([2, expect.stringContaining('stop the server first')]);
  });

  it('finds a healthy database healthy, and damage where it is', async () => {
    await runtime.kill();
    const healthy = await verify('--data', runtime.dataFolder, '--database', databaseId);
    const blob = await largestBlob(runtime.dataFolder);
    const bytes = await readFile(blob);
    bytes[bytes.length >> 1]! ^= 1;
    await writeFile(blob, bytes);

    const damaged = await verify('--data', runtime.dataFolder);
    const unknown = await verify('--data', runtime.dataFolder, '--database', 'none');

    expect([healthy.code, healthy.output]).toEqual([
      0,
      expect.stringContaining(`${databaseId}: nothing is wrong`),
    ]);
    expect([damaged.code, damaged.output]).toEqual([
      1,
      expect.stringMatching(/ERROR .*\.seg: .*wrong checksum/),
    ]);
    expect([unknown.code, unknown.output]).toEqual([2, expect.stringContaining('--database is none')]);
  });
});
