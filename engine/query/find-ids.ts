import type { Filter } from '../api.ts';
import { invalidInput, showValue, VectorDbError } from '../errors/vector-db-error.ts';
import { fieldTypes, type Manifest } from '../manifest/manifest.ts';
import { openEntry } from '../manifest/open-entry.ts';
import { SEGMENT_CONCURRENCY } from '../manifest/segment-index.ts';
import { loadSegment } from '../segment/load-segment.ts';
import { COLUMN_PREFIX, SECTIONS } from '../segment/segment-sections.ts';
import { mapLimited } from '../storage/map-limited.ts';
import type { StoreIo } from '../storage/store-io.ts';
import { allowedRows } from './allowed-rows.ts';
import { compileFilter, filterFields } from './compile-filter.ts';

/** Returns the ids of the live rows that match a filter, ascending; LimitExceeded when there are more than `limit`. */
export async function findMatchingIds(
  io: StoreIo,
  manifest: Manifest,
  { filter, limit }: { filter: Filter; limit: number },
): Promise<string[]> {
  if (!Number.isInteger(limit) || limit < 0) {
    throw invalidInput(`limit is ${showValue(limit)}; it must be an integer of at least 0.`, {
      field: 'limit',
    });
  }
  const compiled = compileFilter(filter, fieldTypes(manifest));
  const sections = [SECTIONS.ids, ...filterFields(compiled).map((field) => COLUMN_PREFIX + field)];
  const matches = await mapLimited(manifest.segments, SEGMENT_CONCURRENCY, async (entry) => {
    const segment = await loadSegment(io, await openEntry(io, entry), sections);
    const allowed = allowedRows(io, { filter: compiled, fileIds: null, excludeIds: [] }, entry, segment);
    return { segment, allowed };
  });
  const count = matches.reduce((total, { allowed }) => total + allowed.count, 0);
  if (count > limit) {
    const message = `The filter matches ${count} vectors; at most ${limit} are allowed.`;
    throw new VectorDbError('LimitExceeded', message, { field: 'filter', actual: count, limit });
  }
  return matches
    .flatMap(({ segment, allowed }) => Array.from(allowed.rows.rows(), (row) => segment.ids.get(row)))
    .sort();
}
