import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SignatureV4 } from '@smithy/signature-v4';
import { Sha256 } from '@aws-crypto/sha256-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startNotes } from '../../unit/local/notes/start-notes.ts';
import type { Notes } from '../../unit/local/notes/start-notes.ts';

let notes: Notes;

beforeAll(async () => {
  process.env.PARENT_ONLY = 'secret of the parent';
  notes = await startNotes();
});
afterAll(async () => {
  delete process.env.PARENT_ONLY;
  await notes.stop();
});

const fault = (errorType: string, errorMessage: unknown) => ({
  functionError: 'Unhandled',
  payload: expect.objectContaining({ errorType, errorMessage }) as object,
});
const matching = (pattern: RegExp) => expect.stringMatching(pattern) as string;

describe('functions run as Lambda runs them', () => {
  it('answers a payload and reuses the warm instance', async () => {
    const first = await notes.invoke('Worker', { action: 'instance' });
    const second = await notes.invoke('Worker', { action: 'instance' });

    expect(await notes.invoke('Worker', { action: 'shout', text: 'abc' })).toEqual({ payload: 'ABC' });
    expect(second).toEqual(first);
  });

  it('runs invocations at the same time in instances of their own', async () => {
    const outcomes = await Promise.all([1, 2, 3].map(() => notes.invoke('Worker', { action: 'secret' })));
    const instances = await Promise.all([1, 2, 3].map(() => notes.invoke('Worker', { action: 'instance' })));

    expect(new Set(outcomes.map(({ payload }) => payload)).size).toBe(1);
    expect(new Set(instances.map(({ payload }) => payload)).size).toBeGreaterThan(1);
  });

  it('gives a function its own environment and nothing of the parent', async () => {
    const { payload } = await notes.invoke('Worker', { action: 'environment' });

    const environment = payload as Record<string, string>;
    expect(environment.PARENT_ONLY).toBeUndefined();
    expect(environment).toMatchObject({
      TABLE: notes.names.table,
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL_S3: notes.runtime.awsUrl,
      AWS_CONFIG_FILE: '/dev/null',
    });
    expect(environment.GRAPHQL_URL).toBe(notes.runtime.endpoints.graphqlUrl);
  });

  it('gives a context with the remaining time', async () => {
    const { payload } = await notes.invoke('Worker', { action: 'context' });

    expect(payload).toMatchObject({
      functionVersion: '$LATEST',
      memoryLimitInMB: '256',
      awsRequestId: matching(/^[0-9a-f-]{36}$/),
    });
    expect((payload as { remainingMs: number }).remainingMs).toBeGreaterThan(5000);
    expect((payload as { remainingMs: number }).remainingMs).toBeLessThanOrEqual(10_000);
  });

  it('answers what a handler throws, with type and message', async () => {
    expect(await notes.invoke('Worker', { action: 'fail' })).toEqual(fault('TypeError', 'no such note'));
    expect(notes.errors.at(-1)).toMatch(
      /^function Notes-Worker\w+ failed: TypeError: no such note \(request [\w-]+\)$/,
    );
  });

  it.each(['hang', 'spin'])('ends an invocation that does not end (%s) after the timeout', async (action) => {
    const outcome = await notes.invoke('Outsider', { action });

    expect(outcome).toEqual(fault('Sandbox.Timedout', matching(/Task timed out after 1\.00 seconds/)));
  });

  it.each([
    ['crash', 'Runtime.UnhandledError', /out of nowhere/],
    ['exit', 'Runtime.ExitError', /exit status 7/],
    ['fill', 'Runtime.OutOfMemory', /memory/i],
  ])('loses one invocation alone when the code goes down (%s)', async (action, errorType, message) => {
    const outcome = await notes.invoke('Worker', { action });

    expect(outcome).toEqual(fault(errorType, matching(message)));
    expect(await notes.invoke('Worker', { action: 'shout', text: 'alive' })).toEqual({ payload: 'ALIVE' });
  });

  it('refuses an answer above the limit of the service', async () => {
    expect(await notes.invoke('Worker', { action: 'large' })).toEqual(
      fault('Function.ResponseSizeTooLarge', matching(/6291456/)),
    );
  });

  it('calls with the rights of its own role', async () => {
    await notes.invoke('Worker', { action: 'put', id: 'w', text: 'written' });

    expect((await notes.query('{ getNote(id: "w") { text } }')).data).toEqual({
      getNote: { text: 'written' },
    });
    expect(await notes.invoke('Outsider', {})).toEqual(
      fault('AccessDeniedException', matching(/dynamodb:GetItem/)),
    );
  });
});

