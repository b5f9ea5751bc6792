import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { API_KEY, OIDC_ISSUER } from './appsync/notes-app.ts';
import { ask, BACKEND_KEYS, startNotes } from './appsync/start-notes.ts';
import type { Notes } from './appsync/start-notes.ts';

let notes: Notes;
let viewer: string;
let admin: string;

beforeAll(async () => {
  notes = await startNotes();
  viewer = await notes.token({ 'cognito:groups': ['viewer'] });
  admin = await notes.token({ 'cognito:groups': ['admin'] });
  const input = { shelf: 's', id: 'a', title: 'T' };
  await ask(notes, 'mutation ($input: NoteInput!) { putNote(input: $input) { id } }', {
    variables: { input },
    authorization: viewer,
  });
});

beforeEach(() => {
  notes.authorized.length = 0;
});

afterAll(() => notes.close());

async function contextOf(headers: Record<string, string>): Promise<{ identity: unknown; authType: string }> {
  const response = await notes.post({ query: '{ context }' }, headers);
  const { data } = (await response.json()) as { data: { context: string } };
  return JSON.parse(data.context) as { identity: unknown; authType: string };
}

async function sign(
  body: string,
  secretAccessKey = BACKEND_KEYS.secretAccessKey,
): Promise<Record<string, string>> {
  const { host, hostname, port } = new URL(notes.url);
  const signer = new SignatureV4({
    credentials: { ...BACKEND_KEYS, secretAccessKey },
    region: 'eu-west-1',
    service: 'appsync',
    sha256: Sha256,
  });
  const { headers } = await signer.sign({
    method: 'POST',
    protocol: 'http:',
    hostname,
    port: Number(port),
    path: '/graphql',
    headers: { host, 'content-type': 'application/json' },
    body,
  });
  return headers;
}

describe('identities', () => {
  it.each(['', 'Bearer '])('of a pool token with the prefix %j', async (prefix) => {
    const { identity, authType } = await contextOf({ authorization: `${prefix}${viewer}` });

    expect(authType).toBe('User Pool Authorization');
    expect(identity).toMatchObject({
      sub: 'sub-1',
      username: 'ada',
      groups: ['viewer'],
      issuer: 'http://issuer.test/eu-west-1_pool',
      defaultAuthStrategy: 'ALLOW',
      sourceIp: ['127.0.0.1'],
      claims: { client_id: 'console' },
    });
  });

  it('of a Lambda authorizer', async () => {
    const { identity, authType } = await contextOf({ authorization: 'custom-1' });

    expect(authType).toBe('Lambda Authorization');
    expect(identity).toEqual({ resolverContext: { who: 'custom-1' } });
  });

  it.each(['', 'Bearer '])("of an OpenID Connect provider's token, with '%s' before it", async (prefix) => {
    const token = await notes.visitorToken({ role: 'guest' });

    const { identity, authType } = await contextOf({ authorization: `${prefix}${token}` });

    expect(authType).toBe('Open ID Connect Authorization');
    expect(identity).toEqual({
      sub: 'visitor-1',
      issuer: OIDC_ISSUER,
      claims: expect.objectContaining({ role: 'guest', aud: 'visitors-web' }) as unknown,
    });
  });

  it('of an API key', async () => {
    expect(await contextOf({ 'x-api-key': API_KEY })).toMatchObject({
      identity: null,
      authType: 'API Key Authorization',
    });
  });

  it('of a signature', async () => {
    const body = JSON.stringify({ query: '{ context }' });

    const response = await notes.post(body, await sign(body));

    const { data } = (await response.json()) as { data: { context: string } };
    expect(JSON.parse(data.context)).toMatchObject({
      authType: 'IAM Authorization',
      identity: { accountId: '123456789012', username: 'AROABACKEND:worker' },
    });
  });
});

describe('callers that are turned away', () => {
  it.each([
    ['without any header', () => ({}), 'Valid authorization header not provided.'],
    ['with an unknown API key', () => ({ 'x-api-key': 'nope' }), 'You are not authorized to make this call.'],
    [
      'that the authorizer refuses',
      () => ({ authorization: 'stranger' }),
      'You are not authorized to make this call.',
    ],
    [
      'whose authorizer crashes',
      () => ({ authorization: 'custom-crash' }),
      'You are not authorized to make this call.',
    ],
    [
      'with Bearer before a custom token',
      () => ({ authorization: 'Bearer custom-1' }),
      'Unable to parse JWT token.',
    ],
    [
      'with a damaged token',
      () => ({ authorization: viewer.slice(0, -5) }),
      'You are not authorized to make this call.',
    ],
    [
      'with a token of another client',
      async () => ({ authorization: await notes.token({ client_id: 'x' }) }),
      'You are not',
    ],
    [
      'with an expired token',
      async () => ({ authorization: await notes.token({}).then(expired) }),
      'You are not authorized',
    ],
  ])('%s', async (_, headers, message) => {
    const response = await notes.post(
      { query: '{ context }' },
      await Promise.resolve<Record<string, string>>(headers()),
    );

    expect(response.status).toBe(401);
    expect(response.headers.get('x-amzn-errortype')).toBe('UnauthorizedException');
    const { errors } = (await response.json()) as { errors: { errorType: string; message: string }[] };
    expect(errors[0]?.errorType).toBe('UnauthorizedException');
    expect(errors[0]?.message).toContain(message);
  });

  it('with a signature of another key or over another body', async () => {
    const body = JSON.stringify({ query: '{ context }' });
    const other = JSON.stringify({ query: '{ context } ' });

    expect((await notes.post(body, await sign(body, 'wrong'))).status).toBe(401);
    expect((await notes.post(other, await sign(body))).status).toBe(401);
  });
});

