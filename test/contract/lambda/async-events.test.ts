import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSlots, FunctionPool, startAsyncInvoker } from '../../../local/lambda/index.ts';
import type { AsyncInvoker, AsyncOptions, Destination } from '../../../local/lambda/index.ts';
import { Queue } from '../../../local/sqs/index.ts';

const CODE = `
const { appendFileSync } = require('node:fs');
const seen = new Map();
exports.handler = async ({ id, failures = 0 }, { awsRequestId }) => {
  const count = (seen.get(id) ?? 0) + 1;
  seen.set(id, count);
  appendFileSync(process.env.CALLS, id + ' ' + awsRequestId + '\\n');
  if (count <= failures) throw new Error('attempt ' + count);
  return { id };
};
exports.greedy = async () => {
  const kept = [];
  for (;;) {
    kept.push(Buffer.alloc(16 * 1024 * 1024, 1));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};
`;

let folder: string;
let pool: FunctionPool;
let invoker: AsyncInvoker | undefined;
let errors: string[];

function createPool(handler: string): FunctionPool {
  return new FunctionPool(
    {
      name: 'worker',
      arn: 'arn:aws:lambda:us-east-1:000000000000:function:worker',
      codePath: join(folder, 'index.js'),
      handler,
      memoryMb: 128,
      timeoutMs: 10_000,
      reservedConcurrency: null,
      environment: { CALLS: join(folder, 'calls') },
    },
    {
      logFolder: join(folder, 'logs'),
      temporaryFolder: join(folder, 'tmp'),
      foreground: createSlots(2),
      background: createSlots(Math.max(2, availableParallelism())),
      onError: (line) => errors.push(line),
    },
  );
}

async function start(more: Partial<AsyncOptions> = {}): Promise<AsyncInvoker> {
  const definition = {
    name: 'worker',
    arn: 'arn',
    url: '',
    visibilityTimeoutSeconds: 600,
    delaySeconds: 0,
    maximumMessageBytes: Infinity,
    retentionSeconds: 86_400,
    waitTimeSeconds: 0,
    redrive: null,
  };
  invoker = startAsyncInvoker({
    queue: await Queue.open(definition, { path: join(folder, 'events.log') }),
    target: pool,
    concurrency: 1,
    retries: 2,
    maximumAgeSeconds: 3600,
    retryDelaysSeconds: [0, 0],
    onError: (line) => errors.push(line),
    ...more,
  });
  return invoker;
}

const calls = (): string[] =>
  readFileSync(join(folder, 'calls'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '');

/** A destination that keeps what it gets. */
const into =
  (told: string[]): Destination =>
  (text) => {
    told.push(text);
    return Promise.resolve();
  };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'async-'));
  await writeFile(join(folder, 'index.js'), CODE);
  errors = [];
  pool = createPool('index.handler');
});
afterEach(async () => {
  await invoker?.close();
  await pool.close();
  await rm(folder, { recursive: true, force: true });
});

describe('an event for a function', () => {
  it('is tried again with the same request id until it is taken', async () => {
    const told: string[] = [];
    const { enqueue } = await start({ onSuccess: into(told) });

    const id = await enqueue({ id: 'a', failures: 2 });

    await expect.poll(() => told.length, { timeout: 10_000 }).toBe(1);
    expect(JSON.parse(told[0] ?? '')).toMatchObject({
      version: '1.0',
      requestContext: { requestId: id, condition: 'Success', approximateInvokeCount: 3 },
      requestPayload: { id: 'a' },
      responsePayload: { id: 'a' },
    });
    expect(errors.filter((line) => line.includes(`(request ${id})`))).toHaveLength(2);
  });

  it('goes to the destination and the dead-letter queue when every try failed', async () => {
    const told: string[] = [];
    const dead: [string, unknown][] = [];
    const { enqueue } = await start({
      retries: 1,
      onFailure: into(told),
      deadLetter: (text, attributes) => {
        dead.push([text, attributes]);
        return Promise.resolve();
      },
    });

    const id = await enqueue({ id: 'b', failures: 9 });

    await expect.poll(() => dead.length, { timeout: 10_000 }).toBe(1);
    expect(told.map((text) => JSON.parse(text) as object)).toMatchObject([
      {
        requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 2 },
        responseContext: { functionError: 'Unhandled' },
        responsePayload: { errorMessage: 'attempt 2' },
      },
    ]);
    expect(dead).toEqual([
      ['{"id":"b","failures":9}', { RequestID: id, ErrorCode: '200', ErrorMessage: 'attempt 2' }],
    ]);
  });

  it('is given up without a try when it is too old, and said to be lost when nobody wants to know', async () => {
    const { enqueue } = await start({ maximumAgeSeconds: -1 });

    const id = await enqueue({ id: 'c' });

    await expect
      .poll(() => errors, { timeout: 10_000 })
      .toContain(`function worker lost an event: EventAgeExceeded (request ${id})`);
  });

  it.each(['onSuccess', 'onFailure', 'deadLetter'] as const)(
    'runs no more than it should when its %s fails, which is reported after a few tries',
    async (role) => {
      let tries = 0;
      const failing: Destination = (text) => {
        if (text.includes(`"id":"${role}"`)) tries += 1;
        return Promise.reject(new Error('the queue is full'));
      };
      const told: string[] = [];
      const other = role === 'deadLetter' ? { onFailure: into(told) } : { deadLetter: into(told) };
      const failures = role === 'onSuccess' ? 0 : 9;
      const { enqueue } = await start({ retries: 0, deliveryDelaysMs: [0, 0], ...other, [role]: failing });

      const id = await enqueue({ id: role, failures });
      await enqueue({ id: 'after' });

      await expect
        .poll(() => errors.filter((line) => line.includes(id) && line.includes('is lost')), {
          timeout: 10_000,
        })
        .toEqual([expect.stringContaining('in 3 tries') as string]);
      await expect.poll(() => calls(), { timeout: 10_000 }).toContain('after');
      expect(tries).toBe(3);
      expect(calls().filter((called) => called === role)).toHaveLength(1);
      expect(told).toHaveLength(role === 'onSuccess' ? 0 : 1);
    },
  );

  it('is kept when everything ends before its destination took the account', async () => {
    const refused = new Promise<void>((resolve) => {
      void start({
        deliveryDelaysMs: [60_000],
        onSuccess: () => {
          resolve();
          return Promise.reject(new Error('not yet'));
        },
      }).then(({ enqueue }) => enqueue({ id: 'kept' }));
    });
    await refused;
    await invoker?.close();
    const told: string[] = [];

    await start({ onSuccess: into(told) });

    await expect.poll(() => told.length, { timeout: 10_000 }).toBe(1);
    expect(errors).toEqual([]);
  });

  it('outlives the process', async () => {
    const waiting = await start({ concurrency: 0 });
    await waiting.enqueue({ id: 'd' });
    await waiting.close();
    const told: string[] = [];

    await start({ onSuccess: into(told) });

    await expect.poll(() => told.length, { timeout: 10_000 }).toBe(1);
  });
});

describe('the memory of a function', () => {
  it('counts buffers outside of the heap, and ends the one invocation that takes too much', async () => {
    await pool.close();
    pool = createPool('index.greedy');

    const { functionError, payload } = await pool.invoke({});

    expect(functionError).toBe('Unhandled');
    expect(JSON.parse(payload)).toMatchObject({
      errorType: 'Runtime.OutOfMemory',
      errorMessage: expect.stringMatching(/it took \d+ MB of memory; the function has 128 MB/) as string,
    });
  });
});
