/**
 * REFUSED: the call fails once. LOST: it was made, and its answer never arrived. DEAD, DEAD_AFTER: so is every call after it, until the
 * message is delivered again.
 */
export type FaultKind = 'REFUSED' | 'LOST' | 'DEAD' | 'DEAD_AFTER';

/** Counts the calls that pass it, and lets one of them fail. */
export class FaultyCalls {
  calls = 0;
  #kind: FaultKind = 'REFUSED';
  #at = Infinity;

  arm(kind: FaultKind, at: number): void {
    this.#kind = kind;
    this.#at = at;
    this.calls = 0;
  }

  disarm(): void {
    this.#at = Infinity;
  }

  /** A process that died is replaced by a new one. */
  revive(): void {
    if (this.calls >= this.#at) this.disarm();
  }

  async pass<Result>(call: () => Promise<Result>): Promise<Result> {
    const place = ++this.calls;
    if (place < this.#at) return await call();
    const isFirst = place === this.#at;
    if (!isFirst && (this.#kind === 'REFUSED' || this.#kind === 'LOST')) return await call();
    if (isFirst && (this.#kind === 'LOST' || this.#kind === 'DEAD_AFTER')) await call();
    throw new Error(`call ${place} failed`);
  }

  /** Does a piece of work again until it is done, as its queue or its user would; beyond five times it would be given up. */
  async persist<Result>(work: () => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        this.revive();
        if (attempt === 5) throw error;
      }
    }
  }
}
