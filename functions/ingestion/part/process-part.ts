import { type DatabaseItem, readDatabase } from '../../shared/database-item.ts';
import { log } from '../../shared/log.ts';
import { putRecords } from '../../shared/records.ts';
import { failIngestion, isPermanent } from '../fail-ingestion.ts';
import { type PartDeps, timestamp } from '../ingestion-deps.ts';
import { INGESTION_LIMITS } from '../limits.ts';
import { describeChunks } from '../metadata/describe-chunks.ts';
import { readStagedChunks } from '../plan/stage-chunks.ts';
import { describePace } from '../publish/describe-pace.ts';
import { reportProgress } from '../report-progress.ts';
import { readFile } from '../state/file-store.ts';
import type { IngestionItem, IngestionPlan } from '../state/ingestion-item.ts';
import { countPart, readIngestion, readPart, storePart } from '../state/ingestion-store.ts';
import { readTextObject } from '../storage/file-objects.ts';
import { type FileVersion, stagingKey } from '../storage/object-keys.ts';
import { type PartMessage, sendMessage } from '../storage/send-message.ts';
import { embedChunks } from './embed-chunks.ts';
import { finishFile, guardVersion } from './finish-file.ts';
import { isVisible } from './is-visible.ts';
import { Superseded, whileWanted } from './while-wanted.ts';
import { withdrawVersion } from './withdraw-version.ts';

/** An ingestion with its plan, of a database that is there. */
interface Planned {
  database: DatabaseItem;
  item: IngestionItem;
  plan: IngestionPlan;
}

/** Returns what a part belongs to; null when it is over, in whatever way, and the part is for nothing. */
async function loadPlanned(deps: PartDeps, of: FileVersion): Promise<Planned | null> {
  const database = await readDatabase(deps.databases, of.databaseId);
  if (database?.generation !== of.generation) return null;
  const file = await readFile(deps.databases, of.databaseId, of.fileId);
  if (!file || file.status === 'DELETING' || file.fileVersion > of.version) {
    await withdrawVersion(deps, of, { database, file });
    return null;
  }
  const item = await readIngestion(deps.databases, of);
  if (item?.phase !== 'EMBEDDING' || !item.plan) return null;
  return { database, item, plan: item.plan };
}

/** Returns a check that fails when nobody waits for a version any more. */
function watchVersion(deps: PartDeps, of: FileVersion): () => Promise<void> {
  const check = guardVersion(deps, of);
  return async () => {
    const database = await readDatabase(deps.databases, of.databaseId);
    if (database?.generation !== of.generation) throw new Superseded();
    await check();
  };
}

async function writePart(
  deps: PartDeps,
  { part, ...of }: PartMessage,
  { database, item, plan }: Planned,
): Promise<void> {
  const startedAt = deps.now();
  const embedder = deps.openEmbedder(database);
  const staged = await readTextObject(deps.files, stagingKey(of, part));
  if (staged === null) throw new Error(`The staged chunks of part ${part} are not there.`);
  const chunks = readStagedChunks(staged);
  const content = {
    of,
    part,
    chunks,
    firstIndex: plan.chunksOfPart.slice(0, part).reduce((sum, count) => sum + count, 0),
    createdAt: item.createdAt,
    hasTime: () => deps.now() - startedAt < INGESTION_LIMITS.partEmbedMs,
    describe: describeChunks(item.upload, plan),
  };
  const { rows, records, tokens } = await whileWanted({ of, check: watchVersion(deps, of) }, (signal) =>
    embedChunks({ embedder, vectors: deps.vectors }, { ...content, signal }),
  );
  const engine = await deps.openEngine(database);
  const segment = await engine.writeSegment(rows);
  await putRecords(deps.records, records);
  await storePart(deps.databases, of, {
    part,
    chunks: chunks.length,
    segment,
    tokens,
    createdAt: timestamp(deps),
  });
}

function countChunks({ chunksOfPart }: IngestionPlan, doneParts: ReadonlySet<number>): number {
  return [...doneParts].reduce((sum, part) => sum + (chunksOfPart[part] ?? 0), 0);
}

/** The ingestion ended while a part of it ran, which may have written what the clean-up no longer saw. */
async function leaveNothing(deps: PartDeps, of: FileVersion): Promise<void> {
  await loadPlanned(deps, of);
  if ((await readIngestion(deps.databases, of))?.phase !== 'FAILED') return;
  const { databaseId, generation, fileId, version } = of;
  const cleanUp = { operation: 'deleteStaging' as const, databaseId, generation, fileId, version };
  await sendMessage(deps.maintenanceQueue, cleanUp);
}

async function processPlanned(deps: PartDeps, message: PartMessage, planned: Planned): Promise<void> {
  const { part, ...of } = message;
  const { plan, item } = planned;
  if (part >= plan.parts) throw new Error(`Part ${part} does not exist; there are ${plan.parts}.`);
  if (!(await readPart(deps.databases, of, part))) await writePart(deps, message, planned);
  const counted = await countPart(deps.databases, of, part, timestamp(deps));
  if (!counted) {
    await leaveNothing(deps, of);
    return;
  }
  const done = counted.doneParts ?? new Set<number>();
  if (done.size === plan.parts) {
    await finishFile(deps, of, { ...planned, item: counted });
    return;
  }
  const { sizeBytes } = item.upload;
  const chunks = { chunksDone: countChunks(plan, done), chunksTotal: plan.chunks };
  const elapsedMs = deps.now() - Date.parse(item.plannedAt ?? item.updatedAt);
  await reportProgress(deps, of, {
    status: 'EMBEDDING',
    ...chunks,
    message: describePace({ done: chunks.chunksDone, total: plan.chunks, elapsedMs }, 'chunks'),
    bytesDone: sizeBytes,
    bytesTotal: sizeBytes,
  });
}

/**
 * Processes one part: embeds its chunks, writes their segment and records, and counts itself. The part that finds all others done commits.
 * Every step may be repeated after a crash at any point. With `isLastAttempt` a failure that might pass ends the ingestion.
 */
export async function processPart(
  deps: PartDeps,
  message: PartMessage,
  { isLastAttempt }: { isLastAttempt: boolean },
): Promise<void> {
  const { part, ...of } = message;
  const planned = await loadPlanned(deps, of);
  if (!planned) {
    log.info('a part is not wanted any more', { ...of, part });
    return;
  }
  try {
    await processPlanned(deps, message, planned);
  } catch (error) {
    if (error instanceof Superseded) {
      log.info('a part is not wanted any more', { ...of, part });
      await leaveNothing(deps, of);
      return;
    }
    if (!isPermanent(error) && !isLastAttempt) throw error;
    // Its commit was made: the sweep has the rest done.
    if (await isVisible(deps, of, planned)) throw error;
    await failIngestion(deps, of, error);
  }
}
