import { useRef } from 'react';
import type { ReactNode } from 'react';
import type { File as StoredFile } from '../../../schema/generated/types.ts';
import { useUploadQueue } from './upload-context.tsx';

/** Returns how to choose a new version of a file, and the hidden input that must stand somewhere for it. */
export function useReplacement({ databaseId, id, name }: StoredFile): {
  choose: () => void;
  input: ReactNode;
} {
  const queue = useUploadQueue();
  const ref = useRef<HTMLInputElement>(null);
  const input = (
    <input
      ref={ref}
      type="file"
      hidden
      aria-label={`Replacement for ${name}`}
      onChange={(event) => {
        queue.add([...(event.target.files ?? [])].slice(0, 1), { databaseId, replaceFileId: id });
        event.target.value = '';
      }}
    />
  );
  return { choose: () => ref.current?.click(), input };
}
