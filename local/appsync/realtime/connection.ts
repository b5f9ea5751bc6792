import { randomUUID } from 'node:crypto';
import type { RawData, WebSocket } from 'ws';
import { Unauthorized } from '../auth/authenticate.ts';
import type { Authenticator } from '../auth/authenticate.ts';
import type { ApiRuntime } from '../execution/api-runtime.ts';
import type { WireError } from '../execution/field-error.ts';
import { RequestRefused } from '../execution/prepare-operation.ts';
import type { GraphQLRequest } from '../execution/prepare-operation.ts';
import { readGraphQL } from '../http/read-body.ts';
import type { Invalidation } from '../library/handler-session.ts';
import { limits } from '../limits.ts';
import { dataFrame, readFrame } from './frames.ts';
import type { ClientFrame, FrameError, ServerFrame } from './frames.ts';
import { matchesFilter } from './match-filter.ts';
import type { Projections, Publication } from './publish.ts';
import { startSubscription } from './subscription.ts';
import type { Subscription } from './subscription.ts';

/** What a connection knows of where it came from. */
export interface Peer {
  sourceIp: string[];
  /** Path of the GraphQL endpoint, which signatures cover. */
  graphqlPath: string;
  /** From the query or the subprotocol; lower-case names. */
  headers: Record<string, string>;
}

/** What connections share. */
export interface RealtimeService {
  api: ApiRuntime;
  authenticator: Authenticator;
  /** Time between keep-alive frames. */
  keepAliveMs: number;
}

type StartFrame = Extract<ClientFrame, { type: 'start' }>;

const CLOSE_POLICY = 1008;
const CLOSE_TRY_AGAIN = 1013;

/** Frames tell no path and no place, and nothing that is not set. */
function toFrameError({ errorType, message, data, errorInfo }: Partial<WireError>): FrameError {
  const members = Object.entries({ errorType, message, data, errorInfo });
  return Object.fromEntries(members.filter(([, value]) => value !== null && value !== undefined));
}

function errorsOf(thrown: unknown): readonly FrameError[] | null {
  if (thrown instanceof RequestRefused) return thrown.errors.map(toFrameError);
  if (!(thrown instanceof Unauthorized)) return null;
  return [{ errorType: 'UnauthorizedException', message: thrown.message, errorCode: 401 }];
}

