import type { BucketIndex } from './object-state.ts';
import type { Version } from './record.ts';
import { compareUtf8 } from './sorted-keys.ts';

interface ListRequest {
  prefix: string;
  /** Empty: none. */
  delimiter: string;
  /** Only what stands behind this, or at it when `isInclusive`. */
  after: string;
  isInclusive?: boolean;
  /** Leaves out what begins with `after`: it was answered as a common prefix. */
  skipsPrefix: boolean;
  limit: number;
}

export interface ListEntry {
  kind: 'KEY' | 'PREFIX';
  /** A key, or a common prefix with its delimiter. */
  name: string;
  versions: readonly Version[];
}

export interface ListPage {
  entries: ListEntry[];
  isTruncated: boolean;
}

/**
 * Lists keys in UTF-8 byte order. Keys for which `choose` gives no version are left out. Common prefixes are leapt over by a
 * search, so the cost follows the entries answered, not the keys below them.
 */
export function listKeys(
  index: BucketIndex,
  request: ListRequest,
  choose: (versions: readonly Version[]) => readonly Version[],
): ListPage {
  const entries: ListEntry[] = [];
  let isBefore = startOf(request);
  for (;;) {
    const step = nextEntry(index, { request, isBefore, choose });
    if (!step) return { entries, isTruncated: false };
    if (entries.length >= request.limit) return { entries, isTruncated: request.limit > 0 };
    entries.push(step);
    isBefore = step.kind === 'PREFIX' ? beforeEndOf(step.name) : (key) => compareUtf8(key, step.name) <= 0;
  }
}

function startOf({ prefix, after, skipsPrefix, isInclusive }: ListRequest): (key: string) => boolean {
  const isBeforeAfter = skipsPrefix
    ? beforeEndOf(after)
    : (key: string) =>
        after !== '' && (isInclusive ? compareUtf8(key, after) < 0 : compareUtf8(key, after) <= 0);
  return (key) => compareUtf8(key, prefix) < 0 || isBeforeAfter(key);
}

/** True for every key that stands before or begins with `prefix`. */
function beforeEndOf(prefix: string): (key: string) => boolean {
  return (key) => key.startsWith(prefix) || compareUtf8(key, prefix) < 0;
}

function nextEntry(
  index: BucketIndex,
  search: {
    request: ListRequest;
    isBefore: (key: string) => boolean;
    choose: (versions: readonly Version[]) => readonly Version[];
  },
): ListEntry | undefined {
  const { prefix, delimiter } = search.request;
  for (const key of index.keys.from(search.isBefore)) {
    if (!key.startsWith(prefix)) return undefined;
    const versions = search.choose(index.versions.get(key) ?? []);
    if (versions.length === 0) continue;
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    return cut < 0
      ? { kind: 'KEY', name: key, versions }
      : { kind: 'PREFIX', name: key.slice(0, cut + delimiter.length), versions: [] };
  }
  return undefined;
}
