import { rm } from 'node:fs/promises';
import { readPrivateFile, writePrivateFile } from '../data-folder/index.ts';

/** An item as it was before a transaction; without `item` it was not there. */
export interface Image {
  table: string;
  key: Record<string, unknown>;
  item?: Record<string, unknown>;
}

/** Where the images of the one transaction that runs are kept; absent when none runs. */
export interface UndoFile {
  read: () => Promise<Image[] | undefined>;
  write: (images: Image[]) => Promise<void>;
  remove: () => Promise<void>;
}

/** Keeps images at a path; a reader sees all of them or none. */
export function createUndoFile(path: string): UndoFile {
  return {
    async read() {
      const images = await readPrivateFile<unknown>(path);
      if (images === undefined || Array.isArray(images)) return images as Image[] | undefined;
      throw new Error(
        `${path} is damaged: expected a list of items, so that a transaction can be taken back`,
      );
    },
    write: (images) => writePrivateFile(path, images),
    remove: () => rm(path, { force: true }),
  };
}
