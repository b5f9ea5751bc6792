import { randomUUID } from 'node:crypto';
import { openMessageLog } from './message-log.ts';
import type { LoggedMessage, MessageAttribute, StoredMessage } from './message-log.ts';
import { invalidParameter, SqsError } from './sqs-error.ts';

export interface QueueDefinition {
  name: string;
  arn: string;
  url: string;
  visibilityTimeoutSeconds: number;
  delaySeconds: number;
  maximumMessageBytes: number;
  retentionSeconds: number;
  waitTimeSeconds: number;
  redrive: { targetArn: string; maxReceiveCount: number } | null;
}

export interface NewMessage {
  body: string;
  attributes: Record<string, MessageAttribute>;
  delaySeconds: number | null;
}

export interface ReceivedMessage extends StoredMessage {
  receiptHandle: string;
  receiveCount: number;
  firstReceivedMs: number;
}

export interface ReceiveOptions {
  maxMessages: number;
  waitSeconds: number;
  visibilityTimeoutSeconds?: number;
  signal?: AbortSignal;
}

export interface QueueCounts {
  visible: number;
  inFlight: number;
  delayed: number;
}

/** A standard queue: at least once, roughly in order. */
export interface Queue {
  readonly definition: QueueDefinition;
  /** Resolves with the message ids once the messages are on disk. */
  send(messages: NewMessage[]): Promise<string[]>;
  /** Takes over messages that another queue gave up. */
  adopt(message: StoredMessage): Promise<void>;
  receive(options: ReceiveOptions): Promise<ReceivedMessage[]>;
  /** A receipt handle that is no longer current is fine, as in the service. */
  remove(receiptHandles: string[]): Promise<void>;
  changeVisibility(receiptHandle: string, seconds: number): void;
  purge(): Promise<void>;
  counts(): QueueCounts;
  close(): Promise<void>;
}

interface Entry extends LoggedMessage {
  /** Of the latest receive; good until the next one, even when the message is visible again. */
  receiptHandle: string | null;
  /** In flight or delayed until then. */
  hiddenUntilMs: number;
}

export interface QueueOptions {
  path: string;
  /** Where messages go that were received too often. */
  deadLetter?: (message: StoredMessage) => Promise<void>;
  nowMs?: () => number;
}

const LARGEST_IN_FLIGHT = 120_000;

