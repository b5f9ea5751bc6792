import { existsSync, readFileSync } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface MessageAttribute {
  DataType: string;
  StringValue?: string;
  BinaryValue?: string;
}

/** What a sender hands over. */
export interface StoredMessage {
  id: string;
  sentMs: number;
  /** Not before this time may it be received. */
  availableMs: number;
  body: string;
  attributes: Record<string, MessageAttribute>;
  /** The queue that it was moved from, for a dead-letter queue. */
  sourceArn?: string;
}

/** What is kept in memory of a message; its body stays on disk. */
export interface LoggedMessage {
  id: string;
  sentMs: number;
  availableMs: number;
  receiveCount: number;
  firstReceivedMs: number | null;
}

type LogRecord =
  | { send: StoredMessage; count?: number; first?: number | null }
  | { remove: string }
  | { received: string; count: number; first: number };

interface Place {
  offset: number;
  length: number;
}

/** The messages of one queue on disk: an append-only file of JSON lines, rewritten when most of it is dead. */
export interface MessageLog {
  /** In the order in which they were sent. */
  readonly loaded: LoggedMessage[];
  send(messages: StoredMessage[]): Promise<void>;
  /** Reads a message back; undefined when it was removed meanwhile. */
  read(id: string): Promise<StoredMessage | undefined>;
  received(messages: LoggedMessage[]): Promise<void>;
  remove(ids: string[]): Promise<void>;
  close(): Promise<void>;
}

/** Rewriting is worth it when at least this much is dead, and at least half of the file. */
const LEAST_DEAD_BYTES = 1_000_000;

/** Opens a log; a last line that was cut off by a kill was never acknowledged, and goes. */
export async function openMessageLog(path: string): Promise<MessageLog> {
  await mkdir(dirname(path), { recursive: true });
  const { messages, places, sizeBytes } = load(path);
  let file = await open(path, existsSync(path) ? 'r+' : 'w+');
  await file.truncate(sizeBytes);
  let endOffset = sizeBytes;
  let chain: Promise<unknown> = Promise.resolve();

  /** One operation on the file at a time, in the order of the calls. */
  function enqueue<T>(operation: () => Promise<T>): Promise<T> {
    const result = chain.then(operation);
    chain = result.catch(() => undefined);
    return result;
  }

  async function append(records: LogRecord[]): Promise<Place[]> {
    const lines = records.map((record) => Buffer.from(`${JSON.stringify(record)}\n`));
    await file.write(Buffer.concat(lines), 0, undefined, endOffset);
    return lines.map((line) => {
      const place = { offset: endOffset, length: line.length };
      endOffset += line.length;
      return place;
    });
  }

  async function compactWhenWorthIt(): Promise<void> {
    const liveBytes = [...places.values()].reduce((sum, { length }) => sum + length, 0);
    const deadBytes = endOffset - liveBytes;
    if (deadBytes < LEAST_DEAD_BYTES || deadBytes < liveBytes) return;
    const next = await open(`${path}.new`, 'w+');
    let offset = 0;
    const moved = new Map<string, Place>();
    for (const [id, place] of places) {
      const message = messages.get(id);
      const record = {
        send: await readAt(file, place),
        count: message?.receiveCount,
        first: message?.firstReceivedMs,
      };
      const line = Buffer.from(`${JSON.stringify(record)}\n`);
      await next.write(line, 0, undefined, offset);
      moved.set(id, { offset, length: line.length });
      offset += line.length;
    }
    await next.sync();
    await rename(`${path}.new`, path);
    await file.close();
    file = next;
    endOffset = offset;
    for (const [id, place] of moved) places.set(id, place);
  }

  return {
    loaded: [...messages.values()],
    send: (sent) =>
      enqueue(async () => {
        const written = await append(sent.map((send) => ({ send })));
        sent.forEach((message, index) => {
          places.set(message.id, written[index] as Place);
          messages.set(message.id, toLogged({ send: message }));
        });
      }),
    read: (id) =>
      enqueue(async () => {
        const place = places.get(id);
        return place && readAt(file, place);
      }),
    received: (received) =>
      enqueue(async () => {
        await append(
          received.map(({ id, receiveCount, firstReceivedMs }) => ({
            received: id,
            count: receiveCount,
            first: firstReceivedMs ?? 0,
          })),
        );
        for (const message of received) messages.set(message.id, message);
        await compactWhenWorthIt();
      }),
    remove: (ids) =>
      enqueue(async () => {
        await append(ids.map((id) => ({ remove: id })));
        for (const id of ids) {
          places.delete(id);
          messages.delete(id);
        }
        await compactWhenWorthIt();
      }),
    close: () => enqueue(() => file.close()),
  };
}

async function readAt(file: FileHandle, { offset, length }: Place): Promise<StoredMessage> {
  const { buffer } = await file.read(Buffer.alloc(length), 0, length, offset);
  return (JSON.parse(buffer.toString()) as { send: StoredMessage }).send;
}

function toLogged({
  send,
  count = 0,
  first = null,
}: {
  send: StoredMessage;
  count?: number;
  first?: number | null;
}): LoggedMessage {
  const { id, sentMs, availableMs } = send;
  return { id, sentMs, availableMs, receiveCount: count, firstReceivedMs: first };
}

function load(path: string): {
  messages: Map<string, LoggedMessage>;
  places: Map<string, Place>;
  sizeBytes: number;
} {
  const messages = new Map<string, LoggedMessage>();
  const places = new Map<string, Place>();
  const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
  let offset = 0;
  for (let end = bytes.indexOf(10, offset); end >= 0; end = bytes.indexOf(10, offset)) {
    const record = parseLine(bytes.subarray(offset, end), path, offset);
    if ('send' in record) {
      messages.set(record.send.id, toLogged(record));
      places.set(record.send.id, { offset, length: end + 1 - offset });
    } else if ('remove' in record) {
      messages.delete(record.remove);
      places.delete(record.remove);
    } else {
      const message = messages.get(record.received);
      if (message) Object.assign(message, { receiveCount: record.count, firstReceivedMs: record.first });
    }
    offset = end + 1;
  }
  return { messages, places, sizeBytes: offset };
}

function parseLine(line: Buffer, path: string, offset: number): LogRecord {
  try {
    return JSON.parse(line.toString()) as LogRecord;
  } catch (cause) {
    throw new Error(`${path} is damaged at byte ${offset}: a complete line is not JSON`, { cause });
  }
}
