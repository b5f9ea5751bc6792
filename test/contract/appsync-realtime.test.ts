import { createConnection } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connect, connectReady, errorTypeOf, subscribe } from './appsync/realtime-client.ts';
import type { RealtimeClient } from './appsync/realtime-client.ts';
import { ask, startNotes } from './appsync/start-notes.ts';
import type { Notes } from './appsync/start-notes.ts';

let notes: Notes;
let authorization: string;
const clients: RealtimeClient[] = [];

beforeAll(async () => {
  notes = await startNotes();
  authorization = await notes.token({});
});

afterEach(() => {
  for (const client of clients.splice(0)) client.socket.terminate();
});

afterAll(() => notes.close());

async function ready(form: 'protocol' | 'query' = 'protocol', as = authorization): Promise<RealtimeClient> {
  const client = await connectReady(notes, { authorization: as, form });
  clients.push(client);
  return client;
}

async function announce(
  input: Record<string, unknown>,
  selection = 'shelf id title author stars',
): Promise<void> {
  const { errors } = await ask(notes, `mutation ($i: AWSJSON!) { announce(input: $i) { ${selection} } }`, {
    variables: { i: JSON.stringify({ title: 'T', ...input }) },
    authorization,
  });
  expect(errors).toBeUndefined();
}

const ofType =
  (type: string, id?: string) =>
  (frame: { type: string; id?: string }): boolean =>
    frame.type === type && (id === undefined || frame.id === id);

describe('connecting', () => {
  it.each(['protocol', 'query'] as const)('takes the headers in the %s', async (form) => {
    const client = await connect(notes, { authorization, form });
    clients.push(client);
    client.send({ type: 'connection_init' });

    expect(client.socket.protocol).toBe('graphql-ws');
    expect(await client.next(ofType('connection_ack'))).toEqual({
      type: 'connection_ack',
      payload: { connectionTimeoutMs: 300_000 },
    });
  });

  it('keeps alive', async () => {
    const client = await ready();

    for (let i = 0; i < 3; i++) expect(await client.next(ofType('ka'))).toEqual({ type: 'ka' });
  });

  it('refuses a stranger with connection_error and closes', async () => {
    const client = await connect(notes, { authorization: 'stranger' });
    client.send({ type: 'connection_init' });

    expect(await client.next(ofType('connection_error'))).toEqual({
      type: 'connection_error',
      payload: {
        errors: [
          {
            errorType: 'UnauthorizedException',
            message: 'You are not authorized to make this call.',
            errorCode: 401,
          },
        ],
      },
    });
    expect(await client.closed).toBe(1008);
  });

  it.each([
    ['without the subprotocol', '/graphql/realtime', 'other', '400'],
    ['at another path', '/graphql/elsewhere', 'graphql-ws', '404'],
  ])('refuses an upgrade %s', async (_, path, protocol, status) => {
    const { port } = new URL(notes.url);
    const socket = createConnection({ host: '127.0.0.1', port: Number(port) });
    socket.write(
      `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: ${protocol}\r\n\r\n`,
    );

    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);

    expect(Buffer.concat(chunks).toString()).toMatch(new RegExp(`^HTTP/1.1 ${status}`));
  });
});

describe('subscriptions', () => {
  it('get what a mutation selected, and null for what it did not', async () => {
    const client = await ready();
    await subscribe(
      client,
      's1',
      'subscription { onNote(shelf: "s") { id called: title stars author __typename } }',
    );

    await announce({ shelf: 's', id: '1', stars: 3, author: 'ada' }, 'shelf renamed: id title');

    expect(await client.next(ofType('data'))).toEqual({
      type: 'data',
      id: 's1',
      payload: { data: { onNote: { id: '1', called: 'T', stars: null, author: null, __typename: 'Note' } } },
    });
  });

  it('report a non-null field that the mutation did not select', async () => {
    const client = await ready();
    await subscribe(client, 's1', 'subscription { onNote(shelf: "s") { title } }');

    await announce({ shelf: 's', id: '1' }, 'shelf id');

    const { payload } = await client.next(ofType('data'));
    expect(payload?.data).toEqual({ onNote: null });
    expect(payload?.errors?.[0]?.message).toContain("non-nullable type: 'String'");
  });

  it('filter by the arguments that are given, null included', async () => {
    const client = await ready();
    await subscribe(client, 'all', 'subscription { onNote(shelf: "f") { id } }');
    await subscribe(client, 'ada', 'subscription { onNote(shelf: "f", author: "ada") { id } }');
    await subscribe(client, 'nobody', 'subscription { onNote(shelf: "f", author: null) { id } }');

    await announce({ shelf: 'f', id: '1', author: 'ada' });
    await announce({ shelf: 'f', id: '2' });
    await announce({ shelf: 'other', id: '3', author: 'ada' });
    await announce({ shelf: 'f', id: 'end', author: 'ada' });

    const seen: Record<string, string[]> = { all: [], ada: [], nobody: [] };
    while (!seen.all?.includes('end') || !seen.ada?.includes('end')) {
      const { id = '', payload } = await client.next(ofType('data'));
      seen[id]?.push(String(payload?.data?.onNote?.id));
    }
    expect(seen).toEqual({ all: ['1', '2', 'end'], ada: ['1', 'end'], nobody: ['2'] });
  });

  it('filter as their resolver says, and end when a mutation invalidates them', async () => {
    const client = await ready();
    await subscribe(client, 'stars', 'subscription { onStars(atLeast: 4) { id } }');

    await announce({ shelf: 's', id: 'low', stars: 3.9 });
    await announce({ shelf: 's', id: 'high', stars: 4 });
    await ask(notes, 'mutation { closeShelf(shelf: "s") { id } }', { authorization });

    expect((await client.next(ofType('data'))).payload?.data).toEqual({ onStars: { id: 'high' } });
    expect(await client.next(ofType('complete'))).toEqual({ type: 'complete', id: 'stars' });
  });

  it('stop on request', async () => {
    const client = await ready();
    await subscribe(client, 'a', 'subscription { onNote(shelf: "q") { id } }');
    await subscribe(client, 'b', 'subscription { onNote(shelf: "q") { id } }');

    client.send({ type: 'stop', id: 'a' });
    expect(await client.next(ofType('complete'))).toEqual({ type: 'complete', id: 'a' });
    await announce({ shelf: 'q', id: '1' });

    expect((await client.next(ofType('data'))).id).toBe('b');
    expect(client.frames.filter(ofType('data', 'a'))).toEqual([]);
  });

  it('hear nothing of a mutation that failed', async () => {
    const client = await ready();
    await subscribe(client, 'a', 'subscription { onNote(shelf: "dup") { id } }');
    const put = 'mutation { putNote(input: { shelf: "dup", id: "1", title: "T" }) { shelf id } }';
    await ask(notes, put, { authorization });
    await client.next(ofType('data'));

    const { errors } = await ask(notes, put, { authorization });
    await announce({ shelf: 'dup', id: 'end' });

    expect(errors?.[0]?.errorType).toBe('DynamoDB:ConditionalCheckFailedException');
    expect((await client.next(ofType('data'))).payload?.data).toEqual({ onNote: { id: 'end' } });
  });

  it('end with an error when a payload is above 240 KB', async () => {
    const client = await ready();
    await subscribe(client, 'big', 'subscription { onNote(shelf: "big") { title } }');

    await announce({ shelf: 'big', id: '1', title: 'x'.repeat(250_000) });

    expect(errorTypeOf(await client.next(ofType('error')))).toBe('PayloadTooLarge');
  });
});

