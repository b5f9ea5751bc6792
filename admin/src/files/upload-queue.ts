import type { ChunkingInput, File as StoredFile } from '../../../schema/generated/types.ts';
import type { Api } from '../transport/api.ts';
import { toApiError } from '../transport/api-error.ts';
import type { ApiError } from '../transport/api-error.ts';
import { postFile } from './post-file.ts';

export interface UploadTarget {
  databaseId: string;
  replaceFileId?: string;
  /** JSON text of an object. */
  metadata?: string;
  chunking?: ChunkingInput;
}

export interface UploadState {
  key: number;
  databaseId: string;
  name: string;
  sizeBytes: number;
  sentBytes: number;
  phase: 'waiting' | 'sending' | 'sent' | 'failed';
  error: ApiError | null;
}

interface Upload extends UploadState {
  file: File;
  target: UploadTarget;
  abort: AbortController;
}

/** Uploads run here, beside the screens, so that they go on while the user looks at another tab. */
export interface UploadQueue {
  add: (files: File[], target: UploadTarget) => void;
  retry: (key: number) => void;
  /** Stops an upload, or takes a failed one off the list. */
  remove: (key: number) => void;
  getState: () => readonly UploadState[];
  subscribe: (listener: () => void) => () => void;
  isBusy: () => boolean;
}

/** More at once would only share the same line. */
const CONCURRENT_UPLOADS = 3;

export function createUploadQueue(
  api: Pick<Api, 'request'>,
  onStored: (file: StoredFile) => void,
): UploadQueue {
  let uploads: Upload[] = [];
  let nextKey = 1;
  const listeners = new Set<() => void>();

  function change(key: number, part: Partial<Upload>): void {
    uploads = uploads.map((upload) => (upload.key === key ? { ...upload, ...part } : upload));
    for (const listener of listeners) listener();
  }

  function drop(key: number): void {
    uploads = uploads.filter((upload) => upload.key !== key);
    for (const listener of listeners) listener();
  }

  function startNext(): void {
    const sending = uploads.filter(({ phase }) => phase === 'sending').length;
    const waiting = uploads
      .filter(({ phase }) => phase === 'waiting')
      .slice(0, Math.max(0, CONCURRENT_UPLOADS - sending));
    for (const upload of waiting) {
      change(upload.key, { phase: 'sending', sentBytes: 0 });
      sendUpload(api, upload, (sentBytes) => {
        change(upload.key, { sentBytes });
      })
        .then(
          (stored) => {
            drop(upload.key);
            if (stored) onStored(stored);
          },
          (error: unknown) => {
            change(upload.key, { phase: 'failed', error: toApiError(error) });
          },
        )
        .finally(startNext);
    }
  }

  return {
    add(files, target) {
      const added = files.map((file) => ({
        ...{
          key: nextKey++,
          databaseId: target.databaseId,
          name: file.name,
          sizeBytes: file.size,
          sentBytes: 0,
        },
        ...{ phase: 'waiting' as const, error: null, file, target, abort: new AbortController() },
      }));
      uploads = [...uploads, ...added];
      startNext();
    },
    retry(key) {
      change(key, { phase: 'waiting', error: null, abort: new AbortController() });
      startNext();
    },
    remove(key) {
      uploads.find((upload) => upload.key === key)?.abort.abort();
      drop(key);
    },
    getState: () => uploads,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    isBusy: () => uploads.some(({ phase }) => phase === 'waiting' || phase === 'sending'),
  };
}

/** Asks for the permission, then sends the bytes; null when the upload was stopped meanwhile. */
async function sendUpload(
  api: Pick<Api, 'request'>,
  { file, target, abort }: Upload,
  onSent: (bytes: number) => void,
): Promise<StoredFile | null> {
  const { databaseId, replaceFileId, metadata, chunking } = target;
  const described = { name: file.name, sizeBytes: file.size, contentType: file.type || undefined };
  const permission = await api.request('requestUpload', {
    input: { databaseId, ...described, replaceFileId, metadata, chunking },
  });
  if (abort.signal.aborted) return null;
  await postFile(permission, file, { signal: abort.signal, onSent });
  return permission.file;
}
