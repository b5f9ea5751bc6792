import { memoryPointer, memoryStore, seededRandom } from '../../../engine/index.ts';
import { makeChange, makeRow, openTestDatabase } from '../../support/engine-database.ts';
import { connect, FAIR_WEATHER, type Weather } from './simulated-storage.ts';
import { SimulatedTime } from './simulated-time.ts';

/** What writers of one database met. */
export interface Contention {
  /** Of the commits alone, ascending. */
  latenciesMs: number[];
  manifestsPut: number;
  commits: number;
  tookMs: number;
}

/** S3 and DynamoDB in one region: a put takes about 30 ms, a small read 20 ms, an update 8 ms. */
const LATENCY_MS: Weather['latencyMs'] = {
  get: [15, 25],
  getTail: [15, 25],
  put: [20, 45],
  delete: [20, 45],
  list: [20, 45],
  read: [3, 7],
  compareAndSet: [6, 10],
};

/** Lets processes of their own upsert single rows, each one after the other, for a while. */
export async function runContention(options: {
  writers: number;
  writesEach: number;
  seed: number;
  /** Between an answer and the next request of a writer. */
  thinkMs: number;
}): Promise<Contention> {
  const { writers, writesEach, seed, thinkMs } = options;
  const time = new SimulatedTime();
  const random = seededRandom(seed);
  const store = memoryStore(() => time.now());
  const pointer = memoryPointer();
  const latenciesMs: number[] = [];
  let manifestsPut = 0;
  const counted = {
    ...store,
    put: (...[key, bytes]: Parameters<typeof store.put>) => {
      if (key.includes('/manifests/')) manifestsPut += 1;
      return store.put(key, bytes);
    },
  };
  const weather = { ...FAIR_WEATHER, latencyMs: LATENCY_MS };
  const writer = async (name: string): Promise<void> => {
    const connection = connect({ store: counted, pointer, time, random, weather });
    const { database } = openTestDatabase(
      {},
      { ...connection, clock: time, seed: Math.floor(random() * 2 ** 32) },
    );
    for (let i = 0; i < writesEach; i++) {
      await time.sleep(random() * 2 * thinkMs);
      const add = [await database.writeSegment([makeRow(`${name}-${i}`, [1, i])])];
      const startedAtMs = time.now();
      await database.commit(makeChange({ add }));
      latenciesMs.push(time.now() - startedAtMs);
    }
  };
  const startedAtMs = time.now();
  await time.run(Promise.all(Array.from({ length: writers }, (_, i) => writer(`w${i}`))));
  latenciesMs.sort((a, b) => a - b);
  return { latenciesMs, manifestsPut, commits: writers * writesEach, tookMs: time.now() - startedAtMs };
}

/** Returns the latency that a share of the commits stayed below. */
export function percentile({ latenciesMs }: Contention, share: number): number {
  return latenciesMs[Math.min(latenciesMs.length - 1, Math.floor(latenciesMs.length * share))]!;
}