/** One WebSocket and the subscriptions on it. Frames are handled one at a time, in order. */
export class Connection {
  readonly #service: RealtimeService;
  readonly #socket: WebSocket;
  readonly #peer: Peer;
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #id = randomUUID();
  #keepAlive: NodeJS.Timeout | undefined;
  #lifetime: NodeJS.Timeout | undefined;
  #work: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(service: RealtimeService, socket: WebSocket, peer: Peer) {
    this.#service = service;
    this.#socket = socket;
    this.#peer = peer;
  }

  /** Checks who connects, then listens. Frames that came meanwhile wait in the socket. */
  async open(): Promise<void> {
    this.#socket.on('close', () => {
      this.#forget();
    });
    this.#socket.on('error', (error) => {
      this.#log('ERROR', 'realtime.socket', { message: error.message });
    });
    this.#lifetime = setTimeout(() => {
      this.close();
    }, limits.connectionMs).unref();
    this.#socket.pause();
    try {
      const { headers, graphqlPath } = this.#peer;
      const graphql = { query: '', operationName: null, variables: {} };
      await this.#authenticate(headers, `${graphqlPath}/connect`, { graphql, body: '{}' });
    } catch (thrown) {
      this.#refuseConnection(thrown);
      return;
    }
    this.#socket.on('message', (data) => {
      this.#enqueue(data);
    });
    this.#socket.resume();
  }

  /** Sends a publication to the subscriptions that want it. */
  async publish({ subscriptionFields, payload, projections }: Publication): Promise<void> {
    for (const [id, subscription] of [...this.#subscriptions]) {
      if (!subscriptionFields.includes(subscription.fieldName) || !subscription.accepts(payload)) continue;
      await this.#deliver(id, subscription, projections);
    }
  }

  /** Ends the subscriptions that an invalidation matches. */
  invalidate({ subscriptionField, payload }: Invalidation): void {
    for (const [id, { fieldName, invalidationFilter }] of [...this.#subscriptions]) {
      if (
        fieldName !== subscriptionField ||
        !invalidationFilter ||
        !matchesFilter(payload, invalidationFilter)
      )
        continue;
      this.#subscriptions.delete(id);
      this.#send({ type: 'complete', id });
    }
  }

  /** Ends the connection from this side. */
  close(): void {
    this.#forget();
    this.#socket.close(1001);
    this.#socket.terminate();
  }

  /** One chunk of the socket may hold several frames: they queue up, and nothing more is read meanwhile. */
  #enqueue(data: RawData): void {
    this.#socket.pause();
    this.#waiting += 1;
    this.#work = this.#work.then(async () => {
      await this.#receive(data);
      this.#waiting -= 1;
      if (this.#waiting === 0) this.#socket.resume();
    });
  }

  async #receive(data: RawData): Promise<void> {
    const text = (Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer)).toString();
    const frame = readFrame(text);
    switch (frame.type) {
      case 'connection_init':
        this.#acknowledge();
        return;
      case 'start':
        await this.#start(frame);
        return;
      case 'stop':
        this.#stop(frame.id);
        return;
      case 'unknown':
        this.#sendErrors(frame.id, [{ errorType: 'UnsupportedOperation', message: frame.problem }]);
    }
  }

  /** A subscriber that cannot be served ends its own subscription, never the mutation. */
  async #deliver(id: string, subscription: Subscription, projections: Projections): Promise<void> {
    try {
      const payload = await projections.of(subscription);
      if (this.#subscriptions.get(id) !== subscription) return;
      const size = Buffer.byteLength(payload);
      if (size <= limits.subscriptionPayloadBytes) this.#sendText(dataFrame(id, payload));
      else this.#refusePayload(id, size);
    } catch (thrown) {
      this.#subscriptions.delete(id);
      this.#sendErrors(id, this.#crash(thrown));
    }
  }

  #acknowledge(): void {
    const { connectionTimeoutMs } = limits;
    this.#send({ type: 'connection_ack', payload: { connectionTimeoutMs } });
    this.#send({ type: 'ka' });
    clearInterval(this.#keepAlive);
    this.#keepAlive = setInterval(() => {
      this.#send({ type: 'ka' });
    }, this.#service.keepAliveMs);
    this.#keepAlive.unref();
  }

  async #start(frame: StartFrame): Promise<void> {
    const { id, data, authorization } = frame;
    try {
      this.#checkRoom(id);
      const graphql = readGraphQL(data);
      const request = await this.#authenticate(authorization, this.#peer.graphqlPath, {
        graphql,
        body: data,
      });
      const subscription = await startSubscription(this.#service.api, request, graphql);
      if (this.#socket.readyState !== this.#socket.OPEN) return;
      this.#subscriptions.set(id, subscription);
      this.#send({ type: 'start_ack', id });
    } catch (thrown) {
      this.#sendErrors(id, errorsOf(thrown) ?? this.#crash(thrown));
    }
  }

  #checkRoom(id: string): void {
    const refuse = (errorType: string, message: string): never => {
      throw new RequestRefused(400, [{ errorType, message }]);
    };
    if (this.#subscriptions.has(id)) refuse('DuplicatedOperationError', `The id '${id}' is in use.`);
    const limit = limits.subscriptionsPerConnection;
    if (this.#subscriptions.size < limit) return;
    refuse('MaxSubscriptionsReachedError', `Max number of ${limit} subscriptions reached`);
  }

  #stop(id: string): void {
    if (this.#subscriptions.delete(id)) {
      this.#send({ type: 'complete', id });
      return;
    }
    this.#sendErrors(id, [
      { errorType: 'UnknownOperationError', message: `There is no subscription '${id}'.` },
    ]);
  }

  async #authenticate(
    headers: Record<string, string>,
    url: string,
    { graphql, body }: { graphql: GraphQLRequest; body: string },
  ): Promise<{
    requestId: string;
    caller: Awaited<ReturnType<Authenticator['authenticate']>>;
    headers: Record<string, string>;
  }> {
    const requestId = randomUUID();
    const { sourceIp } = this.#peer;
    const signed = { method: 'POST', url, headers, body: Buffer.from(body) };
    const caller = await this.#service.authenticator.authenticate({
      ...graphql,
      ...signed,
      requestId,
      sourceIp,
    });
    return { requestId, caller, headers: { ...headers, 'x-amzn-requestid': requestId } };
  }

  #refuseConnection(thrown: unknown): void {
    const errors = errorsOf(thrown) ?? this.#crash(thrown);
    const reason = thrown instanceof Unauthorized ? thrown.reason : String(thrown);
    this.#log('INFO', 'realtime.refused', { reason });
    this.#send({ type: 'connection_error', payload: { errors } });
    this.#socket.resume();
    this.#socket.close(CLOSE_POLICY);
  }

  #refusePayload(id: string, size: number): void {
    const limit = limits.subscriptionPayloadBytes;
    const message = `A payload of ${size} bytes is larger than the limit of ${limit}.`;
    this.#log('ERROR', 'realtime.payload', { message });
    this.#subscriptions.delete(id);
    this.#sendErrors(id, [{ errorType: 'PayloadTooLarge', message }]);
  }

  #crash(thrown: unknown): readonly FrameError[] {
    const detail = { message: String(thrown), stack: thrown instanceof Error ? thrown.stack : undefined };
    this.#log('ERROR', 'realtime.crash', detail);
    return [
      {
        errorType: 'InternalFailure',
        message: `The service failed; the connection is ${this.#id}.`,
        errorCode: 500,
      },
    ];
  }

  #sendErrors(id: string | undefined, list: readonly FrameError[]): void {
    const [first] = list;
    // The service tells this one alone, not in a list.
    const errors = first?.errorType === 'MaxSubscriptionsReachedError' ? first : list;
    this.#send({ type: 'error', ...(id === undefined ? {} : { id }), payload: { errors } });
  }

  #send(frame: ServerFrame): void {
    this.#sendText(JSON.stringify(frame));
  }

  #sendText(frame: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > limits.subscriberBacklogBytes) {
      this.#drop();
      return;
    }
    this.#socket.send(frame);
  }

  /** A client that does not read loses its connection, with the reason as the last thing in its socket. */
  #drop(): void {
    const message = `More than ${limits.subscriberBacklogBytes} bytes wait unread.`;
    this.#log('ERROR', 'realtime.slow', { message });
    this.#forget();
    const frame: ServerFrame = {
      type: 'error',
      payload: { errors: [{ errorType: 'SlowConsumerError', message }] },
    };
    this.#socket.send(JSON.stringify(frame));
    this.#socket.close(CLOSE_TRY_AGAIN, 'slow consumer');
  }

  #forget(): void {
    clearInterval(this.#keepAlive);
    clearTimeout(this.#lifetime);
    this.#subscriptions.clear();
  }

  #log(level: 'INFO' | 'ERROR', event: string, detail: Record<string, unknown>): void {
    this.#service.api.ports.log({ level, requestId: this.#id, event, detail });
  }
}
