import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConnection } from '../../../cli/connection/read-connection.ts';
import { runVdb } from '../../support/run-vdb.ts';

describe('the command line', () => {
  it.each([
    [[], 2, 'Usage: vdb COMMAND'],
    [['keys', '--help'], 0, 'The secret of a new key is all that goes to the standard output.'],
    [
      ['ingets'],
      2,
      'There is no command "ingets"; expected ingest, preview, search, databases, keys, usage.',
    ],
    [['toString'], 2, 'There is no command "toString"'],
    [['search', '--tip', '3'], 2, "Unknown option '--tip'"],
    [['search', 'x', '--top', 'ten'], 2, '--top is "ten"; expected a whole number from 1 to 1000.'],
    [['search', 'x', '--filter', '[1]'], 2, '--filter is [1]; expected a JSON object.'],
    [['preview'], 2, 'The file to preview is missing.'],
    [['preview', '/nowhere/at/all', '-d', 'x'], 2, '"/nowhere/at/all" cannot be read: ENOENT'],
    [['preview', '/tmp', '-d', 'x'], 2, '"/tmp" is no file'],
    [['preview', 'a.txt', '--strategy', 'best'], 2, '--strategy is "best"; expected RECURSIVE, SENTENCE'],
    [['ingest'], 2, 'The folder to ingest is missing.'],
    [['ingest', '/nowhere/at/all', '-d', 'x'], 2, '"/nowhere/at/all" cannot be read: ENOENT'],
    [
      ['keys', 'create', 'x', '--scope', 'root'],
      2,
      '--scope is "root"; expected SEARCH, READ, WRITE, MANAGE.',
    ],
    [['usage', '--from', 'soon'], 2, '--from is "soon"; expected a date such as 2030-01-31.'],
    [['databases', 'drop', 'x'], 2, '"drop" is not known; expected list, show, create or delete.'],
  ])('%j ends with %d and says what is wrong', async (args, exitCode, words) => {
    const environment = { VDB_URL: 'http://127.0.0.1:9/graphql', VDB_API_KEY: 'vdb_x' };

    const run = await runVdb(args, { environment });

    expect(run.exitCode).toBe(exitCode);
    expect(run.stdout + run.stderr).toContain(words);
    expect(run.stderr).not.toMatch(/\n\s+at /);
  });

  it('names the address that it cannot reach', async () => {
    const environment = { VDB_URL: 'http://127.0.0.1:9/graphql', VDB_API_KEY: 'vdb_x' };

    const { exitCode, stderr } = await runVdb(['databases'], { environment });

    expect(exitCode).toBe(1);
    expect(stderr).toContain('UNAVAILABLE: The API at http://127.0.0.1:9/graphql cannot be reached');
  });
});

describe('the configuration', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vdb-config-'));
    const endpoints = { graphqlUrl: 'http://127.0.0.1:4000/graphql', adminToken: 'admin' };
    await writeFile(join(folder, 'endpoints.json'), JSON.stringify(endpoints));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('comes from the data folder with its administrator', async () => {
    const url = 'http://127.0.0.1:4000/graphql';
    const elsewhere = { VDB_API_KEY: 'vdb_k', VDB_URL: 'https://other.example/graphql' };

    expect(await readConnection(folder, {})).toEqual({ url, authorization: 'admin' });
    expect(await readConnection(folder, elsewhere)).toEqual({ url, authorization: 'admin' });
  });

  it.each(['VDB_API_KEY', 'VDB_TOKEN'])('sends %s to no address that a folder names', async (name) => {
    const environment = { [name]: 'vdb_secret' };
    const message = `${name} is set, but not VDB_URL, so it is not known which service it is for`;

    await expect(readConnection(folder, environment)).rejects.toThrow(message);
    await expect(readConnection(undefined, environment)).rejects.toThrow(message);
  });

  it('comes from the environment when no folder is named', async () => {
    const environment = { VDB_URL: 'https://api.example/graphql', VDB_TOKEN: 'token' };

    expect(await readConnection(undefined, environment)).toEqual({
      url: 'https://api.example/graphql',
      authorization: 'token',
    });
  });

  it.each([
    [{ VDB_URL: 'https://api.example/graphql' }, 'neither VDB_API_KEY nor VDB_TOKEN'],
    [{ VDB_URL: 'ftp://x', VDB_API_KEY: 'k' }, 'VDB_URL is "ftp://x"; expected an http or https URL.'],
    [
      { VDB_URL: 'https://x', VDB_API_KEY: 'a\nb: c' },
      'VDB_API_KEY holds characters that no key or token has.',
    ],
  ])('refuses %j', async (environment, message) => {
    await expect(readConnection(undefined, environment)).rejects.toThrow(message);
  });

  it('refuses a file that is not JSON', async () => {
    await writeFile(join(folder, 'endpoints.json'), '{');

    await expect(readConnection(folder, {})).rejects.toThrow('endpoints.json is not JSON');
  });
});
