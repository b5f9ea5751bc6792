import { createS3ObjectStore } from '../../shared/s3-object-store.ts';
import type { FileBucket } from '../storage/file-objects.ts';

const KEYS_PER_DELETE = 1_000;

/** Deletes the objects below a prefix that `isUnwanted` names; returns false when `hasTime` ended it before. */
export async function deleteObjects(
  bucket: FileBucket,
  prefix: string,
  hasTime: () => boolean,
  isUnwanted: (key: string) => boolean = () => true,
): Promise<boolean> {
  const store = createS3ObjectStore(bucket);
  let keys: string[] = [];
  for await (const { key } of store.list(prefix)) {
    if (isUnwanted(key)) keys.push(key);
    if (keys.length < KEYS_PER_DELETE) continue;
    await store.delete(keys);
    keys = [];
    if (!hasTime()) return false;
  }
  if (keys.length > 0) await store.delete(keys);
  return true;
}
