import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** Returns the CRC-32 (ISO-HDLC, as in gzip) of the bytes. Node computes it natively at several GB/s. */
export function checksumOf(bytes: Uint8Array): number {
  return crc32(bytes);
}

/** Returns the SHA-256 of the bytes in lower-case hex: objects are named by it. */
export function contentHash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
