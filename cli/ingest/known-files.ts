import type { ApiClient } from '../connection/api-client.ts';
import { type FileRowFragment, ListFilesDocument } from '../generated/operations.ts';
import type { LocalFile } from './list-local-files.ts';

/** What is to be done with a local file, given what the database has. */
export type Decision =
  | { action: 'SKIP'; file: FileRowFragment }
  /** The bytes are there and being processed, since a run before this one. */
  | { action: 'FOLLOW'; file: FileRowFragment }
  | { action: 'UPLOAD'; replaceFileId: string | null };

const BUSY = new Set(['QUEUED', 'PARSING', 'EMBEDDING', 'INDEXING']);

/** Returns the path that a run gave a file; null when another program uploaded it. */
export function readPath({ metadata }: FileRowFragment): string | null {
  if (typeof metadata !== 'string') return null;
  const { path } = JSON.parse(metadata) as { path?: unknown };
  return typeof path === 'string' ? path : null;
}

function followOrSkip(file: FileRowFragment): Decision | null {
  if (file.status === 'READY') return { action: 'SKIP', file };
  return BUSY.has(file.status) ? { action: 'FOLLOW', file } : null;
}

/** Tells what a run finds on this machine. */
export interface LocalDigests {
  /** The SHA-256 of the file that a run has under a path; null when it has none, or cannot read it. */
  digestAt(path: string): Promise<string | null>;
}

function append<Value>(lists: Map<string, Value[]>, key: string, value: Value): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

/** The files of a database by what identifies them: their bytes, and the path that an earlier run gave them as metadata. */
export class KnownFiles {
  /** Several files have one path when changed ones were added beside their older versions. */
  readonly #byPath = new Map<string, FileRowFragment[]>();
  readonly #bySha256 = new Map<string, FileRowFragment[]>();

  add(file: FileRowFragment): void {
    const path = readPath(file);
    if (path !== null && file.status !== 'DELETING') append(this.#byPath, path, file);
    if (file.sha256 !== null && followOrSkip(file)) append(this.#bySha256, file.sha256, file);
  }

  /** Returns whether a file of the database is the one of a local path. */
  isAt(file: FileRowFragment, { path }: LocalFile): boolean {
    return readPath(file) === path;
  }

  /**
   * A file of the same path is replaced when its bytes differ; bytes that are there under another path are not stored twice, unless that
   * path has other bytes by now: then this very run replaces them.
   */
  async decide(
    path: string,
    sha256: string,
    { mayReplace, digests }: { mayReplace: boolean; digests: LocalDigests },
  ): Promise<Decision> {
    const atPath = this.#byPath.get(path) ?? [];
    const same = atPath.find((file) => file.sha256 === sha256 && followOrSkip(file) !== null);
    const found = same && followOrSkip(same);
    if (found) return found;
    const older = atPath.find((file) => file.sha256 === sha256) ?? atPath.at(-1);
    if (older && (mayReplace || older.sha256 === sha256))
      return { action: 'UPLOAD', replaceFileId: older.id };
    for (const copy of this.#bySha256.get(sha256) ?? []) {
      const usable = followOrSkip(copy);
      if (usable && (!mayReplace || (await this.#stays(copy, digests)))) return usable;
    }
    return { action: 'UPLOAD', replaceFileId: null };
  }

  async #stays(copy: FileRowFragment, digests: LocalDigests): Promise<boolean> {
    const path = readPath(copy);
    const local = path === null ? null : await digests.digestAt(path);
    return local === null || local === copy.sha256;
  }
}

/** Reads the files that a database has. */
export async function loadKnownFiles(client: ApiClient, databaseId: string): Promise<KnownFiles> {
  const known = new KnownFiles();
  let nextToken: string | null = null;
  do {
    const { listFiles: page }: { listFiles: { items: FileRowFragment[]; nextToken: string | null } } =
      await client.send(ListFilesDocument, { databaseId, nextToken });
    for (const file of page.items) known.add(file);
    nextToken = page.nextToken;
  } while (nextToken !== null);
  return known;
}
