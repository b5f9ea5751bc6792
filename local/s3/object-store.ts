import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BlobFolder } from './blob-folder.ts';
import { Journal } from './journal.ts';
import { ObjectState } from './object-state.ts';
import type { JournalRecord, PendingEvent } from './record.ts';

/** A change that waits for its turn. `prepare` sees every change before it and decides what to record, or fails. */
interface Commit {
  lock: string;
  prepare(state: ObjectState): JournalRecord[];
  resolve(): void;
  reject(error: unknown): void;
}

interface StoreOptions {
  directory: string;
  clock: () => number;
  onEvents: (events: readonly PendingEvent[]) => void;
  onWarning: (message: string) => void;
}

const LARGEST_BATCH = 256;
/** The journal is rewritten when more than half of at least this many lines is of the past. */
const REWRITE_LINES = 20_000;

/** Objects on the file system: blobs for the bytes, a journal for everything else, and its state in memory. */
export class ObjectStore {
  readonly state: ObjectState;
  readonly blobs: BlobFolder;
  readonly #journal: Journal;
  readonly #options: StoreOptions;
  #waiting: Commit[] = [];
  #isRunning = false;
  #running: Promise<void> = Promise.resolve();
  #sequence: number;
  #rewriteAt: number;
  #isClosed = false;

  private constructor(
    options: StoreOptions,
    parts: { state: ObjectState; blobs: BlobFolder; journal: Journal },
  ) {
    this.#options = options;
    this.state = parts.state;
    this.blobs = parts.blobs;
    this.#journal = parts.journal;
    this.#sequence = parts.state.sequence;
    this.#rewriteAt = Math.max(REWRITE_LINES, parts.journal.lines);
  }

  static async open(options: StoreOptions): Promise<ObjectStore> {
    await mkdir(options.directory, { recursive: true });
    const blobs = await BlobFolder.open(join(options.directory, 'blobs'), options.onWarning);
    const state = new ObjectState();
    const journal = await Journal.open(
      join(options.directory, 'journal'),
      (record) => void state.apply(record),
    );
    await blobs.sweep(state.blobSizes());
    return new ObjectStore(options, { state, blobs, journal });
  }

  /** Returns a number above all before it, also across restarts; about 1024 a millisecond. */
  nextSequence(): number {
    this.#sequence = Math.max(this.#sequence + 1, Math.floor(this.#options.clock()) * 1024);
    return this.#sequence;
  }

  /**
   * Records a change and resolves when it is on disk and visible. Changes with the same `lock` see each other;
   * the others go to disk together.
   */
  async commit(lock: string, prepare: (state: ObjectState) => JournalRecord[]): Promise<void> {
    if (this.#isClosed) throw new Error('the object store is closed');
    const done = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ lock, prepare, resolve, reject });
    });
    if (!this.#isRunning) {
      this.#isRunning = true;
      this.#running = this.#run();
    }
    await done;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#running;
    await this.blobs.close();
    await this.#journal.close();
  }

  async #run(): Promise<void> {
    // Lets the other requests of this turn join the first batch.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const { commits, records } = this.#takeBatch();
      try {
        if (records.length > 0) await this.#journal.append(records);
        this.#apply(records);
      } catch (error) {
        commits.forEach((commit) => {
          commit.reject(error);
        });
        continue;
      }
      commits.forEach((commit) => {
        commit.resolve();
      });
      await this.#rewriteWhenWorthwhile();
    }
    // In the same turn as the last look at what is waiting, or a commit in between would be forgotten.
    this.#isRunning = false;
  }

  /** Takes the commits that do not depend on each other, in order, and leaves the rest for the next round. */
  #takeBatch(): { commits: Commit[]; records: JournalRecord[] } {
    const locks = new Set<string>();
    const commits: Commit[] = [];
    const records: JournalRecord[] = [];
    const later: Commit[] = [];
    for (const commit of this.#waiting) {
      if (locks.has(commit.lock) || commits.length >= LARGEST_BATCH) {
        later.push(commit);
        continue;
      }
      locks.add(commit.lock);
      try {
        records.push(...commit.prepare(this.state));
        commits.push(commit);
      } catch (error) {
        commit.reject(error);
      }
    }
    this.#waiting = later;
    return { commits, records };
  }

  #apply(records: readonly JournalRecord[]): void {
    const released: string[] = [];
    for (const record of records) {
      released.push(...this.state.apply(record));
      if ('events' in record && record.events.length > 0) this.#options.onEvents(record.events);
    }
    // A copy later in the batch may use again what an earlier record let go.
    this.blobs.release(released.filter((blob) => !this.state.isBlobUsed(blob)));
  }

  async #rewriteWhenWorthwhile(): Promise<void> {
    if (this.#journal.lines < this.#rewriteAt) return;
    try {
      await this.#journal.rewrite(this.state.snapshot());
    } catch (error) {
      this.#options.onWarning(`the journal could not be rewritten: ${String(error)}`);
    }
    this.#rewriteAt = Math.max(REWRITE_LINES, 2 * this.#journal.lines);
  }
}
