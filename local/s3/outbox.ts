import { setTimeout } from 'node:timers/promises';
import type { PendingEvent } from './record.ts';
import type { NotificationRule } from './types.ts';

interface OutboxOptions {
  rule: NotificationRule;
  /** Records that an event needs no further delivery. */
  settle: (eventId: string) => Promise<void>;
  onWarning: (message: string) => void;
}

const PARALLEL = 8;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 30_000;

/** Delivers the recorded events of one rule at least once: tries until the receiver takes it, with growing pauses, as long as it is open. */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #waiting = new Set<PendingEvent>();
  readonly #closing = new AbortController();
  #workers = 0;
  readonly #idle: (() => void)[] = [];

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  add(events: readonly PendingEvent[]): void {
    for (const event of events) this.#waiting.add(event);
    while (this.#workers < Math.min(PARALLEL, this.#waiting.size) && !this.#closing.signal.aborted) {
      this.#workers++;
      void this.#work();
    }
  }

  /** Resolves when nothing is waiting or under way. */
  async whenIdle(): Promise<void> {
    if (this.#workers > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Stops after the deliveries under way; what is left is delivered after the next start. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.whenIdle();
  }

  /** Never fails: a delivery that does is tried again, or told as a warning. */
  async #work(): Promise<void> {
    for (let event = this.#next(); event; event = this.#next()) await this.#deliver(event);
    // In the same turn as the last look at what is waiting, or an event in between would be forgotten.
    this.#workers--;
    if (this.#workers > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #next(): PendingEvent | undefined {
    if (this.#closing.signal.aborted) return undefined;
    const [event] = this.#waiting;
    if (event) this.#waiting.delete(event);
    return event;
  }

  async #deliver(event: PendingEvent): Promise<void> {
    for (let attempt = 0; !(await this.#attempt(event, attempt)); attempt++) {
      if (this.#closing.signal.aborted) return;
    }
    try {
      await this.#options.settle(event.id);
    } catch (error) {
      this.#options.onWarning(
        `event ${event.id} was delivered but not ticked off, so it will come again: ${String(error)}`,
      );
    }
  }

  async #attempt(event: PendingEvent, attempt: number): Promise<boolean> {
    const { rule } = this.#options;
    try {
      await rule.deliver(event.record);
      return true;
    } catch (error) {
      const delayMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt) * (0.5 + Math.random() / 2);
      this.#options.onWarning(
        `event ${event.record.eventName} of ${event.record.s3.object.key} was not taken by "${rule.id}" (attempt ${attempt + 1}): ${String(error)}`,
      );
      await this.#pause(delayMs);
      return false;
    }
  }

  async #pause(delayMs: number): Promise<void> {
    const { signal } = this.#closing;
    try {
      await setTimeout(delayMs, undefined, { signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
