import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Endpoints } from '../../../../local/gateway/start-runtime.ts';
import { synthesizeNotes } from '../notes/app.ts';

const MAIN = fileURLToPath(new URL('../../../../local/main.ts', import.meta.url));

let folder: string;
let assembly: string;
let running: Started;

interface Started {
  child: ChildProcess;
  output: string;
  errors: string;
  ended: Promise<number | null>;
}

function launch(data: string, ...more: string[]): Started {
  const args = [
    MAIN,
    '--assembly',
    assembly,
    '--console',
    join(folder, 'console'),
    '--data',
    data,
    '--port',
    '0',
    ...more,
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const started: Started = {
    child,
    output: '',
    errors: '',
    ended: new Promise((resolve) => child.on('exit', resolve)),
  };
  child.stdout?.on('data', (chunk: Buffer) => (started.output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (started.errors += chunk.toString()));
  return started;
}

async function start(data: string, ...more: string[]): Promise<Started> {
  const started = launch(data, ...more);
  const isOver = (): void => {
    if (started.child.exitCode !== null) throw new Error(`it ended: ${started.errors}`);
    expect(started.output).toMatch(/ready\n$/);
  };
  await vi.waitFor(isOver, { timeout: 30_000 });
  return started;
}

const readEndpoints = (data: string): Endpoints =>
  JSON.parse(readFileSync(join(data, 'endpoints.json'), 'utf8')) as Endpoints;
const portOf = (data: string): number => Number(new URL(readEndpoints(data).graphqlUrl).port);

async function query(data: string, document: string): Promise<unknown> {
  const { graphqlUrl, adminToken } = readEndpoints(data);
  const headers = { authorization: adminToken ?? '', 'content-type': 'application/json' };
  const response = await fetch(graphqlUrl, {
    method: 'POST',
    headers,
    body: JSON.stringify({ query: document }),
  });
  return response.json();
}

/** Sends a path and headers exactly as given. */
function get(
  port: number,
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: Record<string, unknown>; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, headers }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
    });
    sent.on('error', reject).end();
  });
}

const data = (): string => join(folder, 'data');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runtime-'));
  assembly = synthesizeNotes(folder);
  mkdirSync(join(folder, 'console/assets'), { recursive: true });
  writeFileSync(join(folder, 'console/index.html'), '<!doctype html><title>Console</title>');
  writeFileSync(join(folder, 'console/assets/app-1a2b.js'), 'export {};');
  writeFileSync(join(folder, 'secret.txt'), 'outside of the console');
  running = await start(data());
});
afterAll(async () => {
  running.child.kill('SIGKILL');
  await running.ended;
  await rm(folder, { recursive: true, force: true });
});

describe('a start', () => {
  it('lists its steps, what is not run, its URLs and the login', () => {
    const { admin, graphqlUrl } = readEndpoints(data());

    expect(running.errors).toBe('');
    expect(running.output).toMatch(/\[ *\d+ ms\] tables: 1\b/);
    expect(running.output).toContain('declared, not run here: AWS::Logs::LogGroup');
    expect(running.output).toContain(graphqlUrl);
    expect(running.output).toContain(admin.password);
  });

  it('writes its endpoints for the owner alone', () => {
    expect(statSync(join(data(), 'endpoints.json')).mode & 0o777).toBe(0o600);
  });

  it('keeps uploads, tables and logs from other users of the machine', () => {
    expect(statSync(data()).mode & 0o777).toBe(0o700);
  });

  it('refuses a folder that another runtime uses', async () => {
    const second = launch(data());

    expect(await second.ended).toBe(1);
    expect(second.errors).toMatch(/^the data folder .* is in use by another runtime.*\n$/);
  });

  it('refuses a port in use, a missing assembly and a bad option in one line each', async () => {
    const port = launch(join(folder, 'other'), '--port', String(portOf(data())));
    const missing = launch(join(folder, 'other2'), '--assembly', join(folder, 'nothing'));
    const option = launch(join(folder, 'other3'), '--colour', 'red');

    expect(await Promise.all([port.ended, missing.ended, option.ended])).toEqual([1, 1, 1]);
    expect(port.errors).toMatch(/^port \d+ is in use; choose another with --port\n$/);
    expect(missing.errors).toMatch(/^cannot read the cloud assembly: .*manifest\.json does not exist\n$/);
    expect(option.errors).toMatch(/^Unknown option '--colour'.*usage:.*\n$/);
  });

  it('leaves a folder alone that is not its own, even with --reset', async () => {
    const foreign = join(folder, 'foreign');
    mkdirSync(foreign);
    writeFileSync(join(foreign, 'thesis.txt'), 'years of work');

    const refused = launch(foreign, '--reset');

    expect(await refused.ended).toBe(1);
    expect(refused.errors).toMatch(/is not empty and was not made by this runtime/);
    expect(await readdir(foreign)).toEqual(['thesis.txt']);
  });
});

