import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { log } from '../../shared/log.ts';
import { mapConcurrently } from '../../shared/map-concurrently.ts';
import { type IngestionDeps, timestamp } from '../ingestion-deps.ts';
import { readAsOf } from '../state/expired-upload.ts';
import type { FileItem, Progress } from '../state/file-item.ts';
import { claimRepeat, readFile } from '../state/file-store.ts';
import { OPEN_INGESTIONS_PARTITION } from '../state/ingestion-item.ts';

export interface RepeatDeps extends Pick<IngestionDeps, 'databases' | 'publish' | 'now'> {
  pause: (delayMs: number) => Promise<unknown>;
}

/** What a new subscriber follows; without a file it follows all of the database. */
export interface Followed {
  databaseId: string;
  fileId: string | null;
}

/** The resolver that asks for this runs before its subscription stands: AppSync has answered the subscriber well before this time is over. */
const SETTLE_MS = 1_000;
/** A report that was repeated since then was heard by this subscriber, too: its subscription stood by then. */
const HEARD_MS = 500;
/** A database may have any number of files under way; a subscriber hears of the others when they move. */
const MAX_FILES = 100;
/** Files stay in the list for some minutes after their end. */
const MAX_ENTRIES = 1_000;
const CONCURRENCY = 4;
/** How often a report is followed by a newer one that was stored while it was on its way. */
const MAX_CORRECTIONS = 3;
const UNFINISHED = new Set(['AWAITING_UPLOAD', 'QUEUED', 'PARSING', 'EMBEDDING', 'INDEXING']);

/** Returns what an invocation by the subscription's resolver asks for. */
export function readFollowed(event: unknown): Followed {
  const { arguments: given } = (event ?? {}) as { arguments?: { databaseId?: unknown; fileId?: unknown } };
  const { databaseId, fileId = null } = given ?? {};
  if (typeof databaseId !== 'string' || (fileId !== null && typeof fileId !== 'string'))
    throw new Error(
      'The event is not one of onIngestionProgress: databaseId is required, and fileId is a string or absent.',
    );
  return { databaseId, fileId };
}

/** Returns the ids of files with an ingestion in the list of those under way; some may have ended a moment ago. */
async function* listFileIds({ databases }: RepeatDeps, databaseId: string): AsyncGenerator<string[]> {
  const seen = new Set<string>();
  let startKey: Record<string, unknown> | undefined;
  let entries = 0;
  do {
    const page = await databases.client.send(
      new QueryCommand({
        TableName: databases.table,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: { ':pk': OPEN_INGESTIONS_PARTITION, ':prefix': `${databaseId}#` },
        ProjectionExpression: 'fileId',
        Limit: MAX_FILES,
        ExclusiveStartKey: startKey,
      }),
    );
    const ids = (page.Items ?? []).map(({ fileId }) => String(fileId)).filter((id) => !seen.has(id));
    for (const id of ids) seen.add(id);
    yield [...new Set(ids)];
    entries += page.Items?.length ?? 0;
    startKey = page.LastEvaluatedKey;
  } while (startKey !== undefined && entries < MAX_ENTRIES);
}

async function listUnfinished(deps: RepeatDeps, databaseId: string): Promise<string[]> {
  const unfinished: string[] = [];
  for await (const ids of listFileIds(deps, databaseId)) {
    const files = await mapConcurrently(ids, CONCURRENCY, (id) => readFile(deps.databases, databaseId, id));
    unfinished.push(...files.flatMap((file) => (file && UNFINISHED.has(file.status) ? file.id : [])));
    if (unfinished.length >= MAX_FILES) break;
  }
  return unfinished.slice(0, MAX_FILES);
}

/** Returns the report of a file as it is stored; that of one that is gone says so. */
function toReport(file: FileItem | null, before: Progress, now: string): Progress {
  if (!file) return { ...before, status: 'DELETING' };
  const { progress, status } = readAsOf(file, now);
  return { ...progress, status };
}

function isSame(a: Progress, b: Progress): boolean {
  return a.updatedAt === b.updatedAt && a.status === b.status && a.percent === b.percent;
}

/** Publishes a file's stored state, and what was stored meanwhile after it, so that the last report that is heard is not an old one. */
async function repeatOne(deps: RepeatDeps, databaseId: string, fileId: string): Promise<void> {
  const now = timestamp(deps);
  const before = new Date(deps.now() - HEARD_MS).toISOString();
  const claimed = await claimRepeat(deps.databases, { databaseId, fileId }, { now, before });
  if (!claimed) return;
  let report = toReport(claimed, claimed.progress, now);
  await deps.publish(report);
  for (let correction = 1; correction <= MAX_CORRECTIONS; correction++) {
    const file = await readFile(deps.databases, databaseId, fileId);
    const newer = toReport(file, report, timestamp(deps));
    if (isSame(newer, report)) return;
    report = newer;
    await deps.publish(report);
  }
}

/**
 * Publishes the stored state of what a new subscriber follows, once it can hear it: of the file that it names, whatever its state, or of the
 * unfinished files of the database. However many subscribers come, a file is repeated at most twice a second.
 */
export async function repeatProgress(deps: RepeatDeps, { databaseId, fileId }: Followed): Promise<void> {
  await deps.pause(SETTLE_MS);
  const fileIds = fileId === null ? await listUnfinished(deps, databaseId) : [fileId];
  await mapConcurrently(fileIds, CONCURRENCY, (id) => repeatOne(deps, databaseId, id));
  log.info('reports were repeated for a new subscriber', { databaseId, fileId, files: fileIds.length });
}
