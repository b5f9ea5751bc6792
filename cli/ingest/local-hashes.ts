import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { LocalDigests } from './known-files.ts';
import type { LocalFile } from './list-local-files.ts';

/** The SHA-256 of a run's files, each read once however often it is asked for. */
export interface LocalHashes extends LocalDigests {
  /** Returns the SHA-256 of a file in hexadecimal; fails when it cannot be read. */
  hash(file: LocalFile): Promise<string>;
}

async function hashFile({ location }: LocalFile, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const block of createReadStream(location, { signal })) hash.update(block as Buffer);
  return hash.digest('hex');
}

/** Makes the hashes of a run's files. */
export function createLocalHashes(files: readonly LocalFile[], signal: AbortSignal): LocalHashes {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const hashes = new Map<string, Promise<string>>();
  function hash(file: LocalFile): Promise<string> {
    let digest = hashes.get(file.location);
    if (!digest) hashes.set(file.location, (digest = hashFile(file, signal)));
    return digest;
  }
  return {
    hash,
    async digestAt(path) {
      const file = byPath.get(path);
      // A file that cannot be read replaces nothing; its own turn says why.
      return file ? await hash(file).catch(() => null) : null;
    },
  };
}
