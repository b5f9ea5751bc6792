import { deleteMarker } from './delete-object.ts';
import type { Services } from './exchange.ts';
import { lockOf } from './put-object.ts';
import type { JournalRecord, Version } from './record.ts';
import { compareUtf8 } from './sorted-keys.ts';
import type { BucketConfig, LifecycleRule } from './types.ts';

const DAY_MS = 86_400_000;
const PAGE_KEYS = 1000;

/** Removes what the lifecycle rules of all buckets have let expire by now. As in S3, it sends no events of removal. */
export async function runLifecycle(services: Services, nowMs: number): Promise<void> {
  for (const bucket of services.options.buckets) {
    if (!bucket.lifecycle || bucket.lifecycle.length === 0) continue;
    await expireObjects(services, bucket, nowMs);
    await abortUploads(services, bucket, nowMs);
  }
}

async function expireObjects(services: Services, bucket: BucketConfig, nowMs: number): Promise<void> {
  let after = '';
  for (;;) {
    const page = keysAfter(services, bucket, after);
    for (const key of page) {
      if (planExpiry(versionsOf(services, bucket, key), { bucket, key, nowMs }).length === 0) continue;
      await services.store.commit(lockOf({ bucket, key }), () =>
        planExpiry(versionsOf(services, bucket, key), { bucket, key, nowMs }).map((step) =>
          toRecord(services, { bucket, key, nowMs }, step),
        ),
      );
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_KEYS) return;
    after = last;
  }
}

/** Taken in pages, since the order of keys must not change while it is gone through. */
function keysAfter({ store }: Services, { name }: BucketConfig, after: string): string[] {
  const page: string[] = [];
  const isBefore = (key: string): boolean => after !== '' && compareUtf8(key, after) <= 0;
  for (const key of store.state.bucket(name).keys.from(isBefore)) {
    page.push(key);
    if (page.length === PAGE_KEYS) break;
  }
  return page;
}

const versionsOf = ({ store }: Services, { name }: BucketConfig, key: string): readonly Version[] =>
  store.state.bucket(name).versions.get(key) ?? [];

interface Place {
  bucket: BucketConfig;
  key: string;
  nowMs: number;
}

/** A version that goes, or a marker that comes. */
type ExpiryStep = { removes: string } | { marks: true };

function planExpiry(versions: readonly Version[], { bucket, key, nowMs }: Place): ExpiryStep[] {
  const rules = (bucket.lifecycle ?? []).filter(({ prefix }) => key.startsWith(prefix));
  return versions.flatMap((version, position): ExpiryStep[] => {
    const newer = versions[position - 1];
    if (newer) {
      const isDue = rules.some((rule) =>
        isNoncurrentDue(rule, { version, newer, rank: position - 1, nowMs }),
      );
      return isDue ? [{ removes: version.versionId }] : [];
    }
    if (version.isDeleteMarker) {
      const isAlone = versions.length === 1;
      const isDue = rules.some((rule) => rule.expiresDeleteMarkers || isExpired(rule, version, nowMs));
      return isAlone && isDue ? [{ removes: version.versionId }] : [];
    }
    if (!rules.some((rule) => isOfSize(rule, version) && isExpired(rule, version, nowMs))) return [];
    return bucket.isVersioned ? [{ marks: true }] : [{ removes: version.versionId }];
  });
}

function isExpired(
  { expirationDays, expirationMs }: LifecycleRule,
  version: Version,
  nowMs: number,
): boolean {
  if (expirationDays !== undefined && dueMs(version.modifiedMs, expirationDays) <= nowMs) return true;
  return expirationMs !== undefined && expirationMs <= nowMs;
}

/** A version counts as noncurrent from the moment a newer one came; `rank` newer noncurrent ones are kept as well. */
function isNoncurrentDue(
  rule: LifecycleRule,
  { version, newer, rank, nowMs }: { version: Version; newer: Version; rank: number; nowMs: number },
): boolean {
  if (rule.noncurrentDays === undefined || rank < (rule.newerNoncurrentVersions ?? 0)) return false;
  return isOfSize(rule, version) && dueMs(newer.modifiedMs, rule.noncurrentDays) <= nowMs;
}

function isOfSize({ largerThanBytes, smallerThanBytes }: LifecycleRule, { size }: Version): boolean {
  return size > (largerThanBytes ?? -1) && size < (smallerThanBytes ?? Infinity);
}

/** The service counts full days and acts at the midnight that follows, in UTC. */
const dueMs = (fromMs: number, days: number): number => Math.ceil((fromMs + days * DAY_MS) / DAY_MS) * DAY_MS;

function toRecord({ store }: Services, { bucket, key, nowMs }: Place, step: ExpiryStep): JournalRecord {
  const sequence = store.nextSequence();
  const place = { bucket: bucket.name, key, events: [] };
  return 'removes' in step
    ? { type: 'delete', ...place, versionId: step.removes, sequence }
    : { type: 'put', ...place, version: deleteMarker(sequence, nowMs) };
}

async function abortUploads({ store }: Services, bucket: BucketConfig, nowMs: number): Promise<void> {
  const due = [...store.state.uploads.values()].filter(
    ({ upload }) =>
      upload.bucket === bucket.name &&
      (bucket.lifecycle ?? []).some(
        ({ prefix, abortDays }) =>
          abortDays !== undefined &&
          upload.key.startsWith(prefix) &&
          dueMs(upload.initiatedMs, abortDays) <= nowMs,
      ),
  );
  for (const { upload } of due) {
    await store.commit(lockOf({ bucket, key: upload.key }), (state) =>
      state.uploads.has(upload.id) ? [{ type: 'abort', uploadId: upload.id }] : [],
    );
  }
}
