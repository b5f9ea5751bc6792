import type { IncomingMessage } from 'node:http';

/** Returns the headers with lower-case names, repeated ones joined, and the request's id added. */
export function headersOf(request: IncomingMessage, requestId: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  headers['x-amzn-requestid'] = requestId;
  return headers;
}

/** Returns the addresses that a request came through, the nearest last. */
export function sourceIpOf(request: IncomingMessage): string[] {
  const forwarded = String(request.headers['x-forwarded-for'] ?? '')
    .split(',')
    .map((address) => address.trim());
  return [...forwarded, request.socket.remoteAddress ?? ''].filter((address) => address !== '');
}
