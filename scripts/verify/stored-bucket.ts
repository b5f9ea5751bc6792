import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectStore } from '../../engine/index.ts';
import { VectorDbError } from '../../engine/index.ts';
import { BlobFolder } from '../../local/s3/blob-folder.ts';
import { Journal } from '../../local/s3/journal.ts';
import { ObjectState } from '../../local/s3/object-state.ts';
import type { Version } from '../../local/s3/record.ts';

/** The buckets of a data folder, read while nothing runs. */
export interface StoredBuckets {
  /** Returns the store of the bucket that holds an object, or null. */
  holding(key: string): ObjectStore | null;
}

/** Reads the journal of the buckets in `folder`. */
export async function openStoredBuckets(folder: string): Promise<StoredBuckets> {
  const path = join(folder, 'journal');
  // Opening would make a journal that is not there.
  await access(path);
  const state = new ObjectState();
  const names = new Set<string>();
  const journal = await Journal.open(path, (record) => {
    state.apply(record);
    if (record.type === 'put') names.add(record.bucket);
  });
  await journal.close();
  const blobs = await BlobFolder.open(join(folder, 'blobs'), (message) => {
    console.error(message);
  });
  return {
    holding: (key) => {
      const bucket = [...names].find((name) => isThere(state.current(name, key)));
      return bucket === undefined ? null : readBucket(state, blobs, bucket);
    },
  };
}

function isThere(version: Version | undefined): version is Version {
  return version !== undefined && !version.isDeleteMarker;
}

function readBucket(state: ObjectState, blobs: BlobFolder, bucket: string): ObjectStore {
  const find = (key: string): Version => {
    const version = state.current(bucket, key);
    if (isThere(version)) return version;
    throw new VectorDbError('NotFound', `There is no object ${key} in the bucket ${bucket}.`, { field: key });
  };
  const read = async ({ blobs: parts }: Version, start: number, end: number): Promise<Uint8Array> => {
    const pieces: Uint8Array[] = [];
    for await (const piece of blobs.read(parts, start, end)) pieces.push(piece);
    return Buffer.concat(pieces);
  };
  const refuse = (): Promise<never> => Promise.reject(new Error('A verification changes nothing.'));
  return {
    get: async (key, range) => {
      const version = find(key);
      const { offset = 0, length = version.size } = range ?? {};
      return await read(version, offset, Math.min(version.size, offset + length));
    },
    getTail: async (key, length) => {
      const version = find(key);
      const bytes = await read(version, Math.max(0, version.size - length), version.size);
      return { bytes, sizeBytes: version.size };
    },
    put: refuse,
    delete: refuse,
    // eslint-disable-next-line @typescript-eslint/require-await -- the index is in memory.
    async *list(prefix) {
      for (const [key, [version]] of state.bucket(bucket).versions) {
        if (key.startsWith(prefix) && isThere(version)) {
          yield { key, sizeBytes: version.size, modifiedAtMs: version.modifiedMs };
        }
      }
    },
  };
}
