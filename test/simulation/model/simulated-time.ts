import type { Clock } from '../../../engine/index.ts';

interface Event {
  atMs: number;
  order: number;
  resume: () => void;
}

/** A clock of discrete events: time jumps to the next sleeper once nobody else can go on, so that a run repeats exactly. */
export class SimulatedTime implements Clock {
  private nowMs: number;
  private order = 0;
  /** A heap: the earliest first, then in the order of arrival. */
  private readonly events: Event[] = [];

  constructor(startMs = 1_000_000) {
    this.nowMs = startMs;
  }

  now(): number {
    return this.nowMs;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resume) => {
      this.push({ atMs: this.nowMs + Math.max(0, ms), order: this.order++, resume });
    });
  }

  /** Lets time pass until `work` has ended. */
  async run<Result>(work: Promise<Result>): Promise<Result> {
    let isDone = false;
    const hasEnded = (): boolean => isDone;
    const finish = (): void => {
      isDone = true;
    };
    work.then(finish, finish);
    for (let idle = 0; !hasEnded();) {
      // Everything that can go on without time passing runs before the next macrotask.
      await new Promise((resolve) => setImmediate(resolve));
      if (hasEnded()) break;
      const next = this.pop();
      if (next !== undefined) {
        this.nowMs = next.atMs;
        next.resume();
        idle = 0;
      } else if (++idle > 1000) {
        throw new Error('The simulation stands still: work is left, and nobody sleeps.');
      }
    }
    return work;
  }

  private push(event: Event): void {
    let at = this.events.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, this.events[parent]!)) break;
      this.events[at] = this.events[parent]!;
      at = parent;
    }
    this.events[at] = event;
  }

  private pop(): Event | undefined {
    const first = this.events[0];
    const last = this.events.pop();
    if (first === undefined || last === undefined || this.events.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= this.events.length) break;
      if (child + 1 < this.events.length && isBefore(this.events[child + 1]!, this.events[child]!)) child++;
      if (!isBefore(this.events[child]!, last)) break;
      this.events[at] = this.events[child]!;
      at = child;
    }
    this.events[at] = last;
    return first;
  }
}

function isBefore(one: Event, other: Event): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}
