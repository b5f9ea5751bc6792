import type { FileStatus } from '../../schema/generated/types.ts';
import { type IngestionDeps, timestamp } from './ingestion-deps.ts';
import type { FileItem, Progress } from './state/file-item.ts';
import { storeProgress } from './state/file-store.ts';
import type { FileVersion } from './storage/object-keys.ts';

/** Shares of the way, in percent: embedding takes by far the most time, the commit very little. */
const PARSING_START = 1;
const PARSING_SHARE = 19;
const EMBEDDING_START = 20;
const EMBEDDING_SHARE = 70;
const INDEXING = 92;

export interface Report {
  status: FileStatus;
  bytesDone: number;
  bytesTotal: number;
  chunksDone: number;
  chunksTotal: number | null;
  message?: string | null;
}

function computePercent({ status, bytesDone, bytesTotal, chunksDone, chunksTotal }: Report): number {
  if (status === 'PARSING')
    return round(PARSING_START + PARSING_SHARE * Math.min(1, bytesDone / Math.max(1, bytesTotal)));
  if (status === 'EMBEDDING')
    return round(EMBEDDING_START + EMBEDDING_SHARE * (chunksDone / Math.max(1, chunksTotal ?? 1)));
  return status === 'INDEXING' ? INDEXING : 0;
}

function round(percent: number): number {
  return Math.round(percent * 10) / 10;
}

/** Stores and publishes how far a version has come; `isStep` marks a new status. Returns null when there was nothing to tell. */
export async function reportProgress(
  deps: IngestionDeps,
  of: FileVersion,
  report: Report,
  { isStep = false, isStart = false } = {},
): Promise<FileItem | null> {
  const { databaseId, fileId } = of;
  const { status, bytesDone, bytesTotal, chunksDone, chunksTotal, message = null } = report;
  const counts = { chunksDone, chunksTotal, bytesDone, bytesTotal };
  const progress: Progress = {
    ...{ databaseId, fileId, status, percent: computePercent(report) },
    ...counts,
    ...{ message, version: null, updatedAt: timestamp(deps) },
  };
  const stored = await storeProgress(deps.databases, of, progress, { isStep, isStart });
  if (stored) await deps.publish(progress);
  return stored;
}
