import { util } from '@aws-appsync/utils';
import type { FileItem } from './items.ts';

/** Returns a file's item as GraphQL answers it; a file whose bytes never came reads as failed from the moment its upload expires. */
export function toFile(item: FileItem): FileItem {
  if (item.status !== 'AWAITING_UPLOAD' || !item.uploadExpiresAt) return item;
  const expiresAtMs = util.time.parseISO8601ToEpochMilliSeconds(item.uploadExpiresAt);
  if (expiresAtMs > util.time.nowEpochMilliSeconds()) return item;
  const message = 'The upload expired before the bytes arrived.';
  const hint = `${message} Request a new upload.`;
  return {
    ...item,
    status: 'FAILED',
    progress: { ...item.progress, status: 'FAILED', message },
    error: { kind: 'UNAVAILABLE', message: hint, location: null, retryable: false },
  };
}