describe('the invoke endpoint', () => {
  async function post(
    as: 'root' | 'Outsider',
    name: string,
    { body, type }: { body: string; type?: string },
  ): Promise<Response> {
    const { credentials, region, endpoint } = notes.clientConfig(as);
    const { hostname, port, host } = new URL(endpoint);
    const signer = new SignatureV4({ service: 'lambda', region, credentials, sha256: Sha256 });
    const path = `/2015-03-31/functions/${name}/invocations`;
    const signed = await signer.sign({
      method: 'POST',
      protocol: 'http:',
      hostname,
      port: Number(port),
      path,
      headers: { host, ...(type !== undefined && { 'x-amz-invocation-type': type }) },
      body,
    });
    return fetch(`${endpoint}${path}`, {
      method: 'POST',
      headers: signed.headers as Record<string, string>,
      body,
    });
  }
  const nameOf = (part: string): string =>
    [...notes.runtime.services.functions.values()].find(({ definition }) => definition.name.includes(part))
      ?.definition.name ?? '';

  it('invokes a function by name', async () => {
    const response = await post('root', nameOf('Worker'), { body: '{"action":"shout","text":"hi"}' });

    expect(response.status).toBe(200);
    expect(await response.json()).toBe('HI');
  });

  it('marks the answer of a function that failed', async () => {
    const response = await post('root', nameOf('Worker'), { body: '{"action":"fail"}' });

    expect(response.headers.get('x-amz-function-error')).toBe('Unhandled');
  });

  it('denies a role without permission', async () => {
    const response = await post('Outsider', nameOf('Worker'), { body: '{}' });

    expect(response.status).toBe(403);
    expect(response.headers.get('x-amzn-errortype')).toBe('AccessDeniedException');
    expect(await response.json()).toMatchObject({
      Message: expect.stringContaining('lambda:InvokeFunction') as string,
    });
  });

  it('takes an event and answers at once', async () => {
    const body = JSON.stringify({ action: 'put', id: 'event', text: 'later' });

    const response = await post('root', nameOf('Worker'), { body, type: 'Event' });

    expect(response.status).toBe(202);
    const read = async () => (await notes.query('{ getNote(id: "event") { text } }')).data;
    await expect.poll(read, { timeout: 10_000 }).toEqual({ getNote: { text: 'later' } });
  });

  it('says whether it would invoke, without doing so', async () => {
    const body = JSON.stringify({ action: 'fail' });

    expect((await post('root', nameOf('Worker'), { body, type: 'DryRun' })).status).toBe(204);
    expect((await post('Outsider', nameOf('Worker'), { body, type: 'DryRun' })).status).toBe(403);
  });

  it.each([
    ['Worker', { body: '{', type: 'Event' }, 400, 'InvalidRequestContentException'],
    ['Worker', { body: '{}', type: 'Sometimes' }, 400, 'InvalidParameterValueException'],
    ['Nobody', { body: '{}' }, 404, 'ResourceNotFoundException'],
  ])('refuses %s %j with %d', async (name, request, status, type) => {
    const response = await post('root', nameOf(name) || name, request);

    expect(response.status).toBe(status);
    expect(response.headers.get('x-amzn-errortype')).toBe(type);
  });
});

it('runs the code of its start, whatever is built meanwhile', async () => {
  const { payload } = await notes.invoke('Worker', { action: 'environment' });

  expect((payload as Record<string, string>).LAMBDA_TASK_ROOT).toMatch(/\/data\/code\/asset\.[0-9a-f]{64}$/);
});

it('keeps a log of every function, one object a line', async () => {
  const { payload } = await notes.invoke('Worker', { action: 'environment' });
  const { TMPDIR, AWS_LAMBDA_FUNCTION_NAME } = payload as Record<string, string>;
  const path = join(TMPDIR ?? '', '../../logs', `${AWS_LAMBDA_FUNCTION_NAME}.log`);
  const readLines = async (): Promise<string[]> => (await readFile(path, 'utf8')).trim().split('\n');

  await expect.poll(async () => (await readLines()).length).toBeGreaterThan(1);

  const entries = (await readLines()).map((line) => JSON.parse(line) as Record<string, string | number>);
  expect(entries.every(({ time }) => !Number.isNaN(Date.parse(String(time))))).toBe(true);
  const reports = entries.filter(({ report }) => report === 'OK');
  expect(reports[0]).toMatchObject({ memorySizeMb: 256, maxMemoryUsedMb: expect.any(Number) as number });
  expect(reports.some(({ initDurationMs }) => Number(initDurationMs) > 0)).toBe(true);
  expect(reports.some(({ initDurationMs }) => initDurationMs === undefined)).toBe(true);
});
