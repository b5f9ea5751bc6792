import type { EmbeddingChoice } from '../../embedding/embedding-provider.ts';
import { mapConcurrently } from '../../shared/map-concurrently.ts';
import { SIZE_WITH_CALLS } from '../plan/part-size.ts';
import type { FileBucket } from '../storage/file-objects.ts';
import type { FileVersion } from '../storage/object-keys.ts';
import { DIGEST_BYTES } from './embedded-text.ts';
import { HEADER_BYTES, readDigests, readRowCount } from './embedding-block.ts';
import { listBlocks, readBlockBytes } from './embedding-objects.ts';

/** The place of a vector: version, part and row. */
export type EmbeddingPlace = [version: number, part: number, row: number];

/** Finds the vectors that a file's earlier versions and attempts were embedded to. */
export interface KnownEmbeddings {
  find(digest: Buffer): EmbeddingPlace | null;
}

/** Half a million vectors, some 100 MB: beyond, chunks are embedded again rather than held in memory. */
const MAX_BLOCKS = 512;
const READ_CONCURRENCY = 8;
/** Half the digest tells texts apart; whoever takes a vector compares the whole of it. */
const KEY_BYTES = 16;

const keyOf = (digest: Buffer): string => digest.toString('latin1', 0, KEY_BYTES);

/** Returns whether a provider's vectors are kept: those of `local` are made faster than they are read. */
export function isWorthKeeping({ provider }: Pick<EmbeddingChoice, 'provider'>): boolean {
  return provider !== 'local';
}

/** Reads which texts the earlier versions of a file, and earlier attempts, have vectors of. */
export async function loadKnownEmbeddings(
  bucket: FileBucket,
  of: FileVersion,
  dimension: number,
): Promise<KnownEmbeddings> {
  const places = new Map<string, EmbeddingPlace>();
  const blocks = (await listBlocks(bucket, of)).slice(0, MAX_BLOCKS);
  const headBytes = HEADER_BYTES + SIZE_WITH_CALLS.maxChunks(Infinity) * DIGEST_BYTES;
  await mapConcurrently(blocks, READ_CONCURRENCY, async (block) => {
    const bytes = await readBlockBytes(bucket, of, block, headBytes);
    const rows = bytes && readRowCount(bytes, dimension);
    if (!bytes || rows === null) return;
    readDigests(bytes, rows).forEach((digest, row) =>
      places.set(keyOf(digest), [block.version, block.part, row]),
    );
  });
  return { find: (digest) => places.get(keyOf(digest)) ?? null };
}
