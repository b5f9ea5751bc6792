import type { IncomingMessage } from 'node:http';

/** Tells whether a request names this machine: a page that rebinds its own domain to loopback does not. */
export function isLocalHost(request: IncomingMessage, port: number): boolean {
  const host = request.headers.host;
  return host === `127.0.0.1:${port}` || host === `localhost:${port}` || host === `[::1]:${port}`;
}

/** Like `isLocalHost`, also for `<bucket>.localhost`: names below localhost never leave the machine. */
export function isLocalHostOrBucket(request: IncomingMessage, port: number): boolean {
  const host = request.headers.host ?? '';
  return isLocalHost(request, port) || /^[a-z0-9][a-z0-9.-]*\.localhost$/.test(host.replace(`:${port}`, ''));
}

/** Returns the origin when it is a page of this machine. */
export function localOrigin(request: IncomingMessage): string | null {
  const { origin } = request.headers;
  if (origin === undefined || !URL.canParse(origin)) return null;
  const { hostname } = new URL(origin);
  return hostname === '127.0.0.1' || hostname === 'localhost' || hostname === '[::1]' ? origin : null;
}
