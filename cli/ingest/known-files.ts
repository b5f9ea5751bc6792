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

function readPath({ metadata }: FileRowFragment): string | null {
  if (typeof metadata !== 'string') return null;
  const { path } = JSON.parse(metadata) as { path?: unknown };
  return typeof path === 'string' ? path : null;
}

function followOrSkip(file: FileRowFragment): Decision | null {
  if (file.status === 'READY') return { action: 'SKIP', file };
  return BUSY.has(file.status) ? { action: 'FOLLOW', file } : null;
}

/** The files of a database by what identifies them: their bytes, and the path that an earlier run gave them as metadata. */
export class KnownFiles {
  readonly #byPath = new Map<string, FileRowFragment>();
  readonly #bySha256 = new Map<string, FileRowFragment>();

  add(file: FileRowFragment): void {
    const path = readPath(file);
    if (path !== null && file.status !== 'DELETING') this.#byPath.set(path, file);
    if (file.sha256 !== null && followOrSkip(file)) this.#bySha256.set(file.sha256, file);
  }

  /** Returns whether a file of the database is the one of a local path. */
  isAt(file: FileRowFragment, { path }: LocalFile): boolean {
    return this.#byPath.get(path)?.id === file.id;
  }

  /** A file of the same path is replaced when its bytes differ; bytes that are there under another path are not stored twice. */
  decide({ path }: LocalFile, sha256: string, { mayReplace }: { mayReplace: boolean }): Decision {
    const same = this.#byPath.get(path);
    if (same?.sha256 === sha256) return followOrSkip(same) ?? { action: 'UPLOAD', replaceFileId: same.id };
    if (same && mayReplace) return { action: 'UPLOAD', replaceFileId: same.id };
    const copy = this.#bySha256.get(sha256);
    return (copy && followOrSkip(copy)) ?? { action: 'UPLOAD', replaceFileId: null };
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
