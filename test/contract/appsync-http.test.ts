import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { notesApi } from './appsync/notes-app.ts';
import { ask, startNotes } from './appsync/start-notes.ts';
import type { Notes } from './appsync/start-notes.ts';

let notes: Notes;
let authorization: string;

beforeAll(async () => {
  notes = await startNotes();
  authorization = await notes.token({});
});

afterAll(() => notes.close());

describe('malformed requests', () => {
  it.each([
    ['no JSON', '{', 400, 'The body is not JSON.'],
    ['a list of queries', [{ query: '{ context }' }], 400, 'must be a JSON object'],
    ['no query', { variables: {} }, 400, '`query` must be a string.'],
    ['variables as a list', { query: '{ context }', variables: [] }, 400, '`variables` must be an object.'],
    [
      'a number as operation name',
      { query: '{ context }', operationName: 1 },
      400,
      '`operationName` must be a string.',
    ],
    ['a query that does not parse', { query: '{ context' }, 400, 'Unable to parse GraphQL query.'],
  ])('%s', async (_, body, status, message) => {
    const response = await notes.post(body, { authorization });

    expect(response.status).toBe(status);
    const { errors } = (await response.json()) as { errors: { errorType: string; message: string }[] };
    expect(errors[0]?.errorType).toBe('MalformedHttpRequestException');
    expect(errors[0]?.message).toContain(message);
  });

  it('an operation name that does not exist', async () => {
    const response = await notes.post(
      { query: 'query A { context }', operationName: 'B' },
      { authorization },
    );

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ errorType: 'BadRequestException' }] });
  });

  it('a subscription', async () => {
    const response = await notes.post(
      { query: 'subscription { onNote(shelf: "s") { id } }' },
      { authorization },
    );

    expect(response.status).toBe(400);
  });

  it('a body above 1 MB', async () => {
    const response = await notes.post(
      { query: '{ context }', variables: { x: 'y'.repeat(20_000_000) } },
      { authorization },
    );

    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({
      errors: [{ errorType: 'RequestEntityTooLargeException' }],
    });
  });

  it('a content type that is not JSON', async () => {
    const response = await notes.post(
      { query: '{ context }' },
      { authorization, 'content-type': 'text/plain' },
    );

    expect(response.status).toBe(400);
  });

  it('an empty body', async () => {
    const response = await fetch(notes.url, { method: 'POST', headers: { authorization } });

    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      errors: [{ errorType: 'MalformedHttpRequestException', message: 'Request body is empty.' }],
    });
  });

  it.each(['PUT', 'DELETE'])('%s', async (method) => {
    const response = await fetch(`${notes.url}?query={context}`, { method, headers: { authorization } });

    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toContain('POST');
  });
});

describe('GET', () => {
  const get = (parameters: Record<string, string>, headers: Record<string, string>): Promise<Response> =>
    fetch(`${notes.url}?${new URLSearchParams(parameters).toString()}`, { headers });

  it('answers a query with its variables', async () => {
    const query = 'query A($x: Boolean!) { context @include(if: $x) __typename } query B { __typename }';

    const response = await get({ query, variables: '{"x":false}', operationName: 'A' }, { authorization });

    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
  });

  it.each([
    [{}, '`query` must be a string.'],
    [{ query: '{ __typename }', variables: '{' }, '`variables` is not JSON.'],
    [{ query: '{ __typename }', variables: '[]' }, '`variables` must be an object.'],
  ])('refuses %j', async (parameters, message) => {
    const response = await get(parameters, { authorization });

    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      errors: [{ errorType: 'MalformedHttpRequestException', message }],
    });
  });

  it('needs credentials', async () => {
    expect((await get({ query: '{ __typename }' }, {})).status).toBe(401);
  });
});

describe('browsers', () => {
  it('get their preflight answered, and every answer readable', async () => {
    const preflight = await fetch(notes.url, {
      method: 'OPTIONS',
      headers: {
        origin: 'http://console.test',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,x-amz-user-agent',
      },
    });
    const refused = await notes.post({ query: '{ context }' });

    expect(preflight.status).toBe(200);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization');
    expect(refused.status).toBe(401);
    expect(refused.headers.get('access-control-allow-origin')).toBe('*');
  });
});

describe('introspection', () => {
  const query = '{ __schema { queryType { name } } __type(name: "Note") { name } }';

  it('answers', async () => {
    expect((await ask(notes, query, { authorization })).data).toEqual({
      __schema: { queryType: { name: 'Query' } },
      __type: { name: 'Note' },
    });
  });

  it('is refused when the API switches it off, but not __typename', async () => {
    const closed = await startNotes({ definition: { ...notesApi, introspection: false } });
    const own = await closed.token({});

    const { data, errors } = await ask(closed, query, { authorization: own });
    const typename = await ask(closed, '{ __typename }', { authorization: own });

    expect(data).toBeNull();
    expect(errors?.[0]?.message).toContain('IntrospectionDisabled');
    expect(typename.data).toEqual({ __typename: 'Query' });
    await closed.close();
  });
});
