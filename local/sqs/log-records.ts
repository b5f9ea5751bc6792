import { existsSync, readFileSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

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
  groupId?: string;
  deduplicationId?: string;
  /** Where it stands in its queue, for a FIFO queue. */
  sequence?: number;
}

/** What a FIFO queue remembers of a message that it accepted, for five minutes, whether it is still there or not. */
export interface Accepted {
  key: string;
  id: string;
  sequence: number;
  sentMs: number;
}

/** What is kept in memory of a message; its body stays on disk. */
export interface LoggedMessage {
  id: string;
  sentMs: number;
  availableMs: number;
  receiveCount: number;
  firstReceivedMs: number | null;
  groupId?: string | undefined;
  sequence?: number | undefined;
}

interface SendRecord {
  send: StoredMessage;
  count?: number | undefined;
  first?: number | null | undefined;
  accepted?: Accepted | undefined;
}

/** One line of the file. */
export type LogRecord =
  | SendRecord
  | { accepted: Accepted }
  | { remove: string }
  | { received: string; count: number; first: number };

/** Where a message's line stands. */
export interface Place {
  offset: number;
  length: number;
}

export interface LoadedLog {
  messages: Map<string, LoggedMessage>;
  places: Map<string, Place>;
  /** In the order of their time. */
  accepted: Accepted[];
  /** Up to the last complete line. */
  sizeBytes: number;
}

/** Reads a file of records; fails on a complete line that is damaged. */
export function loadRecords(path: string): LoadedLog {
  const messages = new Map<string, LoggedMessage>();
  const places = new Map<string, Place>();
  const accepted: Accepted[] = [];
  const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
  let offset = 0;
  for (let end = bytes.indexOf(10, offset); end >= 0; end = bytes.indexOf(10, offset)) {
    const record = parseLine(bytes.subarray(offset, end), path, offset);
    if ('accepted' in record && record.accepted) accepted.push(record.accepted);
    if ('send' in record) {
      messages.set(record.send.id, toLogged(record));
      places.set(record.send.id, { offset, length: end + 1 - offset });
    } else if ('remove' in record) {
      messages.delete(record.remove);
      places.delete(record.remove);
    } else if ('received' in record) {
      const message = messages.get(record.received);
      if (message) Object.assign(message, { receiveCount: record.count, firstReceivedMs: record.first });
    }
    offset = end + 1;
  }
  return { messages, places, accepted, sizeBytes: offset };
}

function parseLine(line: Buffer, path: string, offset: number): LogRecord {
  try {
    return JSON.parse(line.toString()) as LogRecord;
  } catch (cause) {
    throw new Error(`${path} is damaged at byte ${offset}: a complete line is not JSON`, { cause });
  }
}

/** Returns what memory keeps of a message. */
export function toLogged({ send, count = 0, first = null }: SendRecord): LoggedMessage {
  const { id, sentMs, availableMs, groupId, sequence } = send;
  return { id, sentMs, availableMs, receiveCount: count, firstReceivedMs: first, groupId, sequence };
}

/** Reads one message back. */
export async function readAt(file: FileHandle, { offset, length }: Place): Promise<StoredMessage> {
  const { buffer } = await file.read(Buffer.alloc(length), 0, length, offset);
  return (JSON.parse(buffer.toString()) as SendRecord).send;
}
