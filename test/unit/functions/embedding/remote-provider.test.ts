import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createEmbeddingProvider } from '../../../../functions/embedding/create-embedding-provider.ts';
import type { EmbeddingProvider } from '../../../../functions/embedding/embedding-provider.ts';

interface Call {
  path: string;
  headers: Record<string, string | string[] | undefined>;
  body: Record<string, unknown>;
}
type Answer = { status?: number; headers?: Record<string, string>; body: unknown };

let server: Server;
let url: string;
let calls: Call[] = [];
let answer: (call: Call) => Answer | null;

beforeAll(async () => {
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(parts).toString()) as Record<string, unknown>;
      const call = { path: request.url ?? '', headers: request.headers, body };
      calls.push(call);
      const answered = answer(call);
      if (!answered) {
        request.socket.destroy();
        return;
      }
      response.writeHead(answered.status ?? 200, { 'content-type': 'application/json', ...answered.headers });
      response.end(JSON.stringify(answered.body));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  calls = [];
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const DIMENSION = 1024;
/** A vector that names its text: the length in the first place. */
const vectorOf = (text: string): number[] =>
  Array.from({ length: DIMENSION }, (_, index) => (index === 0 ? text.length : index === 1 ? 1 : 0));

function open(provider: string, model: string, endpoint = url): EmbeddingProvider {
  const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' };
  // The service speaks HTTP/2; the wire format of this server is the same over HTTP/1.
  const requestHandler = new NodeHttpHandler();
  const client = new BedrockRuntimeClient({
    region: 'eu-central-1',
    endpoint,
    credentials,
    maxAttempts: 1,
    requestHandler,
  });
  return createEmbeddingProvider(
    { provider, model, dimension: DIMENSION },
    {
      getBedrockClient: () => client,
      readOpenAiAccess: () => Promise.resolve({ baseUrl: `${url}/v1/`, apiKey: 'sk-test' }),
    },
  );
}

const openAiAnswer = ({ body }: Call): Answer => {
  const texts = body['input'] as string[];
  const data = texts.map((text, index) => ({ index, embedding: vectorOf(text) }));
  return { body: { data: data.reverse(), usage: { total_tokens: texts.length * 10 } } };
};

describe('an OpenAI-compatible service', () => {
  it('gets batches with the key, and its answers are put in order', async () => {
    answer = openAiAnswer;
    const texts = Array.from({ length: 150 }, (_, n) => 'x'.repeat(n + 1));

    const { vectors, tokens } = await open('openai', 'text-embedding-3-small').embed(texts, 'DOCUMENT');

    expect(vectors.map((vector) => vector[0])).toEqual(texts.map(({ length }) => length));
    expect(tokens).toBe(1_500);
    expect(
      calls.map(({ body }) => (body['input'] as string[]).length).sort((left, right) => left - right),
    ).toEqual([22, 64, 64]);
    expect(calls[0]).toMatchObject({
      path: '/v1/embeddings',
      headers: { authorization: 'Bearer sk-test' },
      body: { dimensions: DIMENSION, encoding_format: 'float' },
    });
  });

  it('does not ask other models for a dimension', async () => {
    answer = openAiAnswer;

    await open('openai', 'nomic-embed-text').embed(['a'], 'QUERY');

    expect(calls[0]?.body).not.toHaveProperty('dimensions');
  });

  it('embeds what is too long in pieces, without losing any of it', async () => {
    answer = openAiAnswer;
    const text = 'x'.repeat(9_000);

    const { vectors } = await open('openai', 'nomic-embed-text').embed(['short', text], 'DOCUMENT');

    expect(calls.flatMap(({ body }) => body['input'] as string[]).map(({ length }) => length)).toEqual([
      5, 4_000, 4_000, 1_000,
    ]);
    expect(Math.hypot(...(vectors[1] ?? []))).toBeCloseTo(1);
  });

  it('is tried again after throttling, a broken line and a server error', async () => {
    const answers: (Answer | null)[] = [
      { status: 429, headers: { 'retry-after': '0' }, body: {} },
      null,
      { status: 500, body: {} },
    ];
    answer = (call) => (answers.length > 0 ? (answers.shift() as Answer | null) : openAiAnswer(call));

    const { vectors } = await open('openai', 'm').embed(['four'], 'QUERY');

    expect(vectors[0]?.[0]).toBe(4);
    expect(calls).toHaveLength(4);
  });

  it.each([
    [
      'a vector of another length',
      { data: [{ index: 0, embedding: [1, 2] }] },
      /2 values; the database has dimension 1024/,
    ],
    ['too few vectors', { data: [] }, /0 vectors for 1 texts/],
    [
      'no number',
      { data: [{ index: 0, embedding: Array.from({ length: DIMENSION }, () => null) }] },
      /not a finite number/,
    ],
    ['zeros', { data: [{ index: 0, embedding: Array.from({ length: DIMENSION }, () => 0) }] }, /zeros/],
  ])('is refused when it answers %s', async (_title, body, words) => {
    answer = () => ({ body });

    await expect(open('openai', 'm').embed(['a'], 'QUERY')).rejects.toMatchObject({
      kind: 'UNAVAILABLE',
      message: expect.stringMatching(words) as string,
    });
  });

  it.each([
    [401, 'UNAVAILABLE', /refused the key/],
    [404, 'VALIDATION', /model "m" with status 404/],
  ])('is not tried again after status %i', async (status, kind, words) => {
    answer = () => ({ status, body: { error: 'no' } });

    await expect(open('openai', 'm').embed(['a'], 'QUERY')).rejects.toMatchObject({
      kind,
      message: expect.stringMatching(words) as string,
    });
    expect(calls).toHaveLength(1);
  });

  it('says how to configure it when it is not', async () => {
    delete process.env['OPENAI_SECRET_ARN'];
    const provider = createEmbeddingProvider({ provider: 'openai', model: 'm', dimension: DIMENSION });

    await expect(provider.embed(['a'], 'QUERY')).rejects.toMatchObject({
      kind: 'UNAVAILABLE',
      message: expect.stringContaining('OPENAI_SECRET_ARN is not set') as string,
    });
  });
});

describe('Bedrock', () => {
  it('is UNAVAILABLE, not a bug, where its host is unknown', async () => {
    const provider = open('bedrock', 'amazon.titan-embed-text-v2:0', 'http://bedrock.invalid');

    await expect(provider.embed(['text'], 'QUERY')).rejects.toMatchObject({
      kind: 'UNAVAILABLE',
      message: expect.stringContaining('Bedrock cannot be reached') as string,
    });
  });

  it('embeds one text a call with Titan', async () => {
    answer = ({ body }) => ({
      body: { embedding: vectorOf(String(body['inputText'])), inputTextTokenCount: 3 },
    });

    const { vectors, tokens } = await open('bedrock', 'amazon.titan-embed-text-v2:0').embed(
      ['a', 'bb'],
      'DOCUMENT',
    );

    expect(vectors.map((vector) => vector[0])).toEqual([1, 2]);
    expect(tokens).toBe(6);
    expect(calls[0]).toMatchObject({
      path: '/model/amazon.titan-embed-text-v2%3A0/invoke',
      body: { dimensions: DIMENSION, normalize: true },
    });
  });

  it.each([
    ['cohere.embed-multilingual-v3', (vectors: number[][]) => ({ embeddings: { float: vectors } }), 2_048],
    ['cohere.embed-english-v3', (vectors: number[][]) => ({ embeddings: vectors }), 2_048],
    ['eu.cohere.embed-v4:0', (vectors: number[][]) => ({ embeddings: { float: vectors } }), 5_000],
  ])('embeds batches with %s, queries apart from documents', async (model, wrap, longest) => {
    answer = ({ body }) => ({ body: wrap((body['texts'] as string[]).map(vectorOf)) });
    const provider = open('bedrock', model);

    await provider.embed(['y'.repeat(5_000)], 'QUERY');
    await provider.embed(
      Array.from({ length: 100 }, () => 'text'),
      'DOCUMENT',
    );

    expect(Math.max(...(calls[0]?.body['texts'] as string[]).map(({ length }) => length))).toBe(longest);
    expect(
      calls
        .map(({ body }) => [body['input_type'], (body['texts'] as string[]).length])
        .slice(-2)
        .map(String)
        .sort(),
    ).toEqual(['search_document,4', 'search_document,96']);
    expect(calls[0]?.body['input_type']).toBe('search_query');
  });

  it('is tried again when it throttles, and names a missing permission', async () => {
    const failure = (name: string, status: number): Answer => ({
      status,
      headers: { 'x-amzn-errortype': name },
      body: { message: 'no' },
    });
    const answers = [failure('ThrottlingException', 429)];
    answer = ({ body }) => answers.shift() ?? { body: { embedding: vectorOf(String(body['inputText'])) } };
    const titan = open('bedrock', 'amazon.titan-embed-text-v2:0');

    expect((await titan.embed(['abc'], 'QUERY')).vectors[0]?.[0]).toBe(3);
    answer = () => failure('AccessDeniedException', 403);

    await expect(titan.embed(['abc'], 'QUERY')).rejects.toMatchObject({
      kind: 'UNAVAILABLE',
      message: expect.stringContaining('enable access') as string,
    });
  });
});
