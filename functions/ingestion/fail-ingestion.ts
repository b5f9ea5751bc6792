import { VectorDbError } from '../../engine/index.ts';
import type { FileError } from '../../schema/generated/types.ts';
import { kindOfEngineError } from '../shared/function-error.ts';
import { log } from '../shared/log.ts';
import { RequestError } from '../shared/request-error.ts';
import { type IngestionDeps, timestamp } from './ingestion-deps.ts';
import { IngestionFailure } from './ingestion-failure.ts';
import { storeFailed } from './state/file-store.ts';
import { endIngestion } from './state/ingestion-store.ts';
import type { FileVersion } from './storage/object-keys.ts';
import { sendMessage } from './storage/send-message.ts';

/** Kinds of failures that the same bytes meet again, however often they are processed. */
const PERMANENT_KINDS = new Set([
  'VALIDATION',
  'DIMENSION_MISMATCH',
  'PAYLOAD_TOO_LARGE',
  'UNSUPPORTED_FILE',
]);

/** Returns what a user is told of a failure that ends an ingestion. */
export function toFileError(error: unknown): FileError {
  if (error instanceof IngestionFailure) {
    const { kind, message, location, retryable } = error;
    return { kind, message, location, retryable };
  }
  if (error instanceof RequestError) {
    return {
      kind: error.kind,
      message: error.message,
      location: null,
      retryable: !PERMANENT_KINDS.has(error.kind),
    };
  }
  if (error instanceof VectorDbError) {
    const kind = kindOfEngineError(error);
    if (PERMANENT_KINDS.has(kind)) return { kind, message: error.message, location: null, retryable: false };
  }
  const message = 'A service that processing needs failed several times; process the file again later.';
  return { kind: 'UNAVAILABLE', message, location: null, retryable: true };
}

/** Returns whether trying again by itself is pointless. */
export function isPermanent(error: unknown): boolean {
  if (error instanceof IngestionFailure) return true;
  if (error instanceof RequestError) return PERMANENT_KINDS.has(error.kind);
  return error instanceof VectorDbError && PERMANENT_KINDS.has(kindOfEngineError(error));
}

/** What is wrong with a file may quote its text, which belongs to no log. */
function logFailure(of: FileVersion, error: unknown, { kind, location }: FileError): void {
  if (error instanceof IngestionFailure)
    log.warn('a file cannot be processed', { ...pick(of), kind, location });
  else log.error('an ingestion failed', error, { ...pick(of), kind });
}

/**
 * Ends an ingestion as FAILED with the reason, for its file and its subscribers; what it has staged goes. Until the last write it stands
 * as one that is under way, so that a death in between is made up for.
 */
export async function failIngestion(deps: IngestionDeps, of: FileVersion, error: unknown): Promise<void> {
  const now = timestamp(deps);
  const reason = toFileError(error);
  logFailure(of, error, reason);
  await sendMessage(deps.maintenanceQueue, { operation: 'deleteStaging', ...pick(of) });
  const file = await storeFailed(deps.databases, of, reason, now);
  await endIngestion(deps.databases, of, 'FAILED', now);
  if (file) await deps.publish(file.progress);
}

function pick({ databaseId, generation, fileId, version }: FileVersion): FileVersion {
  return { databaseId, generation, fileId, version };
}
