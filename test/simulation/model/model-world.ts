import type { Metric, ObjectStore, PointerStore, VectorDatabase } from '../../../engine/api.ts';
import { shortHash } from '../../../engine/manifest/manifest.ts';
import { createCache, joinParts, memoryPointer, memoryStore, seededRandom } from '../../../engine/index.ts';
import { kernels, openTestDatabase } from '../../support/engine-database.ts';
import { DatabaseModel } from './database-model.ts';
import { connect, type Connection, type Weather } from './simulated-storage.ts';
import { SimulatedTime } from './simulated-time.ts';

/** How often something happened, to prove that a run met what it is to survive. */
export type Tally = Record<
  | 'commits'
  | 'refusals'
  | 'unknown'
  | 'crashes'
  | 'swept'
  | 'merged'
  | 'reads'
  | 'indexed'
  | 'rewritten'
  | 'held'
  | 'grouped',
  number
>;

export function emptyTally(): Tally {
  return {
    commits: 0,
    refusals: 0,
    unknown: 0,
    crashes: 0,
    swept: 0,
    merged: 0,
    reads: 0,
    indexed: 0,
    rewritten: 0,
    held: 0,
    grouped: 0,
  };
}

/** Of the sweeps. */
export const GRACE_MS = 600_000;
const MEETING_MS = 3 * GRACE_MS;

/** Small enough that a merge of what the writers wrote has an index, and most segments have none. */
const MIN_INDEX_ROWS = 16;

/** A reader that started this long ago still finds everything that its manifest names. */
const READER_MS = 30_000;

/** What a manifest says of the sweep at work: hashes of the segments that it is about to delete. */
interface SweepRound {
  round: number;
  condemned: readonly string[];
}

const NO_ROUND: SweepRound = { round: 0, condemned: [] };

/** One database under simulation: its true state, the model of it, and what was found to be wrong. */
export class ModelWorld {
  readonly time = new SimulatedTime();
  readonly random: () => number;
  readonly model = new DatabaseModel(this.time.now());
  readonly tally: Tally;
  readonly store: ObjectStore;
  readonly pointer: PointerStore;
  readonly problems: Error[] = [];
  readonly metric: Metric;
  /** The newest version that any writer was told of. */
  acknowledged: string | null = null;
  private readonly weather: Weather;
  private serial = 0;
  /** When each object that is stored was put last. */
  private readonly putAtMs = new Map<string, number>();
  private readonly segmentsOf = new Map<string, string[]>();
  /** Segments that were committed so long after they were put that only the current version may count on them. */
  private readonly late = new Set<string>();
  private readonly condemnedBy = new Map<string, SweepRound>();
  /** By short hash: when a segment was condemned last. */
  private readonly condemnedAtMs = new Map<string, number>();

  constructor(seed: number, weather: Weather, tally: Tally) {
    this.random = seededRandom(seed);
    this.weather = weather;
    this.tally = tally;
    this.metric = this.pick(['DOT_PRODUCT', 'EUCLIDEAN', 'COSINE']);
    this.store = this.watchStore(memoryStore(() => this.time.now()));
    this.pointer = this.watchPointer(memoryPointer());
  }

  /** Opens the database for a writer of its own, with a cold cache. */
  open(): { database: VectorDatabase; connection: Connection } {
    const { store, pointer, time, random, weather } = this;
    const connection = connect({ store, pointer, time, random, weather });
    const seed = Math.floor(random() * 2 ** 32);
    const options = { store: connection.store, pointer: connection.pointer, clock: time, seed };
    // The least cache holds next to nothing: every reading is one of the store.
    const [objectBytes, vectorBytes] = this.pick([
      [1 << 20, 0],
      [1 << 20, 1 << 18],
      [600, 0],
    ] as const);
    const cache = createCache({ kernels, objectBytes, vectorBytes });
    return { database: this.openOver({ ...options, cache }), connection };
  }

  /** Opens the database without faults or delays. */
  openFresh(): VectorDatabase {
    const { store, pointer } = this;
    return this.openOver({ store, pointer });
  }

  private openOver(options: Parameters<typeof openTestDatabase>[1]): VectorDatabase {
    const { metric } = this;
    return openTestDatabase({ metric }, { ...options, minIndexRows: MIN_INDEX_ROWS }).database;
  }

