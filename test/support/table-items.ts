import type { ResolverApi } from './resolver-api.ts';

const now = '2026-11-22T10:00:00.000Z';

/** Returns a file id that ends in a digit. */
export const fileId = (digit: number): string => `00000000-0000-4000-8000-00000000000${digit}`;

const pad = (value: number, width: number): string => String(value).padStart(width, '0');

/** Puts a READY database. */
export async function putDatabase(
  api: ResolverApi,
  id: string,
  changes: Record<string, unknown> = {},
): Promise<void> {
  await api.put('Databases', {
    pk: id,
    sk: 'DATABASE',
    id,
    name: id,
    status: 'READY',
    generation: 1,
    ...changes,
  });
}

/** Puts a READY file of version 1. */
export async function putFile(
  api: ResolverApi,
  databaseId: string,
  id: string,
  changes: Record<string, unknown> = {},
): Promise<void> {
  const progress = {
    databaseId,
    fileId: id,
    status: 'READY',
    percent: 100,
    chunksDone: 1,
    bytesDone: 1,
    bytesTotal: 1,
    updatedAt: now,
  };
  const file = {
    databaseId,
    name: 'a.txt',
    contentType: 'text/plain',
    sizeBytes: 1,
    status: 'READY',
    vectorCount: 0,
    createdAt: now,
    updatedAt: now,
  };
  await api.put('Databases', {
    pk: databaseId,
    sk: `FILE#${id}`,
    id,
    ...file,
    fileVersion: 1,
    progress,
    ...changes,
  });
}

/** Puts the record that one write made of a vector that belongs to no file. */
export async function putOwn(
  api: ResolverApi,
  [databaseId, id, writeId]: [databaseId: string, id: string, writeId: string],
  changes: Record<string, unknown> = {},
): Promise<void> {
  const record = { id, databaseId, fileId: null, text: `${id} by ${writeId}`, createdAt: now, writeId };
  await api.put('VectorData', {
    pk: `${databaseId}#g1#-`,
    sk: `${id}\u001f${writeId}`,
    ...record,
    ...changes,
  });
}

/** Names one chunk. */
export interface Chunk {
  databaseId: string;
  file: string;
  version: number;
  index: number;
}

/** Puts the record that one write made of a chunk. */
export async function putChunk(
  api: ResolverApi,
  { databaseId, file, version, index }: Chunk,
  writeId = '0',
  changes: Record<string, unknown> = {},
): Promise<void> {
  const id = `${file}:${version}:${index}`;
  const record = {
    id,
    databaseId,
    fileId: file,
    fileVersion: version,
    chunkIndex: index,
    text: `chunk ${index}`,
    createdAt: now,
    writeId,
  };
  await api.put('VectorData', {
    pk: `${databaseId}#g1#${file}`,
    sk: `v${pad(version, 6)}#${pad(index, 8)}\u001f${writeId}`,
    ...record,
    ...changes,
  });
}