/** Swaps the signed claims for older ones: the signature no longer fits, as with any forged token. */
function expired(token: string): string {
  const [head, , signature] = token.split('.');
  const claims = { iss: 'http://issuer.test/eu-west-1_pool', exp: 1 };
  return [head, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.');
}

describe('an OpenID Connect provider', () => {
  const askVisitor = async (claims: Record<string, unknown>, query = '{ visitorOnly }') =>
    (await notes.post({ query }, { authorization: await notes.visitorToken(claims) })).json() as Promise<{
      data?: unknown;
      errors?: { errorType: string }[];
    }>;

  it('opens the fields that are marked for it, and no others', async () => {
    expect(await askVisitor({})).toEqual({ data: { visitorOnly: 'visitor-1' } });
    expect(await askVisitor({}, '{ adminOnly }')).toMatchObject({ errors: [{ errorType: 'Unauthorized' }] });
    expect(await askVisitor({ aud: 'x', azp: 'visitors-app' })).toMatchObject({
      data: { visitorOnly: 'visitor-1' },
    });
  });

  it.each([
    ['another client', { aud: 'others' }],
    ['nobody', { aud: undefined }],
    ['another issuer', { iss: 'https://elsewhere.test/' }],
  ])('is not heard with a token for %s', async (_, claims) => {
    expect(await askVisitor(claims)).toMatchObject({ errors: [{ errorType: 'UnauthorizedException' }] });
  });
});

describe('the Lambda authorizer', () => {
  it('gets the request and is asked once for a token within its time', async () => {
    const variables = { f: '{}' };
    const query = 'query Q($f: AWSJSON) { context(filter: $f) }';
    for (let i = 0; i < 3; i++)
      await notes.post({ query, variables, operationName: 'Q' }, { authorization: 'custom-once' });

    expect(notes.authorized).toHaveLength(1);
    expect(notes.authorized[0]).toMatchObject({
      authorizationToken: 'custom-once',
      requestContext: {
        apiId: 'notes',
        accountId: '123456789012',
        queryString: query,
        operationName: 'Q',
        variables,
      },
      requestHeaders: { authorization: 'custom-once', 'content-type': 'application/json' },
    });

    notes.clock.advanceMs += 31_000;
    await notes.post({ query, variables }, { authorization: 'custom-once' });
    expect(notes.authorized).toHaveLength(2);
  });

  it('nulls denied fields, after their work was done', async () => {
    notes.invoked.length = 0;

    const { data, errors } = await ask(
      notes,
      '{ direct(text: "x") getNote(shelf: "s", id: "a") { id shelf } }',
      {
        authorization: 'custom-denied',
      },
    );

    expect(data).toEqual({ direct: null, getNote: { id: 'a', shelf: 's' } });
    expect(errors).toMatchObject([{ path: ['direct'], errorType: 'Unauthorized' }]);
    expect(notes.invoked).toHaveLength(1);
  });
});

describe('directives', () => {
  it('leave unmarked fields to the default mode', async () => {
    const query = '{ poolOnly { value } }';

    expect((await ask(notes, query, { authorization: viewer })).data).toEqual({
      poolOnly: { value: 'pool' },
    });
    const { data, errors } = await ask(notes, query, { authorization: 'custom-1' });
    expect(data).toEqual({ poolOnly: null });
    expect(errors).toMatchObject([
      {
        errorType: 'Unauthorized',
        message: 'Not Authorized to access poolOnly on type Query',
        path: ['poolOnly'],
      },
    ]);
  });

  it('ask for a group', async () => {
    const query = '{ adminOnly getNote(shelf: "s", id: "a") { secret } }';

    expect((await ask(notes, query, { authorization: admin })).data).toEqual({
      adminOnly: 'admin',
      getNote: { secret: 's' },
    });
    const { data, errors } = await ask(notes, query, { authorization: viewer });
    expect(data).toEqual({ adminOnly: null, getNote: { secret: null } });
    expect(errors?.map(({ path }) => path)).toEqual([['adminOnly'], ['getNote', 'secret']]);
  });

  it('keep a mutation from running', async () => {
    const { data, errors } = await ask(notes, 'mutation { closeShelf(shelf: "s") { id } }', {
      authorization: 'custom-1',
    });

    expect(data).toEqual({ closeShelf: null });
    expect(errors?.[0]?.errorType).toBe('Unauthorized');
  });

  it('ask the policies of a signing role for each root field', async () => {
    const body = JSON.stringify({ query: '{ signedOnly context }' });

    const response = await notes.post(body, await sign(body));

    const { data, errors } = (await response.json()) as {
      data: Record<string, unknown>;
      errors: { path: string[] }[];
    };
    expect(data.signedOnly).toBeNull();
    expect(data.context).not.toBeNull();
    expect(errors).toMatchObject([{ path: ['signedOnly'], errorType: 'Unauthorized' }]);
  });
});
