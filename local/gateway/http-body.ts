import type { IncomingMessage, ServerResponse } from 'node:http';

/** The request has more bytes than its service takes. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

/** Reads a body of at most `limitBytes`. */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes) throw new BodyTooLarge(`the request has more than ${limitBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Answers with JSON. */
export function sendJson(
  response: ServerResponse,
  body: unknown,
  { statusCode = 200, headers = {} }: { statusCode?: number; headers?: Record<string, string> } = {},
): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response
    .writeHead(statusCode, { 'content-type': 'application/json', 'content-length': bytes.length, ...headers })
    .end(bytes);
}
