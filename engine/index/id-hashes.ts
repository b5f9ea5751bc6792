import { checksumOf } from '../format/checksum.ts';

const encoder = new TextEncoder();

/** Returns the 32-bit hash of an id: the CRC-32 of its UTF-8 bytes. A match must be confirmed on the id itself. */
export function hashId(id: string): number {
  return checksumOf(encoder.encode(id));
}

/** Returns the ascending hashes of ids: 4 bytes a row that tell, without reading the ids, which segments may hold one. */
export function hashIds(ids: readonly string[]): Uint32Array {
  return Uint32Array.from(ids, hashId).sort();
}

/** Returns whether an ascending list of hashes holds `hash`. */
export function hasHash(hashes: Uint32Array, hash: number): boolean {
  let low = 0;
  let high = hashes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (hashes[middle]! < hash) low = middle + 1;
    else high = middle;
  }
  return low < hashes.length && hashes[low] === hash;
}
