import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { createS3ObjectStore } from '../../shared/s3-object-store.ts';
import type { RecordScope } from '../../shared/record-key.ts';
import { type FileBucket, isMissing } from '../storage/file-objects.ts';
import { type FileVersion, padVersion } from '../storage/object-keys.ts';

/** Where a part of a version keeps its vectors. */
export interface BlockPlace {
  version: number;
  part: number;
}

const BLOCK_NAME = /\/([0-9]{6})\/([0-9]{6})[.]emb$/;

/** Returns what the keys of all vectors of a file begin with, or those of one of its versions. */
export function embeddingsPrefix(
  { databaseId, generation }: RecordScope,
  fileId: string,
  version?: number,
): string {
  const folder = `databases/${databaseId}/g${generation}/embeddings/${fileId}/`;
  return version === undefined ? folder : `${folder}${padVersion(version)}/`;
}

/** Returns the version that the key of a block belongs to; null for any other key. */
export function parseBlockKey(key: string): BlockPlace | null {
  const match = BLOCK_NAME.exec(key);
  return match && { version: Number(match[1]), part: Number(match[2]) };
}

function blockKey(of: FileVersion, { version, part }: BlockPlace): string {
  return `${embeddingsPrefix(of, of.fileId, version)}${padVersion(part)}.emb`;
}

/** Reads a block, or its first bytes; null when it is not there. */
export async function readBlockBytes(
  { client, bucket }: FileBucket,
  of: FileVersion,
  place: BlockPlace,
  firstBytes?: number,
): Promise<Buffer | null> {
  const Range = firstBytes === undefined ? undefined : `bytes=0-${firstBytes - 1}`;
  try {
    const { Body } = await client.send(
      new GetObjectCommand({ Bucket: bucket, Key: blockKey(of, place), Range }),
    );
    return Body ? Buffer.from(await Body.transformToByteArray()) : null;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Writes the block of a part. */
export async function putBlock(
  { client, bucket }: FileBucket,
  of: FileVersion,
  part: number,
  bytes: Buffer,
): Promise<void> {
  const Key = blockKey(of, { version: of.version, part });
  await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: bytes }));
}

/** Lists the blocks of a file: those of its newest versions first. */
export async function listBlocks(
  bucket: FileBucket,
  { fileId, ...scope }: FileVersion,
): Promise<BlockPlace[]> {
  const blocks: BlockPlace[] = [];
  for await (const { key } of createS3ObjectStore(bucket).list(embeddingsPrefix(scope, fileId))) {
    const place = parseBlockKey(key);
    if (place) blocks.push(place);
  }
  return blocks.sort((a, b) => b.version - a.version || a.part - b.part);
}
