import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimLocations } from '../../../cli/ingest/claim-locations.ts';

let root: string;
let docs: string;
let other: ChildProcess;

const claimsFolder = (): string => join(root, `vdb-${process.getuid?.()}`);
const claim = (databaseId: string, ...locations: string[]) =>
  claimLocations(databaseId, locations, { XDG_RUNTIME_DIR: root });

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'vdb-claims-'));
  docs = join(root, 'docs');
  await mkdir(join(docs, 'sub'), { recursive: true });
  await mkdir(join(root, 'docs-of-others'));
  other = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], { stdio: 'ignore' });
});
afterEach(async () => {
  other.kill('SIGKILL');
  await rm(root, { recursive: true, force: true });
});

/** Writes the claim of a process that lives until the test ends it. */
async function claimByOther(databaseId: string, ...locations: string[]): Promise<void> {
  await mkdir(claimsFolder(), { recursive: true, mode: 0o700 });
  await writeFile(
    join(claimsFolder(), 'other.json'),
    JSON.stringify({ pid: other.pid, databaseId, locations }),
  );
}

describe('what a run of ingest has taken on', () => {
  it('is refused to another run, with its process and what to do', async () => {
    await claimByOther('db-1', docs);

    await expect(claim('db-1', docs)).rejects.toMatchObject({
      exitCode: 1,
      message: `Another run of "vdb ingest" (process ${other.pid}) is working on ${docs} for the same database; two at once could store its files twice.`,
      hint: expect.stringContaining('other.json') as unknown,
    });
    expect(await readdir(claimsFolder())).toEqual(['other.json']);
  });

  it('covers what lies in a folder, what a folder lies in, and other names of it', async () => {
    await symlink(docs, join(root, 'link'));
    await claimByOther('db-1', docs);

    await expect(claim('db-1', join(docs, 'sub'))).rejects.toThrow(/Another run/);
    await expect(claim('db-1', root)).rejects.toThrow(/Another run/);
    await expect(claim('db-1', join(root, 'link'))).rejects.toThrow(/Another run/);
  });

  it('leaves other folders and other databases alone', async () => {
    await claimByOther('db-1', docs);

    await (
      await claim('db-2', docs)
    )();
    await (
      await claim('db-1', join(root, 'docs-of-others'))
    )();

    expect(await readdir(claimsFolder())).toEqual(['other.json']);
  });

  it('ends with its process, however that ended', async () => {
    await claimByOther('db-1', docs);
    other.kill('SIGKILL');
    await once(other, 'exit');

    const release = await claim('db-1', docs);

    expect(await readdir(claimsFolder())).toEqual([expect.stringMatching(new RegExp(`^${process.pid}-`))]);
    await release();
    expect(await readdir(claimsFolder())).toEqual([]);
  });

  it('is never had by two that begin at the same time', async () => {
    const claims = await Promise.allSettled(Array.from({ length: 8 }, () => claim('db-1', docs)));

    expect(claims.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(1);
  });

  it('passes over what is no claim, and refuses a folder that is none', async () => {
    await mkdir(claimsFolder(), { mode: 0o700 });
    await writeFile(join(claimsFolder(), 'broken.json'), '{"pid": -1');
    await (
      await claim('db-1', docs)
    )();
    await rm(claimsFolder(), { recursive: true });
    await symlink(docs, claimsFolder());

    await expect(claim('db-1', docs)).rejects.toThrow(/should be a folder of yours/);
  });
});
