import type { Rejection } from '../../schema/generated/types.ts';
import { rejectEntry } from './rejection.ts';

/** Of entries with the same id only the last is considered; each earlier one is refused and says so. */
export function rejectRepeated<Entry extends { index: number; id: string }>(
  entries: readonly Entry[],
  list: string,
): { entries: Entry[]; rejected: Rejection[] } {
  const lastIndex = new Map(entries.map(({ id, index }) => [id, index]));
  const isLast = ({ id, index }: Entry) => lastIndex.get(id) === index;
  const rejected = entries
    .filter((entry) => !isLast(entry))
    .map(({ index, id }) => {
      const message = `${list}[${index}].id is given again at ${list}[${lastIndex.get(id)}]; only that later entry counts.`;
      return rejectEntry(index, id, 'VALIDATION', message);
    });
  return { entries: entries.filter(isLast), rejected };
}