  /** Records what a check throws: inside a call of the engine it would pass for a failure of the storage. */
  check(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.problems.push(error as Error);
    }
  }

  integer(below: number): number {
    return Math.floor(this.random() * below);
  }

  /** Returns the time until what lies about now has got old, and sweeps and writers meet over it. */
  untilMeetingMs(): number {
    return MEETING_MS - (this.time.now() % MEETING_MS);
  }

  /** Returns a number that was not used in this world. */
  nextSerial(): number {
    return this.serial++;
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.integer(items.length)]!;
  }

  private watchStore(store: ObjectStore): ObjectStore {
    return {
      ...store,
      put: async (key, bytes) => {
        await store.put(key, bytes);
        this.putAtMs.set(key, this.time.now());
        if (key.endsWith('.seg') && isIndexed(joinParts(bytes))) this.tally.indexed += 1;
        if (key.includes('/manifests/')) {
          const { segments, sweep } = JSON.parse(new TextDecoder().decode(joinParts(bytes))) as {
            segments: { key: string }[];
            sweep?: SweepRound;
          };
          this.condemnedBy.set(key, sweep ?? NO_ROUND);
          this.segmentsOf.set(
            key,
            segments.map((entry) => entry.key),
          );
        }
      },
      delete: async (keys) => {
        this.check(() => {
          this.checkDeletion(keys);
        });
        await store.delete(keys);
        for (const key of keys) this.putAtMs.delete(key);
      },
    };
  }

  private watchPointer(pointer: PointerStore): PointerStore {
    return {
      read: () => pointer.read(),
      compareAndSet: async (expected, next) => {
        const isMoved = await pointer.compareAndSet(expected, next);
        if (!isMoved) return false;
        if (next.finishedWrites.length > 1) this.tally.grouped += 1;
        this.check(() => {
          this.model.advance(next, this.time.now());
          this.noteLate(expected, next.manifest);
          this.noteCondemned(expected, next.manifest);
          const missing = [next.manifest, ...this.segmentsOf.get(next.manifest)!].filter(
            (key) => !this.putAtMs.has(key),
          );
          if (missing.length > 0)
            throw new Error(`version ${next.version} names ${missing.join()}, which is gone`);
        });
        return true;
      },
    };
  }

  private noteLate(before: string | null, after: string): void {
    const known = new Set(before === null ? [] : this.segmentsOf.get(before));
    for (const key of this.segmentsOf.get(after)!.filter((one) => !known.has(one))) {
      if ((this.putAtMs.get(key) ?? 0) < this.time.now() - GRACE_MS / 2) this.late.add(key);
      else this.late.delete(key);
    }
  }

  /** Each round condemns anew, also what an earlier one condemned that never ended. */
  private noteCondemned(before: string | null, after: string): void {
    const { round, condemned } = this.condemnedBy.get(after)!;
    if (before !== null && this.condemnedBy.get(before)!.round === round) return;
    for (const hash of condemned) this.condemnedAtMs.set(hash, this.time.now());
  }

  /** A sweep looks at a segment after it was condemned: what was put again before that is not old. */
  private wasFresh(key: string): boolean {
    const condemnedAtMs = this.condemnedAtMs.get(shortHash(key)) ?? Infinity;
    const putAtMs = this.putAtMs.get(key) ?? 0;
    return putAtMs <= condemnedAtMs && putAtMs > condemnedAtMs - GRACE_MS / 2;
  }

  private checkDeletion(keys: readonly string[]): void {
    const since = this.time.now() - READER_MS;
    const { states } = this.model;
    const needed = new Set<string>();
    for (let version = states.length - 1; version > 0; version--) {
      const { manifest, atMs } = states[version]!;
      needed.add(manifest!);
      const isCurrent = version === states.length - 1;
      for (const key of this.segmentsOf.get(manifest!)!)
        if (isCurrent || !this.late.has(key)) needed.add(key);
      // It was current until the next one came; the one before it was not.
      if (atMs < since) break;
    }
    const lost = keys.filter((key) => needed.has(key));
    if (lost.length > 0) throw new Error(`${lost.join()} was deleted, and a live version needs it`);
    const fresh = keys.filter((key) => key.endsWith('.seg') && this.wasFresh(key));
    if (fresh.length > 0) throw new Error(`${fresh.join()} was swept, and had been put again before`);
  }
}

/** The second major version has an index. */
function isIndexed(segment: Uint8Array): boolean {
  return segment[8] === 2;
}
