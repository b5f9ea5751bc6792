import { randomUUID } from 'node:crypto';
import { blockedGroups, bySequence, deduplicationKey, isRemembered } from './fifo-order.ts';
import type { FifoRules } from './fifo-order.ts';
import type { Accepted, LoggedMessage, MessageAttribute, StoredMessage } from './log-records.ts';
import { toLogged } from './log-records.ts';
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
  /** Absent for a standard queue. */
  fifo?: FifoRules;
}

export interface NewMessage {
  body: string;
  attributes: Record<string, MessageAttribute>;
  delaySeconds: number | null;
  groupId?: string;
  /** Of a FIFO queue. */
  deduplicationId?: string;
}

/** What the queue made of a message; of one that it had already, what it made of it then. */
export interface SentMessage {
  id: string;
  sequence: number | undefined;
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

/** A queue: at least once and roughly in order, or one group after another in the order of sending when it is FIFO. */
export class Queue {
  readonly definition: QueueDefinition;
  readonly #log: MessageLog;
  readonly #options: QueueOptions;
  readonly #ready = new Map<string, Entry>();
  readonly #hidden = new Map<string, Entry>();
  readonly #idOfHandle = new Map<string, string>();
  readonly #waiters = new Set<() => void>();
  readonly #accepted = new Map<string, Accepted>();
  #lastSequence = 0;
  #isClosed = false;

  private constructor(definition: QueueDefinition, options: QueueOptions, log: MessageLog) {
    this.definition = definition;
    this.#options = options;
    this.#log = log;
    for (const accepted of log.accepted()) this.#remember(accepted);
    for (const message of log.list()) {
      this.#lastSequence = Math.max(this.#lastSequence, message.sequence ?? 0);
      this.#place({ ...message, receiptHandle: null, hiddenUntilMs: message.availableMs });
    }
  }

  /** Opens a queue; messages that were in flight when it was closed or killed are visible again. */
  static async open(definition: QueueDefinition, options: QueueOptions): Promise<Queue> {
    const nowMs = options.nowMs ?? Date.now;
    const log = await MessageLog.open(options.path, (accepted) => isRemembered(accepted, nowMs()));
    return new Queue(definition, options, log);
  }

  /** Resolves with the message ids once the messages are on disk. */
  async send(messages: NewMessage[]): Promise<string[]> {
    return (await this.sendAll(messages)).map(({ id }) => id);
  }

  /** Resolves once the messages are on disk; those that a FIFO queue had within five minutes are there already. */
  async sendAll(messages: NewMessage[]): Promise<SentMessage[]> {
    const { fifo, name, delaySeconds: usualDelay } = this.definition;
    const nowMs = this.#nowMs();
    const stored: StoredMessage[] = [];
    const accepted: Accepted[] = [];
    const sent = messages.map(({ body, attributes, delaySeconds, groupId, deduplicationId }): SentMessage => {
      if (fifo && (groupId === undefined || deduplicationId === undefined))
        throw new Error(`${name} is a FIFO queue; expected a message with a group and a deduplication id`);
      const key = deduplicationKey(fifo ?? { isContentBased: false, scope: 'queue' }, {
        groupId,
        deduplicationId,
      });
      const known = fifo && this.#accepted.get(key);
      if (known && isRemembered(known, nowMs)) return known;
      const message: StoredMessage = {
        id: randomUUID(),
        sentMs: nowMs,
        availableMs: nowMs + (delaySeconds ?? usualDelay) * 1000,
        body,
        attributes,
        ...(groupId !== undefined && { groupId }),
        ...(fifo && deduplicationId !== undefined && { deduplicationId, sequence: ++this.#lastSequence }),
      };
      stored.push(message);
      if (message.sequence !== undefined) {
        accepted.push({ key, id: message.id, sequence: message.sequence, sentMs: nowMs });
        this.#remember({ key, id: message.id, sequence: message.sequence, sentMs: nowMs });
      }
      return { id: message.id, sequence: message.sequence };
    });
    await this.#store(stored, accepted);
    return sent;
  }

  /** Takes over a message that another queue gave up. */
  adopt(message: StoredMessage): Promise<void> {
    const sequence = this.definition.fifo && { sequence: ++this.#lastSequence };
    return this.#store([{ ...message, ...sequence, availableMs: this.#nowMs() }]);
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

  /** Tells whether a handle's message is in flight: a FIFO queue takes no other. */
  isCurrent(receiptHandle: string): boolean {
    this.#reveal();
    const entry = this.#hidden.get(this.#idOfHandle.get(receiptHandle) ?? '');
    return entry?.receiptHandle === receiptHandle;
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

  #remember(accepted: Accepted): void {
    this.#lastSequence = Math.max(this.#lastSequence, accepted.sequence);
    // In the order of time: what is forgotten stands in front.
    for (const [key, old] of this.#accepted) {
      if (isRemembered(old, this.#nowMs())) break;
      this.#accepted.delete(key);
    }
    this.#accepted.delete(accepted.key);
    this.#accepted.set(accepted.key, accepted);
  }

  #reveal(): void {
    const nowMs = this.#nowMs();
    const readyBefore = this.#ready.size;
    for (const entry of this.#hidden.values()) {
      if (entry.hiddenUntilMs > nowMs) continue;
      this.#hidden.delete(entry.id);
      this.#ready.set(entry.id, entry);
    }
    if (this.definition.fifo && this.#ready.size > readyBefore) this.#sortReady();
  }

  #sortReady(): void {
    const sorted = [...this.#ready.values()].sort(bySequence);
    this.#ready.clear();
    for (const entry of sorted) this.#ready.set(entry.id, entry);
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
    const blocked = this.definition.fifo && blockedGroups(this.#hidden.values());
    for (const entry of this.#ready.values()) {
      if (taken.length >= limit) break;
      if (blocked?.has(entry.groupId ?? '')) continue;
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
      if (this.definition.fifo) this.#sortReady();
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

  async #store(messages: StoredMessage[], accepted: Accepted[] = []): Promise<void> {
    if (messages.length === 0) return;
    try {
      await this.#log.send(messages, accepted);
    } catch (error) {
      for (const { key } of accepted) this.#accepted.delete(key);
      throw error;
    }
    for (const message of messages) {
      const { availableMs } = message;
      const logged = toLogged({ send: message });
      this.#place({ ...logged, receiptHandle: null, hiddenUntilMs: availableMs });
    }
    this.#wake();
  }
}
