import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { VectorDbError } from '../../../../engine/index.ts';
import {
  type FunctionRequest,
  handleOperations,
  isSelected,
} from '../../../../functions/shared/handle-operations.ts';
import { RequestError } from '../../../../functions/shared/request-error.ts';

const lines: Record<string, unknown>[] = [];

beforeEach(() => {
  lines.length = 0;
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
    lines.push(JSON.parse(String(line)) as Record<string, unknown>);
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

function sdkError(name: string, status: number): Error {
  return Object.assign(new Error('secret detail of the service'), {
    name,
    $metadata: { httpStatusCode: status },
  });
}

const failures: Record<string, unknown> = {
  request: new RequestError('QUOTA_EXCEEDED', 'Too many.', {
    field: 'a',
    limit: 1,
    actual: 2,
    hint: 'Wait.',
  }),
  dimension: new VectorDbError('InvalidInput', 'Wrong size.', {
    code: 'DIMENSION_MISMATCH',
    field: 'values',
  }),
  format: new VectorDbError('InvalidInput', 'Wrong.', { code: 'UNSUPPORTED_FORMAT' }),
  missing: new VectorDbError('NotFound', 'Not there.'),
  conflict: new VectorDbError('Conflict', 'Changed.'),
  limit: new VectorDbError('LimitExceeded', 'Too large.'),
  unavailable: new VectorDbError('Unavailable', 'Later.'),
  corrupt: new VectorDbError('CorruptData', 'The stored object databases/x/1.seg is damaged.'),
  internal: new VectorDbError('Internal', 'Invariant broken.'),
  throttled: sdkError('ProvisionedThroughputExceededException', 400),
  overloaded: sdkError('Whatever', 503),
  denied: sdkError('AccessDeniedException', 400),
  bug: new TypeError('secret detail of the code'),
  string: 'thrown text',
};

const handler = handleOperations({
  single: {
    echo: (request) => Promise.resolve(request),
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- a thrown string is one of the cases
    fail: ({ arguments: { which } }: FunctionRequest<{ which: string }>) => Promise.reject(failures[which]),
  },
  batch: {
    double: (requests: FunctionRequest<{ n: number }>[]) => {
      const double = (n: number) => (n < 0 ? new RequestError('VALIDATION', 'n < 0') : n * 2);
      return Promise.resolve(requests.map(({ arguments: { n } }) => double(n)));
    },
  },
});

function event(operation: string, args: object = {}, more: object = {}): object {
  const caller = { kind: 'USER', id: 'u', databaseIds: null };
  return { operation, arguments: args, caller, selection: ['a'], requestId: 'r1', ...more };
}

describe('handleOperations', () => {
  it('answers the data of the named operation', async () => {
    expect(await handler(event('echo', { x: 1 }))).toMatchObject({
      data: { arguments: { x: 1 }, selection: ['a'] },
    });
    expect(lines).toMatchObject([
      { level: 'INFO', requestId: 'r1', operation: 'echo', tookMs: expect.any(Number) as unknown },
    ]);
  });

  it.each([
    ['request', 'QUOTA_EXCEEDED', false],
    ['dimension', 'DIMENSION_MISMATCH', false],
    ['format', 'VALIDATION', false],
    ['missing', 'NOT_FOUND', false],
    ['conflict', 'CONFLICT', false],
    ['limit', 'PAYLOAD_TOO_LARGE', false],
    ['unavailable', 'UNAVAILABLE', true],
    ['corrupt', 'CORRUPT_DATA', false],
    ['internal', 'INTERNAL', false],
    ['throttled', 'UNAVAILABLE', true],
    ['overloaded', 'UNAVAILABLE', true],
    ['denied', 'INTERNAL', false],
    ['bug', 'INTERNAL', false],
    ['string', 'INTERNAL', false],
  ])('turns the failure %s into %s', async (which, kind, retryable) => {
    expect(await handler(event('fail', { which }))).toMatchObject({
      error: { kind, message: expect.any(String) as unknown, info: { retryable, requestId: 'r1' } },
    });
  });

  it('keeps what an error says of its field', async () => {
    expect(await handler(event('fail', { which: 'request' }))).toMatchObject({
      error: { info: { field: 'a', limit: 1, actual: 2, hint: 'Wait.' } },
    });
  });

  it('tells the log and not the caller what broke', async () => {
    for (const which of ['bug', 'denied', 'corrupt', 'internal']) {
      const answer = JSON.stringify(await handler(event('fail', { which })));

      expect(answer).not.toMatch(/secret|databases\/x|Invariant|stack/);
      expect(answer).toContain('r1');
    }
    const errors = lines.filter(({ level }) => level === 'ERROR');
    expect(errors).toHaveLength(4);
    expect(JSON.stringify(errors)).toContain('secret detail of the code');
    expect(errors[0]).toMatchObject({
      requestId: 'r1',
      error: { stack: expect.stringContaining('TypeError') as unknown },
    });
  });

  it('refuses events that no resolver sends', async () => {
    const broken = [
      event('constructor'),
      event('nothing'),
      event('echo', {}, { caller: undefined }),
      event('echo', {}, { caller: { kind: 'USER', id: 'u' } }),
      event('echo', {}, { arguments: undefined }),
      null,
    ];

    for (const one of broken) expect(await handler(one)).toMatchObject({ error: { kind: 'INTERNAL' } });
  });

  it('answers a batch one by one, each with its own request id', async () => {
    const events = [1, -1, 3].map((n) => event('double', { n }, { requestId: `r${n}` }));

    expect(await handler(events)).toMatchObject([
      { data: 2 },
      { error: { kind: 'VALIDATION', info: { requestId: 'r-1' } } },
      { data: 6 },
    ]);
    expect(await handler([])).toEqual([]);
    expect(await handler([event('double', { n: 1 }), event('other')])).toMatchObject([
      { error: { kind: 'INTERNAL' } },
      { error: { kind: 'INTERNAL' } },
    ]);
  });
});

describe('isSelected', () => {
  it('finds a path and what is below it', () => {
    expect(isSelected(['hits', 'hits/highlights/start'], 'hits/highlights')).toBe(true);
    expect(isSelected(['hits', 'hits/highlightsOld'], 'hits/highlights')).toBe(false);
    expect(isSelected(['hits/values'], 'hits/values')).toBe(true);
  });
});
