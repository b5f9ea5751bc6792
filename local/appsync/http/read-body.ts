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

/** Reads `{ query, variables, operationName }` out of JSON text. */
export function readGraphQL(text: string): GraphQLRequest {
  const malformed = (message: string): never => refuse(400, 'MalformedHttpRequestException', message);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return malformed('The body is not JSON.');
  }
  if (!isObject(body)) return malformed('The body must be a JSON object with `query`.');
  const { query, variables, operationName } = body;
  if (typeof query !== 'string') return malformed('`query` must be a string.');
  if (!isMissing(variables) && !isObject(variables)) return malformed('`variables` must be an object.');
  if (!isMissing(operationName) && typeof operationName !== 'string')
    return malformed('`operationName` must be a string.');
  return { query, variables: variables ?? {}, operationName: operationName ?? null };
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
