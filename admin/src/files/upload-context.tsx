import { createContext, useContext, useSyncExternalStore } from 'react';
import type { UploadQueue, UploadState } from './upload-queue.ts';

export const UploadContext = createContext<UploadQueue | null>(null);

/** Returns the queue of uploads of this tab. */
export function useUploadQueue(): UploadQueue {
  const queue = useContext(UploadContext);
  if (!queue) throw new Error('useUploadQueue needs an UploadContext above it.');
  return queue;
}

/** Returns the uploads to one database, as they stand. */
export function useUploads(databaseId: string): UploadState[] {
  const queue = useUploadQueue();
  const uploads = useSyncExternalStore(queue.subscribe, queue.getState);
  return uploads.filter((upload) => upload.databaseId === databaseId);
}
