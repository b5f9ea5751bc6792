import { WebSocket } from 'ws';
import type { Notes } from './start-notes.ts';

/** A frame as it came; only what tests read is named. */
export interface Frame {
  type: string;
  id?: string;
  payload?: {
    data?: Record<string, Record<string, unknown> | null>;
    errors?: { errorType: string; message: string }[];
  };
}

/** Returns the type of the first error of a frame. */
export function errorTypeOf(frame: Frame): string | undefined {
  return frame.payload?.errors?.[0]?.errorType;
}

/** A client made of bare frames. */
export interface RealtimeClient {
  socket: WebSocket;
  frames: Frame[];
  send(frame: unknown): void;
  start(id: string, query: string, variables?: Record<string, unknown>): void;
  /** Resolves with the first frame, from now or earlier, that passes; each frame is given once. */
  next(isWanted: (frame: Frame) => boolean): Promise<Frame>;
  closed: Promise<number>;
}

interface ConnectOptions {
  authorization: string;
  /** How the headers travel. */
  form?: 'protocol' | 'query';
}

const WAIT_MS = 5000;

/** Opens a connection; says nothing yet. */
export async function connect(
  notes: Notes,
  { authorization, form = 'protocol' }: ConnectOptions,
): Promise<RealtimeClient> {
  const header = Buffer.from(JSON.stringify({ host: new URL(notes.url).host, Authorization: authorization }));
  const socket =
    form === 'protocol'
      ? new WebSocket(notes.realtimeUrl, ['graphql-ws', `header-${header.toString('base64url')}`])
      : new WebSocket(
          `${notes.realtimeUrl}?header=${encodeURIComponent(header.toString('base64'))}&payload=e30=`,
          ['graphql-ws'],
        );
  const frames: Frame[] = [];
  const waiting = new Set<() => void>();
  socket.on('message', (data) => {
    frames.push(JSON.parse((data as Buffer).toString()) as Frame);
    for (const check of waiting) check();
  });
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
  const send = (frame: unknown): void => {
    socket.send(JSON.stringify(frame));
  };
  return {
    socket,
    frames,
    send,
    closed,
    start: (id, query, variables = {}) => {
      send({
        id,
        type: 'start',
        payload: {
          data: JSON.stringify({ query, variables }),
          extensions: { authorization: { Authorization: authorization } },
        },
      });
    },
    next: (isWanted) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(check);
          reject(new Error(`no such frame among ${JSON.stringify(frames)}`));
        }, WAIT_MS);
        const check = (): void => {
          const index = frames.findIndex(isWanted);
          if (index < 0) return;
          clearTimeout(timer);
          waiting.delete(check);
          resolve(frames.splice(index, 1)[0]!);
        };
        waiting.add(check);
        check();
      }),
  };
}

/** Opens a connection and waits for its acknowledgement. */
export async function connectReady(notes: Notes, options: ConnectOptions): Promise<RealtimeClient> {
  const client = await connect(notes, options);
  client.send({ type: 'connection_init' });
  await client.next(({ type }) => type === 'connection_ack');
  return client;
}

/** Starts a subscription and waits for its acknowledgement. */
export async function subscribe(client: RealtimeClient, id: string, query: string): Promise<void> {
  client.start(id, query);
  await client.next((frame) => frame.type === 'start_ack' && frame.id === id);
}
