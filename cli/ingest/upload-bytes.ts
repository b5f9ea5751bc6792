import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { ApiClient } from '../connection/api-client.ts';
import { CommandFailure, messageOf } from '../failure.ts';
import { CompleteUploadDocument, type RequestUploadMutation } from '../generated/operations.ts';
import type { LocalFile } from './list-local-files.ts';
import { type BytesToSend, type Reply, sendBytes } from './send-bytes.ts';

type Upload = RequestUploadMutation['requestUpload'];

/** Who hears of the bytes that were sent, and what ends the sending. */
export interface UploadWatch {
  /** Negative when an attempt failed and its bytes do not count. */
  onBytes: (bytes: number) => void;
  signal: AbortSignal;
}

const MAX_ATTEMPTS = 4;
const FIRST_DELAY_MS = 300;
/** Parts of one file that are sent at once. */
const PART_CONCURRENCY = 3;

function describeRefusal({ status, body }: Reply): string {
  const message = /<Message>([^<]*)<\/Message>/.exec(body)?.[1];
  return `the store refused the bytes (status ${status}${message === undefined ? '' : `: ${message}`})`;
}

/** Sends once more what failed on its way; what the store refuses stays refused. */
async function sendWithRetries(
  sending: Omit<BytesToSend, 'onBytes' | 'signal'>,
  watch: UploadWatch,
): Promise<Reply> {
  for (let attempt = 1; ; attempt++) {
    let sentBytes = 0;
    let problem: string;
    const onBytes = (bytes: number): void => {
      sentBytes += bytes;
      watch.onBytes(bytes);
    };
    try {
      const reply = await sendBytes({ ...sending, onBytes, signal: watch.signal });
      if (reply.status < 300) return reply;
      problem = describeRefusal(reply);
      if (reply.status < 500) throw new CommandFailure(`Uploading failed: ${problem}.`);
    } catch (error) {
      if (error instanceof CommandFailure || watch.signal.aborted) throw error;
      problem = messageOf(error);
    }
    watch.onBytes(-sentBytes);
    if (attempt === MAX_ATTEMPTS)
      throw new CommandFailure(`Uploading failed ${MAX_ATTEMPTS} times: ${problem}.`, {
        kind: 'UNAVAILABLE',
      });
    await delay(FIRST_DELAY_MS * 2 ** attempt * (0.5 + Math.random() / 2), undefined, {
      signal: watch.signal,
    });
  }
}

/** The form of a browser, with the bytes as its last field. */
async function postForm(
  { url, fields }: Upload,
  { location, sizeBytes }: LocalFile,
  watch: UploadWatch,
): Promise<void> {
  const boundary = `----vdb-${randomUUID()}`;
  const values = Object.entries(JSON.parse(String(fields)) as Record<string, string>);
  const head = values.map(
    ([name, value]) => `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  // The file's own name is not sent: the permission is for one key, whatever the file is called.
  head.push(
    `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="file"\r\ncontent-type: application/octet-stream\r\n\r\n`,
  );
  const segments = [
    Buffer.from(head.join('')),
    { location, start: 0, length: sizeBytes },
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ];
  const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` };
  await sendWithRetries({ method: 'POST', url: url ?? '', headers, segments }, watch);
}

async function putParts(
  { parts, partSizeBytes }: Upload,
  { location, sizeBytes }: LocalFile,
  watch: UploadWatch,
) {
  const partSize = partSizeBytes ?? sizeBytes;
  const waiting = [...(parts ?? [])];
  const etags: string[] = [];
  async function work(): Promise<void> {
    for (let part = waiting.shift(); part; part = waiting.shift()) {
      const start = (part.number - 1) * partSize;
      const segments = [{ location, start, length: Math.min(partSize, sizeBytes - start) }];
      const { etag } = await sendWithRetries({ method: 'PUT', url: part.url, headers: {}, segments }, watch);
      if (etag === null) throw new CommandFailure(`The store answered part ${part.number} without an ETag.`);
      etags[part.number - 1] = etag;
    }
  }
  await Promise.all(Array.from({ length: PART_CONCURRENCY }, work));
  return etags;
}

/** Sends the bytes of a file as its permission says, in one form or in parts. */
export async function uploadBytes(
  client: ApiClient,
  { databaseId, upload }: { databaseId: string; upload: Upload },
  file: LocalFile,
  watch: UploadWatch,
): Promise<void> {
  const { uploadId, parts } = upload;
  if (!parts) {
    await postForm(upload, file, watch);
    return;
  }
  const etags = await putParts(upload, file, watch);
  await client.send(CompleteUploadDocument, { databaseId, fileId: upload.file.id, uploadId, etags });
}
