import { randomUUID } from 'node:crypto';
import type { LoggedMessage, MessageAttribute, StoredMessage } from './log-records.ts';
import { MessageLog } from './message-log.ts';
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
  visibilityTimeoutSeconds?: number | undefined;
  signal?: AbortSignal | undefined;
}

export interface QueueCounts {
  visible: number;
  inFlight: number;
  delayed: number;
}

export interface QueueOptions {
  path: string;
  /** Where messages go that were received too often. */
  deadLetter?: (message: StoredMessage) => Promise<void>;
  nowMs?: () => number;
}

interface Entry extends LoggedMessage {
  /** Of the latest receive; good until the next one, even when the message is visible again. */
  receiptHandle: string | null;
  /** In flight or delayed until then. */
  hiddenUntilMs: number;
}

const LARGEST_IN_FLIGHT = 120_000;

/** A standard queue: at least once, roughly in order. */
export class Queue {
  readonly definition: QueueDefinition;
  readonly #log: MessageLog;
  readonly #options: QueueOptions;
  readonly #ready = new Map<string, Entry>();
  readonly #hidden = new Map<string, Entry>();
  readonly #idOfHandle = new Map<string, string>();
  readonly #waiters = new Set<() => void>();
  #isClosed = false;

  private constructor(definition: QueueDefinition, options: QueueOptions, log: MessageLog) {
    this.definition = definition;
    this.#options = options;
    this.#log = log;
    for (const message of log.list()) {
      this.#place({ ...message, receiptHandle: null, hiddenUntilMs: message.availableMs });
    }
  }

  /** Opens a queue; messages that were in flight when it was closed or killed are visible again. */
  static async open(definition: QueueDefinition, options: QueueOptions): Promise<Queue> {
    return new Queue(definition, options, await MessageLog.open(options.path));
  }

  /** Resolves with the message ids once the messages are on disk. */
  async send(messages: NewMessage[]): Promise<string[]> {
    const nowMs = this.#nowMs();
    const stored = messages.map(({ body, attributes, delaySeconds }) => ({
      id: randomUUID(),
      sentMs: nowMs,
      availableMs: nowMs + (delaySeconds ?? this.definition.delaySeconds) * 1000,
      body,
      attributes,
    }));
    await this.#store(stored);
    return stored.map(({ id }) => id);
  }

  /** Takes over a message that another queue gave up. */
  adopt(message: StoredMessage): Promise<void> {
    return this.#store([{ ...message, availableMs: this.#nowMs() }]);
  }

