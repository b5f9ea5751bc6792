import type { ObjectStore, PointerStore } from '../../../engine/api.ts';
import { VectorDbError } from '../../../engine/index.ts';
import type { SimulatedTime } from './simulated-time.ts';

/**
 * What happens at one step: nothing; a failure before its effect or after it (the answer is lost); a failure whose effect comes
 * later, when nobody waits for it any more; the writer vanishes before or after it; or a compare-and-set that was repeated below,
 * so that it answers "no" to its own success.
 */
type StepFault = 'none' | 'before' | 'after' | 'late' | 'crashBefore' | 'crashAfter' | 'crashLate' | 'repeat';

const CHANGING: readonly StepName[] = ['put', 'delete', 'compareAndSet'];
/** A request that was given up on may still be carried out this much later. */
const LATE_MS = 20_000;

export type StepName = 'get' | 'getTail' | 'put' | 'delete' | 'list' | 'read' | 'compareAndSet';

/** Probabilities of the faults of one step, and how long a step takes. */
export interface Weather {
  failure: number;
  crash: number;
  repeat: number;
  /** A step that takes seconds. */
  stall: number;
  latencyMs: Record<StepName, readonly [number, number]>;
}

/** About what S3 and DynamoDB take in one region. */
export const CLOUD_LATENCY_MS: Weather['latencyMs'] = {
  get: [15, 40],
  getTail: [15, 40],
  put: [20, 60],
  delete: [20, 60],
  list: [20, 60],
  read: [3, 8],
  compareAndSet: [5, 12],
};

export const FAIR_WEATHER: Weather = {
  failure: 0,
  crash: 0,
  repeat: 0,
  stall: 0,
  latencyMs: CLOUD_LATENCY_MS,
};

/** One writer's way to the storage. */
export interface Connection {
  store: ObjectStore;
  pointer: PointerStore;
  /** Resolves when the writer vanishes: none of its calls goes on. */
  crashed: Promise<'crashed'>;
}

interface World {
  store: ObjectStore;
  pointer: PointerStore;
  time: SimulatedTime;
  random: () => number;
  weather: Weather;
}

/** Connects a writer: each of its steps takes time and may fail, and it may vanish at any of them. */
export function connect({ store, pointer, time, random, weather }: World): Connection {
  let isCrashed = false;
  const hasCrashed = (): boolean => isCrashed;
  let announceCrash: (value: 'crashed') => void;
  const crashed = new Promise<'crashed'>((resolve) => {
    announceCrash = resolve;
  });
  const crash = (): Promise<never> => {
    isCrashed = true;
    announceCrash('crashed');
    return new Promise(() => undefined);
  };
  const pick = (faults: StepFault[]): StepFault => faults[Math.floor(random() * faults.length)]!;
  const decide = (name: StepName): StepFault => {
    const dice = random();
    const { failure, repeat, crash: crashing } = weather;
    const canBeLate = CHANGING.includes(name);
    if (dice < failure) return pick(canBeLate ? ['before', 'after', 'late'] : ['before', 'after']);
    if (dice < failure + crashing)
      return pick(canBeLate ? ['crashBefore', 'crashAfter', 'crashLate'] : ['crashBefore', 'crashAfter']);
    return name === 'compareAndSet' && dice < failure + crashing + repeat ? 'repeat' : 'none';
  };
  const pause = (name: StepName): Promise<void> => {
    const [least, most] = weather.latencyMs[name];
    const stallMs = random() < weather.stall ? 1000 + random() * 4000 : 0;
    // Half of it passes before the effect, half after.
    return time.sleep((least + random() * (most - least)) / 2 + stallMs);
  };

  async function step<Result>(name: StepName, run: () => Promise<Result>): Promise<Result> {
    if (hasCrashed()) return crash();
    const fault = decide(name);
    await pause(name);
    if (hasCrashed() || fault === 'crashBefore') return crash();
    if (fault === 'before') throw lost(name);
    if (fault === 'late' || fault === 'crashLate') {
      void time.sleep(random() * LATE_MS).then(run);
      if (fault === 'crashLate') return crash();
      await pause(name);
      throw lost(name);
    }
    const result = await run();
    if (fault === 'crashAfter') return crash();
    await pause(name);
    if (hasCrashed()) return crash();
    if (fault === 'after') throw lost(name);
    return fault === 'repeat' ? (false as Result) : result;
  }

  async function* list(prefix: string): ReturnType<ObjectStore['list']> {
    let listed = 0;
    for await (const entry of store.list(prefix)) {
      if (listed++ % 5 === 0) await step('list', () => Promise.resolve());
      yield entry;
    }
  }

  return {
    crashed,
    store: {
      list,
      get: (key, range) => step('get', () => store.get(key, range)),
      getTail: (key, length) => step('getTail', () => store.getTail(key, length)),
      put: (key, bytes) => step('put', () => store.put(key, bytes)),
      delete: (keys) => step('delete', () => store.delete(keys)),
    },
    pointer: {
      read: () => step('read', () => pointer.read()),
      compareAndSet: (expected, next) => step('compareAndSet', () => pointer.compareAndSet(expected, next)),
    },
  };
}

function lost(name: StepName): VectorDbError {
  return new VectorDbError('Unavailable', `Injected: ${name} did not answer.`);
}
