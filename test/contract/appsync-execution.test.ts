import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, startNotes } from './appsync/start-notes.ts';
import type { Notes } from './appsync/start-notes.ts';

let notes: Notes;
let authorization: string;

beforeAll(async () => {
  notes = await startNotes();
  authorization = await notes.token({ 'cognito:groups': ['admin'] });
  for (const [id, author] of ['a', 'b', 'c', 'd', 'e'].map((id) => [id, `p${id}`])) {
    const input = {
      shelf: 's',
      id,
      title: `Title ${id}`,
      author,
      stars: 4.5,
      meta: JSON.stringify({ tags: [id] }),
    };
    const { errors } = await run('mutation ($input: NoteInput!) { putNote(input: $input) { id } }', {
      input,
    });
    expect(errors).toBeUndefined();
  }
});

afterAll(() => notes.close());

const run = (query: string, variables: Record<string, unknown> = {}) =>
  ask(notes, query, { variables, authorization });

describe('DynamoDB data sources', () => {
  it('gets an item, with numbers as numbers and JSON as a JSON string', async () => {
    const { data } = await run('{ getNote(shelf: "s", id: "a") { id title stars meta } }');

    expect(data).toEqual({ getNote: { id: 'a', title: 'Title a', stars: 4.5, meta: '{"tags":["a"]}' } });
  });

  it('answers null for a missing item', async () => {
    const { data, errors } = await run('{ getNote(shelf: "s", id: "zz") { id } }');

    expect(errors).toBeUndefined();
    expect(data).toEqual({ getNote: null });
  });

  it('pages with opaque tokens', async () => {
    const query =
      'query ($next: String) { listNotes(shelf: "s", limit: 2, nextToken: $next) { items { id } nextToken } }';
    const seen: string[] = [];
    let next: string | null = null;
    do {
      const { data } = await run(query, { next });
      const page = data?.listNotes as { items: { id: string }[]; nextToken: string | null };
      seen.push(...page.items.map((item) => item.id));
      next = page.nextToken;
      expect(next ?? '').not.toContain('shelf');
    } while (next !== null);

    expect(seen).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it.each(['nonsense', '', Buffer.from('{"shelf":{"S":"s"}}').toString('base64')])(
    'refuses the token %j',
    async (token) => {
      const { errors } = await run(
        'query ($t: String) { listNotes(shelf: "s", limit: 1, nextToken: $t) { nextToken } }',
        {
          t: token,
        },
      );

      expect(errors?.[0]).toMatchObject({ errorType: 'DynamoDB:InvalidNextToken' });
    },
  );

  it('answers a batch in the order of the keys, with null for a missing one', async () => {
    const { data } = await run('{ pickNotes(shelf: "s", ids: ["c", "nope", "a"]) { title } }');

    expect(data).toEqual({ pickNotes: [{ title: 'Title c' }, null, { title: 'Title a' }] });
  });

  it('gives the current item with a failed condition', async () => {
    const { data, errors } = await run(
      'mutation { renameNote(shelf: "s", id: "a", title: "New", expected: "Other") { title } }',
    );

    expect(data).toEqual({ renameNote: null });
    expect(errors?.[0]).toMatchObject({
      path: ['renameNote'],
      errorType: 'DynamoDB:ConditionalCheckFailedException',
      errorInfo: { retryable: false },
      data: { title: 'Title a' },
      locations: [{ line: 1, column: 12, sourceName: null }],
    });
    expect(errors?.[0]?.data).toEqual({ title: 'Title a' });
  });

  it('updates, answers the new item, and deletes, answering the old one', async () => {
    await run('mutation { putNote(input: { shelf: "t", id: "x", title: "One" }) { id } }');

    const renamed = await run(
      'mutation { renameNote(shelf: "t", id: "x", title: "Two", expected: "One") { title } }',
    );
    const deleted = await run('mutation { deleteNote(shelf: "t", id: "x") { title } }');

    expect(renamed.data).toEqual({ renameNote: { title: 'Two' } });
    expect(deleted.data).toEqual({ deleteNote: { title: 'Two' } });
    expect((await run('{ getNote(shelf: "t", id: "x") { id } }')).data).toEqual({ getNote: null });
  });
});

describe('Lambda data sources', () => {
  it('groups sibling fields into batches of the configured size', async () => {
    notes.invoked.length = 0;

    const { data } = await run('{ listNotes(shelf: "s") { items { id owner { name } } } }');

    const owners = ['a', 'b', 'c', 'd', 'e'].map((id) => ({ id, owner: { name: `Name of p${id}` } }));
    expect(data).toEqual({ listNotes: { items: owners } });
    expect(notes.invoked).toEqual([
      [{ owner: 'pa' }, { owner: 'pb' }],
      [{ owner: 'pc' }, { owner: 'pd' }],
      [{ owner: 'pe' }],
    ]);
  });

  it('sends the whole context of a resolver without code', async () => {
    notes.invoked.length = 0;

    const { data } = await run('{ direct(text: "hi") }');

    expect(data).toEqual({ direct: 'direct hi' });
    expect(notes.invoked[0]).toMatchObject({
      arguments: { text: 'hi' },
      source: null,
      identity: { username: 'ada' },
      info: { fieldName: 'direct', parentTypeName: 'Query' },
    });
  });

  it('goes on at once after an event, and logs what fails later', async () => {
    notes.invoked.length = 0;

    expect(await run('{ later(find: "boom") }')).toEqual({ data: { later: null } });

    expect(notes.invoked).toEqual([{ find: 'boom' }]);
    await expect
      .poll(() => notes.log.find(({ event }) => event === 'lambda.event')?.detail)
      .toMatchObject({ name: 'Query.later', message: 'It went wrong' });
  });

  it('reports an unhandled error of the function', async () => {
    const { errors } = await run('{ searchNotes(shelf: "s", text: "boom") { id } }');

    expect(errors?.[0]).toMatchObject({ errorType: 'Lambda:Unhandled', message: 'It went wrong' });
  });
});

describe('pipelines', () => {
  it('share the stash and pass results on', async () => {
    const { data } = await run('{ searchNotes(shelf: "s", text: "x") { title } }');

    expect(data).toEqual({
      searchNotes: [{ title: 'Title b before>find' }, null, { title: 'Title a before>find' }],
    });
  });

  it('end early with skipTo END', async () => {
    notes.invoked.length = 0;

    const { data } = await run('{ searchNotes(shelf: "s", text: "nothing") { title } }');

    expect(data).toEqual({ searchNotes: [] });
    expect(notes.invoked).toEqual([]);
  });
});

describe('errors of handlers', () => {
  it('carry type, info and data', async () => {
    const { data, errors } = await run('{ fail(how: "error") }');

    expect(data).toEqual({ fail: null });
    expect(errors).toEqual([
      {
        path: ['fail'],
        data: { a: 1 },
        errorType: 'NOT_FOUND',
        errorInfo: { field: 'how' },
        locations: [{ line: 1, column: 3, sourceName: null }],
        message: 'No such thing',
      },
    ]);
  });

  it('may be appended beside a value', async () => {
    const { data, errors } = await run('{ x: fail(how: "append") }');

    expect(data).toEqual({ x: 'half' });
    expect(errors).toMatchObject([{ path: ['x'], errorType: 'PARTIAL', errorInfo: { left: 3 } }]);
  });

  it('of unauthorized', async () => {
    expect((await run('{ fail(how: "unauthorized") }')).errors?.[0]).toMatchObject({
      errorType: 'Unauthorized',
      message: 'Not Authorized to access fail on type Query',
    });
  });

  it('of a crash name the problem and reach the log', async () => {
    const { errors } = await run('{ fail(how: "crash") }');

    expect(errors?.[0]).toMatchObject({
      errorType: 'Code',
      message: expect.stringContaining('undefined') as string,
    });
    expect(
      notes.log.some(({ event, detail }) => event === 'resolver.crash' && detail.name === 'Query.fail'),
    ).toBe(true);
  });

  it('add headers to the answer', async () => {
    const response = await notes.post({ query: '{ fail(how: "header") }' }, { authorization });

    expect(response.headers.get('x-shelf')).toBe('{"a":1}');
    expect(response.headers.get('content-type')).toContain('application/json');
  });

  it('early return skips the data source', async () => {
    expect((await run('{ fail(how: "early") }')).data).toEqual({ fail: 'left early' });
  });
});

describe('the context', () => {
  it('has arguments, info, headers and environment', async () => {
    const response = await notes.post(
      {
        query: 'query Q($f: AWSJSON) { ctx: context(filter: $f) note: getNote(shelf: "s", id: "a") { id } }',
        variables: { f: '{"a":[1,2]}' },
      },
      { authorization, 'X-Custom': 'yes' },
    );
    const { data } = (await response.json()) as { data: { ctx: string } };
    const context: unknown = JSON.parse(data.ctx);

    expect(context).toMatchObject({
      args: { filter: { a: [1, 2] }, limit: 7 },
      source: null,
      env: { TABLE: 'notes' },
      authType: 'User Pool Authorization',
      info: { fieldName: 'context', parentTypeName: 'Query', variables: { f: '{"a":[1,2]}' } },
      headers: { 'x-custom': 'yes', 'x-amzn-requestid': response.headers.get('x-amzn-requestid') },
    });
  });
});

describe('values', () => {
  it.each([
    [
      'null in a non-null field',
      '{ strict { must } }',
      "Cannot return null for non-nullable type: 'String' within parent 'Strict' (/strict/must)",
    ],
    [
      'a date without a zone',
      '{ strict(must: "x", at: "2026-01-01T00:00:00") { at } }',
      "Can't serialize value (/strict/at) : Unable to serialize `2026-01-01T00:00:00` as a valid DateTime Object.",
    ],
  ])('reports %s', async (_, query, message) => {
    const { errors } = await run(query);

    expect(errors?.[0]).toEqual({
      path: expect.any(Array) as unknown,
      locations: null,
      message,
    });
  });

  it.each([
    ['invalid JSON', { f: '{' }],
    ['an object where a JSON string belongs', { f: {} }],
  ])('refuses %s as a variable', async (_, variables) => {
    const { data, errors } = await run('query ($f: AWSJSON) { context(filter: $f) }', variables);

    expect(data).toBeNull();
    expect(errors).toEqual([
      {
        path: null,
        locations: [{ line: 1, column: 8, sourceName: null }],
        message: expect.stringMatching(/^Variable 'f' has an invalid value\. /) as string,
      },
    ]);
  });
});

describe('validation', () => {
  it.each([
    [
      '{ nothing }',
      "Validation error of type FieldUndefined: Field 'nothing' in type 'Query' is undefined @ 'nothing'",
    ],
    [
      '{ getNote(shelf: "s") { id } }',
      "Validation error of type MissingFieldArgument: Missing field argument id @ 'getNote'",
    ],
    [
      '{ context(at: "yesterday") }',
      "Validation error of type WrongType: argument 'at' with value 'StringValue{value='yesterday'}' is not a valid 'AWSDateTime' @ 'context'",
    ],
    [
      '{ getNote(shelf: "s", id: "a") }',
      "Validation error of type SubSelectionRequired: Sub selection required for type Note of field getNote @ 'getNote'",
    ],
  ])('%s', async (query, message) => {
    const { data, errors } = await run(query);

    expect(data).toBeNull();
    expect(errors).toEqual([
      {
        path: null,
        locations: [{ line: 1, column: expect.any(Number) as number, sourceName: null }],
        message,
      },
    ]);
  });

  it('bounds the depth', async () => {
    const deep =
      '{ getNote(shelf: "s", id: "a") { parent { parent { parent { parent { parent { id } } } } } } }';

    expect((await run(deep)).errors?.[0]).toMatchObject({ errorType: 'QueryDepthLimitReached' });
  });

  it('bounds the resolvers of a request', async () => {
    const many = `{ ${Array.from({ length: 41 }, (_, i) => `f${i}: fail(how: "none")`).join(' ')} }`;
    const { data, errors } = await run(many);

    expect(errors).toMatchObject([{ errorType: 'ResolverExecutionLimitReached' }]);
    expect(Object.values(data ?? {}).filter((value) => value === 'half')).toHaveLength(40);
  });

  it('refuses variables that are nested without end', async () => {
    const depth = 50_000;
    const body = `{"query":"query ($f: Deep) { deep(filter: $f) }","variables":{"f":${'{"and":'.repeat(depth)}{}${'}'.repeat(depth)}}}`;

    const response = await notes.post(body, { authorization });

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      errors: [{ message: 'The variables are nested too deeply.' }],
    });
  });

  it('refuses a query of too many tokens', async () => {
    const { errors } = await run(`{ ${'context '.repeat(15_000)} }`);

    expect(errors?.[0]?.message).toContain('contains more that 15000 tokens');
  });

  it('survives fragments that multiply each other', async () => {
    const fragments = Array.from(
      { length: 30 },
      (_, i) =>
        `fragment F${i} on Note { a${i}: parent { ${i < 29 ? `...F${i + 1}` : 'id'} } b${i}: parent { ${i < 29 ? `...F${i + 1}` : 'id'} } }`,
    );
    const { errors } = await run(`{ getNote(shelf: "s", id: "a") { ...F0 } } ${fragments.join(' ')}`);

    expect(errors?.[0]).toMatchObject({ errorType: 'QueryDepthLimitReached' });
  });
});
