import type { IncomingMessage } from 'node:http';
import type { GraphQLRequest } from '../execution/prepare-operation.ts';
import { RequestRefused } from '../execution/prepare-operation.ts';
import { limits } from '../limits.ts';

const TYPES = new Set(['application/json', 'application/graphql']);

function refuse(status: number, errorType: string, message: string): never {
  throw new RequestRefused(status, [{ errorType, message }]);
}

/** Reads a body of at most 1 MB. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  // The stream stays open: destroying it would take the socket, and with it the answer, away.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limits.bodyBytes) {
      request.resume();
      refuse(413, 'RequestEntityTooLargeException', `The body is larger than ${limits.bodyBytes} bytes.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function isMissing(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function malformed(message: string): never {
  refuse(400, 'MalformedHttpRequestException', message);
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return malformed(`${name} is not JSON.`);
  }
}

function requestOf({ query, variables, operationName }: Record<string, unknown>): GraphQLRequest {
  if (typeof query !== 'string') return malformed('`query` must be a string.');
  if (!isMissing(variables) && !isObject(variables)) return malformed('`variables` must be an object.');
  if (!isMissing(operationName) && typeof operationName !== 'string')
    return malformed('`operationName` must be a string.');
  return { query, variables: variables ?? {}, operationName: operationName ?? null };
}

/** Reads `{ query, variables, operationName }` out of JSON text. */
export function readGraphQL(text: string): GraphQLRequest {
  if (text.trim() === '') return malformed('Request body is empty.');
  const body = parseJson(text, 'The body');
  return isObject(body) ? requestOf(body) : malformed('The body must be a JSON object with `query`.');
}

/** Reads `?query=…&variables={…}&operationName=…`: the service answers GET, too. */
export function readQueryString(url: string): GraphQLRequest {
  const given = new URL(url, 'http://localhost').searchParams;
  const variables = given.get('variables');
  return requestOf({
    query: given.get('query'),
    operationName: given.get('operationName'),
    variables: variables === null ? null : parseJson(variables, '`variables`'),
  });
}

/** Refuses a content type that is not JSON; none at all passes. */
export function checkContentType(request: IncomingMessage): void {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type === undefined || TYPES.has(type)) return;
  refuse(
    400,
    'MalformedHttpRequestException',
    `The content type '${type}' is not supported: send application/json.`,
  );
}
