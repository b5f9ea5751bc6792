import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Execution } from '../execution/execute-operation.ts';
import { sourceIpOf } from '../http/request-headers.ts';
import { limits } from '../limits.ts';
import { Connection } from './connection.ts';
import type { Peer, RealtimeService } from './connection.ts';
import { lowerCaseHeaders } from './frames.ts';
import { publicationsOf } from './publish.ts';

const PROTOCOL = 'graphql-ws';
/** Stands for whatever host the client used: only path and query count. */
const ORIGIN = 'http://localhost';
const HEADER_PREFIX = 'header-';

function parseHeaders(encoded: string): Record<string, string> {
  try {
    return lowerCaseHeaders(JSON.parse(Buffer.from(encoded, 'base64').toString()));
  } catch {
    return {};
  }
}

/** Reads both spellings: the `header` of the query, and a subprotocol `header-<base64url>`. */
function peerOf(request: IncomingMessage, url: URL): Peer {
  const offered = (request.headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((protocol) => protocol.trim());
  const inProtocol = offered
    .find((protocol) => protocol.startsWith(HEADER_PREFIX))
    ?.slice(HEADER_PREFIX.length);
  return {
    sourceIp: sourceIpOf(request),
    graphqlPath: url.pathname.replace(/\/realtime$/, ''),
    headers: parseHeaders(inProtocol ?? url.searchParams.get('header') ?? ''),
  };
}

function refuseUpgrade(socket: Duplex, status: string, message: string): void {
  const body = JSON.stringify({ errors: [{ errorType: 'BadRequestException', message }] });
  const head = `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: ${Buffer.byteLength(body)}`;
  socket.end(`${head}\r\n\r\n${body}`);
}

/** Every real-time connection of one API. */
export class Hub {
  readonly #service: RealtimeService;
  readonly #connections = new Set<Connection>();
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: limits.bodyBytes,
    handleProtocols: (protocols) => (protocols.has(PROTOCOL) ? PROTOCOL : false),
  });

  constructor(service: RealtimeService) {
    this.#service = service;
  }

  /** Answers an upgrade: to a connection, or with a refusal. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const target = request.url ?? '/';
    if (!URL.canParse(target, ORIGIN)) {
      refuseUpgrade(socket, '400 Bad Request', 'The request target is not a path.');
      return;
    }
    const url = new URL(target, ORIGIN);
    const protocols =
      request.headers['sec-websocket-protocol']?.split(',').map((protocol) => protocol.trim()) ?? [];
    if (!url.pathname.endsWith('/realtime')) {
      refuseUpgrade(socket, '404 Not Found', `There is no real-time endpoint at ${url.pathname}.`);
    } else if (!protocols.includes(PROTOCOL)) {
      refuseUpgrade(socket, '400 Bad Request', `The subprotocol ${PROTOCOL} must be offered.`);
    } else {
      this.#server.handleUpgrade(request, socket, head, (webSocket) => {
        const connection = new Connection(this.#service, webSocket, peerOf(request, url));
        this.#connections.add(connection);
        webSocket.on('close', () => this.#connections.delete(connection));
        void connection.open();
      });
    }
  }

  /** Tells the subscribers what a mutation did. */
  async publish(execution: Execution): Promise<void> {
    const publications = publicationsOf(this.#service.api, execution);
    const { invalidations } = execution.session;
    for (const connection of this.#connections) {
      for (const publication of publications) await connection.publish(publication);
      for (const invalidation of invalidations) connection.invalidate(invalidation);
    }
  }

  /** Ends every connection. */
  close(): void {
    for (const connection of this.#connections) connection.close();
    this.#server.close();
  }
}
