import { createHash } from 'node:crypto';
import { INGESTION_LIMITS } from '../limits.ts';
import type { SourceFile } from '../parse/source-file.ts';
import { type FileBucket, streamObject } from './file-objects.ts';

/** A file whose digest can be told. */
export interface HashedFile extends SourceFile {
  /** Returns the SHA-256 of all bytes in hexadecimal; reads them when the parser has not read them to the end. */
  readDigest(): Promise<string>;
}

/** An upload that is hashed while a parser reads it. */
export interface UploadedFile extends HashedFile {
  /** The number of bytes that were read so far. */
  readonly bytesRead: number;
}

export interface UploadDescription {
  key: string;
  name: string;
  contentType: string;
  sizeBytes: number;
}

/** As much as comes at once from a network: what is in memory is handed out alike. */
const BLOCK_BYTES = 16 * 1024;

async function collect(blocks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const block of blocks) parts.push(block);
  return Buffer.concat(parts);
}

async function readToEnd(blocks: AsyncIterator<Uint8Array>): Promise<void> {
  for (let next = await blocks.next(); next.done !== true;) next = await blocks.next();
}

/** Opens an upload; a file within the sample's size is fetched once. */
export function openUpload(
  bucket: FileBucket,
  { key, name, contentType, sizeBytes }: UploadDescription,
): UploadedFile {
  let sample: Promise<Uint8Array> | undefined;
  let digest: string | undefined;
  let bytesRead = 0;

  function readSample(): Promise<Uint8Array> {
    if (sizeBytes === 0) return Promise.resolve(new Uint8Array(0));
    const end = Math.min(sizeBytes, INGESTION_LIMITS.sampleBytes);
    sample ??= collect(streamObject(bucket, key, { end }));
    return sample;
  }

  async function* readBlocks(start: number): AsyncGenerator<Uint8Array> {
    if (start >= sizeBytes) return;
    if (sizeBytes > INGESTION_LIMITS.sampleBytes) {
      yield* streamObject(bucket, key, { start });
      return;
    }
    const bytes = await readSample();
    for (let at = start; at < bytes.length; at += BLOCK_BYTES) yield bytes.subarray(at, at + BLOCK_BYTES);
  }

  async function* stream(startOffset = 0): AsyncGenerator<Uint8Array> {
    const hash = createHash('sha256');
    bytesRead = startOffset;
    for await (const block of readBlocks(startOffset)) {
      hash.update(block);
      bytesRead += block.length;
      yield block;
    }
    if (startOffset === 0) digest = hash.digest('hex');
  }

  async function readDigest(): Promise<string> {
    if (digest === undefined) await readToEnd(stream());
    if (digest === undefined) throw new Error(`"${key}" was not read to its end.`);
    return digest;
  }

  return {
    name,
    contentType,
    sizeBytes,
    readSample,
    stream,
    readDigest,
    get bytesRead() {
      return bytesRead;
    },
  };
}
