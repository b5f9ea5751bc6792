import { createWriteStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Upload } from '../../schema/generated/types.ts';
import { request } from '../../test/support/graphql-client.ts';
import type { LocalRuntime } from '../../test/support/local-runtime.ts';
import { postToPresignedUrl } from '../../test/support/upload.ts';
import { type MadeFile, makeFile } from '../datasets/made-file.ts';

const REQUEST = `mutation ($input: RequestUploadInput!) {
  requestUpload(input: $input) { url fields uploadId partSizeBytes parts { number url } file { id } }
}`;
const COMPLETE = `mutation ($databaseId: ID!, $fileId: ID!, $uploadId: String!, $etags: [String!]!) {
  completeUpload(databaseId: $databaseId, fileId: $fileId, uploadId: $uploadId, etags: $etags) { id }
}`;

/** Writes a made file to disk; returns its size and the number of its records. */
export async function writeMadeFile(
  path: string,
  made: MadeFile,
): Promise<{ sizeBytes: number; records: number }> {
  let records = 0;
  function* blocks(): Generator<Buffer> {
    records = yield* makeFile(made);
  }
  await pipeline(Readable.from(blocks()), createWriteStream(path));
  return { sizeBytes: (await stat(path)).size, records };
}

/** Uploads a file as its permission says, in one form or in parts; returns its id. */
export async function uploadFromDisk(
  { endpoints }: LocalRuntime,
  { path, name, databaseId }: { path: string; name: string; databaseId: string },
): Promise<string> {
  const file = await open(path);
  try {
    const { size: sizeBytes } = await file.stat();
    const read = async (start: number, length: number): Promise<Uint8Array<ArrayBuffer>> => {
      const bytes = new Uint8Array(Math.min(length, sizeBytes - start));
      await file.read(bytes, 0, bytes.length, start);
      return bytes;
    };
    const input = { databaseId, name, sizeBytes };
    const { requestUpload: upload } = await request<{ requestUpload: Upload }>(
      ...[endpoints, endpoints.adminToken, REQUEST, { input }],
    );
    const fileId = upload.file.id;
    const { parts, partSizeBytes, uploadId } = upload;
    if (!parts || !partSizeBytes) {
      const answer = await postToPresignedUrl(upload, await read(0, sizeBytes));
      if (!answer.ok) throw new Error(`the upload was refused: ${answer.status} ${await answer.text()}`);
      return fileId;
    }
    const etags: string[] = [];
    for (const { number, url } of parts) {
      const body = await read((number - 1) * partSizeBytes, partSizeBytes);
      const answer = await fetch(url, { method: 'PUT', body });
      const etag = answer.headers.get('etag');
      if (etag === null)
        throw new Error(`part ${number} was refused: ${answer.status} ${await answer.text()}`);
      etags.push(etag);
    }
    await request(endpoints, endpoints.adminToken, COMPLETE, { databaseId, fileId, uploadId, etags });
    return fileId;
  } finally {
    await file.close();
  }
}
