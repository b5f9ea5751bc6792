import { DIGEST_BYTES } from './embedded-text.ts';

/** The vectors of one part, each under the digest of its text. */
export interface EmbeddingBlock {
  /** The digest of the service that computed them. */
  source: Buffer;
  digests: Buffer[];
  vectors: Float32Array[];
}

const NUMBERS_BYTES = 12;
/** "EMB2", the number of rows and the dimension as 32-bit numbers, the digest of the source; then the digests, then the vectors, all little-endian. */
export const HEADER_BYTES = NUMBERS_BYTES + DIGEST_BYTES;
const MAGIC = 0x32424d45;

/** Returns the bytes of a block. */
export function encodeBlock({ source, digests, vectors }: EmbeddingBlock, dimension: number): Buffer {
  const header = Buffer.alloc(NUMBERS_BYTES);
  header.writeUInt32LE(MAGIC, 0);
  header.writeUInt32LE(digests.length, 4);
  header.writeUInt32LE(dimension, 8);
  const values = Buffer.alloc(vectors.length * dimension * Float32Array.BYTES_PER_ELEMENT);
  vectors.forEach((vector, row) => {
    for (let index = 0; index < dimension; index++)
      values.writeFloatLE(vector[index] ?? 0, (row * dimension + index) * 4);
  });
  return Buffer.concat([header, source, ...digests, values]);
}

/** Returns the number of rows of a block from its first bytes; null when they are not those of a block with this dimension. */
export function readRowCount(bytes: Buffer, dimension: number): number | null {
  if (bytes.length < HEADER_BYTES || bytes.readUInt32LE(0) !== MAGIC) return null;
  return bytes.readUInt32LE(8) === dimension ? bytes.readUInt32LE(4) : null;
}

/** Returns the digests in the beginning of a block: all of them, or as many as the bytes hold. */
export function readDigests(bytes: Buffer, rows: number): Buffer[] {
  const held = Math.min(rows, Math.floor((bytes.length - HEADER_BYTES) / DIGEST_BYTES));
  return Array.from({ length: held }, (_, row) => {
    const start = HEADER_BYTES + row * DIGEST_BYTES;
    return bytes.subarray(start, start + DIGEST_BYTES);
  });
}

/** Returns a block; null when the bytes are not those of one with this dimension. */
export function decodeBlock(bytes: Buffer, dimension: number): EmbeddingBlock | null {
  const rows = readRowCount(bytes, dimension);
  if (rows === null || bytes.length !== HEADER_BYTES + rows * (DIGEST_BYTES + dimension * 4)) return null;
  const start = HEADER_BYTES + rows * DIGEST_BYTES;
  const vectors = Array.from({ length: rows }, (_, row) =>
    Float32Array.from({ length: dimension }, (_unused, index) =>
      bytes.readFloatLE(start + (row * dimension + index) * 4),
    ),
  );
  const source = bytes.subarray(NUMBERS_BYTES, HEADER_BYTES);
  return { source, digests: readDigests(bytes, rows), vectors };
}
