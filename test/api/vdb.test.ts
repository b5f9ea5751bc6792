import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { request } from '../support/graphql-client.ts';
import { type LocalRuntime, startLocalRuntime } from '../support/local-runtime.ts';
import { runVdb, type VdbRun } from '../support/run-vdb.ts';

interface IngestAnswer {
  database: { id: string; name: string };
  summary: Record<string, number | boolean>;
  files: {
    path: string;
    outcome: string;
    fileId: string | null;
    vectorCount: number;
    error: { kind: string } | null;
  }[];
  passed: { path: string; reason: string }[];
}

describe('vdb, the command-line client', () => {
  let runtime: LocalRuntime;
  let folder: string;

  const vdb = (...args: string[]): Promise<VdbRun> => runVdb([...args, '--data', runtime.dataFolder]);
  const ingest = async (...args: string[]): Promise<{ exitCode: number | null; answer: IngestAnswer }> => {
    const { exitCode, stdout } = await vdb('ingest', ...args, '--json');
    return { exitCode, answer: JSON.parse(stdout) as IngestAnswer };
  };
  const outcomes = ({ files }: IngestAnswer): Record<string, string> =>
    Object.fromEntries(files.map(({ path, outcome }) => [path, outcome]));

  beforeAll(async () => {
    runtime = await startLocalRuntime();
    folder = join(await mkdtemp(join(tmpdir(), 'vdb-files-')), 'docs');
    await mkdir(join(folder, 'sub'), { recursive: true });
    await writeFile(join(folder, 'tides.md'), '# Tides\n\nSpring tides come at the full moon.');
    await writeFile(join(folder, 'sub', 'tides.md'), '# More tides\n\nNeap tides come at the quarter moons.');
    await writeFile(join(folder, 'sub', 'copy.md'), '# Tides\n\nSpring tides come at the full moon.');
    await writeFile(
      join(folder, 'noise.bin'),
      Uint8Array.from({ length: 900 }, (_, n) => (n * 131) % 256),
    );
    await writeFile(join(folder, 'empty.txt'), '');
    await writeFile(join(folder, '.hidden'), 'secret');
    await symlink('/etc/passwd', join(folder, 'link.txt'));
  });

  afterAll(async () => {
    await runtime.stop();
    await rm(join(folder, '..'), { recursive: true, force: true });
  });

  it('previews the chunks of a file, and of the beginning of a large text', async () => {
    await vdb('databases', 'create', 'Preview', '--provider', 'local');
    const large = join(folder, '..', 'large.txt');
    await writeFile(large, 'The tide turns at noon, and the boats swing round.\n'.repeat(20_000));

    const small = await vdb('preview', join(folder, 'tides.md'), '-d', 'Preview', '--max-tokens', '16');
    const begun = await vdb('preview', large, '-d', 'Preview', '--limit', '2', '--json');
    const broken = await vdb('preview', join(folder, 'noise.bin'), '-d', 'Preview');
    const listed = await vdb('databases', 'show', 'Preview', '--json');
    await vdb('databases', 'delete', 'Preview', '--yes');

    expect(small.exitCode).toBe(0);
    expect(small.stdout).toContain('Spring tides come at the full moon.');
    expect(small.stderr).toContain('RECURSIVE, at most 16 tokens');
    expect({ exitCode: broken.exitCode, stdout: broken.stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(broken.stderr).toContain('UNSUPPORTED_FILE');
    const { chunks, chunksTotal } = JSON.parse(begun.stdout) as { chunks: unknown[]; chunksTotal: number };
    expect(chunks).toHaveLength(2);
    expect(chunksTotal).toBeGreaterThan(200);
    expect(JSON.parse(listed.stdout)).toMatchObject({ fileCount: 0, vectorCount: 0 });
  });

  it('refuses to ingest into a database that is not there', async () => {
    const { exitCode, stdout, stderr } = await vdb('ingest', folder, '--database', 'Tides');

    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain('NOT_FOUND: There is no database "Tides".');
    expect(stderr).toContain('vdb databases create NAME');
  });

  it('ingests a folder, says what became of each file, and fails for those that failed', async () => {
    const { exitCode, answer } = await ingest(folder, '--database', 'Tides', '--create');

    expect(exitCode).toBe(1);
    expect(answer.summary).toMatchObject({ files: 4, ready: 2, copy: 1, failed: 1, isInterrupted: false });
    expect(answer.passed.sort((a, b) => (a.path < b.path ? -1 : 1))).toEqual([
      { path: 'docs/.hidden', reason: 'it is hidden' },
      { path: 'docs/empty.txt', reason: 'it is empty' },
      { path: 'docs/link.txt', reason: 'it is a link' },
    ]);
    expect(outcomes(answer)['docs/sub/tides.md']).toBe('READY');
    expect(answer.files.find(({ path }) => path === 'docs/noise.bin')?.error?.kind).toBe('UNSUPPORTED_FILE');
  });

  it('sends nothing again that is there', async () => {
    await rm(join(folder, 'noise.bin'));

    const { exitCode, answer } = await ingest(folder, '--database', 'Tides');

    expect(exitCode).toBe(0);
    expect(answer.summary).toMatchObject({ files: 3, ready: 0, unchanged: 2, copy: 1, failed: 0 });
  });

  it('replaces a file that has changed, and leaves its old text nowhere', async () => {
    await writeFile(join(folder, 'sub', 'tides.md'), '# More tides\n\nThe perigean tide is the highest.');

    const { exitCode, answer } = await ingest(folder, '--database', 'Tides');
    const found = await vdb(
      'search',
      'perigean neap quarter',
      '--database',
      'Tides',
      '--mode',
      'keyword',
      '--json',
    );

    expect(exitCode).toBe(0);
    expect(outcomes(answer)).toMatchObject({ 'docs/sub/tides.md': 'REPLACED' });
    expect(answer.summary).toMatchObject({ replaced: 1, unchanged: 1, copy: 1 });
    const { hits } = JSON.parse(found.stdout) as { hits: { text: string; metadata: string }[] };
    expect(hits.map(({ text }) => text)).toEqual([expect.stringContaining('perigean')]);
    expect(JSON.parse(hits[0]!.metadata)).toMatchObject({ path: 'docs/sub/tides.md' });
  });

  it('goes on after an interruption without sending twice what has arrived', async () => {
    const many = join(folder, '..', 'many');
    await mkdir(many);
    for (let n = 0; n < 12; n++)
      await writeFile(join(many, `${n}.jsonl`), `{"text":"Lantern ${n}"}\n`.repeat(20 + n));
    const first = await runVdb(
      [
        'ingest',
        many,
        '--database',
        'Many',
        '--create',
        '--json',
        '--parallel',
        '1',
        '--data',
        runtime.dataFolder,
      ],
      { onStart: (pid) => setTimeout(() => process.kill(pid, 'SIGINT'), 900) },
    );

    const { exitCode, answer } = await ingest(many, '--database', 'Many', '--create');
    const again = await ingest(many, '--database', 'Many');

    expect(first.exitCode).not.toBe(0);
    expect(exitCode).toBe(0);
    expect(again.answer.summary).toMatchObject({ files: 12, unchanged: 12, failed: 0 });
    const data = await request<{ listFiles: { items: { status: string }[] } }>(
      runtime.endpoints,
      runtime.endpoints.adminToken,
      'query ($id: ID!) { listFiles(databaseId: $id, limit: 100) { items { status } } }',
      { id: answer.database.id },
    );
    expect(data.listFiles.items.filter(({ status }) => status === 'READY')).toHaveLength(12);
  });

  it('goes on with files whose upload was asked for and never sent', async () => {
    const half = join(folder, '..', 'half');
    await mkdir(half);
    const bytes = '# Half\n\nA half tide dock.';
    await writeFile(join(half, 'a.md'), bytes);
    const { answer: made } = await ingest(half, '--database', 'Half', '--create');
    await writeFile(join(half, 'a.md'), `${bytes} Changed.`);
    const fileId = made.files[0]!.fileId;
    for (let attempt = 1; attempt <= 2; attempt++) {
      await request(
        runtime.endpoints,
        runtime.endpoints.adminToken,
        'mutation ($input: RequestUploadInput!) { requestUpload(input: $input) { file { id } } }',
        {
          input: {
            databaseId: made.database.id,
            name: 'a.md',
            sizeBytes: 9,
            replaceFileId: fileId,
            metadata: JSON.stringify({ path: 'half/a.md' }),
          },
        },
      );
    }

    const { exitCode, answer } = await ingest(half, '--database', 'Half');

    expect(exitCode).toBe(0);
    expect(answer.files).toMatchObject([{ path: 'half/a.md', outcome: 'REPLACED', fileId }]);
  });

  it('names a key that is refused', async () => {
    const environment = { VDB_URL: runtime.endpoints.graphqlUrl, VDB_API_KEY: 'vdb_wrong' };

    const { exitCode, stderr } = await runVdb(['databases'], { environment });

    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^error UNAUTHENTICATED: The service does not accept the key or token/);
    expect(stderr).toContain('Check VDB_API_KEY or VDB_TOKEN');
  });

  it('says when there is nothing to ingest', async () => {
    const empty = join(folder, '..', 'nothing');
    await mkdir(empty);

    const { exitCode, stderr } = await vdb('ingest', empty, '--database', 'Tides');

    expect(exitCode).toBe(0);
    expect(stderr).toContain('There is no file to ingest');
  });

  it('writes plain lines without colours where there is no terminal', async () => {
    const { stdout, stderr } = await vdb('ingest', folder, '--database', 'Tides');

    expect(stdout).toMatch(/^3 files into "Tides": 2 unchanged, 1 there already as copies, in [\d.]+ s\n$/);
    expect(stderr).toContain('· docs/sub/tides.md  unchanged');
    expect(stdout + stderr).not.toContain('\u001b');
  });

  it('makes a key whose secret alone is printed, and works with it', async () => {
    const made = await vdb('keys', 'create', 'reader', '--scope', 'search,read', '--database', 'Tides');
    const environment = { VDB_URL: runtime.endpoints.graphqlUrl, VDB_API_KEY: made.stdout.trim() };

    const allowed = await runVdb(['search', 'tides', '-d', 'Tides', '--json'], { environment });
    const refused = await runVdb(['ingest', folder, '-d', 'Tides', '--no-replace'], { environment });
    const listed = await vdb('keys', '--json');

    expect(made.stdout).toMatch(/^vdb_\w+\n$/);
    expect((JSON.parse(allowed.stdout) as { hits: unknown[] }).hits.length).toBeGreaterThan(0);
    expect(refused.exitCode).toBe(0);
    expect(JSON.parse(listed.stdout)).toMatchObject([{ name: 'reader', scopes: ['SEARCH', 'READ'] }]);
    const forbidden = await runVdb(['databases', 'create', 'Mine'], { environment });
    expect(forbidden).toMatchObject({ exitCode: 1, stdout: '' });
    expect(forbidden.stderr).toMatch(/^error FORBIDDEN: /);
  });

  it('tells errors as JSON when JSON is asked for', async () => {
    const { exitCode, stdout, stderr } = await vdb('databases', 'show', 'Nowhere', '--json');

    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(JSON.parse(stderr)).toMatchObject({ error: { kind: 'NOT_FOUND' } });
  });

  it('deletes a database only when that is meant', async () => {
    const asked = await vdb('databases', 'delete', 'Tides');
    const meant = await vdb('databases', 'delete', 'Tides', '--yes', '--json');
    const { stdout } = await vdb('databases', '--json');

    expect(asked.exitCode).toBe(2);
    expect(asked.stderr).toContain('would go with 2 files and 2 vectors. Give --yes when you mean it.');
    expect(JSON.parse(meant.stdout)).toMatchObject({ fileCount: 2, vectorCount: 2 });
    expect((JSON.parse(stdout) as { name: string }[]).map(({ name }) => name).sort()).toEqual([
      'Half',
      'Many',
    ]);
  });

  it('runs by its installed name', () => {
    const bin = fileURLToPath(new URL('../../cli/bin.mjs', import.meta.url));

    const help = execFileSync(process.execPath, [bin, '--help'], { encoding: 'utf8' });

    expect(help).toContain('Usage: vdb COMMAND');
  });
});
