import { type Change, type Commit, isVectorDbError, type VectorDatabase } from '../../engine/index.ts';
import { log } from '../shared/log.ts';
import { abandonWrite, beginWrite } from '../shared/pending-write.ts';
import { deleteRecords, putRecords, type VectorRecord } from '../shared/records.ts';
import type { VectorDeps } from './vector-deps.ts';

/** One write: its records, and how to make the change that its commit is. */
interface Write {
  databaseId: string;
  writeId: string;
  records: VectorRecord[];
  engine: VectorDatabase;
  makeChange(): Promise<Omit<Change, 'finishedWrites'>>;
}

type WriteDeps = Pick<VectorDeps, 'databases' | 'records'>;

/** Waits for both, so that nothing is still writing when a failure is cleaned up. */
async function settleBoth<One>(one: Promise<One>, other: Promise<unknown>): Promise<One> {
  const [first, second] = await Promise.allSettled([one, other]);
  if (first.status === 'rejected') throw first.reason;
  if (second.status === 'rejected') throw second.reason;
  return first.value;
}

/** Removes the records of a write that will not be committed; what fails here is the sweep's to finish. */
async function undoWrite(deps: WriteDeps, { databaseId, writeId, records }: Write): Promise<void> {
  try {
    await deleteRecords(deps.records, records);
    await abandonWrite(deps.databases, databaseId, writeId);
  } catch (error) {
    log.error('a failed write was not undone; the sweep will', error, { databaseId, writeId });
  }
}

/** Returns whether a commit that failed like this was certainly not made. */
function isCertainlyUncommitted(error: unknown): boolean {
  const kinds = ['InvalidInput', 'Conflict', 'NotFound', 'LimitExceeded'] as const;
  return kinds.some((kind) => isVectorDbError(error, kind));
}

/** Carries out a write as ARCHITECTURE.md says: announced, put, then visible to everybody at once by its commit. */
export async function commitWrite(deps: WriteDeps, write: Write): Promise<Commit> {
  const { databaseId, writeId, records, engine } = write;
  await beginWrite(deps.databases, databaseId, writeId);
  let isCommitting = false;
  try {
    const change = await settleBoth(write.makeChange(), putRecords(deps.records, records));
    isCommitting = true;
    return await engine.commit({ ...change, finishedWrites: [writeId] });
  } catch (error) {
    // A commit whose answer was lost may have been made: then its records must stay, and the sweep decides.
    if (!isCommitting || isCertainlyUncommitted(error)) await undoWrite(deps, write);
    throw error;
  }
}
