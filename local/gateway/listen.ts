import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ServerIdentity } from '../tls/index.ts';

/** Loopback only: nothing of this is meant for another machine. */
export const LOOPBACK = '127.0.0.1';

export interface RequestTarget {
  handleRequest(request: IncomingMessage, response: ServerResponse): Promise<void>;
  handleUpgrade?(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** A server that holds its port from the first moment, and answers 503 until it is told what to serve. */
export interface Listener {
  readonly port: number;
  serve(target: RequestTarget): void;
  /** Ends idle connections at once, others after a grace time. */
  close(): Promise<void>;
}

const GRACE_MS = 2000;

/** Listens on a loopback port, 0 for any, with a certificate over TLS; rejects with EADDRINUSE and the like. */
export async function listen(
  port: number,
  onError: (line: string) => void,
  identity?: ServerIdentity,
): Promise<Listener> {
  let target: RequestTarget | null = null;
  const sockets = new Set<Duplex>();
  const answer: RequestListener = (request, response) => {
    if (!target) {
      refuse(response);
      return;
    }
    target.handleRequest(request, response).catch((error: unknown) => {
      fail(response, error as Error, onError);
    });
  };
  const server: Server = identity ? createSecureServer(identity, answer) : createServer(answer);
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    if (target?.handleUpgrade) target.handleUpgrade(request, socket, head);
    else socket.destroy();
  });
  server.on('clientError', (_error, socket) => {
    socket.destroy();
  });
  await bind(server, port);
  return {
    port: (server.address() as AddressInfo).port,
    serve: (next) => (target = next),
    close: async () => {
      const closed = new Promise<void>((resolve) =>
        server.close(() => {
          resolve();
        }),
      );
      server.closeIdleConnections();
      const timer = setTimeout(() => {
        server.closeAllConnections();
      }, GRACE_MS);
      for (const socket of sockets) socket.destroy();
      await closed;
      clearTimeout(timer);
    },
  };
}

function bind(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function refuse(response: ServerResponse): void {
  response.writeHead(503, { 'content-type': 'text/plain', 'retry-after': '1' }).end('starting\n');
}

function fail(response: ServerResponse, error: Error, onError: (line: string) => void): void {
  onError(`request failed: ${error.stack ?? error.message}`.replace(/\s*\n\s*/g, ' | '));
  if (response.headersSent) response.destroy();
  else response.writeHead(500, { 'content-type': 'text/plain' }).end('internal error\n');
}
