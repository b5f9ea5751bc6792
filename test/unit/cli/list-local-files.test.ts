import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listLocalFiles } from '../../../cli/ingest/list-local-files.ts';

let root = '';

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'vdb-list-'));
  for (const folder of ['a', 'b']) {
    await mkdir(join(root, folder, 'docs'), { recursive: true });
    await writeFile(join(root, folder, 'docs', 'one.txt'), folder);
  }
});

afterAll(() => rm(root, { recursive: true }));

describe('files to ingest', () => {
  it('are named from their folder', async () => {
    const { files } = await listLocalFiles([root]);

    expect(files.map(({ path }) => path.split('/').slice(1).join('/'))).toEqual([
      'a/docs/one.txt',
      'b/docs/one.txt',
    ]);
  });

  it('are refused when two would have the same path', async () => {
    await expect(listLocalFiles([join(root, 'a', 'docs'), join(root, 'b', 'docs')])).rejects.toThrow(
      /would both be "docs\/one\.txt"/,
    );
  });
});