describe('the main port', () => {
  it('serves the console, with a fallback for its routes and nothing outside', async () => {
    const port = portOf(data());

    const [page, route, asset, missing, outside] = await Promise.all(
      ['/', '/databases/1', '/assets/app-1a2b.js', '/assets/none.js', '/..%2fsecret.txt'].map((path) =>
        get(port, path),
      ),
    );

    expect(page).toMatchObject({ status: 200, body: expect.stringContaining('Console') as string });
    expect(page?.headers).toMatchObject({
      'cache-control': 'no-cache',
      'x-frame-options': 'DENY',
      'content-security-policy': expect.stringContaining("frame-ancestors 'none'") as string,
    });
    expect(route?.body).toBe(page?.body);
    expect(asset?.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': expect.stringContaining('immutable') as string,
    });
    expect([missing?.status, outside?.status]).toEqual([404, 404]);
  });

  it('refuses a host name that was rebound to this machine', async () => {
    const answer = await get(portOf(data()), '/config.json', { host: 'evil.example' });

    expect(answer.status).toBe(421);
    expect(answer.body).not.toContain('userPoolId');
  });

  it('refuses a sign-in that is larger than any can be', async () => {
    const { identityUrl } = JSON.parse((await get(portOf(data()), '/config.json')).body) as {
      identityUrl: string;
    };

    const answer = await fetch(identityUrl, { method: 'POST', body: 'x'.repeat(100_000) });

    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({ message: expect.stringContaining('65536') as string });
  });

  it('signs the administrator in, and the token works', async () => {
    const { graphqlUrl, admin } = readEndpoints(data());
    const config = JSON.parse((await get(portOf(data()), '/config.json')).body) as Record<string, string>;
    const answer = await fetch(config.identityUrl ?? '', {
      method: 'POST',
      headers: {
        'x-amz-target': 'AWSCognitoIdentityProviderService.InitiateAuth',
        'content-type': 'application/x-amz-json-1.1',
      },
      body: JSON.stringify({
        AuthFlow: 'USER_PASSWORD_AUTH',
        ClientId: config.userPoolClientId,
        AuthParameters: { USERNAME: admin.username, PASSWORD: admin.password },
      }),
    });
    const { AuthenticationResult } = (await answer.json()) as { AuthenticationResult: { IdToken: string } };

    const response = await fetch(graphqlUrl, {
      method: 'POST',
      headers: { authorization: AuthenticationResult.IdToken, 'content-type': 'application/json' },
      body: '{"query":"{ shout(text: \\"hi\\") }"}',
    });

    expect(await response.json()).toEqual({ data: { shout: 'HI' } });
    const keys = await get(portOf(data()), `/cognito/${config.userPoolId}/.well-known/jwks.json`);
    expect(JSON.parse(keys.body)).toMatchObject({ keys: [{ kty: 'RSA', alg: 'RS256' }] });
  });
});

describe('a stop', () => {
  it('finds everything again after SIGKILL, within seconds', async () => {
    const before = readEndpoints(data());
    await query(data(), 'mutation { putNote(id: "kept", text: "still here") { id } }');
    running.child.kill('SIGKILL');
    await running.ended;

    const startedMs = Date.now();
    running = await start(data());

    expect(Date.now() - startedMs).toBeLessThan(10_000);
    expect(readEndpoints(data()).admin).toEqual(before.admin);
    expect(await query(data(), '{ getNote(id: "kept") { text } }')).toEqual({
      data: { getNote: { text: 'still here' } },
    });
  });

  it('ends in order on SIGTERM and takes its endpoints along', async () => {
    running.child.kill('SIGTERM');

    expect(await running.ended).toBe(0);
    expect(await readdir(data())).not.toContain('endpoints.json');
  });

  it('ends with the process that started it', async () => {
    running = await start(data());

    running.child.disconnect();

    expect(await running.ended).toBe(0);
  });

  it('begins anew with --reset', async () => {
    running = await start(data(), '--reset');

    expect(await query(data(), '{ getNote(id: "kept") { text } }')).toEqual({ data: { getNote: null } });
  });
});
