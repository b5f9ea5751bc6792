import type {
  Database,
  File as StoredFile,
  IngestionProgress,
  Upload,
} from '../../schema/generated/types.ts';
import { setTimeout as delay } from 'node:timers/promises';
import { request } from './graphql-client.ts';
import type { LocalRuntime } from './local-runtime.ts';

export async function createDatabase(
  runtime: LocalRuntime,
  input: Record<string, unknown>,
): Promise<Database> {
  const data = await request<{ createDatabase: Database }>(
    runtime.endpoints,
    runtime.endpoints.adminToken,
    `mutation ($input: CreateDatabaseInput!) {
      createDatabase(input: $input) { id name dimension metric version vectorCount fileCount embedding { provider model dimension } }
    }`,
    { input },
  );
  return data.createDatabase;
}

/** Asks for an upload and posts the bytes straight to the presigned URL, as a browser does. */
export async function uploadFile(
  runtime: LocalRuntime,
  file: { databaseId: string; name: string; bytes: Uint8Array; contentType?: string; replaceFileId?: string },
): Promise<string> {
  const upload = await requestUpload(runtime, file);
  const response = await postToPresignedUrl(upload, file.bytes);
  if (!response.ok)
    throw new Error(`the upload of ${file.name} was refused: ${response.status} ${await response.text()}`);
  return upload.file.id;
}

export async function requestUpload(
  runtime: LocalRuntime,
  file: { databaseId: string; name: string; bytes: Uint8Array; contentType?: string; replaceFileId?: string },
): Promise<Upload> {
  const { databaseId, name, bytes, contentType, replaceFileId } = file;
  const data = await request<{ requestUpload: Upload }>(
    runtime.endpoints,
    runtime.endpoints.adminToken,
    `mutation ($input: RequestUploadInput!) {
      requestUpload(input: $input) { url fields uploadId expiresAt file { id status } }
    }`,
    { input: { databaseId, name, sizeBytes: bytes.length, contentType, replaceFileId } },
  );
  return data.requestUpload;
}

export async function postToPresignedUrl(upload: Upload, bytes: Uint8Array): Promise<Response> {
  const form = new FormData();
  const fields = JSON.parse(String(upload.fields)) as Record<string, string>;
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob([Buffer.from(bytes)]));
  return fetch(upload.url ?? '', { method: 'POST', body: form });
}

export async function getFile(
  runtime: LocalRuntime,
  databaseId: string,
  id: string,
): Promise<StoredFile | null> {
  const data = await request<{ getFile: StoredFile | null }>(
    runtime.endpoints,
    runtime.endpoints.adminToken,
    `query ($databaseId: ID!, $id: ID!) {
      getFile(databaseId: $databaseId, id: $id) {
        id name status vectorCount sha256 progress { percent chunksDone chunksTotal message version } error { kind message location retryable }
      }
    }`,
    { databaseId, id },
  );
  return data.getFile;
}

/** Waits until a file is READY or FAILED. */
export async function waitForFile(
  runtime: LocalRuntime,
  databaseId: string,
  id: string,
  timeoutMs = 60_000,
): Promise<StoredFile> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const file = await getFile(runtime, databaseId, id);
    if (file && (file.status === 'READY' || file.status === 'FAILED')) return file;
    if (Date.now() > deadline)
      throw new Error(`file ${id} is ${file?.status ?? 'absent'} after ${timeoutMs} ms`);
    await delay(100);
  }
}

export type { IngestionProgress };