  async receive({
    maxMessages,
    waitSeconds,
    visibilityTimeoutSeconds,
    signal,
  }: ReceiveOptions): Promise<ReceivedMessage[]> {
    const untilMs = this.#nowMs() + waitSeconds * 1000;
    const visibilityMs = (visibilityTimeoutSeconds ?? this.definition.visibilityTimeoutSeconds) * 1000;
    if (this.#hidden.size >= LARGEST_IN_FLIGHT) {
      throw new SqsError('OverLimit', `${LARGEST_IN_FLIGHT} messages are in flight already`);
    }
    for (;;) {
      const taken = await this.#take(maxMessages, visibilityMs);
      if (taken.length > 0) return this.#readBodies(taken);
      if (this.#isClosed || signal?.aborted === true || this.#nowMs() >= untilMs) return [];
      await this.#waitForMessage(untilMs, signal);
    }
  }

  /** A receipt handle that is no longer current is fine, as in the service. */
  async remove(receiptHandles: string[]): Promise<void> {
    const ids = receiptHandles.flatMap((handle) => this.#idOfHandle.get(handle) ?? []);
    for (const handle of receiptHandles) this.#idOfHandle.delete(handle);
    for (const id of ids) {
      this.#hidden.delete(id);
      this.#ready.delete(id);
    }
    if (ids.length > 0) await this.#log.remove(ids);
  }

  changeVisibility(receiptHandle: string, seconds: number): void {
    const entry = this.#hidden.get(this.#idOfHandle.get(receiptHandle) ?? '');
    if (entry?.receiptHandle !== receiptHandle) {
      throw invalidParameter(
        `Value ${receiptHandle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
      );
    }
    entry.hiddenUntilMs = this.#nowMs() + seconds * 1000;
    this.#wake();
  }

  async purge(): Promise<void> {
    const ids = [...this.#ready.keys(), ...this.#hidden.keys()];
    this.#ready.clear();
    this.#hidden.clear();
    this.#idOfHandle.clear();
    await this.#log.remove(ids);
  }

  counts(): QueueCounts {
    this.#reveal();
    const inFlight = [...this.#hidden.values()].filter(({ receiptHandle }) => receiptHandle !== null).length;
    return { visible: this.#ready.size, inFlight, delayed: this.#hidden.size - inFlight };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wake();
    await this.#log.close();
  }

  #nowMs(): number {
    return (this.#options.nowMs ?? Date.now)();
  }

  #place(entry: Entry): void {
    (entry.hiddenUntilMs > this.#nowMs() ? this.#hidden : this.#ready).set(entry.id, entry);
  }

  #reveal(): void {
    const nowMs = this.#nowMs();
    for (const entry of this.#hidden.values()) {
      if (entry.hiddenUntilMs > nowMs) continue;
      this.#hidden.delete(entry.id);
      this.#ready.set(entry.id, entry);
    }
  }

  #wake(): void {
    for (const waiter of this.#waiters) waiter();
  }

  /** Waits until something may be visible, at most until `untilMs`. */
  #waitForMessage(untilMs: number, signal?: AbortSignal): Promise<void> {
    let nextMs = untilMs;
    for (const entry of this.#hidden.values()) nextMs = Math.min(nextMs, entry.hiddenUntilMs);
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, Math.max(1, nextMs - this.#nowMs()));
      this.#waiters.add(done);
      signal?.addEventListener('abort', done);
    });
  }

  /** Takes visible messages; gives up those that expired or were received too often. */
  async #take(limit: number, visibilityMs: number): Promise<Entry[]> {
    this.#reveal();
    const { retentionSeconds, redrive } = this.definition;
    const taken: Entry[] = [];
    const expired: Entry[] = [];
    const exhausted: Entry[] = [];
    for (const entry of this.#ready.values()) {
      if (taken.length >= limit) break;
      this.#ready.delete(entry.id);
      if (entry.sentMs + retentionSeconds * 1000 < this.#nowMs()) expired.push(entry);
      else if (redrive && entry.receiveCount >= redrive.maxReceiveCount) exhausted.push(entry);
      else taken.push(this.#hide(entry, visibilityMs));
    }
    if (expired.length > 0) await this.#log.remove(expired.map(({ id }) => id));
    for (const entry of exhausted) await this.#giveUp(entry);
    return taken;
  }

  #hide(entry: Entry, visibilityMs: number): Entry {
    if (entry.receiptHandle !== null) this.#idOfHandle.delete(entry.receiptHandle);
    entry.receiptHandle = randomUUID();
    entry.receiveCount += 1;
    entry.firstReceivedMs ??= this.#nowMs();
    entry.hiddenUntilMs = this.#nowMs() + visibilityMs;
    this.#idOfHandle.set(entry.receiptHandle, entry.id);
    this.#hidden.set(entry.id, entry);
    return { ...entry };
  }

  async #giveUp(entry: Entry): Promise<void> {
    try {
      const message = await this.#log.read(entry.id);
      if (message) await this.#options.deadLetter?.({ ...message, sourceArn: this.definition.arn });
      await this.#log.remove([entry.id]);
    } catch (error) {
      this.#ready.set(entry.id, entry);
      throw error;
    }
  }

  async #readBodies(entries: Entry[]): Promise<ReceivedMessage[]> {
    await this.#log.received(entries);
    const received: ReceivedMessage[] = [];
    for (const { id, receiptHandle, receiveCount, firstReceivedMs } of entries) {
      const message = await this.#log.read(id);
      if (message && receiptHandle !== null) {
        received.push({
          ...message,
          receiptHandle,
          receiveCount,
          firstReceivedMs: firstReceivedMs ?? this.#nowMs(),
        });
      }
    }
    return received;
  }

  async #store(messages: StoredMessage[]): Promise<void> {
    if (messages.length === 0) return;
    await this.#log.send(messages);
    for (const { id, sentMs, availableMs } of messages) {
      const logged = { id, sentMs, availableMs, receiveCount: 0, firstReceivedMs: null };
      this.#place({ ...logged, receiptHandle: null, hiddenUntilMs: availableMs });
    }
    this.#wake();
  }
}
