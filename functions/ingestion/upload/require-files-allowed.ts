import type { DatabaseItem } from '../../shared/database-item.ts';
import { RequestError } from '../../shared/request-error.ts';
import { formatOfName, type KnownFormat } from '../sniff/known-formats.ts';

/** Formats that may bring vectors of their own: whether a file does is seen when it is read. A packed one may be npz. */
const VECTOR_FORMATS: ReadonlySet<KnownFormat> = new Set([
  'parquet',
  'npy',
  'fvecs',
  'bvecs',
  'json',
  'jsonl',
  'zip',
]);

/** Refuses a file for a database that takes none, or none of this name. */
export function requireFilesAllowed(
  { embedding, status }: Pick<DatabaseItem, 'embedding' | 'status'>,
  name: string,
): void {
  // A name that says nothing is judged by its bytes, when they are there.
  const format = formatOfName(name);
  if (!embedding && format !== undefined && !VECTOR_FORMATS.has(format)) {
    const message =
      'The database has no embedding: its callers bring vectors, so it takes only files that can hold them (parquet, npy, npz, fvecs, bvecs, json, jsonl, zip).';
    throw new RequestError('VALIDATION', message, {
      field: 'input.databaseId',
      hint: 'Create a database with an embedding for files of text.',
    });
  }
  if (status === 'READY') return;
  const message = `The database is ${status}; uploads need it READY.`;
  throw new RequestError('UNAVAILABLE', message, { field: 'input.databaseId', actual: status });
}
