import { isVectorDbError, VectorDbError } from '../errors/vector-db-error.ts';
import { mapLimited } from '../storage/map-limited.ts';
import type { Clock } from '../storage/clock.ts';
import type { StoreIo } from '../storage/store-io.ts';
import { shortHash, type ManifestContent } from './manifest.ts';

/** The `field` of the error for a segment that a change adds and that is not stored. */
export const ADDED_SEGMENT_FIELD = 'add';

/** The sweep's round at which a segment was last seen in the store, by key. */
export type ConfirmedSegments = Map<string, number>;

const CONCURRENCY = 16;

/**
 * Makes sure that segments which the successor of a manifest adds are stored, and stay. A sweep condemns segments by moving the
 * pointer, deletes them, and releases them by moving it again: so a segment that is not condemned, and that is seen in the store
 * after the manifest was read, cannot go before the pointer moves from that manifest.
 */
export async function confirmStored(
  io: StoreIo & { clock: Clock },
  manifest: ManifestContent,
  keys: readonly string[],
  confirmed: ConfirmedSegments,
): Promise<void> {
  const named = new Set(manifest.segments.map(({ key }) => key));
  const { round, untilMs, condemned } = manifest.sweep ?? { round: 0, untilMs: 0, condemned: [] };
  const added = keys.filter((key) => !named.has(key));
  const doomed =
    untilMs < io.clock.now() ? undefined : added.find((key) => condemned.includes(shortHash(key)));
  if (doomed !== undefined) {
    const message = `Segment ${doomed} is being swept away as an orphan: write its rows again in a moment.`;
    throw new VectorDbError('Unavailable', message, { field: ADDED_SEGMENT_FIELD, actual: doomed });
  }
  const unseen = added.filter((key) => confirmed.get(key) !== round);
  await mapLimited(unseen, CONCURRENCY, async (key) => {
    await readAdded(key, () => io.store.getTail(key, 1));
    confirmed.set(key, round);
  });
}

/** Reads a segment that a change adds; when it is gone, the error says that its rows must be written again. */
export async function readAdded<Result>(key: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (!isVectorDbError(error, 'NotFound')) throw error;
    const message = `Segment ${key} is not in the store any more: write its rows again.`;
    throw new VectorDbError('NotFound', message, { field: ADDED_SEGMENT_FIELD, actual: key }, error);
  }
}
