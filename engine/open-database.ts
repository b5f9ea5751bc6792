import type { DatabaseConfig, ObjectStore, PointerStore, VectorDatabase } from './api.ts';
import { invalidInput, showValue } from './errors/vector-db-error.ts';
import { MAX_DIMENSION, type Kernels } from './kernels/kernels.ts';
import { createCommitQueue } from './manifest/commit-changes.ts';
import { compactDatabase } from './manifest/compact.ts';
import { fieldTypes } from './manifest/manifest.ts';
import { compactionLimits, type CompactionLimits } from './manifest/plan-compaction.ts';
import { sweepOrphans } from './manifest/sweep-orphans.ts';
import { withCurrent, type ManifestIo } from './manifest/update-manifest.ts';
import { findMatchingIds } from './query/find-ids.ts';
import { checkMinVersion, planSearch } from './query/plan-search.ts';
import { readStoredRows } from './query/read-rows.ts';
import { reserveScratch } from './query/probe-scratch.ts';
import { executeSearch } from './query/search.ts';
import { createVectorResidency, type VectorResidency } from './segment/vector-residency.ts';
import { MIN_INDEX_ROWS } from './index/build-index.ts';
import type { VectorIo } from './segment/vector-io.ts';
import type { SegmentIo } from './segment/put-segment.ts';
import { writeSegmentRows } from './segment/write-segment.ts';
import { seededRandom, systemClock, type Clock } from './storage/clock.ts';
import { createObjectCache, type ObjectCache } from './storage/object-cache.ts';
import { countingStore } from './storage/counting-store.ts';

/** What stays in memory between calls; databases with distinct prefixes and one set of kernels may share it. */
export interface EngineCache {
  objects: ObjectCache;
  vectors: VectorResidency;
}

/** Everything a database needs from outside. */
export interface OpenOptions {
  store: ObjectStore;
  pointer: PointerStore;
  kernels: Kernels;
  config: DatabaseConfig;
  clock?: Clock;
  /** Seeds the jitter of retries. */
  seed?: number;
  cache?: EngineCache;
  /** Bounds of one merge. */
  compaction?: Partial<CompactionLimits>;
  /** Rows from which a segment gets a vector index, at least 16; fewer than usual prove the index on little data. */
  minIndexRows?: number;
}

/** Makes a cache: `objectBytes` for everything but the f32 rows of larger segments, `vectorBytes` for those. */
export function createCache(options: {
  kernels: Kernels;
  objectBytes?: number;
  vectorBytes?: number;
}): EngineCache {
  reserveScratch(options.kernels);
  return {
    objects: createObjectCache(options.objectBytes ?? 128 << 20),
    vectors: createVectorResidency(options.kernels, options.vectorBytes ?? 512 << 20),
  };
}

/** Opens one database and generation. Nothing is read until a method is called. */
export function openDatabase(options: OpenOptions): VectorDatabase {
  checkConfig(options.config);
  const limits = compactionLimits(options.compaction);
  const { store, pointer, kernels, config, clock = systemClock } = options;
  const cache = options.cache ?? createCache({ kernels });
  const random = seededRandom(options.seed ?? 1);
  const minIndexRows = options.minIndexRows ?? MIN_INDEX_ROWS;
  checkMinIndexRows(minIndexRows);
  const io: ManifestIo & VectorIo & SegmentIo = {
    store,
    pointer,
    config,
    minIndexRows,
    clock,
    random,
    kernels,
    cache: cache.objects,
    vectors: cache.vectors,
  };
  return {
    writeSegment: (rows) => writeSegmentRows(io, rows),
    commit: createCommitQueue(io, limits),
    search: async (query) => {
      const counted = countingStore(store);
      const metered = { ...io, store: counted };
      return withCurrent(metered, async ({ manifest }) => {
        checkMinVersion(query.minVersion, manifest.version);
        const answer = await executeSearch(metered, planSearch(query, manifest, config), config);
        const stats = {
          ...answer.stats,
          cold: counted.counts.bytesRead > 0,
          bytesFetched: counted.counts.bytesRead,
        };
        return { hits: answer.hits, version: manifest.version, stats };
      });
    },
    readRows: (ids) => withCurrent(io, ({ manifest }) => readStoredRows(io, manifest, ids)),
    findIds: (filter, limit) =>
      withCurrent(io, ({ manifest }) => findMatchingIds(io, manifest, { filter, limit })),
    metadataFields: () => withCurrent(io, ({ manifest }) => Promise.resolve(fieldTypes(manifest))),
    compact: () => compactDatabase(io, limits),
    sweepOrphans: (graceMs) => sweepOrphans(io, graceMs),
  };
}

/** Fewer rows than lists cannot be trained. */
const FEWEST_INDEX_ROWS = 16;

function checkMinIndexRows(value: number): void {
  if (Number.isSafeInteger(value) && value >= FEWEST_INDEX_ROWS) return;
  const message = `minIndexRows is ${showValue(value)}; it must be an integer of at least ${FEWEST_INDEX_ROWS}.`;
  throw invalidInput(message, { field: 'minIndexRows', limit: FEWEST_INDEX_ROWS });
}

function checkConfig({ dimension, metric, prefix }: DatabaseConfig): void {
  if (!Number.isInteger(dimension) || dimension < 1 || dimension > MAX_DIMENSION) {
    const message = `The dimension is ${showValue(dimension)}; it must be an integer from 1 to ${MAX_DIMENSION}.`;
    throw invalidInput(message, { field: 'dimension', limit: MAX_DIMENSION });
  }
  if (!['COSINE', 'DOT_PRODUCT', 'EUCLIDEAN'].includes(metric)) {
    throw invalidInput(`The metric is ${showValue(metric)}; it must be COSINE, DOT_PRODUCT or EUCLIDEAN.`, {
      field: 'metric',
    });
  }
  if (!prefix.endsWith('/'))
    throw invalidInput(`The prefix ${showValue(prefix)} does not end in "/".`, { field: 'prefix' });
}