describe('starts that are refused', () => {
  it.each([
    ['an unknown field', 'subscription { nothing }', undefined],
    ['a query', '{ context }', 'UnsupportedOperation'],
    ['two fields', 'subscription { a: onNote(shelf: "s") { id } b: onNote(shelf: "s") { id } }', undefined],
    ['a field the caller may not read', 'subscription { onSecret { secret } }', 'Unauthorized'],
    ['an error of the resolver', 'subscription { onStars(atLeast: -1) { id } }', 'VALIDATION'],
    ['a query that does not parse', 'subscription {', 'MalformedHttpRequestException'],
  ])('%s', async (_, query, errorType) => {
    const client = await ready();

    client.start('x', query);

    const frame = await client.next(ofType('error'));
    expect(frame.id).toBe('x');
    expect(errorTypeOf(frame)).toBe(errorType);
    expect(client.frames.some(ofType('start_ack'))).toBe(false);
  });

  it('another caller than the one who connected', async () => {
    const client = await ready();

    const data = JSON.stringify({ query: 'subscription { onNote(shelf: "s") { id } }' });
    client.send({
      id: 'x',
      type: 'start',
      payload: { data, extensions: { authorization: { Authorization: 'stranger' } } },
    });

    expect(errorTypeOf(await client.next(ofType('error', 'x')))).toBe('UnauthorizedException');
  });

  it('an id in use, frames of another protocol, and more than 100 subscriptions', async () => {
    const client = await ready();
    const query = 'subscription { onNote(shelf: "s") { id } }';
    await subscribe(client, '0', query);

    client.start('0', query);
    expect(errorTypeOf(await client.next(ofType('error', '0')))).toBe('DuplicatedOperationError');
    client.send({ type: 'subscribe', id: 'y', payload: { query } });
    expect(await client.next(ofType('error'))).toEqual({
      type: 'error',
      payload: {
        errors: [
          {
            errorType: 'UnsupportedOperation',
            message: 'unknown not supported through the realtime channel',
          },
        ],
      },
    });
    client.socket.send('not JSON');
    expect(errorTypeOf(await client.next(ofType('error')))).toBe('UnsupportedOperation');
    for (let i = 1; i <= 100; i++) client.start(String(i), query);
    expect((await client.next(ofType('error'))).payload).toEqual({
      errors: {
        errorType: 'MaxSubscriptionsReachedError',
        message: 'Max number of 100 subscriptions reached',
      },
    });
    expect(client.frames.filter(ofType('start_ack'))).toHaveLength(99);
  });
});

describe('a client that does not read', () => {
  it('loses its connection', async () => {
    const slow = await ready();
    await subscribe(slow, 'a', 'subscription { onNote(shelf: "slow") { title } }');
    slow.socket.pause();

    const title = 'x'.repeat(200_000);
    for (let i = 0; i < 200 && !notes.log.some(({ event }) => event === 'realtime.slow'); i++) {
      await announce({ shelf: 'slow', id: String(i), title });
    }

    expect(notes.log.some(({ event }) => event === 'realtime.slow')).toBe(true);
    slow.socket.resume();
    expect(await slow.closed).toBe(1013);
    expect(slow.frames.at(-1)).toMatchObject({
      type: 'error',
      payload: { errors: [{ errorType: 'SlowConsumerError' }] },
    });
  });
});
