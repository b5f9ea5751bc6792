import { util } from '@aws-appsync/utils';

/** Returns a file's item as GraphQL answers it; a file whose bytes never came reads as failed from the moment its upload expires. */
export function toFile(item: any): any {
  if (!item || item.status !== 'AWAITING_UPLOAD' || !item.uploadExpiresAt) return item ?? null;
  const expiresAtMs = util.time.parseISO8601ToEpochMilliSeconds(item.uploadExpiresAt);
  if (expiresAtMs > util.time.nowEpochMilliSeconds()) return item;
  const message = 'The upload expired before the bytes arrived.';
  return {
    ...item,
    status: 'FAILED',
    progress: { ...item.progress, status: 'FAILED', message },
    error: {
      kind: 'UNAVAILABLE',
      message: `${message} Request a new upload.`,
      location: null,
      retryable: false,
    },
  };
}