/** Opens a queue; messages that were in flight when it was closed or killed are visible again. */
export async function openQueue(definition: QueueDefinition, options: QueueOptions): Promise<Queue> {
  const nowMs = options.nowMs ?? Date.now;
  const log = await openMessageLog(options.path);
  const ready = new Map<string, Entry>();
  const hidden = new Map<string, Entry>();
  const idOfHandle = new Map<string, string>();
  const waiters = new Set<() => void>();
  let isClosed = false;
  for (const message of log.loaded)
    place({ ...message, receiptHandle: null, hiddenUntilMs: message.availableMs });

  function place(entry: Entry): void {
    (entry.hiddenUntilMs > nowMs() ? hidden : ready).set(entry.id, entry);
  }

  function reveal(): void {
    const now = nowMs();
    for (const entry of hidden.values()) {
      if (entry.hiddenUntilMs > now) continue;
      hidden.delete(entry.id);
      ready.set(entry.id, entry);
    }
  }

  function wake(): void {
    for (const waiter of waiters) waiter();
  }

  /** Waits until something may be visible, at most until `untilMs`. */
  function waitForMessage(untilMs: number, signal?: AbortSignal): Promise<void> {
    let nextMs = untilMs;
    for (const entry of hidden.values()) nextMs = Math.min(nextMs, entry.hiddenUntilMs);
    return new Promise((resolve) => {
      const timer = setTimeout(done, Math.max(1, nextMs - nowMs()));
      function done(): void {
        clearTimeout(timer);
        waiters.delete(done);
        signal?.removeEventListener('abort', done);
        resolve();
      }
      waiters.add(done);
      signal?.addEventListener('abort', done);
    });
  }

  /** Takes visible messages; gives up those that expired or were received too often. */
  async function take(limit: number, visibilityMs: number): Promise<Entry[]> {
    reveal();
    const taken: Entry[] = [];
    const expired: Entry[] = [];
    const exhausted: Entry[] = [];
    for (const entry of ready.values()) {
      if (taken.length >= limit) break;
      ready.delete(entry.id);
      if (entry.sentMs + definition.retentionSeconds * 1000 < nowMs()) expired.push(entry);
      else if (definition.redrive && entry.receiveCount >= definition.redrive.maxReceiveCount)
        exhausted.push(entry);
      else taken.push(hide(entry, visibilityMs));
    }
    if (expired.length > 0) await log.remove(expired.map(({ id }) => id));
    for (const entry of exhausted) await giveUp(entry);
    return taken;
  }

  function hide(entry: Entry, visibilityMs: number): Entry {
    if (entry.receiptHandle) idOfHandle.delete(entry.receiptHandle);
    entry.receiptHandle = randomUUID();
    entry.receiveCount += 1;
    entry.firstReceivedMs ??= nowMs();
    entry.hiddenUntilMs = nowMs() + visibilityMs;
    idOfHandle.set(entry.receiptHandle, entry.id);
    hidden.set(entry.id, entry);
    return { ...entry };
  }

  async function giveUp(entry: Entry): Promise<void> {
    const message = await log.read(entry.id);
    try {
      if (message) await options.deadLetter?.({ ...message, sourceArn: definition.arn });
    } catch (error) {
      ready.set(entry.id, entry);
      throw error;
    }
    await log.remove([entry.id]);
  }

  async function readBodies(entries: Entry[]): Promise<ReceivedMessage[]> {
    await log.received(
      entries.map(({ id, sentMs, availableMs, receiveCount, firstReceivedMs }) => ({
        id,
        sentMs,
        availableMs,
        receiveCount,
        firstReceivedMs,
      })),
    );
    const received: ReceivedMessage[] = [];
    for (const { id, receiptHandle, receiveCount, firstReceivedMs } of entries) {
      const message = await log.read(id);
      if (message && receiptHandle) {
        received.push({
          ...message,
          receiptHandle,
          receiveCount,
          firstReceivedMs: firstReceivedMs ?? nowMs(),
        });
      }
    }
    return received;
  }

  async function store(messages: StoredMessage[]): Promise<void> {
    await log.send(messages);
    for (const { id, sentMs, availableMs } of messages) {
      place({
        id,
        sentMs,
        availableMs,
        receiveCount: 0,
        firstReceivedMs: null,
        receiptHandle: null,
        hiddenUntilMs: availableMs,
      });
    }
    wake();
  }

  return {
    definition,
    async send(messages) {
      const now = nowMs();
      const stored = messages.map(({ body, attributes, delaySeconds }) => ({
        id: randomUUID(),
        sentMs: now,
        availableMs: now + (delaySeconds ?? definition.delaySeconds) * 1000,
        body,
        attributes,
      }));
      await store(stored);
      return stored.map(({ id }) => id);
    },
    adopt: (message) => store([{ ...message, availableMs: nowMs() }]),
    async receive({ maxMessages, waitSeconds, visibilityTimeoutSeconds, signal }) {
      const untilMs = nowMs() + waitSeconds * 1000;
      const visibilityMs = (visibilityTimeoutSeconds ?? definition.visibilityTimeoutSeconds) * 1000;
      if (hidden.size >= LARGEST_IN_FLIGHT)
        throw new SqsError('OverLimit', `${LARGEST_IN_FLIGHT} messages are in flight already`);
      for (;;) {
        const taken = await take(maxMessages, visibilityMs);
        if (taken.length > 0) return readBodies(taken);
        if (isClosed || signal?.aborted || nowMs() >= untilMs) return [];
        await waitForMessage(untilMs, signal);
      }
    },
    async remove(receiptHandles) {
      const ids = receiptHandles.flatMap((handle) => idOfHandle.get(handle) ?? []);
      for (const handle of receiptHandles) idOfHandle.delete(handle);
      for (const id of ids) {
        hidden.delete(id);
        ready.delete(id);
      }
      if (ids.length > 0) await log.remove(ids);
    },
    changeVisibility(receiptHandle, seconds) {
      const entry = hidden.get(idOfHandle.get(receiptHandle) ?? '');
      if (!entry || entry.receiptHandle !== receiptHandle) {
        throw invalidParameter(
          `Value ${receiptHandle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
        );
      }
      entry.hiddenUntilMs = nowMs() + seconds * 1000;
      if (seconds === 0) reveal();
      wake();
    },
    async purge() {
      const ids = [...ready.keys(), ...hidden.keys()];
      ready.clear();
      hidden.clear();
      idOfHandle.clear();
      await log.remove(ids);
    },
    counts() {
      reveal();
      const inFlight = [...hidden.values()].filter(({ receiptHandle }) => receiptHandle !== null).length;
      return { visible: ready.size, inFlight, delayed: hidden.size - inFlight };
    },
    async close() {
      isClosed = true;
      wake();
      await log.close();
    },
  };
}
