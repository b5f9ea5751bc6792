import type { FileError } from '../../../schema/generated/types.ts';
import type { FileItem } from './file-item.ts';

const EXPIRED = 'The upload expired before the bytes arrived.';

/** What a file says whose bytes never came; the resolvers say the same before a schedule makes it permanent. */
export const EXPIRED_UPLOAD: FileError = {
  kind: 'UNAVAILABLE',
  message: `${EXPIRED} Request a new upload.`,
  location: null,
  retryable: false,
};

/** Returns a file as it reads now: one whose upload has expired reads as FAILED. */
export function readAsOf(item: FileItem, now: string): FileItem {
  if (item.status !== 'AWAITING_UPLOAD' || item.uploadExpiresAt > now) return item;
  return {
    ...item,
    status: 'FAILED',
    progress: { ...item.progress, status: 'FAILED', message: EXPIRED },
    error: EXPIRED_UPLOAD,
  };
}
